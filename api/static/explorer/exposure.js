/* The tab with sanctioned parties nearby: information, never a penalty. */
import { chain, nodeButton } from './consequences.js';
import { button, el, period, tag } from './dom.js';
import { said } from './file.js';
import { showPath } from './graph.js';
import { cutNote, stateLine } from './panel.js';
import { S } from './state.js';
import { nameOf, nodeType, t, tOr, sentence } from './words.js';

export function renderExposure() {
  const answer = S.got.exposure;
  return [el('div', { class: 'never', role: 'note' }, t('never'), el('small', {}, t('neverText'))), stateLine(answer), cutNote(answer),
    ['own', 'surrounding', 'historical'].map((where) => {
      const hits = answer.hits.filter((h) => h.ring === where).sort((a, b) => a.distance - b.distance || b.strength - a.strength);
      return [el('h3', {}, `${t(`r.${where}`)} `, el('small', {}, hits.length)),
        hits.length ? hits.map(hitCard) : el('p', { class: 'empty-note' }, t(answer.complete ? 'noHits' : 'noHitsCut'))];
    })];
}
function hitCard(hit) {
  const title = nameOf(hit.party);
  const far = hit.distance ? `${hit.distance} ${t('hops')} · ${t('strength')} ${hit.strength.toFixed(2)}` : t('itself');
  return el('div', { class: 'card' },
    el('div', {}, nodeButton(hit.party), ' ', el('small', {}, `${nodeType(hit.party.label)} · ${far}`)),
    hit.sanctions.map((s) => el('div', { class: 'line' }, tag(t(`z.${s.status}`), s.status), said(s), s.title ?? tOr(`k.${s.kind}`, s.kind),
      el('small', {}, ` ${[s.authority, s.document_number].filter(Boolean).join(' · ')} · `, period(s.decided_on, s.until)))),
    hit.uncertain.length > 0 && el('div', { class: 'note plain' }, `${t('uncertain')}: ${hit.uncertain.map(sentence).join('; ')}`),
    hit.path.length > 1 && [el('details', {}, el('summary', {}, t('pathAndSources')), chain(hit.path, title)),
      el('div', { class: 'actions' }, button(t('inGraph'), () => showPath(hit.path, title), ''))]);
}
