/* Search, the list of those found, and what the page offers before anybody was searched for. */
import { attempt, call, grounds, hush, purposeChosen, say } from './api.js';
import { renderAnswer } from './answer.js';
import { draw } from './canvas.js';
import { forgetConnected } from './connect.js';
import { $, button, el, nameBox, refill, tag } from './dom.js';
import { forgetSteps, resetGraph } from './graph.js';
import { MARKS, markWord, standing } from './marks.js';
import { renderHead, renderPanel } from './panel.js';
import { closeParty, go } from './party.js';
import { S, learn, names, today } from './state.js';
import { cutText, nameOf, nodeType, number, sentence, sep, t, tOr } from './words.js';

const PAGE = 20;
/** Who is meant? Nothing of the party that was open stays on the screen, whoever is found. */
export async function search(skip = 0) {
  const text = $('search').value.trim();
  if (!purposeChosen()) return;
  if (!text) { say(t('needText')); $('search').focus(); return; }
  hush();
  if (!skip) { closeParty(); S.results = null; resetGraph(); forgetSteps(); forgetConnected(); draw(); }
  S.busy = t('searching');
  renderResults(); renderHead(); renderPanel(); renderAnswer();
  const body = { ...grounds(), text, limit: PAGE, skip, purpose: $('purpose').value };
  const answer = await attempt(() => call('search', { channel: 'search', body }));
  S.busy = null;
  if (answer) {
    if (answer.party && !answer.candidates.length) answer.candidates = [answer.party];
    if (skip && S.results) answer.candidates = [...S.results.candidates, ...answer.candidates];
    S.results = { ...answer, text };
    learn(answer.candidates.map(({ sanctioned, had_sanctions, ...party }) => party));
  }
  renderResults(); renderHead(); renderPanel(); renderAnswer();
  if (answer && !skip && answer.candidates.length === 1 && answer.complete) go(answer.candidates[0].key);
}
/** A search knows marks of its own day alone: on another day, or as known then, those hold that were asked for since. */
function ofThisDay(party) {
  if (S.results?.as_of === ($('as-of').value || today()) && !$('known-at').value) return party;
  const { sanctioned, had_sanctions } = names.get(party.key) ?? {};
  return { ...party, sanctioned, had_sanctions };
}
/** What stands against a party on the day, as a mark with its word; nothing where there is nothing. */
export function flags(party) {
  const mark = standing(party);
  const word = markWord(party);
  return [word && tag(`${MARKS[mark].sign} ${word}`, `mark ${mark}`), party.hub && tag(`◎ ${t('hub')} ${number(party.degree ?? 0)}`),
    party.gone && tag(`${t('gone')}: ${party.gone}`, 'amber'), party.doubted && tag(t('doubted'), 'amber')];
}
/** What tells a party from its namesakes. */
function apart(party) {
  return [nodeType(party.label), party.kind && tOr(`k.${party.kind}`, ''), party.region, birth(party),
    party.degree !== null && party.degree !== undefined && `${t('degree')} ${number(party.degree)}`].filter(Boolean).join(' · ');
}
const birth = (party) => {
  const year = party.identifiers?.map((i) => /^\d{6}((?:18|19|20)\d{2})/.exec(i.value)?.[1]).find(Boolean);
  return party.label === 'Person' && year ? `${t('born')} ${year}` : '';
};
export function renderResults() {
  const answer = S.results;
  const found = answer?.candidates ?? [];
  const total = answer?.total ?? found.length;
  const cut = (answer?.cut ?? []).filter((c) => c.reason !== 'limit');
  $('results').toggleAttribute('aria-busy', Boolean(S.busy && !S.party));
  $('result-note').textContent = found.length > 1 || total > 1 ? `${t('firstOf', { n: number(found.length), all: number(total) })} · ${t('choosePls')}` : '';
  refill($('results'), found.map((party) => el('li', {}, el('button', {
    type: 'button', 'aria-current': party.key === S.party?.party.key ? 'true' : 'false', onclick: () => go(party.key) },
    nameBox(nameOf(party)), el('span', {}, flags(ofThisDay(party))),
    el('small', { class: 'num' }, party.identifiers.slice(0, 2).map((i) => i.value).join(' · ')),
    el('small', {}, apart(party)),
    party.former_names.length > 0 && el('small', { class: 'clamp' }, `${t('formerNames')}: ${party.former_names.join(sep())}`)))),
  found.length < total && el('li', {}, button(`${t('moreResults')} (${t('firstOf', { n: number(found.length), all: number(total) })})`, () => search(found.length), 'link')),
  S.busy && !S.party && el('li', { class: 'loading', role: 'status' }, S.busy),
  answer && !found.length && el('li', { class: 'empty-note' }, t('nothingFound'), answer.reason && el('small', {}, sentence(answer.reason))),
  cut.map((c) => el('li', { class: 'note' }, cutText(c))));
  if (!answer && !S.busy) $('results').append(...offers());
}
/** Examples, and what was open lately in this window: keys are kept, no names. */
function offers() {
  const example = (name) => el('li', {}, button([el('span', { class: 'num' }, t(name)), el('small', {}, t(`${name}n`))], () => { $('search').value = t(name); search(); }, ''));
  return [el('li', { class: 'empty-note' }, t('examples')), ...['x.1', 'x.2', 'x.3'].map(example)];
}
export function resultKeys(event) {
  const all = [...$('results').querySelectorAll('button')];
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  (to >= 0 ? all[Math.min(to, all.length - 1)] : $('search')).focus();
}
