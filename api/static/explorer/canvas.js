/* How the picture is drawn. */
import { showDetail } from './detail.js';
import { $, css, el } from './dom.js';
import { expand, hiddenNodes, pairOf } from './graph.js';
import { renderGraphWords } from './legend.js';
import { G, S, asOf, groupBy, isOff } from './state.js';
import { nameOf, nodeType, relType, shareText, t, tOr } from './words.js';

const SHAPES = { Entity: 'dot', Person: 'triangle', Organ: 'hexagon', Sanction: 'diamond', Address: 'square', Credential: 'star', Tender: 'triangleDown', Inspection: 'square' };
export const shapeOf = (label) => S.schema.nodes[label]?.shape ?? SHAPES[label] ?? 'dot';

/** Names are long: three lines of ten Chinese characters, broken between Latin words; the rest is in the tooltip. */
function wrap(text, lines = 3) {
  const size = (part) => [...part].reduce((sum, ch) => sum + (ch.charCodeAt(0) > 0x2e7f ? 2 : 1), 0);
  const whole = size(text);
  const width = Math.min(20, Math.ceil(whole / Math.ceil(whole / 20)) + 2); // lines of about the same length
  const out = [''];
  for (const part of text.replace(/\s+/g, ' ').match(/[!-~]{1,20} ?|./gsu) ?? []) {
    if (size(out.at(-1)) + size(part.trimEnd()) > width) {
      if (out.length === lines) return `${out.join('\n')}…`;
      out.push('');
    }
    out[out.length - 1] += part;
  }
  return out.join('\n');
}
function visNode(node, hidden, look) {
  const colour = S.schema.nodes[node.label]?.colour ?? '#8a8f98';
  const centre = node.key === G.centre;
  const dim = G.light && !G.light.nodes.has(node.key);
  const main = centre || node.hub || node.sanctioned || G.expanded.has(node.key); // stays readable in a large picture
  const scale = main ? Math.min(2.2, Math.max(1, Math.sqrt(G.nodes.size / 35))) : 1;
  const border = node.sanctioned ? look.red : node.hub ? look.ink : look.card;
  const marks = node.hub ? `\n◎ ${t('hub')}${node.degree ? ` ${node.degree.toLocaleString()}` : ''}` : '';
  const facts = [nameOf(node), nodeType(node.label), node.kind && tOr(`k.${node.kind}`, node.kind),
    node.degree !== undefined && `${t('degree')} ${node.degree}`, node.hub && t('hubNote'), node.sanctioned && t('sanctionedNote'), node.had_sanctions && t('had')];
  return {
    id: node.key, label: wrap(nameOf(node)) + marks, title: facts.filter(Boolean).join('\n'), shape: shapeOf(node.label), hidden,
    size: (centre ? 24 : node.hub ? 20 : node.label === 'Address' ? 9 : 14) * scale,
    borderWidth: node.sanctioned ? 4 : node.hub ? 3 : 1.5, borderWidthSelected: 5, opacity: dim ? 0.18 : 1,
    shapeProperties: { borderDashes: node.hub ? [3, 3] : false },
    color: { background: colour, border, highlight: { background: colour, border: look.accent }, hover: { background: colour, border } },
    font: { color: dim ? look.faint : look.ink, size: (centre ? 14 : 12) * scale, face: look.face, strokeWidth: 3, strokeColor: look.canvas, vadjust: 0 },
  };
}
function visEdge(edge, bend, hidden, look) {
  const facts = [...edge.facts.values()];
  const colour = S.schema.relationships[edge.type]?.colour ?? '#8a8f98';
  const off = facts.every(isOff);
  const lit = G.light?.edges.has(edge.id);
  const dim = G.light && !lit;
  const side = (bend < 0) === (edge.from < edge.to) ? 'curvedCCW' : 'curvedCW'; // the same side for both directions
  return {
    id: edge.id, from: edge.from, to: edge.to, hidden, dashes: off ? [5, 4] : false, width: lit ? 4 : off ? 1 : 1.6,
    label: relType(edge.type) + (facts.length === 1 ? shareText(facts[0]) : ` ×${facts.length}`),
    color: { color: colour, highlight: colour, hover: colour, opacity: dim ? 0.1 : off ? 0.6 : 0.9 },
    font: { color: dim ? 'transparent' : look.soft, size: 10, face: look.face, strokeWidth: dim ? 0 : 3, strokeColor: look.canvas },
    smooth: bend ? { enabled: true, type: side, roundness: Math.abs(bend) } : { enabled: false },
  };
}
/** Bring the picture in line with G: what is new settles around what is there, then physics rests. */
export function draw(focus = null) {
  startGraph();
  const look = Object.fromEntries(['ink', 'soft', 'red', 'accent', 'card', 'canvas', 'line'].map((n) => [n, css(`--${n}`)]));
  Object.assign(look, { face: getComputedStyle(document.body).fontFamily, faint: `${look.soft}55` });
  const gone = hiddenNodes();
  const fresh = [...G.nodes.keys()].filter((key) => !G.visNodes.get(key));
  const first = G.visNodes.length === 0;
  const around = first ? {} : G.net.getPositions();
  const nodes = [...G.nodes.values()].map((n) => visNode(n, gone.has(n.key), look));
  for (const n of nodes) {
    const origin = around[G.nodes.get(n.id).near];
    if (!fresh.includes(n.id) || !origin) continue;
    const angle = (fresh.indexOf(n.id) / fresh.length) * 2 * Math.PI; // a ring around the node it was reached from
    Object.assign(n, { x: origin.x + 160 * Math.cos(angle), y: origin.y + 160 * Math.sin(angle) });
  }
  const pairs = groupBy([...G.edges.values()], pairOf);
  const edges = [...pairs.values()].flatMap((group) => group.map((e, i) => {
    const hidden = G.hidden.has(e.type) || gone.has(e.from) || gone.has(e.to);
    return visEdge(e, (i - (group.length - 1) / 2) * 0.24, hidden, look);
  }));
  G.visEdges.remove(G.visEdges.getIds().filter((id) => !G.edges.has(id)));
  G.visNodes.remove(G.visNodes.getIds().filter((id) => !G.nodes.has(id)));
  G.visNodes.update(nodes);
  G.visEdges.update(edges);
  if (fresh.length) settle(focus);
  else if (focus) fit(focus);
  renderGraphWords();
}
function settle(focus) {
  G.net.setOptions({ physics: { enabled: true } });
  G.net.once('stabilizationIterationsDone', () => {
    G.net.setOptions({ physics: { enabled: false } });
    fit(focus);
    $('graph').dataset.settled = String(G.nodes.size);
  });
  G.net.stabilize(180);
}
export function fit(keys = null) {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  G.net?.fit({ ...(keys && { nodes: keys }), maxZoomLevel: 1.3, animation: calm ? false : { duration: 250 } });
}
function startGraph() {
  if (G.net) return;
  G.visNodes = new vis.DataSet();
  G.visEdges = new vis.DataSet();
  G.net = new vis.Network($('graph'), { nodes: G.visNodes, edges: G.visEdges }, {
    layout: { randomSeed: 7, improvedLayout: false },
    physics: { enabled: false, solver: 'forceAtlas2Based', stabilization: { enabled: false, fit: false },
      forceAtlas2Based: { gravitationalConstant: -90, springLength: 140, springConstant: 0.06, avoidOverlap: 0.6, damping: 0.6 } },
    nodes: { scaling: { label: { drawThreshold: 7.5 } } },
    edges: { arrows: { to: { enabled: true, scaleFactor: 0.5 } }, scaling: { label: { drawThreshold: 7.5 } }, selectionWidth: 1.5 },
    interaction: { hover: true, tooltipDelay: 250, keyboard: { enabled: true, bindToWindow: false }, multiselect: false },
  });
  $('graph').network = G.net;
  G.net.on('click', ({ nodes, edges }) => {
    if (nodes.length) showDetail({ kind: 'node', key: nodes[0] });
    else if (edges.length) showDetail({ kind: 'edge', id: edges[0] });
  });
  G.net.on('doubleClick', ({ nodes }) => { if (nodes.length) expand(nodes[0]); });
}
export function savePng() {
  const canvas = $('graph').querySelector('canvas');
  if (!canvas || !G.nodes.size) return;
  const scale = devicePixelRatio;
  const out = el('canvas', { width: canvas.width, height: canvas.height + 30 * scale });
  const pen = out.getContext('2d');
  pen.fillStyle = css('--canvas');
  pen.fillRect(0, 0, out.width, out.height);
  pen.drawImage(canvas, 0, 0);
  pen.fillStyle = css('--soft');
  pen.font = `${11 * scale}px ${getComputedStyle(document.body).fontFamily}`;
  const foot = `creditgraph · ${t('asOfLine')} ${asOf()} · ${t('position')} ${S.party?.position ?? '–'} · ${t('disclaimer')}`;
  pen.fillText(foot, 10 * scale, out.height - 11 * scale);
  out.toBlob((blob) => {
    const href = URL.createObjectURL(blob);
    el('a', { href, download: `creditgraph-${asOf()}.png` }).click(); // no name in the name of a file
    setTimeout(() => URL.revokeObjectURL(href), 5000);
  });
}
export function unlight() { G.light = null; draw(); fit(); }
