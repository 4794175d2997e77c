/* The tab with the legal measures: one card for each ground, its measures listed in it. */
import { button, dayBefore, el, nameBox, tag } from './dom.js';
import { showDetail } from './detail.js';
import { cutNote, stateLine } from './panel.js';
import { S, groupBy, names } from './state.js';
import { nameOf, number, pick, sentence, statusWord, t } from './words.js';

const ORDER = ['active', 'suspended', 'candidate', 'unknown', 'ended'];
const advised = (c) => c.automaticity === 'advisory'; // policy: shown last, never applied by itself
export const byStatus = (a, b) => advised(a) - advised(b) || ORDER.indexOf(a.status) - ORDER.indexOf(b.status);
export function renderConsequences() {
  const answer = S.got.consequences;
  const mine = (c) => c.subject.key === S.party.party.key;
  const others = answer.consequences.filter((c) => !mine(c));
  return [stateLine(answer), cutNote(answer), grounds(answer, answer.consequences.filter(mine)),
    others.length > 0 && [el('h2', {}, t('forOthers')), grounds(answer, others, true)]];
}
/** One card for each sanction and subject: what follows from it, most serious first. */
export function grounds(answer, found, showSubject = false) {
  const all = found.filter((c) => !advised(c)).sort(byStatus);
  const advice = found.filter(advised);
  if (!found.length) return el('p', { class: 'empty-note' }, answer.status === 'clear' || answer.status === 'hit' ? t('noConsequences') : t(`s.${answer.status}`));
  const counts = ORDER.map((s) => [s, all.filter((c) => c.status === s).length]).filter(([, n]) => n);
  const groups = [...groupBy(all, (c) => `${c.sanction.key}|${c.subject.key}`).values()];
  return [el('p', {}, counts.map(([s, n]) => tag(`${statusWord(s)} ${number(n)}`, s))),
    all.some((c) => c.status === 'candidate') && el('p', { class: 'state' }, t('candidateNote')),
    groups.map((group) => groundCard(group, showSubject)),
    advice.length > 0 && el('details', {}, el('summary', {}, `${t('advisoryGroup')} (${number(advice.length)})`), el('p', { class: 'state' }, t('advisoryNote')),
      [...groupBy(advice, (c) => `${c.sanction.key}|${c.subject.key}`).values()].map((group) => groundCard(group, showSubject)))];
}
export const nodeButton = (node) => button(nameBox(nameOf({ ...names.get(node.key), ...node })), () => showDetail({ kind: 'node', key: node.key }));
function groundCard(group, showSubject) {
  const [first] = group;
  const same = [...groupBy(group, (c) => `${c.measure}|${c.status}|${c.since}|${c.until}`).values()];
  return el('div', { class: `card ground ${first.status}` },
    el('div', { class: 'line' }, showSubject && [el('b', {}, nodeButton(first.subject)), ' · '], el('span', { class: 'soft' }, `${t('because')} `), nodeButton(first.sanction)),
    el('ul', { class: 'rows measures' }, same.map(([c, ...more]) => el('li', {}, tag(statusWord(c.status), c.status),
      el('span', { class: 'what' }, pick(c.measure_title, c.measure), ' ', el('small', { class: 'when' }, when(c)), more.length > 0 && el('small', {}, ` · ${number(more.length + 1)} ${t('moreRules')}`)),
      button(t('why'), () => showDetail({ kind: 'why', c }), '', { 'aria-label': `${t('why')}: ${pick(c.measure_title, c.measure)}` })))),
    el('div', { class: 'soft' }, [...new Set(group.flatMap((c) => c.legal_basis.map((b) => `${b.document} ${b.article ?? ''}`)))].slice(0, 2).map((b) => el('div', {}, b))));
}
export const when = (c) => `${c.since ?? t('unknown')} ${c.until ? `${t('to')} ${dayBefore(c.until)}` : t('noTerm')}`;
export const listOf = (word, items, cls = '') => items.length > 0 && el('div', { class: `note ${cls}` }, el('b', {}, word), el('ul', {}, items.map((x) => el('li', {}, sentence(x)))));
