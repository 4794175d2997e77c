/* The tab with the legal measures, each with its clause and path. */
import { showDetail } from './detail.js';
import { button, el, grid, period, tag } from './dom.js';
import { showPath } from './graph.js';
import { cutNote, stateLine } from './panel.js';
import { S, groupBy, isFact } from './state.js';
import { nameOf, nodeType, pick, relType, sentence, shareText, statusWord, t, tOr } from './words.js';

const ORDER = ['active', 'suspended', 'candidate', 'unknown', 'ended'];
const hint = (c) => c.automaticity === 'advisory'; // policy: shown last, never applied by itself
export const byStatus = (a, b) => hint(a) - hint(b) || ORDER.indexOf(a.status) - ORDER.indexOf(b.status);
export function renderConsequences() {
  const answer = S.got.consequences;
  const mine = (c) => c.subject.key === S.party.party.key;
  const others = answer.consequences.filter((c) => !mine(c));
  return [stateLine(answer), cutNote(answer),
    consequenceList({ ...answer, consequences: answer.consequences.filter(mine) }, () => false),
    others.length > 0 && [el('h2', {}, t('forOthers')), consequenceList({ ...answer, consequences: others }, () => true)]];
}
export function consequenceList(answer, showSubject) {
  const all = [...answer.consequences].sort(byStatus);
  if (!all.length) return el('p', { class: 'empty-note' }, answer.status === 'clear' || answer.status === 'hit' ? t('noConsequences') : t(`s.${answer.status}`));
  const counts = ORDER.map((s) => [s, all.filter((c) => c.status === s).length]).filter(([, n]) => n);
  const groups = groupBy(all, (c) => `${c.measure}|${c.subject.key}`);
  return [el('p', {}, counts.map(([s, n]) => tag(`${statusWord(s)} ${n}`, s))),
    all.some((c) => c.status === 'candidate') && el('p', { class: 'state' }, t('candidateNote')),
    [...groups.values()].map((group, i) => [
      el('h3', {}, pick(S.schema.measures[group[0].measure] ?? group[0].measure_title, group[0].measure), ' ',
        showSubject(group[0]) && el('small', {}, `${t('subject')} `, nodeButton(group[0].subject)), ' ',
        group.length > 1 && el('small', {}, `${group.length} × ${t('ground')}`)),
      group.map((c, j) => consequenceCard(c, i === 0 && j === 0))])];
}
export const nodeButton = (node) => button(nameOf(node), () => showDetail({ kind: 'node', key: node.key }));
function consequenceCard(c, open) {
  const inPath = new Set(c.path.filter(isFact).map((f) => f.fact_id));
  const rest = c.evidence.filter((f) => !inPath.has(f.fact_id));
  const title = pick(c.measure_title, c.measure);
  const list = (word, items, cls = '') => items.length > 0 && el('div', { class: `note ${cls}` }, el('b', {}, t(word)), el('ul', {}, items.map((x) => el('li', {}, x))));
  return el('div', { class: `card ${c.status}` },
    el('div', {}, tag(statusWord(c.status), c.status), tag(pick(S.schema.automaticity[c.automaticity], c.automaticity)), period(c.since, c.until)),
    grid([[t('basis'), c.legal_basis.map((b) => el('div', {}, `${b.document} ${b.article ?? ''}`))], [t('rule'), `${pick(c.rule_title, c.rule)} (${c.rule})`],
      [t('sanctionOf'), nodeButton(c.sanction)], c.scope && [t('scope'), c.scope], [t('confidence'), c.confidence],
      c.timeline.length > 1 && [t('historyOf'), c.timeline.map((x) => el('div', {}, tag(statusWord(x.status), x.status), period(x.since, x.until), x.why && el('span', { class: 'note plain' }, sentence(x.why))))]]),
    list('missing', c.missing.map(sentence)), list('reading', c.reading.map(sentence), 'plain'),
    el('div', { class: 'actions' }, button(t('inGraph'), () => showPath([...c.path, ...c.evidence], title), '')),
    el('details', { open }, el('summary', {}, t('pathAndSources')), chain(c.path, title),
      rest.length > 0 && [el('small', {}, t('moreEvidence')), el('ul', { class: 'chain' }, rest.map((f) => factLine(f)))]));
}
/** A path as one reads it: who, by what fact (from when to when, by whose record), whom. */
export function chain(path, title) {
  let previous = null;
  return el('ol', { class: 'chain', title: t('inGraph'), onclick: (e) => { if (!e.target.closest('button')) showPath(path, title); } }, path.map((step) => {
    if (isFact(step)) return factLine(step, step.from === previous ? '↓' : '↑');
    previous = step.key;
    return el('li', { class: 'at', '--dot': S.schema.nodes[step.label]?.colour }, nodeButton(step), ' ', el('small', {}, nodeType(step.label)));
  }));
}
function factLine(f, arrow = '·') {
  const by = [f.source, f.owner, f.record].filter(Boolean).join(' · ');
  return el('li', { class: 'by' }, button([`${arrow} `, el('b', {}, relType(f.type) + shareText(f)), ' ', period(f.since, f.until)], () => showDetail({ kind: 'fact', fact: f })),
    el('br'), by, f.match.map((m) => [' ', tag(tOr(m, m), 'amber')]), f.disputed && [' ', tag(t('disputed'), 'suspended', sentence(f.disputed))]);
}
