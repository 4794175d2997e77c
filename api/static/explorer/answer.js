/* The answer first: one sentence on what reaches this party, since when, by which clause, what is missing, what would end it. */
import { $, button, dayBefore, el, nameBox } from './dom.js';
import { openTab } from './panel.js';
import { S } from './state.js';
import { nameOf, number, pick, sentence, sep, stop, t } from './words.js';

export function renderAnswer() {
  $('answer').hidden = !S.party;
  if (!S.party) { $('answer').replaceChildren(); return; }
  const answer = S.got.consequences;
  const party = S.party.party;
  if (!answer) {
    const text = S.failed.has('consequences') ? t('notLoaded') : t('loading');
    $('answer').replaceChildren(el('p', { class: `say ${S.failed.has('consequences') ? 'incomplete' : ''}`, role: 'status' }, nameBox(nameOf(party)), ': ', text));
    return;
  }
  const mine = answer.consequences.filter((c) => c.subject.key === party.key && c.automaticity !== 'advisory');
  const { text, lead } = verdict(answer, mine);
  const others = new Set(answer.consequences.filter((c) => c.subject.key !== party.key && c.status !== 'ended').map((c) => c.subject.key)).size;
  const own = S.party.sanctions;
  const standing = own.filter((s) => s.status === 'in_force' || s.status === 'unknown').length;
  const over = own.filter((s) => s.status === 'term_over').length;
  const more = [over > 0 && t('a.termOver', { n: over }), standing ? t('a.own', { n: standing }) : over ? '' : own.length ? t('a.ownPast', { n: own.length }) : S.party.complete ? t('a.noOwn') : t('s.incomplete'), others > 0 && t('a.others', { n: others })].filter(Boolean);
  $('answer').replaceChildren(el('p', { class: `say ${lead?.status ?? answer.status}` }, nameBox(nameOf(party)), ': ', text, stop()),
    el('p', { class: 'rest' }, facts(mine, lead), more.map((x) => el('span', {}, x)),
      mine.length > 0 && button(t('why'), () => openTab('consequences', true), 'link')));
}
/** The sentence, and the measure that it leads with: what is active before what is suspended or not yet so. */
function verdict(answer, mine) {
  const of = (status) => mine.filter((c) => c.status === status);
  const names = (all) => [...new Set(all.map((c) => pick(c.measure_title, c.measure)))];
  const parts = [];
  const active = of('active');
  const titles = names(active);
  if (titles.length === 1) parts.push(t('a.active1', { m: titles[0] }));
  else if (titles.length) parts.push(`${t('a.active', { n: titles.length })} (${titles.slice(0, 3).join(sep())}${titles.length > 3 ? '…' : ''})`);
  for (const status of ['suspended', 'candidate']) {
    const some = names(of(status));
    if (some.length) parts.push(`${t(`a.${status}`, { n: some.length })}${parts.length ? '' : ` (${some.slice(0, 3).join(sep())}${some.length > 3 ? '…' : ''})`}`);
  }
  if (!parts.length && of('ended').length) parts.push(t('a.ended', { n: names(of('ended')).length }));
  const doubt = answer.status === 'unknown' ? t('a.unknown') : !answer.complete || answer.status === 'incomplete' ? t('a.incomplete') : '';
  if (!parts.length) parts.push(doubt || t('a.none', { day: answer.as_of }));
  else if (doubt) parts.push(doubt);
  return { text: parts.join(S.lang === 'zh' ? ';' : '; '), lead: active[0] ?? of('suspended')[0] ?? of('candidate')[0] ?? of('ended')[0] };
}
/** Since when, by which clause, what is missing, what would end it. */
function facts(mine, lead) {
  if (!lead) return [];
  const since = mine.filter((c) => c.status === lead.status && c.since).map((c) => c.since).sort()[0];
  const basis = lead.legal_basis[0];
  const missing = [...new Set(mine.filter((c) => c.status === 'candidate').flatMap((c) => c.missing))];
  return [since && el('span', {}, t('a.since', { day: since })), basis && el('span', {}, `${t('a.by')} ${basis.document} ${basis.article ?? ''}`),
    el('span', {}, `${t('a.ends')}: ${endOf(lead)}`), missing.length > 0 && el('span', {}, `${t('a.missing')}: ${missing.slice(0, 2).map(sentence).join(sep())}${missing.length > 2 ? ` (+${number(missing.length - 2)})` : ''}`)];
}
/** What would end a measure: its day, or what its list says, or that no term is stated. */
export function endOf(c) {
  if (c.until) return t('a.until', { day: dayBefore(c.until) });
  const listing = S.party?.sanctions.find((s) => s.key === c.sanction.key)?.listing[0];
  return listing?.exit ? sentence(listing.exit) : t('a.noEnd');
}
