/* Search, and the list of those found. */
import { attempt, call, grounds, hush, purposeChosen, say } from './api.js';
import { $, el, refill, tag } from './dom.js';
import { go } from './party.js';
import { S, learn } from './state.js';
import { cutText, nameOf, nodeType, sep, t, tOr, sentence } from './words.js';

export async function search() {
  const text = $('search').value.trim();
  if (!purposeChosen()) return;
  if (!text) { say(t('needText')); $('search').focus(); return; }
  hush();
  $('results').setAttribute('aria-busy', 'true');
  const body = { ...grounds(), text, limit: 20, purpose: $('purpose').value };
  const answer = await attempt(() => call('search', { channel: 'search', body }));
  $('results').removeAttribute('aria-busy');
  if (!answer) return;
  if (answer.party && !answer.candidates.length) answer.candidates = [answer.party];
  S.results = answer;
  learn(answer.candidates);
  renderResults();
  if (answer.candidates.length === 1) go(answer.candidates[0].key);
}
export function flags(party) {
  return [party.sanctioned && tag(t('sanctioned'), 'red'), party.had_sanctions && tag(t('had'), 'ended'), party.hub && tag(`${t('hub')} ${party.degree ?? ''}`, 'amber')];
}
export function renderResults() {
  const found = S.results?.candidates ?? [];
  const many = S.results?.status === 'ambiguous' || found.length > 1;
  $('result-note').textContent = many ? `${found.length} · ${t('choosePls')}` : '';
  refill($('results'), ...found.map((party) => el('li', {}, el('button', {
    type: 'button', 'aria-current': party.key === S.party?.party.key ? 'true' : 'false', onclick: () => go(party.key) },
    el('b', {}, nameOf(party)), ' ', flags(party),
    el('small', { class: 'num' }, party.identifiers.slice(0, 2).map((i) => i.value).join(' · ')),
    el('small', {}, [nodeType(party.label), party.kind && tOr(`k.${party.kind}`, party.kind), party.region].filter(Boolean).join(' · ')),
    party.former_names.length > 0 && el('small', {}, ` · ${t('formerNames')}: ${party.former_names.join(sep())}`)))));
  if (S.results && !found.length) {
    $('results').append(el('li', { class: 'empty-note' }, t('nothingFound'), S.results.reason ? ` · ${sentence(S.results.reason)}` : ''));
  }
  for (const cut of S.results?.cut ?? []) $('results').append(el('li', { class: 'note' }, cutText(cut)));
}
export function resultKeys(event) {
  const all = [...$('results').querySelectorAll('button')];
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  (all[Math.min(to, all.length - 1)] && to >= 0 ? all[Math.min(to, all.length - 1)] : $('search')).focus();
}
