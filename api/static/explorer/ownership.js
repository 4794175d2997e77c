/* The tab with owners, control, beneficial owners and the group; and all that as a tree in layers. */
import dagre from '../vendor/dagre/dagre.js';
import { nodeButton } from './consequences.js';
import { el, svg, tag } from './dom.js';
import { cutNote } from './panel.js';
import { showDetail } from './detail.js';
import { S, isFact, isOff, names } from './state.js';
import { shorten } from './text.js';
import { chain } from './why.js';
import { nameOf, nodeType, percent, sentence, shareText, t } from './words.js';

export function renderOwnership() {
  const answer = S.got.ownership;
  const share = (o) => `${percent(o.low, o.high)}${o.direct_low === null || o.direct_low === undefined ? '' : ` · ${t('directly')} ${percent(o.direct_low, o.direct_high)}`}`;
  return [el('div', { class: 'never', role: 'note' }, t('never')), cutNote(answer),
    answer.undisclosed.length > 0 && el('div', { class: 'note' }, `${t('undisclosed')}: ${answer.undisclosed.map(sentence).join('; ')}`),
    tree(answer),
    el('h3', {}, t('beneficial')), answer.beneficial.length ? answer.beneficial.map((b) => el('div', { class: 'card' }, nodeButton(b.party), ' ', tag(t(`g.${b.ground}`)), tag(t(b.certain ? 'certain' : 'notCertain'), b.certain ? '' : 'amber'), b.path.length > 1 && el('details', {}, el('summary', {}, t('pathAndSources')), el('p', {}, sentence(b.why)), chain(b.path, nameOf(b.party))))) : el('p', { class: 'empty-note' }, t('none')),
    el('h3', {}, t('owners')), answer.owners.length ? el('ul', { class: 'rows' }, answer.owners.map((o) => el('li', {}, nodeButton(o.party), el('small', {}, nodeType(o.party.label)), el('span', {}, share(o)), o.control !== 'no' && tag(t(`ctl.${o.control}`), o.control === 'sure' ? '' : 'amber')))) : el('p', { class: 'empty-note' }, t('noOwners')),
    answer.group.length > 0 && [el('h3', {}, t('group')), el('p', { class: 'state' }, `${t('heads')}: `, answer.heads.map(nodeButton)), el('ul', { class: 'rows' }, answer.group.map((m) => el('li', {}, nodeButton(m.party), el('span', {}, percent(m.step.low, m.step.high)))))],
    answer.uncertain.length > 0 && el('div', { class: 'note plain' }, `${t('uncertain')}: ${answer.uncertain.map(sentence).join('; ')}`)];
}
const W = 150;
const H = 46;
/** Owners above, what they hold below; each line with its percentage, cycles and unknown shares marked. */
function tree(answer) {
  const facts = new Map();
  const nodes = new Map([[answer.party.key, answer.party]]);
  for (const path of [...answer.owners, ...answer.beneficial].map((o) => o.path)) {
    for (const step of path) isFact(step) ? facts.set(step.fact_id, step) : nodes.set(step.key, step);
  }
  const held = [...facts.values()].filter((f) => nodes.has(f.from) && nodes.has(f.to) && !isOff(f));
  if (!held.length) return null;
  const g = new dagre.graphlib.Graph({ multigraph: true });
  g.setGraph({ rankdir: 'TB', nodesep: 14, ranksep: 44, marginx: 6, marginy: 6 });
  g.setDefaultEdgeLabel(() => ({}));
  for (const key of nodes.keys()) if (held.some((f) => f.from === key || f.to === key)) g.setNode(key, { width: W, height: H });
  for (const f of held) g.setEdge(f.from, f.to, { width: 60, height: 14 }, f.fact_id);
  dagre.layout(g);
  const { width, height } = g.graph();
  const root = svg('svg', { class: 'tree', viewBox: `0 0 ${width} ${height}`, width, height, role: 'group', 'aria-label': t('tabOwnership') });
  const members = new Set([answer.party.key, ...answer.group.map((m) => m.party.key)]);
  for (const f of held) {
    const { points } = g.edge(f.from, f.to, f.fact_id);
    const middle = points[Math.floor(points.length / 2)];
    const cycle = g.node(f.from).y >= g.node(f.to).y;
    const unknown = !f.properties.share_known && f.type === 'HOLDS_SHARES_IN';
    root.append(svg('path', { class: `held ${unknown ? 'unsure' : ''}`, d: `M${points.map((p) => `${p.x} ${p.y}`).join('L')}` }),
      svg('text', { class: 'soft', x: middle.x + 4, y: middle.y, 'text-anchor': 'start' }, `${shareText(f).trim() || t('rel')}${cycle ? ` ↻ ${t('inCycle')}` : ''}`));
  }
  for (const key of g.nodes()) {
    const node = { ...names.get(key), ...nodes.get(key) };
    const { x, y } = g.node(key);
    const open = () => showDetail({ kind: 'node', key });
    root.append(svg('g', { role: 'button', tabindex: 0, class: `box ${members.has(key) ? 'member' : ''}`, onclick: open, onkeydown: (e) => { if (e.key === 'Enter') open(); } },
      svg('title', {}, nameOf(node)), svg('rect', { x: x - W / 2, y: y - H / 2, width: W, height: H, rx: node.label === 'Person' ? 22 : 4 }), svg('text', { x, y: y - 2, 'text-anchor': 'middle' }, shorten(nameOf(node), 10)),
      svg('text', { class: 'soft', x, y: y + 15, 'text-anchor': 'middle' }, nodeType(node.label))));
  }
  return el('div', { class: 'tree-box', tabindex: 0 }, root);
}
