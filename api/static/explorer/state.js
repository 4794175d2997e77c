/* What the page knows: the open party, what was asked about it, who has been named, the picture. */
import { $ } from './dom.js';

export const GRAPH_LIMIT = 300; // beyond that nobody reads a picture; what is left out is announced
export const NEIGHBOURS = 60;
export const HOPS = 3;
export const API = new URL('../v1/', new URL('.', location.href)); // the page lies one folder below the root of the API
export const KEY = /^[\w.:-]{1,200}$/;
export const S = {
  lang: sessionStorage.getItem('lang') ?? 'zh',
  schema: { nodes: {}, relationships: {}, statuses: {}, measures: {}, automaticity: {} },
  results: null, // the answer of the last search
  party: null, // the answer of /parties/{key}: the file that is open
  got: {}, // further answers about it: near, consequences, exposure
  failed: new Set(), // of those, what could not be loaded: shown as such, never as "nothing"
  tab: 'file',
  scroll: {}, // where each tab was left
  date: '', // the as-of date of what is shown, while another one may be under way
  detail: null, // {kind: 'node' | 'edge' | 'fact', ...}
};
export const G = { // the graph: what is in it, apart from how it is drawn
  nodes: new Map(), edges: new Map(), expanded: new Set(), hidden: new Set(), notices: new Map(), dropped: new Set(),
  centre: null, light: null, net: null, visNodes: null, visEdges: null,
};
export const isFact = (step) => 'fact_id' in step;
export const PARTY = new Set(['Entity', 'Person', 'Organ']);
export const names = new Map(); // key → NodeRef of everything any answer has named
export function learn(...refs) {
  for (const ref of refs.flat()) {
    if (!ref?.key) continue;
    const known = Object.entries(ref).filter(([, v]) => v !== null && v !== undefined);
    names.set(ref.key, { ...names.get(ref.key), ...Object.fromEntries(known) });
  }
}
const today = () => new Date().toLocaleDateString('sv', { timeZone: 'Asia/Shanghai' });
export const asOf = () => S.party?.as_of ?? ($('as-of').value || today());
export const isOff = (fact) => (fact.until && fact.until <= asOf()) || (fact.since && fact.since > asOf()); // unknown dates never make it so
export function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (groups.has(key)) groups.get(key).push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
