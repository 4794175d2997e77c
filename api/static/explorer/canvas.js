/* How the picture is drawn: Cytoscape on a canvas. What is there keeps its place, whatever is asked next. */
import cytoscape from '../vendor/cytoscape/cytoscape.js';
import { showDetail } from './detail.js';
import { $, css, el } from './dom.js';
import { expand, hiddenParts } from './graph.js';
import { renderGraphWords } from './legend.js';
import { STYLE, edgeLook, nodeLook } from './look.js';
import { G, S, asOf } from './state.js';
import { renderTable } from './table.js';
import { visible } from './text.js';
import { edgeText, nodeText, t } from './words.js';

let cy = null;
const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
const SETTLED = 400; // nodes up to which the forces are worked out; more of them stand in rings

function begin() {
  if (cy) return;
  cy = cytoscape({ container: $('graph'), style: [], minZoom: 0.05, maxZoom: 3,
    hideEdgesOnViewport: true, textureOnViewport: false, pixelRatio: 'auto', boxSelectionEnabled: true, layout: { name: 'preset' } });
  $('graph').network = cy; // for tests, which click on nodes
  cy.on('tap', 'node', (e) => { keepPicked(); showDetail({ kind: 'node', key: e.target.id() }); });
  cy.on('tap', 'edge', (e) => showDetail({ kind: 'edge', id: e.target.id() }));
  cy.on('dbltap', 'node', (e) => expand(e.target.id()));
  cy.on('select unselect', () => setTimeout(keepPicked));
  cy.on('free', 'node', () => keepPlaces());
  cy.on('mouseover', 'node, edge', (e) => showTip(e));
  cy.on('mouseout tapdrag viewport', () => { $('tip').hidden = true; });
}
function keepPlaces() {
  cy.nodes().forEach((n) => { const kept = G.nodes.get(n.id()); if (kept) Object.assign(kept, n.position()); });
}
function keepPicked() {
  G.picked = new Set(cy.nodes(':selected').map((n) => n.id()));
  renderGraphWords();
  renderTable();
}
/** Select in the picture what was selected elsewhere. */
export function pick(keys, bring = false) {
  G.picked = new Set(keys);
  if (cy) {
    cy.batch(() => { cy.elements(':selected').unselect(); for (const key of keys) cy.getElementById(key).select(); });
    if (bring && keys.length) cy.animate({ center: { eles: cy.getElementById(keys[0]) }, duration: calm() ? 0 : 200 });
  }
  renderGraphWords();
}
function showTip(event) {
  const target = event.target;
  const lines = target.isNode() ? nodeText(G.nodes.get(target.id())) : edgeText(G.edges.get(target.id()), true);
  const at = event.renderedPosition;
  $('tip').textContent = visible(lines.join('\n'));
  $('tip').hidden = false;
  const room = $('graph').getBoundingClientRect();
  const box = $('tip').getBoundingClientRect();
  $('tip').style.left = `${Math.max(4, Math.min(at.x + 14, room.width - box.width - 4))}px`;
  $('tip').style.top = `${Math.max(4, Math.min(at.y + 14, room.height - box.height - 4))}px`;
}
/** Bring the picture in line with G: what is new settles around what is there. */
export function draw(focus = null) {
  begin();
  const names = ['ink', 'soft', 'red', 'amber', 'accent', 'card', 'canvas', 'line'];
  const look = { ...Object.fromEntries(names.map((n) => [n, css(`--${n}`)])), face: getComputedStyle(document.body).fontFamily };
  const gone = hiddenParts();
  const fresh = [...G.nodes.values()].filter((n) => cy.getElementById(n.key).empty());
  const first = cy.nodes().empty();
  place(fresh);
  cy.batch(() => {
    cy.elements().filter((e) => !(e.isNode() ? G.nodes : G.edges).has(e.id())).remove();
    for (const node of G.nodes.values()) put(nodeLook(node, look), gone.nodes.has(node.key), node);
    for (const edge of G.edges.values()) put(edgeLook(edge, look), gone.edges.has(edge.id));
  });
  cy.style(STYLE(look));
  for (const key of G.pinned) cy.getElementById(key).lock();
  cy.nodes(':locked').forEach((n) => { if (!G.pinned.has(n.id())) n.unlock(); });
  if (fresh.length) settle(fresh, first);
  if (focus) fit(focus);
  else if (first && fresh.length) fit();
  $('graph').dataset.settled = String(G.nodes.size);
  renderGraphWords();
  renderTable();
}
function put(data, hidden, node = null) {
  const old = cy.getElementById(data.id);
  const kept = old.nonempty() ? old : cy.add({ group: node ? 'nodes' : 'edges', data, ...(node && { position: { x: node.x, y: node.y } }) });
  if (old.nonempty()) {
    old.data(data);
    if (node && (old.position('x') !== node.x || old.position('y') !== node.y) && node.x !== undefined) old.position({ x: node.x, y: node.y });
  }
  kept.toggleClass('gone', hidden);
}
/** A first place for what is new: in rings around the node that it was reached from, each kind side by side. */
function place(fresh) {
  const around = new Map();
  const middle = { x: cy.height() / 2, y: cy.width() / 2 }; // where the forces pull to: the library takes the sides so
  for (const node of fresh.filter((n) => n.x === undefined)) {
    const origin = node.near && node.near !== node.key ? node.near : '';
    around.set(origin, [...(around.get(origin) ?? []), node]);
  }
  for (const [origin, nodes] of around) {
    const at = G.nodes.get(origin);
    const centre = at && at.x !== undefined ? at : middle;
    nodes.sort((a, b) => a.label.localeCompare(b.label));
    let done = 0;
    for (let ring = 1; done < nodes.length; ring += 1) {
      const some = nodes.slice(done, done + ring * 10);
      some.forEach((node, i) => {
        const angle = ((i + 0.25 + ring * 0.5) / some.length) * 2 * Math.PI;
        const alone = nodes.length === 1 && !origin;
        Object.assign(node, { x: centre.x + (alone ? 0 : ring * 190 * Math.cos(angle)), y: centre.y + (alone ? 0 : ring * 150 * Math.sin(angle)) });
      });
      done += some.length;
    }
  }
}
/** Forces move only what is new; what was there before, and what was dragged, stays. */
function settle(fresh, first) {
  const moving = new Set(fresh.map((n) => n.key));
  if (G.nodes.size <= SETTLED && fresh.length > 1) {
    const kept = cy.nodes().filter((n) => !moving.has(n.id()) || (first && n.id() === G.centre));
    kept.lock();
    cy.elements().not('.gone').layout({ name: 'cose', animate: false, randomize: false, fit: false, nodeDimensionsIncludeLabels: true,
      idealEdgeLength: () => 110, nodeRepulsion: () => 60000, nodeOverlap: 24, gravity: 0.4, numIter: G.nodes.size > 120 ? 120 : 400, initialTemp: 120 }).run();
    kept.filter((n) => !G.pinned.has(n.id())).unlock();
  }
  keepPlaces();
}
export function fit(keys = null) {
  if (!cy || cy.nodes().empty()) return;
  cy.resize();
  const chosen = keys ? cy.nodes().filter((n) => keys.includes(n.id())) : cy.nodes().not('.gone');
  cy.stop();
  cy.fit(chosen.nonempty() ? chosen : cy.nodes(), 36);
  if (cy.zoom() > 1.25) { cy.zoom(1.25); cy.center(chosen); }
}
/** Everything anew into its place; what is pinned stays. */
export function arrange() {
  for (const node of G.nodes.values()) if (!G.pinned.has(node.key)) { delete node.x; delete node.y; }
  const all = [...G.nodes.values()].filter((n) => n.x === undefined);
  place(all);
  cy.batch(() => all.forEach((n) => cy.getElementById(n.key).position({ x: n.x, y: n.y })));
  settle(all, true);
  fit();
}
export function unlight() { G.light = null; draw(); }
export function resized() { cy?.resize(); }
export function savePng() {
  if (!cy || !G.nodes.size) return;
  const scale = 2;
  const picture = new Image();
  picture.onload = () => {
    const out = el('canvas', { width: Math.max(picture.width, 900), height: picture.height + 30 * scale });
    const pen = out.getContext('2d');
    pen.fillStyle = css('--canvas');
    pen.fillRect(0, 0, out.width, out.height);
    pen.drawImage(picture, 0, 0);
    pen.fillStyle = css('--soft');
    pen.font = `${11 * scale}px ${getComputedStyle(document.body).fontFamily}`;
    pen.fillText(`creditgraph · ${t('asOfLine')} ${asOf()} · ${t('position')} ${S.party?.position ?? '–'} · ${t('disclaimer')}`, 10 * scale, out.height - 11 * scale);
    out.toBlob((blob) => {
      const href = URL.createObjectURL(blob);
      el('a', { href, download: `creditgraph-${asOf()}.png` }).click(); // no name in the name of a file
      setTimeout(() => URL.revokeObjectURL(href), 5000);
    });
  };
  picture.src = cy.png({ full: true, scale, bg: css('--canvas'), maxWidth: 6000, maxHeight: 6000 });
}
