/* The right side: head, tabs, and what the open tab still needs. */
import { about, attempt } from './api.js';
import { renderConsequences } from './consequences.js';
import { renderDetail } from './detail.js';
import { $, button, el, refill, tag } from './dom.js';
import { renderExposure } from './exposure.js';
import { renderFile } from './file.js';
import { flags } from './search.js';
import { HOPS, S, isFact, learn } from './state.js';
import { renderTimeline } from './timeline.js';
import { cutText, nameOf, nodeType, t, tOr, sentence } from './words.js';

const TABS = { file: ['tabFile', renderFile], consequences: ['tabConsequences', renderConsequences],
  exposure: ['tabExposure', renderExposure], timeline: ['tabTimeline', renderTimeline], detail: ['tabDetail', renderDetail] };
const NEEDS = { consequences: ['consequences'], exposure: ['exposure'], timeline: ['consequences'] };
export function renderHead() {
  const party = S.party?.party;
  if (!party) { $('head').replaceChildren(el('span', { class: 'meta' }, t('noParty'))); return; }
  const words = [nodeType(party.label), party.kind && tOr(`k.${party.kind}`, party.kind), party.region,
    party.degree !== null && party.degree !== undefined && `${t('degree')} ${party.degree}`];
  $('head').replaceChildren(el('h1', {}, nameOf(party)), el('div', { class: 'meta' }, flags(party), words.filter(Boolean).join(' · ')));
}
export function renderPanel() {
  refill($('tabs'), ...Object.entries(TABS).map(([name, [word]]) => el('button', {
    type: 'button', role: 'tab', id: `tab-${name}`, 'aria-selected': String(S.tab === name), 'aria-controls': 'panel',
    tabindex: S.tab === name ? 0 : -1, onclick: () => openTab(name) }, t(word))));
  $('panel').setAttribute('aria-labelledby', `tab-${S.tab}`);
  const inside = $('panel').contains(document.activeElement);
  const missing = (NEEDS[S.tab] ?? []).filter((name) => !S.got[name]);
  const failed = missing.filter((name) => S.failed.has(name));
  if (!S.party && S.tab !== 'detail') $('panel').replaceChildren(el('p', { class: 'empty-note' }, t('noParty')));
  else if (failed.length) $('panel').replaceChildren(el('div', { class: 'note' }, t('notLoaded'), ' ', button(t('retry'), () => ensureTab(true))));
  else if (missing.length) $('panel').replaceChildren(el('p', { class: 'empty-note' }, t('loading')));
  else $('panel').replaceChildren(...[TABS[S.tab][1]()].flat(Infinity).filter(Boolean));
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
/** Ask for what the open tab shows, and only then: each look at a person is a request with a purpose. */
export async function ensureTab(again = false) {
  const key = S.party?.party.key;
  for (const name of NEEDS[S.tab] ?? []) {
    if (!key || S.got[name] || (S.failed.has(name) && !again)) continue;
    S.failed.delete(name);
    const file = S.party;
    const answer = await attempt(() => about('parties', key, name, name === 'exposure' ? { hops: HOPS } : { others: true }, name));
    if (S.party !== file) return;
    if (answer) {
      S.got[name] = answer;
      learn(answer.nodes, answer.candidates, answer.hits.map((h) => h.party), answer.consequences.flatMap((c) => [c.subject, c.sanction]));
      learn([...answer.hits, ...answer.consequences].flatMap((x) => x.path.filter((s) => !isFact(s))));
    } else S.failed.add(name);
    renderPanel();
  }
}
export function stateLine(answer) {
  const bits = [`${t('asOfLine')} ${answer.as_of}`, answer.known_at && `${t('knownAt')} ${answer.known_at}`, `${t('position')} ${answer.position}`,
    answer.explored && `${t('explored')} ${answer.explored}`];
  return el('p', { class: 'state' }, tag(t(`s.${answer.status}`), answer.status), bits.filter(Boolean).join(' · '),
    answer.reason ? ` · ${sentence(answer.reason)}` : '');
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
