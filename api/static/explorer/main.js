/* creditgraph explorer: one page on the HTTP API, without a build step. Here is where it starts; each module beside it has one job.
 *
 * Two promises shape the code:
 * - text from sources is never markup. `el()` is the only maker of elements and knows text nodes only;
 *   names in the graph are drawn on a canvas, tooltips are plain strings.
 * - nothing personal leaves through an address. Names and numbers travel in request bodies; the location hash
 *   carries an opaque party key, nothing else; purpose and language stay in sessionStorage.
 */
import { renderAnswer } from './answer.js';
import { attempt, call, hush, purposeChosen } from './api.js';
import { arrange, draw, fit, resized, savePng, unlight } from './canvas.js';
import { renderConnect, wireConnect } from './connect.js';
import { wireDays } from './days.js';
import { $ } from './dom.js';
import { expand, forgetSteps, hide, pin, redo, remember, resetGraph, undo } from './graph.js';
import { renderGraphWords, wireLegend } from './legend.js';
import { renderHead, renderPanel, tabKeys } from './panel.js';
import { fromHash, reload } from './party.js';
import { renderResults, resultKeys, search } from './search.js';
import { G, S } from './state.js';
import { renderTable, showView, tableKeys } from './table.js';
import { t } from './words.js';

export function renderAll() {
  document.documentElement.lang = S.lang === 'zh' ? 'zh-CN' : 'en';
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll('[data-t-label]')) node.setAttribute('aria-label', t(node.dataset.tLabel));
  for (const node of document.querySelectorAll('[data-t-title]')) node.title = t(node.dataset.tTitle);
  $('search').placeholder = t('searchHint');
  for (const render of [renderResults, renderHead, renderAnswer, renderPanel, renderGraphWords, renderTable, renderConnect]) render();
}
function pageKeys(event) {
  const typing = event.target.closest?.('input, select, textarea');
  const held = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  const act = (work) => { event.preventDefault(); work(); };
  if (event.key === '/' && !typing && !held && !event.altKey) act(() => { $('search').focus(); $('search').select(); });
  else if (held && !typing && key === 'z') act(event.shiftKey ? redo : undo); // in a field it is the field's own
  else if (held && !typing && key === 'y') act(redo);
  else if (event.key === 'Escape') escape(event, typing);
  else if (!typing && !held && !event.altKey && G.picked.size && $('stage').contains(event.target) && !event.target.closest('#table')) graphKeys(event, key);
}
function graphKeys(event, key) {
  const picked = [...G.picked];
  const work = { e: () => picked.forEach((k) => expand(k)), h: () => hide(picked), p: () => pin(picked), delete: () => hide(picked) }[key];
  if (work) { event.preventDefault(); work(); }
}
function escape(event, typing) {
  if (!$('banner').hidden) hush();
  else if ($('legend-box').open) { $('legend-box').open = false; $('legend-box').querySelector('summary').focus(); }
  else if (G.light) unlight();
  else if ($('results').contains(event.target)) $('search').focus();
  else if (typing) event.target.blur();
}
function wireTop() {
  $('search-form').addEventListener('submit', (e) => { e.preventDefault(); search(); });
  $('search').addEventListener('keydown', (e) => {
    if (e.key === 'ArrowDown') { e.preventDefault(); $('results').querySelector('button')?.focus(); }
  });
  $('results').addEventListener('keydown', resultKeys);
  $('tabs').addEventListener('keydown', tabKeys);
  $('purpose').addEventListener('change', () => {
    sessionStorage.setItem('purpose', $('purpose').value);
    if (purposeChosen()) { hush(); reload(); }
  });
  for (const id of ['as-of', 'known-at']) $(id).addEventListener('change', () => { if ($(id).validity.valid) reload(); });
  $('lang').addEventListener('click', () => {
    S.lang = S.lang === 'zh' ? 'en' : 'zh';
    sessionStorage.setItem('lang', S.lang);
    renderAll();
    if (G.nodes.size) draw();
  });
  $('banner-close').addEventListener('click', hush);
}
function wireCanvas() {
  $('fit').addEventListener('click', () => fit());
  $('arrange').addEventListener('click', () => { remember(); arrange(); });
  $('png').addEventListener('click', savePng);
  $('unlight').addEventListener('click', unlight);
  $('clear').addEventListener('click', () => { remember(); resetGraph(); draw(); });
  $('view-graph').addEventListener('click', () => { showView('graph'); resized(); });
  $('view-table').addEventListener('click', () => showView('table'));
  $('table').addEventListener('keydown', tableKeys);
  $('graph').tabIndex = 0;
  new ResizeObserver(resized).observe($('graph'));
  for (const wire of [wireLegend, wireConnect, wireDays]) wire();
}
async function start() {
  const purpose = sessionStorage.getItem('purpose') ?? '';
  if ([...$('purpose').options].some((o) => o.value === purpose)) $('purpose').value = purpose;
  forgetSteps();
  renderAll();
  wireTop();
  wireCanvas();
  document.addEventListener('keydown', pageKeys);
  window.addEventListener('hashchange', fromHash);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { if (G.nodes.size) draw(); });
  $('search').focus();
  const schema = await attempt(() => call('schema'));
  if (schema) Object.assign(S.schema, schema);
  renderAll();
  fromHash();
}
start();
