/* The right side: head, tabs with counts, and what the open tab still needs. */
import { about, attempt } from './api.js';
import { renderAnswer } from './answer.js';
import { renderConsequences } from './consequences.js';
import { renderDetail } from './detail.js';
import { $, button, el, nameBox, refill, tag } from './dom.js';
import { renderExposure, walkQuery } from './exposure.js';
import { renderFile } from './file.js';
import { learnSanctions } from './marks.js';
import { renderOwnership } from './ownership.js';
import { flags } from './search.js';
import { S, isFact, learn } from './state.js';
import { renderTimeline } from './timeline.js';
import { cutText, nameOf, nodeType, number, sentence, t, tOr } from './words.js';

const TABS = { consequences: ['tabConsequences', renderConsequences], file: ['tabFile', renderFile], exposure: ['tabExposure', renderExposure],
  ownership: ['tabOwnership', renderOwnership], timeline: ['tabTimeline', renderTimeline], detail: ['tabDetail', renderDetail] };
const NEEDS = { consequences: ['consequences'], exposure: ['exposure'], ownership: ['ownership'], timeline: ['consequences'] };
const QUERY = { exposure: () => walkQuery(), ownership: () => ({ group: true }), consequences: () => ({ others: true }) };
/** How much is behind each tab, as far as it was asked for. */
const COUNTS = {
  consequences: () => S.got.consequences?.consequences.filter((c) => c.subject.key === S.party.party.key && c.automaticity !== 'advisory').length,
  file: () => S.party?.sanctions.length, exposure: () => S.got.exposure?.hits.length, ownership: () => S.got.ownership?.owners.length,
};

export function renderHead() {
  const party = S.party?.party;
  if (!party) { $('head').replaceChildren(el('h1', { class: 'none' }, S.busy ?? t(S.results?.candidates.length ? 'pickOne' : 'noParty'))); return; }
  const words = [nodeType(party.label), party.kind && tOr(`k.${party.kind}`, ''), party.region,
    party.degree !== null && party.degree !== undefined && `${t('degree')} ${number(party.degree)}`, ...party.identifiers.slice(0, 1).map((i) => i.value)];
  $('head').replaceChildren(el('h1', {}, nameBox(nameOf(party))), el('div', { class: 'meta' }, flags(party), ' ', words.filter(Boolean).join(' · ')));
}
export function renderPanel() {
  refill($('tabs'), Object.entries(TABS).map(([name, [word]]) => {
    const count = S.party ? COUNTS[name]?.() : undefined;
    return el('button', { type: 'button', role: 'tab', id: `tab-${name}`, 'aria-selected': String(S.tab === name), 'aria-controls': 'panel',
      tabindex: S.tab === name ? 0 : -1, onclick: () => openTab(name) }, t(word), count !== undefined && el('span', { class: 'count' }, number(count)));
  }));
  $('panel').setAttribute('aria-labelledby', `tab-${S.tab}`);
  const inside = $('panel').contains(document.activeElement);
  const missing = (NEEDS[S.tab] ?? []).filter((name) => !S.got[name]);
  const failed = missing.filter((name) => S.failed.has(name));
  if (S.busy && !S.party) $('panel').replaceChildren(el('p', { class: 'loading', role: 'status' }, S.busy));
  else if (!S.party && !(S.tab === 'detail' && S.detail)) $('panel').replaceChildren(el('p', { class: 'empty-note' }, t(S.results?.candidates.length ? 'pickOne' : 'noParty')));
  else if (failed.length) $('panel').replaceChildren(el('div', { class: 'note' }, t('notLoaded'), ' ', button(t('retry'), () => ensureTab(true))));
  else if (missing.length) $('panel').replaceChildren(el('p', { class: 'loading', role: 'status' }, t('loading')));
  else $('panel').replaceChildren(el('h2', { class: 'unseen' }, t(TABS[S.tab][0])), ...[TABS[S.tab][1]()].flat(Infinity).filter(Boolean));
  if (inside) $('panel').focus();
  $('panel').scrollTop = S.scroll[S.tab] ?? 0;
}
export function openTab(name, focus = false) {
  S.scroll[S.tab] = S.tab === 'detail' ? 0 : $('panel').scrollTop;
  S.tab = name;
  renderPanel();
  if (focus) $(`tab-${name}`).focus();
  ensureTab();
}
/** Everybody whom an answer names, for the words of the page. */
export function learnAnswer(answer) {
  learn(answer.nodes ?? [], answer.candidates ?? [], (answer.hits ?? []).map((h) => h.party), (answer.consequences ?? []).flatMap((c) => [c.subject, c.sanction]));
  learn([...(answer.hits ?? []), ...(answer.consequences ?? []), ...(answer.owners ?? [])].flatMap((x) => x.path.filter((s) => !isFact(s))));
  learnSanctions((answer.hits ?? []).flatMap((h) => h.sanctions));
}
const asking = new Map(); // tab → the file for which its answer is under way
/** Ask for what the open tab shows, and only then: each look at a person is a request with a purpose. */
export async function ensureTab(again = false) {
  const key = S.party?.party.key;
  for (const name of NEEDS[S.tab] ?? []) {
    if (!key || (S.got[name] && !again) || (S.failed.has(name) && !again)) continue;
    const file = S.party;
    if (asking.get(name)?.file === file && !again) continue; // it is under way
    const asked = { file };
    asking.set(name, asked);
    S.failed.delete(name);
    if (again) { delete S.got[name]; renderPanel(); }
    const answer = await attempt(() => about('parties', key, name, QUERY[name](), name));
    if (asking.get(name) !== asked) return; // asked anew meanwhile
    asking.delete(name);
    if (S.party !== file) return;
    if (answer) {
      S.got[name] = answer;
      learnAnswer(answer);
    } else S.failed.add(name);
    renderPanel();
    if (name === 'consequences') renderAnswer();
  }
}
/** What an answer is worth, in the words of its question, and the moment it is true for. */
export function stateLine(answer) {
  const bits = [`${t('asOfLine')} ${answer.as_of}`, answer.known_at && `${t('knownAt')} ${answer.known_at}`, answer.explored && `${t('explored')} ${number(answer.explored)}`];
  const word = tOr(`q.${answer.question}.${answer.status}`, t(`s.${answer.status}`));
  return el('p', { class: 'state' }, answer.status && tag(word, answer.status), ' ', bits.filter(Boolean).join(' · '), answer.reason ? ` · ${sentence(answer.reason)}` : '');
}
export function cutNote(answer) {
  if (answer.complete && !answer.cut.length) return null;
  const lines = answer.cut.length ? answer.cut.map((c) => cutText(c) + (c.distance ? ` (${c.distance} ${t('hops')})` : '')) : [t('s.incomplete')];
  return el('div', { class: 'note' }, el('b', {}, t('cutTitle')), el('ul', {}, lines.map((line) => el('li', {}, line))));
}
export function tabKeys(event) {
  const all = Object.keys(TABS);
  const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!move) return;
  event.preventDefault();
  openTab(all[(all.indexOf(S.tab) + move + all.length) % all.length], true);
}
