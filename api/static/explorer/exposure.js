/* The tab with sanctioned parties nearby: information, never a penalty. */
import { nodeButton } from './consequences.js';
import { button, el, period, tag } from './dom.js';
import { said } from './file.js';
import { showPath } from './graph.js';
import { cutNote, ensureTab, stateLine } from './panel.js';
import { S } from './state.js';
import { chain, openWhyNot } from './why.js';
import { nameOf, nodeType, number, relType, sentence, t, tOr } from './words.js';

export const walkQuery = () => ({ hops: S.walk.hops, min_share: S.walk.share, hub_degree: S.walk.hub, types: S.walk.types ?? [] });
export function renderExposure() {
  const answer = S.got.exposure;
  return [el('div', { class: 'never', role: 'note' }, t('never'), el('small', {}, t('neverText'))), choices(), stateLine(answer), cutNote(answer),
    ['own', 'surrounding', 'historical'].map((where) => {
      const hits = answer.hits.filter((h) => h.ring === where).sort((a, b) => a.distance - b.distance || b.strength - a.strength);
      return [el('h3', {}, `${t(`r.${where}`)} `, el('small', {}, number(hits.length))),
        hits.length ? hits.map(hitCard) : el('p', { class: 'empty-note' }, t(answer.complete ? 'noHits' : 'noHitsCut'))];
    })];
}
/** How far, over what, from which share on, and what is a hub: asked again when one of them changes. */
function choices() {
  const change = (name, value) => { S.walk[name] = value; ensureTab(true); };
  const list = (name, label, values) => el('label', {}, el('span', {}, label), el('select', { onchange: (e) => change(name, Number(e.target.value)) },
    values.map(([value, text]) => el('option', { value, selected: S.walk[name] === value }, text))));
  const walkable = Object.entries(S.schema.relationships).filter(([, r]) => r.walk !== null && r.walk !== undefined);
  const chosen = new Set(S.walk.types ?? walkable.map(([type]) => type));
  const box = ([type]) => el('label', {}, el('input', { type: 'checkbox', checked: chosen.has(type), onchange: (e) => {
    e.target.checked ? chosen.add(type) : chosen.delete(type);
    if (chosen.size) change('types', chosen.size === walkable.length ? null : [...chosen]);
    else e.target.checked = true;
  } }), relType(type));
  return el('div', { class: 'choices' }, list('hops', t('walkHops'), [1, 2, 3, 4].map((n) => [n, n])), list('share', t('walkShare'), [[0, '0%'], [0.05, '5%'], [0.25, '25%'], [0.5, '50%']]),
    list('hub', t('walkHub'), [100, 1000, 10000].map((n) => [n, number(n)])),
    el('details', {}, el('summary', {}, `${t('walkTypes')} ${S.walk.types ? `${chosen.size} / ${walkable.length}` : t('allTypes')}`), el('div', { class: 'boxes' }, walkable.map(box))));
}
function hitCard(hit) {
  const title = nameOf(hit.party);
  const far = hit.distance ? `${hit.distance} ${t('hops')} · ${t('strength')} ${hit.strength.toFixed(2)}` : t('itself');
  const age = hit.age_days !== null && hit.age_days !== undefined ? ` · ${t('age')} ${number(hit.age_days)} ${t('days')}` : '';
  return el('div', { class: 'card' },
    el('div', {}, nodeButton(hit.party), ' ', el('small', {}, `${nodeType(hit.party.label)} · ${far}${age}`)),
    hit.sanctions.map((s) => el('div', { class: 'line' }, tag(t(`z.${s.status}`), s.status), said(s), s.title ?? tOr(`k.${s.kind}`, ''),
      el('small', {}, ` ${[s.authority, s.document_number].filter(Boolean).join(' · ')} · `, period(s.decided_on, s.until, s.status === 'in_force')))),
    hit.over_since && el('div', { class: 'note plain' }, `${t('overSince')} ${hit.over_since}`),
    hit.uncertain.length > 0 && el('div', { class: 'note plain' }, `${t('uncertain')}: ${hit.uncertain.map(sentence).join('; ')}`),
    hit.path.length > 1 && [el('details', {}, el('summary', {}, t('pathAndSources')), chain(hit.path, title),
      hit.more_paths.length > 0 && el('small', {}, `${t('morePaths')}: ${number((hit.paths_total ?? hit.more_paths.length + 1) - 1)}`)),
    el('div', { class: 'actions' }, button(t('inGraph'), () => showPath(hit.path, title), ''),
      button(t('whyNot'), () => openWhyNot(S.party.party.key, hit.sanctions.map((s) => s.key)), ''))]);
}
