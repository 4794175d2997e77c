/* The tab with everything on one axis of time. */
import { byStatus } from './consequences.js';
import { showDetail } from './detail.js';
import { $, css, el, svg } from './dom.js';
import { cutNote } from './panel.js';
import { S, asOf } from './state.js';
import { nameFor, pick, relType, statusWord, t, tOr } from './words.js';

function timelineRows() {
  const key = S.party.party.key;
  const colour = (type) => S.schema.relationships[type]?.colour ?? '#8a8f98';
  const roles = (S.got.near?.facts ?? []).filter((f) => (f.from === key || f.to === key) && !['ABOUT', 'IMPOSED_ON', 'IMPOSED_BY', 'RESPONSIBLE_FOR'].includes(f.type));
  return [
    [t('sanctions'), S.party.sanctions.map((s) => ({ text: s.title ?? tOr(`k.${s.kind}`, ''), bars: [{ since: s.decided_on, until: s.until, colour: css(s.status === 'in_force' ? '--red' : '--soft'), status: s.status === 'ended' ? 'ended' : undefined }], open: { kind: 'node', key: s.key } }))],
    [t('tabConsequences'), S.got.consequences.consequences.filter((c) => c.subject.key === key && c.automaticity !== 'advisory').sort(byStatus).map((c) => ({ text: pick(c.measure_title, c.measure), open: { kind: 'node', key: c.sanction.key },
      bars: (c.timeline.length ? c.timeline : [c]).map((x) => ({ since: x.since, until: x.until, status: x.status, colour: { active: css('--red'), suspended: css('--amber') }[x.status] ?? css('--soft') })) }))],
    [t('roles'), roles.sort((a, b) => (a.since ?? '').localeCompare(b.since ?? '')).map((f) => ({ text: `${relType(f.type)} · ${nameFor(f.from === key ? f.to : f.from)}`,
      bars: [{ since: f.since, until: f.until, colour: colour(f.type) }], open: { kind: 'fact', fact: f } }))],
  ];
}
export function renderTimeline() {
  const groups = timelineRows().filter(([, rows]) => rows.length);
  const bars = groups.flatMap(([, rows]) => rows.flatMap((r) => r.bars));
  const day = (text) => Date.parse(text) / 864e5;
  const days = bars.flatMap((b) => [b.since, b.until]).filter(Boolean).map(day);
  if (!bars.length) return [el('p', { class: 'empty-note' }, t('noDates'))];
  const now = day(asOf());
  const [lo, hi] = [Math.min(now - 365, ...days), Math.max(now + 180, ...days)].map((d, i) => d + (i ? 1 : -1) * 60);
  const width = Math.max(320, $('panel').clientWidth - 28);
  const x = (d) => ((d - lo) / (hi - lo)) * width;
  const ROW = 34;
  const height = 26 + groups.reduce((sum, [, rows]) => sum + 26 + rows.length * ROW, 0);
  const root = svg('svg', { class: 'timeline', viewBox: `0 0 ${width} ${height}`, height, role: 'group', 'aria-label': t('tabTimeline') });
  const year = (d) => new Date(d * 864e5).getUTCFullYear();
  const step = Math.max(1, Math.ceil((year(hi) - year(lo)) / 6));
  for (let y = year(lo) + 1; y <= year(hi); y += step) {
    const at = x(day(`${y}-01-01`));
    root.append(svg('line', { class: 'axis', x1: at, x2: at, y1: 16, y2: height }), svg('text', { class: 'soft', x: at, y: 11, 'text-anchor': 'middle' }, String(y)));
  }
  root.append(svg('line', { class: 'today', x1: x(now), x2: x(now), y1: 14, y2: height }));
  let y = 20;
  for (const [title, rows] of groups) {
    root.append(svg('text', { class: 'soft', x: 0, y: y + 15 }, title));
    y += 22;
    for (const row of rows) { root.append(timelineRow(row, x, y, { lo, hi, now, width, day })); y += ROW; }
    y += 4;
  }
  return [el('p', { class: 'state' }, `${t('timelineNote')} (${asOf()})`), cutNote(S.got.near ?? S.party), root];
}
let gradients = 0;
function timelineRow(row, x, y, { lo, hi, now, width, day }) {
  const open = () => showDetail(row.open);
  const when = row.bars.map((b) => `${b.status ? `${statusWord(b.status)} ` : ''}${b.since ?? t('unknown')} → ${b.until ?? t('unknown')}`).join('; ');
  const text = row.text.length > width / 12 ? `${row.text.slice(0, Math.floor(width / 12))}…` : row.text;
  const group = svg('g', { role: 'button', tabindex: 0, 'aria-label': `${row.text}: ${when}`, onclick: open, onkeydown: (e) => { if (e.key === 'Enter') open(); } },
    svg('title', {}, `${row.text}\n${when}`), svg('rect', { x: 0, y, width, height: 32, fill: 'transparent' }), svg('text', { x: 0, y: y + 12 }, text));
  for (const bar of row.bars) {
    const from = bar.since ? day(bar.since) : lo;
    const to = bar.until ? day(bar.until) : Math.max(bar.since && from > now ? hi : now + (hi - now) * 0.6, from + (hi - lo) * 0.06);
    const box = { x: x(from), y: y + 18, width: Math.max(3, x(to) - x(from)), height: 9, rx: 2 };
    const mask = bar.since && bar.until ? null : fade(group, box, bar);
    const hollow = bar.status === 'candidate' || bar.status === 'unknown';
    group.append(svg('rect', hollow ? { ...box, mask, fill: 'none', stroke: bar.colour, 'stroke-dasharray': '3 3' }
      : { ...box, mask, fill: bar.colour, opacity: bar.status === 'ended' ? 0.35 : 0.85 }));
  }
  return group;
}
/** A mask that lets an end which nobody knows run out instead of stop. */
function fade(group, box, bar) {
  const id = `fade${gradients += 1}`;
  const stop = (offset, shade) => svg('stop', { offset, 'stop-color': shade });
  const dark = bar.since || bar.until ? '#000' : '#444';
  const ramp = svg('linearGradient', { id: `${id}g` }, stop(0, bar.since ? '#fff' : dark), stop(0.35, bar.since || bar.until ? '#fff' : '#999'),
    stop(0.65, bar.since || bar.until ? '#fff' : '#999'), stop(1, bar.until ? '#fff' : dark));
  group.append(ramp, svg('mask', { id, maskUnits: 'userSpaceOnUse', x: box.x - 1, y: box.y - 1, width: box.width + 2, height: box.height + 2 },
    svg('rect', { x: box.x - 1, y: box.y - 1, width: box.width + 2, height: box.height + 2, fill: `url(#${id}g)` })));
  return `url(#${id})`;
}
