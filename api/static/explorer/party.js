/* Which party is open, on which day. */
import { about, attempt, cancel, hush, purposeChosen, say } from './api.js';
import { draw } from './canvas.js';
import { $ } from './dom.js';
import { addAnswer, addNodes, expand, resetGraph } from './graph.js';
import { renderAll } from './main.js';
import { ensureTab } from './panel.js';
import { G, KEY, NEIGHBOURS, S, learn } from './state.js';
import { t, sentence } from './words.js';

export function go(key) {
  if (location.hash === `#${key}`) openParty(key);
  else location.hash = key; // opens by the hashchange event, so that back and forward work too
}
let turns = 0;
async function openParty(key, fresh = false) {
  if (!purposeChosen()) return;
  const turn = turns += 1;
  cancel('consequences', 'exposure', 'sanction');
  document.body.setAttribute('aria-busy', 'true');
  const [file, near] = await Promise.all([
    attempt(() => about('parties', key, '', {}, 'file')),
    attempt(() => about('parties', key, 'neighbours', { limit: NEIGHBOURS }, 'near')),
  ]);
  if (turn !== turns) return; // another party was asked for meanwhile
  document.body.removeAttribute('aria-busy');
  if (file && !file.party) say(t(`s.${file.status}`), sentence(file.reason));
  if (!file?.party) { // what is shown stays, so date and address must go on telling the truth about it
    $('as-of').value = S.date;
    if (S.party) history.replaceState(null, '', `#${S.party.party.key}`);
    return;
  }
  if (near) hush();
  const another = S.party?.party.key !== key;
  Object.assign(S, { party: file, got: near ? { near } : {}, failed: new Set(near ? [] : ['near']), date: $('as-of').value, scroll: {} });
  if (another && S.tab === 'detail') S.tab = 'file';
  if (another || fresh) S.detail = null;
  learn(file.nodes, file.party);
  // a party that stands in the picture already becomes its centre; any other one starts a new picture
  if (fresh || !G.nodes.has(key)) resetGraph();
  G.net?.unselectAll();
  G.centre = key;
  G.light = null;
  addNodes([file.party], null, true);
  if (near) addAnswer(near, key);
  draw();
  renderAll();
  ensureTab();
}
/** After a change of date or purpose: the same picture, asked again. */
export async function reload() {
  const key = S.party?.party.key ?? location.hash.slice(1);
  if (!KEY.test(key)) return;
  const others = [...G.expanded].filter((k) => k !== key).slice(0, 12);
  await openParty(key, true);
  for (const other of others) if (G.nodes.has(other)) await expand(other);
}
export function fromHash() {
  const key = location.hash.slice(1);
  if (KEY.test(key) && (key !== S.party?.party.key || !G.nodes.has(key))) openParty(key);
}
