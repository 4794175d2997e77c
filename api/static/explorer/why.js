/* Why a measure reaches somebody, as a chain and with its clauses; and why a rule does not, with the condition that fails. */
import { about, attempt } from './api.js';
import { listOf, nodeButton } from './consequences.js';
import { showDetail } from './detail.js';
import { button, date, el, grid, period, tag } from './dom.js';
import { endOf } from './answer.js';
import { showPath } from './graph.js';
import { sanctionRef } from './marks.js';
import { renderPanel } from './panel.js';
import { S, groupBy, isFact } from './state.js';
import { nameOf, nodeType, pick, relType, sentence, sep, shareText, statusWord, t, tOr } from './words.js';

/** Open the why-panel: its chain is lit in the picture, and the state of repair is asked for. */
export async function openWhy(detail) {
  const { c } = detail;
  showPath([...c.path, ...c.evidence], pick(c.measure_title, c.measure), c.status);
  const repair = await attempt(() => about('sanctions', c.sanction.key, 'repair', {}, 'repair'));
  if (S.detail !== detail) return;
  detail.repair = repair ?? null;
  renderPanel();
}
export function renderWhy({ c, repair }) {
  const inPath = new Set(c.path.filter(isFact).map((f) => f.fact_id));
  const rest = c.evidence.filter((f) => !inPath.has(f.fact_id));
  const title = pick(c.measure_title, c.measure);
  const disputed = sanctionRef(c.sanction.key)?.disputed ?? c.evidence.find((f) => f.disputed)?.disputed;
  const stopped = c.timeline.filter((x) => x.why);
  return [el('h2', {}, `${t('whyTitle')} `, nodeButton(c.subject)), el('h3', { class: 'big' }, title),
    el('p', {}, tag(statusWord(c.status), c.status), ' ', period(c.since, c.until, true), ' ', tag(pick(S.schema.automaticity[c.automaticity], ''))),
    el('p', { class: 'chain-said' }, chainSaid(fromSanction(c))), chain(fromSanction(c), title, c.status),
    listOf(t(c.status === 'candidate' ? 'activates' : 'missing'), c.missing), listOf(t('reading'), c.reading, 'plain'),
    grid([[t('basis'), c.legal_basis.map((b) => el('div', {}, `${b.document} ${b.article ?? ''}`))], [t('rule'), `${pick(c.rule_title)} (${c.rule}${c.rule_version ? ` · ${c.rule_version}` : ''})`],
      c.scope && [t('scope'), c.scope], [t('a.ends'), endOf(c)], [t('objection'), disputed ? sentence(disputed) : t('noObjection')], [t('repairState'), repairSaid(repair)],
      stopped.length > 0 && [t('historyOf'), c.timeline.map((x) => el('div', {}, tag(statusWord(x.status), x.status), ' ', x.status === 'ended' ? [date(x.since), t('on')] : period(x.since, x.until, true), x.why && el('small', {}, ` ${sentence(x.why)}`)))],
      [t('confidence'), c.confidence]]),
    el('p', { class: 'state' }, t('clauseNote')),
    rest.length > 0 && [el('h3', {}, t('moreEvidence')), el('ul', { class: 'chain' }, rest.map((f) => factLine(f)))]];
}
function repairSaid(repair) {
  if (repair === undefined) return t('loading');
  if (repair === null) return t('notLoaded');
  const missing = repair.missing.map(sentence).join(sep());
  return [repair.earliest && el('div', {}, `${t('repairFrom')} `, date(repair.earliest)), repair.latest && el('div', {}, `${t('repairBy')} `, date(repair.latest)), repair.told && el('div', {}, `${t('repairTold')} `, date(repair.told)), missing && el('div', {}, `${t('a.missing')}: ${missing}`)];
}
/** A path is told from the sanction to whom it reaches. */
const fromSanction = (c) => (c.path[0]?.key === c.subject.key ? [...c.path].reverse() : c.path);
/** The chain as one line: A, imposed on B, whose legal representative is C. */
function chainSaid(path) {
  const said = path.map((step) => (isFact(step) ? `${relType(step.type)}${shareText(step)}${step.since ? ` (${step.since})` : ''}` : nameOf(step)));
  return said.join(' → ');
}
/** A path as one reads it: who, by what fact (from when to when, by whose record), whom. */
export function chain(path, title, status = '') {
  let previous = null;
  return el('ol', { class: 'chain', title: t('inGraph'), onclick: (e) => { if (!e.target.closest('button')) showPath(path, title, status); } }, path.map((step) => {
    if (isFact(step)) return factLine(step, step.from === previous ? '↓' : '↑');
    previous = step.key;
    return el('li', { class: 'at', '--dot': S.schema.nodes[step.label]?.colour }, nodeButton(step), ' ', el('small', {}, nodeType(step.label)));
  }));
}
export function factLine(f, arrow = '·') {
  const by = [f.owner ?? f.source, f.data_date].filter(Boolean).join(' · ');
  return el('li', { class: 'by' }, button([`${arrow} `, el('b', {}, relType(f.type) + shareText(f)), ' ', period(f.since, f.until)], () => showDetail({ kind: 'fact', fact: f })),
    el('small', {}, ` ${by}`), f.match.map((m) => [' ', tag(tOr(m, m), 'amber')]), f.disputed && [' ', tag(t('disputed'), 'suspended', sentence(f.disputed))]);
}

// ---- why not ------------------------------------------------------------------------------------------------
/** For somebody next to a sanction: each rule that the sanction brings, and why it does not reach him. */
export async function openWhyNot(key, sanctions) {
  const detail = { kind: 'whyNot', key };
  showDetail(detail);
  const rules = new Map();
  for (const sanction of sanctions.slice(0, 3)) {
    const answer = await attempt(() => about('sanctions', sanction, 'consequences', {}, `rules ${sanction}`));
    for (const c of answer?.consequences ?? []) if (c.subject.key !== key && c.automaticity !== 'advisory') rules.set(c.rule, c.rule_title);
  }
  const asked = await Promise.all([...rules.keys()].slice(0, 8).map((rule) => attempt(() => about('parties', key, 'why-not', { rule }, `why-not ${rule}`))));
  if (S.detail !== detail) return;
  detail.answers = asked.filter(Boolean);
  renderPanel();
}
export function renderWhyNot({ key, answers }) {
  const head = el('h2', {}, `${t('whyNotTitle')} `, nodeButton({ key }));
  if (!answers) return [head, el('p', { class: 'loading', role: 'status' }, t('loading'))];
  if (!answers.length) return [head, el('p', { class: 'empty-note' }, t('noRules'))];
  return [head, answers.map((a) => {
    const failing = a.conditions.filter((x) => !x.holds);
    const each = (all) => [...groupBy(all, (x) => sentence(x.text)).values()].map(([x]) => el('li', {}, `${x.holds ? '✓' : '✗'} ${sentence(x.text)}`));
    return el('div', { class: `card ${a.reached ? a.status : 'not'}` }, el('div', {}, tag(t(a.reached ? 'reachedAfterAll' : 'whyNot'), a.reached ? a.status : 'clear'), ' ', el('b', {}, pick(a.rule_title)), el('small', {}, ` ${a.rule}`)),
      el('p', { class: 'reason' }, sentence(a.reason)),
      el('details', {}, el('summary', {}, `${t('everyCondition')} (${a.conditions.length})`), failing.length > 0 && [el('b', {}, t('failing')), el('ul', { class: 'conditions' }, each(failing))],
        el('b', {}, t('holding')), el('ul', { class: 'conditions' }, each(a.conditions.filter((x) => x.holds)))));
  })];
}
