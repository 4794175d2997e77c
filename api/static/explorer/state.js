/* What the page knows: the open party, what was asked about it, who has been named, the picture. */

export const GRAPH_LIMIT = 2000; // beyond that nobody reads a picture; what is left out is announced
export const NEIGHBOURS = 500; // facts that are asked for around a party; drawn are fewer, and the rest is counted
export const AT_ONCE = 50; // neighbours that one step adds to the picture
export const API = new URL('../v1/', new URL('.', location.href)); // the page lies one folder below the root of the API
export const KEY = /^[\w.:-]{1,200}$/;
export const PARTY = new Set(['Entity', 'Person', 'Organ']);

export const S = {
  lang: sessionStorage.getItem('lang') ?? (/^zh/.test(navigator.language) ? 'zh' : 'en'),
  schema: { nodes: {}, relationships: {}, statuses: {}, measures: {}, automaticity: {} },
  results: null, // the answer of the last search
  picked: true, // false: somebody else was searched for since, so no party is shown
  busy: null, // what is being loaded, as a key of the words
  party: null, // the answer of /parties/{key}: the file that is open
  got: {}, // further answers about it: near, consequences, exposure, ownership
  failed: new Set(), // of those, what could not be loaded: shown as such, never as "nothing"
  walk: { hops: 3, types: null, share: 0, hub: 1000 }, // how exposure is asked for
  tab: 'consequences',
  view: 'graph', // or the table
  scroll: {}, // where each tab was left
  date: '', // the as-of date of what is shown, while another one may be under way
  detail: null, // {kind: 'node' | 'edge' | 'fact' | 'why' | 'whyNot', ...}
};
export const G = { // the graph: what is in it, apart from how it is drawn
  nodes: new Map(), // key → node
  edges: new Map(), // pair → {id, a, b, facts}: one line for each two nodes
  expanded: new Set(), // whose neighbours were asked for
  waiting: new Map(), // key → facts around it that are not drawn
  hidden: new Set(), // labels and types that are switched off
  away: new Set(), // nodes that were hidden one by one
  pinned: new Set(),
  notices: new Map(), dropped: new Set(), picked: new Set(),
  ended: true, // whether what is over is drawn
  centre: null, light: null,
};
export const names = new Map(); // key → node, of everything that any answer has named

export const isFact = (step) => 'fact_id' in step;
const MARKS = ['sanctioned', 'had_sanctions', 'hub', 'degree', 'doubted'];
export function learn(...refs) {
  for (const ref of refs.flat()) {
    if (!ref?.key) continue;
    const known = Object.entries(ref).filter(([, v]) => v !== null && v !== undefined);
    names.set(ref.key, { ...names.get(ref.key), ...Object.fromEntries(known) });
    if (G.nodes.has(ref.key)) G.nodes.set(ref.key, { ...G.nodes.get(ref.key), ...names.get(ref.key) });
  }
}
/** A mark holds for the day it was asked for: with another day none of them is left. */
export function forgetMarks() {
  for (const all of [names, G.nodes]) {
    for (const node of all.values()) for (const mark of MARKS.slice(0, 2)) delete node[mark];
  }
}
export const today = () => new Date().toLocaleDateString('sv', { timeZone: 'Asia/Shanghai' });
export const asOf = () => (S.party ? S.party.as_of : document.getElementById('as-of').value || today());
/** Whether a fact has not begun on the day; unknown dates never make it so. */
export const isAhead = (fact) => Boolean(fact.since && fact.since > asOf());
/** Whether it is over on the day, or has not begun. */
export const isOff = (fact) => Boolean(fact.until && fact.until <= asOf()) || isAhead(fact);
export function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (groups.has(key)) groups.get(key).push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
