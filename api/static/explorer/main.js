/* creditgraph explorer: one page on the HTTP API, without a build step. Here is where it starts; each module beside it has one job. */
import { attempt, call, hush, purposeChosen } from './api.js';
import { draw, fit, savePng, unlight } from './canvas.js';
import { $ } from './dom.js';
import { resetGraph } from './graph.js';
import { renderGraphWords } from './legend.js';
import { renderHead, renderPanel, tabKeys } from './panel.js';
import { fromHash, reload } from './party.js';
import { renderResults, resultKeys, search } from './search.js';
import { G, S } from './state.js';
import { t } from './words.js';

export function renderAll() {
  document.documentElement.lang = S.lang === 'zh' ? 'zh-CN' : 'en';
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll('[data-t-label]')) node.setAttribute('aria-label', t(node.dataset.tLabel));
  for (const node of document.querySelectorAll('[data-t-title]')) node.title = t(node.dataset.tTitle);
  $('search').placeholder = t('searchHint');
  renderResults();
  renderHead();
  renderPanel();
  renderGraphWords();
}
function pageKeys(event) {
  const typing = event.target.closest?.('input, select, textarea');
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    $('search').focus();
    $('search').select();
  } else if (event.key === 'Escape') {
    if (!$('banner').hidden) hush();
    else if (G.light) unlight();
    else if ($('results').contains(event.target)) $('search').focus();
    else if (typing) event.target.blur();
  }
}
async function start() {
  $('purpose').value = sessionStorage.getItem('purpose') ?? '';
  renderAll();
  $('search-form').addEventListener('submit', (e) => { e.preventDefault(); search(); });
  $('search').addEventListener('keydown', (e) => {
    if (e.key === 'ArrowDown') { e.preventDefault(); $('results').querySelector('button')?.focus(); }
  });
  $('results').addEventListener('keydown', resultKeys);
  $('tabs').addEventListener('keydown', tabKeys);
  document.addEventListener('keydown', pageKeys);
  $('purpose').addEventListener('change', () => {
    sessionStorage.setItem('purpose', $('purpose').value);
    if (purposeChosen()) { hush(); reload(); }
  });
  $('as-of').addEventListener('change', () => { if ($('as-of').validity.valid) reload(); });
  $('lang').addEventListener('click', () => {
    S.lang = S.lang === 'zh' ? 'en' : 'zh';
    sessionStorage.setItem('lang', S.lang);
    renderAll();
    if (G.nodes.size) draw();
  });
  $('banner-close').addEventListener('click', hush);
  $('fit').addEventListener('click', () => fit());
  $('png').addEventListener('click', savePng);
  $('unlight').addEventListener('click', unlight);
  $('clear').addEventListener('click', () => { resetGraph(); draw(); });
  window.addEventListener('hashchange', fromHash);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { if (G.nodes.size) draw(); });
  const schema = await attempt(() => call('schema'));
  if (schema) Object.assign(S.schema, schema);
  renderAll();
  fromHash();
  if (!$('banner').hidden) return;
  ($('purpose').value ? $('search') : $('purpose')).focus();
}
start();
