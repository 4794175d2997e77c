/* The tab with one node, line or fact. */
import { about, attempt, purposeChosen } from './api.js';
import { consequenceList, nodeButton } from './consequences.js';
import { button, date, el, grid, period, tag, unknownValue } from './dom.js';
import { said, sanctionCard } from './file.js';
import { expand } from './graph.js';
import { cutNote, openTab, renderPanel, stateLine } from './panel.js';
import { go } from './party.js';
import { flags } from './search.js';
import { G, PARTY, S, isFact, learn, names } from './state.js';
import { nameFor, nameOf, nodeType, propName, propValue, relType, shareText, shown, t, tOr } from './words.js';

export async function showDetail(detail) {
  S.detail = detail;
  openTab('detail');
  const node = detail.kind === 'node' ? names.get(detail.key) : null;
  if (G.visNodes && detail.kind === 'node' && G.visNodes.get(detail.key)) G.net.selectNodes([detail.key]);
  if (node?.label !== 'Sanction' || !purposeChosen()) return;
  const answer = await attempt(() => about('sanctions', detail.key, 'consequences', {}, 'sanction'));
  if (S.detail !== detail) return;
  detail.answer = answer ?? null;
  learn((answer?.consequences ?? []).flatMap((c) => [c.subject, c.sanction, ...c.path.filter((s) => !isFact(s))]));
  if (S.tab === 'detail') renderPanel();
}
export function renderDetail() {
  const d = S.detail;
  if (!d) return el('p', { class: 'empty-note' }, t('graphHint'));
  if (d.kind === 'fact') return factDetail(d.fact);
  if (d.kind === 'edge') {
    const facts = [...(G.edges.get(d.id)?.facts.values() ?? [])];
    return [facts.length > 1 && el('p', { class: 'state' }, `${facts.length} ${t('statements')}`), facts.map(factDetail)];
  }
  return nodeDetail(names.get(d.key) ?? { key: d.key, label: '' }, d);
}
function nodeDetail(node, detail) {
  const head = [el('h3', {}, nameOf(node), ' ', el('small', {}, nodeType(node.label))), el('div', {}, flags(node))];
  const mine = [...G.edges.values()].filter((e) => e.from === node.key || e.to === node.key).flatMap((e) => [...e.facts.values()]);
  if (PARTY.has(node.label)) {
    head.push(el('div', { class: 'actions' }, button(t('open'), () => go(node.key), 'primary'),
      G.nodes.has(node.key) && button(t('expand'), () => expand(node.key), '')),
    grid([...(node.identifiers ?? []).map((i) => [tOr(`i.${i.scheme}`, i.scheme), el('span', { class: 'mono' }, i.value)]),
      node.region && [propName('ABOUT', 'region'), node.region], node.degree !== undefined && [t('degree'), node.degree]]));
  }
  if (node.label === 'Sanction') head.push(sanctionDetail(node, detail, mine));
  else if (mine.length) head.push(el('h3', {}, t('relations')), el('ul', { class: 'rows' }, mine.map((f) => el('li', {},
    button(`${nameFor(f.from)} — ${relType(f.type)}${shareText(f)} → ${nameFor(f.to)}`, () => showDetail({ kind: 'fact', fact: f })), el('span', {}, period(f.since, f.until))))));
  return head;
}
function sanctionDetail(node, detail, mine) {
  const ref = [...(detail.answer?.sanctions ?? []), ...(S.party?.sanctions ?? [])].find((s) => s.key === node.key);
  const said = new Map([...mine, ...(ref?.facts ?? [])].map((f) => [f.fact_id, f]));
  const reached = detail.answer === undefined ? el('p', { class: 'empty-note' }, t('loading'))
    : detail.answer === null ? el('div', { class: 'note' }, t('notLoaded'), ' ', button(t('retry'), () => showDetail({ kind: 'node', key: node.key })))
      : [stateLine(detail.answer), cutNote(detail.answer), consequenceList(detail.answer, () => true)];
  return [ref && sanctionCard(ref), el('h3', {}, t('reaches')), reached, el('h3', {}, t('relations')), [...said.values()].map(factDetail)];
}
function factDetail(f) {
  return el('div', { class: 'card' },
    el('div', {}, nodeButton(names.get(f.from) ?? { key: f.from, label: '' }), ' — ', el('b', {}, relType(f.type)),
      f.type !== 'ABOUT' && [' → ', nodeButton(names.get(f.to) ?? { key: f.to, label: '' })]),
    grid([[t('since'), date(f.since)], [t('until'), f.until ? f.until + t('exclusive') : unknownValue()],
      ...shown(f.properties).map(([name, value]) => [propName(f.type, name), propValue(name, value)]),
      [t('source'), f.source], [t('record'), f.record ?? unknownValue()], [t('owner'), f.owner ?? unknownValue()],
      [t('trust'), tag(t(`t.${f.trust}`), f.trust === 'official' ? '' : 'amber')], [t('openness'), f.openness],
      [t('dataDate'), date(f.data_date)], [t('recordedAt'), f.recorded_at ?? unknownValue()],
      [t('match'), f.match.length ? f.match.map((m) => tag(tOr(m, m), m === 'identifier' ? '' : 'amber')) : t('identifier')],
      [t('factId'), el('span', { class: 'mono' }, f.fact_id)]]));
}
