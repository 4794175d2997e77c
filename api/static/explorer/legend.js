/* What stands around the picture: counts, notices, legend. */
import { draw, shapeOf } from './canvas.js';
import { $, button, css, el, glyph, refill, ring, stroke } from './dom.js';
import { G, S, groupBy } from './state.js';
import { cutText, nameFor, nodeType, relType, t } from './words.js';

export function renderGraphWords() {
  $('graph-count').textContent = G.nodes.size ? `${G.nodes.size} / ${G.edges.size} ${t('nodesEdges')}` : '';
  $('unlight').hidden = !G.light;
  $('unlight').textContent = G.light ? `× ${t('highlight')}: ${G.light.title}` : '';
  const lines = [...G.notices].flatMap(([key, cuts]) => (cuts.length ? cuts.map(cutText) : [t('s.incomplete')])
    .map((text) => (key === G.centre ? text : `${nameFor(key)} → ${text}`)));
  if (G.dropped.size) lines.unshift(`${t('limitGraph')}: ${G.dropped.size}`);
  $('notices').replaceChildren(...lines.map((text) => el('li', {}, text)));
  $('empty').hidden = G.nodes.size > 0;
  $('empty').replaceChildren(el('b', {}, t('emptyTitle')), el('span', {}, t('emptyText')));
  renderLegend();
}
function renderLegend() {
  const count = (values) => [...groupBy(values, (v) => v)].map(([v, all]) => [v, all.length]).sort((a, b) => b[1] - a[1]);
  const row = ([type, n], words, mark) => button([mark, el('span', {}, words), el('small', {}, n)], () => {
    G.hidden.has(type) ? G.hidden.delete(type) : G.hidden.add(type);
    draw();
  }, '', { 'aria-pressed': String(!G.hidden.has(type)) });
  const labels = count([...G.nodes.values()].map((n) => n.label));
  const types = count([...G.edges.values()].map((e) => e.type));
  refill($('legend'),
    ...labels.map((r) => row(r, nodeType(r[0]), glyph(shapeOf(r[0]), S.schema.nodes[r[0]]?.colour ?? '#8a8f98'))),
    ...types.map((r) => row(r, relType(r[0]), stroke(S.schema.relationships[r[0]]?.colour ?? '#8a8f98'))));
  $('legend-note').textContent = labels.length ? t('legendHint') : '';
  $('hint').replaceChildren(el('span', {}, t('graphHint')), ...[[ring(css('--red'), '', 3), 'sanctionedNote'], [ring(css('--ink'), '2 2', 2), 'hubNote'],
    [stroke(css('--soft'), '4 3'), 'pastNote']].map(([mark, word]) => el('span', {}, mark, ' ', t(word))));
}
