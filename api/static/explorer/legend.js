/* What stands around the picture: counts, notices, what can be done with what is selected, the legend. */
import { draw } from './canvas.js';
import { connectPicked } from './connect.js';
import { $, button, css, el, glyph, refill, ring, stroke } from './dom.js';
import { canRedo, canUndo, expand, hiddenParts, hide, pin, redo, remember, stack, undo } from './graph.js';
import { colourOf, shapeOf } from './look.js';
import { MARKS, markColour, standing } from './marks.js';
import { G, S, groupBy } from './state.js';
import { shorten } from './text.js';
import { cutText, nameFor, nodeType, number, relType, t } from './words.js';

export function renderGraphWords() {
  const gone = hiddenParts();
  const [nodes, edges] = [G.nodes.size - gone.nodes.size, G.edges.size - gone.edges.size];
  $('graph-count').textContent = G.nodes.size ? `${number(nodes)} / ${number(edges)} ${t('nodesEdges')}${gone.nodes.size ? ` · ${t('hiddenCount', { n: number(gone.nodes.size) })}` : ''}` : '';
  $('unlight').hidden = !G.light;
  const faded = G.light ? [...G.nodes.keys()].filter((key) => !gone.nodes.has(key) && !G.light.nodes.has(key)).length : 0;
  $('unlight').textContent = G.light ? `× ${shorten(`${t('highlight')}: ${G.light.title}`, 40)}${faded ? ` · ${t('lit', { n: number(faded) })}` : ''}` : '';
  $('notices').replaceChildren(...notices().map((text) => el('li', {}, text)));
  $('empty').hidden = G.nodes.size > 0;
  $('empty').replaceChildren(el('b', {}, S.busy ?? t('emptyTitle')), ...(S.busy ? [] : purposes()));
  renderActions(gone);
  renderLegend(gone);
}
/** What each purpose means, on the empty screen. */
const purposes = () => [el('span', {}, t('emptyText')), el('dl', { class: 'grid' },
  ['approval', 'tender', 'supervision', 'investigation', 'self'].map((p) => [el('dt', {}, t(p)), el('dd', {}, t(`p.${p}`))]))];
/** What the picture does not show, with numbers. */
function notices() {
  const lines = [];
  if (S.known && G.nodes.size) lines.push(t('nowKnown'));
  if (G.dropped.size) lines.push(`${t('limitGraph')}: ${number(G.dropped.size)}`);
  const left = stack(G.centre).reduce((sum, [, n]) => sum + n, 0);
  for (const [key, cuts] of G.notices) {
    const whose = key === G.centre ? '' : `${shorten(nameFor(key), 24)}: `;
    const drawn = [...G.edges.values()].filter((e) => e.a === key || e.b === key).length;
    const degree = G.nodes.get(key)?.degree;
    for (const cut of cuts) {
      if (cut.reason === 'limit') lines.push(whose + t('drawnOf', { n: number(drawn), all: degree ? number(degree) : t('atLeast', { n: number(drawn + left) }) }));
      else lines.push(whose + cutText(cut));
    }
  }
  if (left && !G.notices.get(G.centre)?.some((c) => c.reason === 'limit')) {
    const drawn = [...G.edges.values()].filter((e) => e.a === G.centre || e.b === G.centre).length;
    lines.push(t('drawnOf', { n: number(drawn), all: number(drawn + left) }));
  }
  return lines;
}
function renderActions(gone) {
  const picked = [...G.picked].filter((key) => G.nodes.has(key) && !gone.nodes.has(key));
  $('undo').disabled = !canUndo();
  $('redo').disabled = !canRedo();
  const pinned = picked.length > 0 && picked.every((key) => G.pinned.has(key));
  refill($('picked'), picked.length > 0 && [el('span', { class: 'soft' }, t('selectedCount', { n: picked.length })),
    button(t('openThem'), () => picked.forEach((key) => expand(key)), 'quiet'), button(t(pinned ? 'unpinThem' : 'pinThem'), () => pin(picked), 'quiet'),
    button(t('hideThem'), () => hide(picked), 'quiet'), picked.length === 2 && button(t('pathsOf'), () => connectPicked(picked), 'quiet strong')]);
}
function toggle(types, only = false) {
  remember();
  if (only) { G.hidden.clear(); for (const type of types) G.hidden.add(type); } else for (const type of types) G.hidden.has(type) ? G.hidden.delete(type) : G.hidden.add(type);
  draw();
}
function renderLegend(gone) {
  const count = (values) => [...groupBy(values, (v) => v)].map(([v, all]) => [v, all.length]).sort((a, b) => b[1] - a[1]);
  const labels = count([...G.nodes.values()].filter((n) => !gone.nodes.has(n.key)).map((n) => n.label));
  const types = count([...G.edges.values()].filter((e) => !gone.edges.has(e.id)).flatMap((e) => [...new Set([...e.facts.values()].map((f) => f.type))]));
  for (const hidden of G.hidden) {
    const all = S.schema.nodes[hidden] ? labels : types;
    if (!all.some(([v]) => v === hidden)) all.push([hidden, 0]);
  }
  const row = ([type, n], words, mark, all) => el('div', { class: 'row' }, button([mark, el('span', {}, words), el('small', {}, number(n))], () => toggle([type]), '', { 'aria-pressed': String(!G.hidden.has(type)) }),
    button(t('onlyThis'), () => toggle(all.map(([v]) => v).filter((v) => v !== type), true), 'link', { 'aria-label': `${t('onlyThis')} ${words}` }));
  const mark = (name) => el('div', { class: 'row' }, ring(markColour(name, { red: css('--red'), amber: css('--amber'), ink: css('--ink'), soft: css('--soft') }), MARKS[name].dash, 3),
    el('span', {}, `${MARKS[name].sign} ${t(`m.${name}`)}`), el('small', {}, number([...G.nodes.values()].filter((x) => standing(x) === name).length)));
  const line = (word, dash, width) => el('div', { class: 'row' }, stroke(css('--ink'), dash, width), el('span', {}, t(word)));
  refill($('legend'), button(t(G.ended ? 'hideEnded' : 'showAll'), () => { remember(); G.ended = !G.ended; draw(); }, ''),
    (G.hidden.size > 0 || G.away.size > 0) && button(t('showAll'), () => { remember(); G.hidden.clear(); G.away.clear(); G.ended = true; draw(); }, ''),
    el('h3', {}, t('legend.marks')), ['force', 'suspended', 'candidate', 'ended'].map(mark),
    el('h3', {}, t('legend.lines')), line('lineNow', '', 2), line('lineOver', '5 3', 2), line('lineSus', '6 2', 4), line('lineCand', '2 2', 4),
    labels.length > 0 && el('h3', {}, t('legend')), labels.map((r) => row(r, nodeType(r[0]), glyph(shapeOf(r[0]), colourOf(r[0])), labels)),
    types.map((r) => row(r, relType(r[0]), stroke(S.schema.relationships[r[0]]?.colour ?? '#8a8f98'), types)));
}
export function wireLegend() {
  $('undo').addEventListener('click', undo);
  $('redo').addEventListener('click', redo);
}
