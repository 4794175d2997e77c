/* The picture as a table: the same nodes, the same selection; for the keyboard and the screen reader it is the picture. */
import { pick } from './canvas.js';
import { showDetail } from './detail.js';
import { $, button, el, nameBox } from './dom.js';
import { expand, hiddenParts, neighboursOf } from './graph.js';
import { MARKS, markWord, standing } from './marks.js';
import { G, S } from './state.js';
import { edgeText, nameOf, nodeType, number, t } from './words.js';

const RANK = ['force', 'suspended', 'candidate', 'ended', 'none'];
let sorted = { by: null, up: true };
let focused = null;

/** Nodes in reading order: the centre, who stands next to it, who comes behind them. */
function order() {
  const gone = hiddenParts().nodes;
  const seen = new Set(G.centre ? [G.centre] : []);
  for (const key of seen) for (const next of neighboursOf(key)) seen.add(next);
  for (const key of G.nodes.keys()) seen.add(key);
  return [...seen].filter((key) => G.nodes.has(key) && !gone.has(key)).map((key) => G.nodes.get(key));
}
function tie(node) {
  const edge = [...G.edges.values()].find((e) => (e.a === node.key && e.b === G.centre) || (e.b === node.key && e.a === G.centre));
  return edge ? { text: edgeText(edge)[0], since: [...edge.facts.values()].map((f) => f.since).filter(Boolean).sort()[0] ?? '' } : { text: '', since: '' };
}
const COLUMNS = {
  name: (n) => nameOf(n), type: (n) => nodeType(n.label), mark: (n) => RANK.indexOf(standing(n)), relation: (n) => tie(n).text, since: (n) => tie(n).since, degree: (n) => n.degree ?? -1,
};
export function renderTable() {
  $('table').hidden = S.view !== 'table';
  $('graph').parentElement.classList.toggle('as-table', S.view === 'table');
  for (const name of ['graph', 'table']) $(`view-${name}`).setAttribute('aria-pressed', String(S.view === name));
  if (S.view !== 'table') return;
  const nodes = order();
  if (sorted.by) {
    const of = COLUMNS[sorted.by];
    nodes.sort((a, b) => { const [x, y] = [of(a), of(b)]; return (typeof x === 'number' ? x - y : String(x).localeCompare(String(y), S.lang)) * (sorted.up ? 1 : -1); });
  }
  if (!nodes.some((n) => n.key === focused)) focused = nodes[0]?.key ?? null;
  const inside = $('table').contains(document.activeElement);
  const head = Object.keys(COLUMNS).map((name) => el('th', { scope: 'col', 'aria-sort': sorted.by === name ? (sorted.up ? 'ascending' : 'descending') : 'none' },
    button(`${t(`col.${name}`)}${sorted.by === name ? (sorted.up ? ' ▲' : ' ▼') : ''}`, () => { sorted = { by: name, up: sorted.by === name ? !sorted.up : true }; renderTable(); }, 'quiet')));
  const row = (n) => {
    const mark = standing(n);
    const word = markWord(n);
    return el('tr', { 'data-key': n.key, 'aria-selected': String(G.picked.has(n.key)), tabindex: n.key === focused ? 0 : -1, onclick: (e) => choose(n.key, e.ctrlKey || e.metaKey || e.shiftKey), ondblclick: () => open(n.key) },
      el('td', {}, nameBox(nameOf(n))), el('td', {}, nodeType(n.label)), el('td', { class: `mark ${mark}` }, word && `${MARKS[mark].sign} ${word}`), el('td', {}, tie(n).text), el('td', { class: 'num' }, tie(n).since), el('td', { class: 'num' }, n.degree === undefined || n.degree === null ? '' : number(n.degree)));
  };
  $('table').replaceChildren(el('table', { role: 'grid', 'aria-label': t('table'), 'aria-multiselectable': 'true' }, el('thead', {}, el('tr', {}, head)), el('tbody', {}, nodes.map(row))));
  if (inside) rowOf(focused)?.focus();
}
const rowOf = (key) => [...$('table').querySelectorAll('tr[data-key]')].find((row) => row.dataset.key === key);
function choose(key, more = false) {
  focused = key;
  const picked = new Set(more ? G.picked : []);
  if (more && picked.has(key)) picked.delete(key);
  else picked.add(key);
  pick([...picked], true);
  renderTable();
  rowOf(key)?.focus();
  announce(key);
}
const open = (key) => showDetail({ kind: 'node', key });
function announce(key) {
  const node = G.nodes.get(key);
  $('told').textContent = t('at', { name: nameOf(node), type: `${nodeType(node.label)}${markWord(node) ? ` ${markWord(node)}` : ''}`, n: neighboursOf(key).length });
}
/** Up and down the rows, left and right along the neighbours of the row one came from; Enter opens, E expands. */
let around = { key: null, at: 0 };
export async function tableKeys(event) {
  const row = event.target.closest('tr[data-key]');
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = row.dataset.key;
  const rows = [...$('table').querySelectorAll('tr[data-key]')];
  const at = rows.indexOf(row);
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    const to = rows[at + (event.key === 'ArrowDown' ? 1 : -1)];
    around = { key: null, at: 0 };
    if (to) choose(to.dataset.key, false);
  } else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
    if (!around.key || !neighboursOf(around.key).includes(key)) around = { key, at: event.key === 'ArrowRight' ? -1 : 0 };
    const next = neighboursOf(around.key);
    around.at = (around.at + (event.key === 'ArrowRight' ? 1 : -1) + next.length) % Math.max(1, next.length);
    if (next.length) choose(next[around.at]);
  } else if (event.key === 'Enter') open(key);
  else if (event.key === ' ') choose(key, true);
  else if (event.key.toLowerCase() === 'e') {
    const came = await expand(key);
    $('told').textContent = t('came', { name: nameOf(G.nodes.get(key)), n: came });
  } else return;
  event.preventDefault();
}
export function showView(view) {
  S.view = view;
  renderTable();
  if (view === 'table') rowOf(focused)?.focus();
}
