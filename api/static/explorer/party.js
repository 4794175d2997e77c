/* Which party is open, on which day. */
import { about, askAbout, attempt, cancel, hush, purposeChosen, say } from './api.js';
import { draw } from './canvas.js';
import { $ } from './dom.js';
import { addAnswer, addNodes, forgetSteps, isParty, remember, resetGraph } from './graph.js';
import { renderAll } from './main.js';
import { renderAnswer } from './answer.js';
import { forgetReach, learnOwn, learnReach } from './marks.js';
import { ensureTab, learnAnswer } from './panel.js';
import { G, KEY, NEIGHBOURS, S, forgetMarks, learn, names } from './state.js';
import { nameOf, sentence, t } from './words.js';

export function go(key) {
  if (coming === key || (!coming && S.party?.party.key === key && G.nodes.has(key) && !S.failed.size)) return; // it is open, or about to be
  if (location.hash === `#${key}`) openParty(key);
  else location.hash = key; // opens by the hashchange event, so that back and forward work too
}
export function closeParty() {
  turns += 1;
  document.body.removeAttribute('aria-busy');
  coming = null;
  kept = null;
  cancel('file', 'near', 'consequences', 'exposure', 'ownership', 'sanction');
  Object.assign(S, { party: null, got: {}, failed: new Set(), detail: null, scroll: {} });
  forgetMarks();
  forgetReach();
  if (location.hash) history.replaceState(null, '', location.pathname);
}
let turns = 0;
let coming = null; // who is being opened
let kept = null; // the party that was open before, until another one has come
/** Open a party. `again`: the same picture on another day, so every node keeps its place. */
export async function openParty(key, again = false) {
  if (!purposeChosen()) return;
  const turn = turns += 1;
  coming = key;
  cancel('consequences', 'exposure', 'ownership', 'sanction');
  S.busy = t('opening', { name: names.has(key) ? nameOf(names.get(key)) : '' });
  if (S.party) kept = { party: S.party, got: S.got, detail: S.detail, failed: S.failed };
  if (!again && S.party?.party.key !== key) Object.assign(S, { party: null, got: {}, detail: null });
  document.body.setAttribute('aria-busy', 'true');
  renderAll();
  const [file, near, reach] = await Promise.all([
    attempt(() => about('parties', key, '', {}, 'file')),
    attempt(() => about('parties', key, 'neighbours', { limit: NEIGHBOURS }, 'near')),
    attempt(() => about('parties', key, 'consequences', { others: true }, 'consequences')),
  ]);
  if (turn !== turns) return; // another party was asked for meanwhile
  coming = null;
  document.body.removeAttribute('aria-busy');
  S.busy = null;
  if (file && !file.party) say(t(`s.${file.status}`), sentence(file.reason ?? ''));
  if (!file?.party) return failed();
  if (near && reach) hush();
  const another = S.shown !== key;
  const got = { ...(near && { near }), ...(reach && { consequences: reach }) };
  Object.assign(S, { party: file, got, failed: new Set(['near', 'consequences'].filter((name) => !got[name])), date: $('as-of').value, known: $('known-at').value, scroll: {}, shown: key });
  if (another && S.tab === 'detail') S.tab = 'consequences';
  if (another) S.detail = null;
  forgetMarks(); // those of another day, or of what was known then
  forgetReach();
  renderAnswer(); // before the picture, which fits into what room is left
  show(key, file, near, reach, again);
  renderAll();
  ensureTab();
  if (S.known && !again) await markAll();
}
/** What was asked could not be had. What is still shown is told of the day it was asked for. */
function failed() {
  if (kept) {
    Object.assign(S, kept);
    $('as-of').value = S.date;
    $('known-at').value = S.known ?? '';
    history.replaceState(null, '', `#${S.party.party.key}`);
  } else {
    Object.assign(S, { party: null, got: {} });
    resetGraph();
    draw();
    history.replaceState(null, '', location.pathname);
  }
  renderAll();
}
function show(key, file, near, reach, again) {
  learn(file.nodes, file.party);
  if (near && S.known) for (const node of [...near.nodes, ...near.candidates]) { delete node.sanctioned; delete node.had_sanctions; } // known now
  if (near) learn(near.nodes, near.candidates);
  learnOwn(key, file.sanctions);
  if (reach) learnAnswer(reach);
  if (reach) learnReach(reach);
  // a party that stands in the picture already becomes its centre; any other one starts a new picture
  if (!again && !G.nodes.has(key)) { resetGraph(); forgetSteps(); } else if (!again) remember();
  G.centre = key;
  G.light = null;
  addNodes([file.party], null, true);
  if (near && again) G.notices.set(key, near.cut);
  if (near && !again) addAnswer(near, key);
  draw();
}
/** After a change of day or purpose: the same picture, asked again; who is not asked about has no mark. */
export async function reload() {
  const key = S.party?.party.key ?? location.hash.slice(1);
  if (!KEY.test(key)) return;
  await openParty(key, Boolean(S.party));
  await markAll();
}
/** The marks of all parties in the picture on this day, some at a time. */
async function markAll() {
  const file = S.party;
  if (!file) return;
  const unmarked = [...G.nodes.values()].filter((n) => n.key !== file.party.key && isParty(n.key) && n.sanctioned === undefined).map((n) => n.key).slice(0, 500);
  for (let i = 0; i < unmarked.length; i += 49) { // with the party itself: the service asks for two at least
    const answer = await attempt(() => askAbout('common', { parties: [file.party.key, ...unmarked.slice(i, i + 49)] }));
    if (!answer || S.party !== file) return;
    learn(answer.asked.map((a) => a.party).filter(Boolean));
  }
  if (unmarked.length) draw();
}
export function fromHash() {
  const key = location.hash.slice(1);
  if (KEY.test(key) && key !== coming && (key !== S.party?.party.key || !G.nodes.has(key))) openParty(key);
}
