/* The only maker of elements. Text from sources is never markup: it becomes a text node, whatever it looks like. */
import { visible } from './text.js';
import { t } from './words.js';

export const $ = (id) => document.getElementById(id);
export const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
/** An element. Children are elements or text; text becomes a text node whose every character can be seen. */
function make(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name.startsWith('--')) node.style.setProperty(name, value);
    else node.setAttribute(name, value === true ? '' : visible(value));
  }
  const shown = children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false);
  node.append(...shown.map((c) => (c instanceof Node ? c : visible(c))));
  return node;
}
export const el = (tagName, props = {}, ...children) => make(document.createElement(tagName), props, children);
export const svg = (tagName, props = {}, ...children) => make(document.createElementNS('http://www.w3.org/2000/svg', tagName), props, children);
export const button = (text, onclick, cls = 'link', more = {}) => el('button', { type: 'button', class: cls, onclick, ...more }, text);
/** Replace the content, and give the focus back to the button that had it. */
export function refill(box, ...children) {
  const at = [...box.querySelectorAll('button')].indexOf(document.activeElement);
  box.replaceChildren(...children.flat(Infinity).filter(Boolean));
  if (at >= 0) ([...box.querySelectorAll('button')][at] ?? box).focus();
}
export const tag = (text, cls = '', title) => el('span', { class: `tag ${cls}`, ...(title && { title }) }, text);
export const unknownValue = () => el('span', { class: 'unknown-value' }, t('unknown'));
export const date = (value) => (value ? el('time', { class: 'num' }, value) : unknownValue());
/** A name by itself: its direction and length touch nothing around it. */
export const nameBox = (text) => el('bdi', { class: 'name', title: text }, text);
/** A half-open period, told by its last day; an unknown end is said, never left blank. */
export function period(since, until, endless = false) {
  const end = until ? [t('to'), ' ', date(dayBefore(until))] : endless ? t('noTerm') : [t('to'), ' ', unknownValue()];
  return el('span', { class: 'period' }, date(since), ' ', end);
}
export const dayBefore = (day) => new Date(Date.parse(day) - 864e5).toISOString().slice(0, 10);
export function grid(rows) {
  return el('dl', { class: 'grid' }, rows.filter(Boolean).map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}
const icon = (form) => svg('svg', { width: 14, height: 14, viewBox: '0 0 14 14', 'aria-hidden': 'true' }, form);
const GLYPHS = { triangle: 'M7 2 13 12H1Z', vee: 'M1 2h12L7 12Z', diamond: 'M7 1l6 6-6 6-6-6Z', rectangle: 'M3 3h8v8H3Z',
  hexagon: 'M4 2h6l3 5-3 5H4L1 7Z', star: 'M7 1l2 4 4 .5-3 3 .8 4.5L7 11l-4 2 1-4.5-3-3L5 5Z' };
export const glyph = (shape, fill) => icon(GLYPHS[shape] ? svg('path', { d: GLYPHS[shape], fill }) : svg('circle', { cx: 7, cy: 7, r: 6, fill }));
export const stroke = (colour, dash = '', width = 2.5) => icon(svg('path', { d: 'M0 7h14', stroke: colour, 'stroke-width': width, 'stroke-dasharray': dash }));
export const ring = (colour, dash, width) => icon(svg('circle', { cx: 7, cy: 7, r: 5, fill: 'none', stroke: colour, 'stroke-width': width, 'stroke-dasharray': dash }));
