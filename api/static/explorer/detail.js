/* The tab with one thing: a node, a line, a fact, or why a measure reaches somebody. */
import { about, attempt, purposeChosen } from './api.js';
import { pick as select } from './canvas.js';
import { grounds, nodeButton } from './consequences.js';
import { button, date, el, grid, nameBox, period, tag, unknownValue } from './dom.js';
import { said, sanctionCard } from './file.js';
import { expand, hide, opens, pin, stack } from './graph.js';
import { learnReach } from './marks.js';
import { cutNote, learnAnswer, openTab, renderPanel, stateLine } from './panel.js';
import { go } from './party.js';
import { flags } from './search.js';
import { AT_ONCE, G, PARTY, S, names } from './state.js';
import { openWhy, openWhyNot, renderWhy, renderWhyNot } from './why.js';
import { nameFor, nameOf, nodeType, number, propName, propValue, relType, shareText, shown, t, tOr } from './words.js';

export async function showDetail(detail) {
  S.detail = detail;
  openTab('detail');
  if (detail.kind === 'why') openWhy(detail);
  if (detail.kind !== 'node') return;
  const node = names.get(detail.key);
  if (G.nodes.has(detail.key) && !G.picked.has(detail.key)) select([detail.key]);
  if (node?.label !== 'Sanction' || !purposeChosen()) return;
  const answer = await attempt(() => about('sanctions', detail.key, 'consequences', {}, 'sanction'));
  if (S.detail !== detail) return;
  detail.answer = answer ?? null;
  if (answer) { learnAnswer(answer); learnReach(answer); }
  if (S.tab === 'detail') renderPanel();
}
export function renderDetail() {
  const d = S.detail;
  if (!d) return el('p', { class: 'empty-note' }, t('graphHint'));
  if (d.kind === 'why') return renderWhy(d);
  if (d.kind === 'whyNot') return renderWhyNot(d);
  if (d.kind === 'fact') return factDetail(d.fact);
  if (d.kind === 'edge') {
    const facts = [...(G.edges.get(d.id)?.facts.values() ?? [])];
    return [facts.length > 1 && el('p', { class: 'state' }, `${facts.length} ${t('statements')}`), facts.map(factDetail)];
  }
  return nodeDetail(names.get(d.key) ?? { key: d.key, label: '' }, d);
}
function nodeDetail(node, detail) {
  const mine = [...G.edges.values()].filter((e) => e.a === node.key || e.b === node.key).flatMap((e) => [...e.facts.values()]);
  const near = mine.filter((f) => f.type === 'IMPOSED_ON' && PARTY.has(node.label)).map((f) => f.from);
  const next = mine.map((f) => (f.from === node.key ? f.to : f.from));
  const beside = [...G.edges.values()].flatMap((e) => [...e.facts.values()]).filter((f) => f.type === 'IMPOSED_ON' && next.includes(f.to)).map((f) => f.from);
  const around = [...new Set([...near, ...beside])];
  const party = PARTY.has(node.label) && node.label !== 'Organ';
  return [el('h2', {}, nameBox(nameOf(node)), ' ', el('small', {}, nodeType(node.label))), el('div', {}, flags(node)),
    el('div', { class: 'actions' }, party && node.key !== S.party?.party.key && button(t('open'), () => go(node.key), 'primary'),
      G.nodes.has(node.key) && [opens(node) && button(t('openThem'), () => expand(node.key), ''), button(t(G.pinned.has(node.key) ? 'unpinThem' : 'pinThem'), () => { pin([node.key]); renderPanel(); }, ''), button(t('hideThem'), () => hide([node.key]), '')],
      party && around.length > 0 && button(t('whyNot'), () => openWhyNot(node.key, around), '')),
    grid([...(node.identifiers ?? []).map((i) => [tOr(`i.${i.scheme}`, i.scheme), el('span', { class: 'num' }, i.value)]),
      node.region && [propName('ABOUT', 'region'), node.region], node.degree !== undefined && node.degree !== null && [t('degree'), number(node.degree)]]),
    opening(node), node.label === 'Sanction' ? sanctionDetail(node, detail, mine) : relationsOf(mine)];
}
/** What stands around a node and is not drawn: a stack that opens by type, some at a time. */
function opening(node) {
  if (!G.nodes.has(node.key)) return null;
  const left = stack(node.key);
  if (!G.expanded.has(node.key)) return node.degree ? el('p', { class: 'state' }, `${t('around')}: ${number(node.degree)} · ${t('notOpened')}`) : null;
  if (!left.length) return null;
  return [el('h3', {}, t('around')), el('ul', { class: 'rows' }, left.map(([type, n]) => el('li', {}, el('span', {}, `${relType(type)} +${number(n)}`),
    button(t('openType', { n: Math.min(n, AT_ONCE) }), async () => { await expand(node.key, type); renderPanel(); }, ''))))];
}
function relationsOf(facts) {
  if (!facts.length) return null;
  return [el('h3', {}, t('relations')), el('ul', { class: 'rows' }, facts.map((f) => el('li', {},
    button(`${nameFor(f.from)} — ${relType(f.type)}${shareText(f)} → ${nameFor(f.to)}`, () => showDetail({ kind: 'fact', fact: f })), period(f.since, f.until))))];
}
function sanctionDetail(node, detail, mine) {
  const ref = [...(detail.answer?.sanctions ?? []), ...(S.party?.sanctions ?? [])].find((s) => s.key === node.key);
  const facts = new Map([...mine, ...(ref?.facts ?? [])].filter((f) => f.type !== 'ABOUT').map((f) => [f.fact_id, f]));
  const reached = detail.answer === undefined ? el('p', { class: 'loading', role: 'status' }, t('loading'))
    : detail.answer === null ? el('div', { class: 'note' }, t('notLoaded'), ' ', button(t('retry'), () => showDetail({ kind: 'node', key: node.key })))
      : [stateLine(detail.answer), cutNote(detail.answer), grounds(detail.answer, detail.answer.consequences, true)];
  return [ref && sanctionCard(ref), el('h3', {}, t('reaches')), reached, el('h3', {}, t('relations')), [...facts.values()].map(factDetail)];
}
function factDetail(f) {
  return el('div', { class: 'card' },
    el('div', {}, nodeButton({ key: f.from }), ' — ', el('b', {}, relType(f.type) + shareText(f)), f.type !== 'ABOUT' && [' → ', nodeButton({ key: f.to })]),
    grid([[t('since'), date(f.since)], [t('until'), f.until ? period(f.since, f.until) : unknownValue()],
      ...shown(f.properties).map(([name, value]) => [propName(f.type, name), propValue(name, value)]),
      [t('owner'), f.owner ?? unknownValue()], [t('trust'), tag(t(`t.${f.trust}`), f.trust === 'official' ? '' : 'amber')],
      [t('dataDate'), date(f.data_date)], f.disputed && [t('objection'), said(f)]]),
    el('details', {}, el('summary', {}, t('sources')), grid([[t('source'), f.source], [t('record'), f.record ?? unknownValue()], [t('openness'), tOr(`o.${f.openness}`, f.openness)], [t('recordedAt'), f.recorded_at ?? unknownValue()],
      [t('match'), f.match.length ? f.match.map((m) => tag(tOr(m, m), m === 'identifier' ? '' : 'amber')) : t('identifier')], [t('factId'), el('span', { class: 'num' }, f.fact_id)]])));
}
