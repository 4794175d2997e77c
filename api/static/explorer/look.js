/* How nodes and lines look: colours and shapes of the schema, marks that differ in line, shape and word. */
import { MARKS, markColour, markWord, standing } from './marks.js';
import { stack } from './graph.js';
import { G, S, isOff } from './state.js';
import { wrap } from './text.js';
import { edgeText, nameOf, t } from './words.js';

const PLAIN = '#8a8f98';
export const shapeOf = (label) => S.schema.nodes[label]?.shape ?? 'ellipse';
export const colourOf = (label) => S.schema.nodes[label]?.colour ?? PLAIN;

export function nodeLook(node, look) {
  const mark = standing(node);
  const centre = node.key === G.centre;
  const closed = node.hub && !G.expanded.has(node.key);
  const left = G.expanded.has(node.key) ? stack(node.key).reduce((sum, [, n]) => sum + n, 0) : 0;
  const word = markWord(node);
  const lines = [wrap(nameOf(node)), word && `${MARKS[mark].sign} ${word}`,
    closed ? `◎ ${t('hub')} ${(node.degree ?? 0).toLocaleString()}` : left > 0 && `+${left.toLocaleString()}`, G.pinned.has(node.key) && '⊙'];
  return {
    id: node.key, label: lines.filter(Boolean).join('\n'), shape: shapeOf(node.label), colour: colourOf(node.label),
    size: centre ? 46 : closed ? 40 : node.label === 'Address' ? 18 : 28, font: centre ? 14 : 12, bold: centre ? 'bold' : 'normal',
    line: MARKS[mark].line, edge: closed && mark === 'none' ? look.ink : markColour(mark, look), border: closed && mark === 'none' ? 2 : MARKS[mark].width,
    stack: closed ? 'yes' : 'no', dim: G.light && !G.light.nodes.has(node.key) ? 0.16 : 1,
  };
}
export function edgeLook(edge, look) {
  const facts = [...edge.facts.values()];
  const now = facts.filter((f) => !isOff(f));
  const lead = now[0] ?? facts[0];
  const lit = G.light?.edges.has(edge.id);
  const oneWay = facts.every((f) => f.from === lead.from);
  const style = { active: 'solid', suspended: 'dashed', candidate: 'dotted', ended: 'dashed' }[lit ? G.light.status : ''];
  return {
    id: edge.id, source: lead.from, target: lead.to, label: edgeText(edge)[0], colour: S.schema.relationships[lead.type]?.colour ?? PLAIN,
    line: style ?? (now.length ? 'solid' : 'dashed'), width: lit ? 5 : now.length ? 1.8 : 1.2, arrow: oneWay ? 'triangle' : 'none',
    dim: G.light && !lit ? 0.08 : now.length ? 0.95 : 0.6, ink: now.length ? look.ink : look.soft,
  };
}
export const STYLE = (look) => [
  { selector: 'node', style: {
    label: 'data(label)', shape: 'data(shape)', width: 'data(size)', height: 'data(size)', 'background-color': 'data(colour)', opacity: 'data(dim)',
    'border-style': 'data(line)', 'border-color': 'data(edge)', 'border-width': 'data(border)',
    'font-family': look.face, 'font-size': 'data(font)', 'font-weight': 'data(bold)', color: look.ink, 'text-wrap': 'wrap', 'text-valign': 'bottom', 'text-margin-y': 4, 'line-height': 1.25,
    'text-outline-color': look.canvas, 'text-outline-width': 3, 'min-zoomed-font-size': 6,
    ghost: 'data(stack)', 'ghost-offset-x': 5, 'ghost-offset-y': -5, 'ghost-opacity': 0.45 } },
  { selector: 'edge', style: {
    label: 'data(label)', 'line-color': 'data(colour)', width: 'data(width)', 'line-style': 'data(line)', opacity: 'data(dim)', 'curve-style': 'straight',
    'target-arrow-shape': 'data(arrow)', 'target-arrow-color': 'data(colour)', 'arrow-scale': 0.9, 'font-family': look.face, 'font-size': 12, color: 'data(ink)',
    'text-outline-color': look.canvas, 'text-outline-width': 3, 'min-zoomed-font-size': 8, 'text-wrap': 'ellipsis', 'text-max-width': 150 } },
  { selector: 'node:selected', style: { 'underlay-color': look.accent, 'underlay-opacity': 0.35, 'underlay-padding': 9 } },
  { selector: 'edge:selected', style: { 'underlay-color': look.accent, 'underlay-opacity': 0.3, 'underlay-padding': 5 } },
  { selector: '.gone', style: { display: 'none' } },
];
