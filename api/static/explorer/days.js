/* The day asked about: from one change in the picture to the next, by hand or by itself. */
import { say } from './api.js';
import { $ } from './dom.js';
import { reload } from './party.js';
import { G, asOf, today } from './state.js';
import { t } from './words.js';

let playing = null;
/** Days on which something in the picture begins or ends. */
const changes = () => [...new Set([...G.edges.values()].flatMap((e) => [...e.facts.values()].flatMap((f) => [f.since, f.until])).filter(Boolean))].sort();
async function step(way) {
  const now = asOf();
  const to = way > 0 ? changes().find((day) => day > now) : changes().reverse().find((day) => day < now);
  if (!to) { say(t('noStep')); return false; }
  $('as-of').value = to === today() ? '' : to;
  await reload();
  return true;
}
async function play() {
  if (playing) { stop(); return; }
  playing = true;
  $('play').setAttribute('aria-pressed', 'true');
  while (playing && await step(1)) await new Promise((done) => { setTimeout(done, 900); });
  stop();
}
function stop() {
  playing = null;
  $('play').setAttribute('aria-pressed', 'false');
}
export function wireDays() {
  $('step-back').addEventListener('click', () => { stop(); step(-1); });
  $('step-on').addEventListener('click', () => { stop(); step(1); });
  $('play').addEventListener('click', play);
}
