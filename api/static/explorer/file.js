/* The tab with what is recorded of the party. */
import { showDetail } from './detail.js';
import { button, date, dayBefore, el, grid, nameBox, period, tag, unknownValue } from './dom.js';
import { cutNote, stateLine } from './panel.js';
import { S, groupBy, learn } from './state.js';
import { nameFor, number, propName, propValue, relType, sentence, sep, shown, t, tOr } from './words.js';

export function renderFile() {
  const { party, facts, sanctions, called } = S.party;
  return [stateLine(S.party), cutNote(S.party),
    party.former_names.length > 0 && grid([[t('formerNames'), party.former_names.join(sep())]]),
    el('h3', {}, t('identifiers')),
    party.identifiers.length ? grid(party.identifiers.map((i) => [tOr(`i.${i.scheme}`, i.scheme), [el('span', { class: 'num' }, i.value), ' ',
      i.valid === true && tag(t('valid'), 'green'), i.valid === false && tag(t('invalid'), 'amber')]])) : el('p', { class: 'empty-note' }, t('none')),
    called.length > 0 && [el('h3', {}, t('called')), grid(called.map((c) => [c.name, [date(c.day), ` · ${c.source}`]]))],
    el('h3', {}, `${t('sanctions')} `, el('small', {}, sanctions.length)),
    sanctions.length ? sanctions.map(sanctionCard) : el('p', { class: 'empty-note' }, t(S.party.complete ? 'noHits' : 'noHitsCut')),
    el('h3', {}, t('profile')), profile(facts.filter((f) => f.type === 'ABOUT')), relations()];
}
export function sanctionCard(s) {
  learn({ key: s.key, label: 'Sanction', name: s.title });
  const title = s.title ?? tOr(`k.${s.kind}`, '');
  return el('div', { class: 'card' },
    el('div', {}, tag(t(`z.${s.status}`), s.status), said(s), tag(tOr(`k.${s.kind}`, '')), button(title, () => showDetail({ kind: 'node', key: s.key }))),
    grid([[t('authority'), s.authority ?? unknownValue()], [t('document'), s.document_number ?? unknownValue()],
      [t('decided'), date(s.decided_on)], [t('until'), s.until ? date(dayBefore(s.until)) : s.status === 'in_force' ? t('noEnd') : unknownValue()],
      [t('dataDate'), date(s.data_date)]]));
}
/** What stands beside the status of a sanction: whether it is disputed, what ended it, and that no official source states it. */
export const said = (s) => [s.disputed && tag(t('disputed'), 'suspended', sentence(s.disputed)), s.ended_by && tag(t('endedBy'), 'ended', sentence(s.ended_by)),
  s.trust !== 'official' && tag(t(`t.${s.trust}`), 'amber')];
/** Every property with every value that some source gives: contradictions stand side by side. */
function profile(facts) {
  if (!facts.length) return el('p', { class: 'empty-note' }, t('none'));
  const values = new Map();
  for (const fact of facts) {
    for (const [name, value] of shown(fact.properties)) {
      const id = JSON.stringify(value);
      if (!values.has(name)) values.set(name, new Map());
      values.get(name).set(id, { value, facts: [...(values.get(name).get(id)?.facts ?? []), fact] });
    }
  }
  return grid([...values].map(([name, all]) => [propName('ABOUT', name), [[...all.values()].map((v) => el('div', {}, propValue(name, v.value),
    v.facts.map((f) => [' ', button(el('small', {}, f.source), () => showDetail({ kind: 'fact', fact: f }))]))),
    [...all.values()].filter((v) => v.value !== null).length > 1 && tag(t('differ'), 'amber')]]));
}
/** The graph as a list, for the keyboard, the screen reader and those who like lists. */
function relations() {
  const near = S.got.near;
  const key = S.party.party.key;
  if (!near) return el('div', { class: 'note' }, `${t('relations')}: ${t('notLoaded')}`);
  const facts = near.facts.filter((f) => f.type !== 'ABOUT' && (f.from === key || f.to === key));
  const groups = groupBy(facts, (f) => `${f.type}|${f.from === key}`);
  return [el('h3', {}, `${t('relations')} `, el('small', {}, facts.length)), cutNote(near), ...[...groups.values()].map((group) => el('details', { open: group.length <= 8 },
    el('summary', {}, `${group[0].from === key ? '→' : '←'} ${relType(group[0].type)} (${number(group.length)})`),
    el('ul', { class: 'rows' }, group.map((f) => {
      const other = f.from === key ? f.to : f.from;
      const said = f.properties.result ?? (f.properties.kind === 'commitment' ? f.properties.state : null);
      return el('li', {}, button(nameBox(nameFor(other)), () => showDetail({ kind: 'node', key: other })),
        said && tag(tOr(`k.${said}`, ''), said === 'broken' || said === 'false' ? 'amber' : ''), el('span', {}, button(period(f.since, f.until), () => showDetail({ kind: 'fact', fact: f }))));
    }))))];
}
