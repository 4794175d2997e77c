/* What ties several parties: the paths between two, the circle around a list that was pasted. */
import { askAbout, attempt, purposeChosen, say } from './api.js';
import { draw } from './canvas.js';
import { $, button, el, nameBox, refill, tag } from './dom.js';
import { addFacts, addNodes, remember, showPath } from './graph.js';
import { showView } from './table.js';
import { chain } from './why.js';
import { isFact, learn } from './state.js';
import { cutText, nameFor, nameOf, number, sentence, t } from './words.js';

let found = null; // {title, answer}: what was asked last, and what came
export async function connectPicked([one, other]) {
  const answer = await attempt(() => askAbout('paths', { start: [one], end: [other], hops: 4 }));
  if (!answer) return;
  found = { kind: 'paths', answer, lines: [nameFor(one), nameFor(other)] };
  $('connect').open = true;
  renderConnect();
  const [first] = answer.paths;
  if (first) { learn(first.path.filter((s) => !isFact(s))); showPath(first.path, t('pathN', { n: 1, len: first.length })); }
}
/** With a new search what was asked before goes; the list that was pasted stays. */
export function forgetConnected() { found = null; renderConnect(); }
const lines = () => $('paste').value.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
async function ask(kind) {
  if (!purposeChosen()) return;
  const all = lines();
  if (all.length < (kind === 'paths' ? 2 : 1)) { say(t('needText')); $('paste').focus(); return; }
  found = { kind, lines: all, answer: null };
  renderConnect();
  const body = kind === 'paths' ? { start: [all[0]], end: [all[1]], hops: 4 } : { parties: all.slice(0, 50), hops: 1 };
  const answer = await attempt(() => askAbout(kind, body));
  found = answer ? { kind, lines: all, answer } : null;
  renderConnect();
}
export function renderConnect() {
  $('paste').placeholder = t('pasteHint');
  refill($('connected'), found && !found.answer && el('p', { class: 'loading', role: 'status' }, t('loading')), found?.answer && [asked(), cuts(), found.kind === 'paths' ? pathList() : circle()]);
}
/** Each line as it was understood: whom it means, or that several or none bear it. */
function asked() {
  const { answer } = found;
  const all = answer.asked ?? [...answer.start, ...answer.end];
  return el('ol', { class: 'asked' }, all.map((a, i) => el('li', {}, el('bdi', { class: 'name' }, found.lines[i] ?? ''), ' ',
    a.party ? tag(`✓ ${t('resolved')}`, 'green') : tag(t(a.candidates.length ? 'severalBear' : 'nobodyBears'), 'amber'), a.party && a.party.name !== found.lines[i] && el('small', {}, nameOf(a.party)))));
}
const cuts = () => found.answer.cut.length > 0 && el('div', { class: 'note' }, el('b', {}, t('cutTitle')), el('ul', {}, found.answer.cut.map((c) => el('li', {}, cutText(c)))));
function pathList() {
  const { answer } = found;
  if (!answer.paths.length) return el('p', { class: 'empty-note' }, answer.reason ? sentence(answer.reason) : t(answer.complete ? 'noPaths' : 'noHitsCut'));
  return answer.paths.map((p, i) => {
    const title = t('pathN', { n: i + 1, len: p.length });
    learn(p.path.filter((s) => !isFact(s)));
    return el('div', { class: 'card' }, el('div', {}, el('b', {}, title), ' ', p.historical && tag(t('historicalPath'), 'ended')), el('details', {}, el('summary', {}, t('pathAndSources')), chain(p.path, title)),
      button(t('inGraph'), () => { showView('graph'); showPath(p.path, title); }, ''));
  });
}
function circle() {
  const { answer } = found;
  const members = [...answer.asked.map((a) => a.party).filter(Boolean), ...[...answer.connecting, ...answer.around].map((m) => m.party)];
  learn(members);
  return [el('p', {}, `${t('connecting')}: ${number(answer.connecting.length)} · ${t('aroundOne')}: ${number(answer.around.length)}`),
    el('ul', { class: 'rows' }, answer.connecting.slice(0, 20).map((m) => el('li', {}, nameBox(nameOf(m.party)), el('small', {}, `${m.distance} ${t('hops')}`)))),
    members.length > 0 && button(t('drawThem'), () => {
      remember();
      addNodes(members, null);
      addFacts(answer.facts);
      showView('graph');
      draw(members.map((m) => m.key));
    }, 'primary')];
}
export function wireConnect() {
  $('ask-circle').addEventListener('click', () => ask('circle'));
  $('ask-paths').addEventListener('click', () => ask('paths'));
}
