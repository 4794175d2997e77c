/* The only maker of elements. Text from sources is never markup: it becomes a text node, whatever it looks like. */
import { t } from './words.js';

export const $ = (id) => document.getElementById(id);
export const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
/** An element. Children are elements or text; text becomes a text node, whatever it looks like. */
function make(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name.startsWith('--')) node.style.setProperty(name, value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}
export const el = (tagName, props = {}, ...children) => make(document.createElement(tagName), props, children);
export const svg = (tagName, props = {}, ...children) => make(document.createElementNS('http://www.w3.org/2000/svg', tagName), props, children);
export const button = (text, onclick, cls = 'link', more = {}) => el('button', { type: 'button', class: cls, onclick, ...more }, text);
/** Replace the content, and give the focus back to the button that had it. */
export function refill(box, ...children) {
  const at = [...box.querySelectorAll('button')].indexOf(document.activeElement);
  box.replaceChildren(...children);
  if (at >= 0) ([...box.querySelectorAll('button')][at] ?? box).focus();
}
export const tag = (text, cls = '', title) => el('span', { class: `tag ${cls}`, ...(title && { title }) }, text);
export const unknownValue = () => el('span', { class: 'unknown-value' }, t('unknown'));
export const date = (value) => value ?? unknownValue();
/** A half-open period; an unknown end is said, never left blank. */
export function period(since, until) {
  return el('span', { class: 'period' }, date(since), ' → ', until ? `${until}${t('exclusive')}` : unknownValue());
}
const icon = (form) => svg('svg', { width: 14, height: 14, viewBox: '0 0 14 14', 'aria-hidden': 'true' }, form);
const GLYPHS = { triangle: 'M7 2 13 12H1Z', triangleDown: 'M1 2h12L7 12Z', diamond: 'M7 1l6 6-6 6-6-6Z', square: 'M3 3h8v8H3Z',
  hexagon: 'M4 2h6l3 5-3 5H4L1 7Z', star: 'M7 1l2 4 4 .5-3 3 .8 4.5L7 11l-4 2 1-4.5-3-3L5 5Z' };
export const glyph = (shape, fill) => icon(GLYPHS[shape] ? svg('path', { d: GLYPHS[shape], fill }) : svg('circle', { cx: 7, cy: 7, r: 6, fill }));
export const stroke = (colour, dash = '') => icon(svg('path', { d: 'M0 7h14', stroke: colour, 'stroke-width': 2.5, 'stroke-dasharray': dash }));
export const ring = (colour, dash, width) => icon(svg('circle', { cx: 7, cy: 7, r: 5, fill: 'none', stroke: colour, 'stroke-width': width, 'stroke-dasharray': dash }));
export function grid(rows) {
  return el('dl', { class: 'grid' }, rows.filter(Boolean).map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}
