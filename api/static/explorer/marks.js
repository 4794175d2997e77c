/* What stands against a node on the day asked about, and how that looks: in line, shape and word, in greyscale too. */
import { G, isAhead, isOff } from './state.js';
import { t } from './words.js';

const reach = new Map(); // key → the strongest status of the measures that an answer of this day has for it
const sanctions = new Map(); // key of a sanction → how it stands on this day
const ORDER = ['active', 'suspended', 'candidate', 'ended'];

const termOver = new Set(); // parties with an entry of which the term is over, and no removal known: neither in force nor over

export function forgetReach() { reach.clear(); sanctions.clear(); termOver.clear(); }
/** The sanctions of the party itself. */
export function learnOwn(key, refs) {
  learnSanctions(refs);
  if (refs.some((s) => s.status === 'term_over')) termOver.add(key);
}
export function learnReach(answer) {
  for (const c of answer.consequences ?? []) {
    const [now, before] = [ORDER.indexOf(c.status), ORDER.indexOf(reach.get(c.subject.key))];
    if (c.automaticity !== 'advisory' && now >= 0 && (before < 0 || now < before)) reach.set(c.subject.key, c.status);
  }
  learnSanctions(answer.sanctions ?? []);
}
export function learnSanctions(refs) {
  for (const ref of refs) sanctions.set(ref.key, ref);
}
/** `force`, `suspended`, `candidate`, `ended` or `none`: never more than is known of this day. */
export function standing(node) {
  if (node.label === 'Sanction') return ofSanction(node.key);
  const status = reach.get(node.key);
  if (node.sanctioned || status === 'active') return 'force';
  if (status === 'suspended' || status === 'candidate') return status;
  if (termOver.has(node.key)) return 'candidate';
  return node.had_sanctions || status === 'ended' ? 'ended' : 'none';
}
function ofSanction(key) {
  const ref = sanctions.get(key);
  if (ref) return ref.status === 'ended' ? 'ended' : ref.disputed ? 'suspended' : ref.status === 'in_force' ? 'force' : 'candidate';
  const facts = [...G.edges.values()].filter((e) => e.a === key || e.b === key).flatMap((e) => [...e.facts.values()]).filter((f) => f.type === 'IMPOSED_ON');
  if (!facts.length) return 'none';
  if (facts.every(isAhead)) return 'none'; // it was decided only later
  if (facts.every(isOff)) return 'ended';
  return facts.some((f) => f.disputed) ? 'suspended' : 'force';
}
export const MARKS = {
  force: { line: 'solid', width: 5, sign: '■', dash: '' },
  suspended: { line: 'dashed', width: 4, sign: '‖', dash: '5 3' },
  candidate: { line: 'dotted', width: 3, sign: '?', dash: '2 2' },
  ended: { line: 'double', width: 5, sign: '○', dash: '1 0' },
  none: { line: 'solid', width: 1, sign: '', dash: '' },
};
export const markColour = (mark, look) => ({ force: look.red, suspended: look.amber, candidate: look.ink, ended: look.soft }[mark] ?? look.card);
/** The mark in words; nothing where there is nothing. */
export function markWord(node) {
  const mark = standing(node);
  if (mark === 'none') return '';
  if (node.label === 'Sanction' && sanctions.get(node.key)?.status === 'term_over') return t('z.term_over');
  if (node.label === 'Sanction') return t({ force: 'z.in_force', suspended: 'disputed', candidate: 'z.unknown', ended: 'z.ended' }[mark]);
  if (mark === 'candidate' && reach.get(node.key) !== 'candidate') return t('z.term_over');
  return t(`m.${mark === 'force' && !node.sanctioned ? 'measure' : mark}`);
}
export const sanctionRef = (key) => sanctions.get(key);
