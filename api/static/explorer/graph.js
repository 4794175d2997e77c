/* What is in the picture, apart from how it is drawn: nodes, one line for each pair of them, and what was done to it. */
import { about, attempt, purposeChosen, say } from './api.js';
import { draw } from './canvas.js';
import { learnReach, standing } from './marks.js';
import { AT_ONCE, G, GRAPH_LIMIT, NEIGHBOURS, PARTY, groupBy, isFact, isOff, learn, names } from './state.js';
import { t } from './words.js';

export function resetGraph() {
  for (const part of [G.nodes, G.edges, G.expanded, G.waiting, G.notices, G.dropped, G.away, G.pinned, G.picked, G.hidden]) part.clear();
  Object.assign(G, { centre: null, light: null, ended: true });
}
export const pairOf = (f) => (f.from < f.to ? `${f.from}|${f.to}` : `${f.to}|${f.from}`);
export function addNodes(refs, near = null, force = false) {
  learn(refs);
  for (const ref of refs) {
    if (!G.nodes.has(ref.key) && G.nodes.size >= GRAPH_LIMIT && !force) { G.dropped.add(ref.key); continue; }
    G.dropped.delete(ref.key);
    G.away.delete(ref.key);
    G.nodes.set(ref.key, { near, ...G.nodes.get(ref.key), ...names.get(ref.key) });
  }
}
/** One line for each pair of nodes, whatever ties them: it bears all their facts. */
export function addFacts(facts) {
  for (const fact of facts) {
    if (fact.type === 'ABOUT' || fact.from === fact.to || !G.nodes.has(fact.from) || !G.nodes.has(fact.to)) continue;
    const id = pairOf(fact);
    if (!G.edges.has(id)) G.edges.set(id, { id, a: fact.from, b: fact.to, facts: new Map() });
    G.edges.get(id).facts.set(fact.fact_id, fact);
  }
}
const RANK = { force: 0, suspended: 1, candidate: 2, ended: 3, none: 4 };
/** Facts around a node: who has a mark first, then sanctions, then what holds on the day. */
function inOrder(facts, key) {
  const other = (f) => names.get(f.from === key ? f.to : f.from) ?? {};
  const worth = (f) => RANK[standing(other(f))] * 4 + (other(f).label === 'Sanction' ? 0 : 2) + (isOff(f) ? 1 : 0);
  return [...facts].sort((a, b) => worth(a) - worth(b));
}
/** Take the answer about what stands around a node into the picture: some neighbours, and a count of the rest. */
export function addAnswer(answer, key, most = AT_ONCE) {
  learn(answer.nodes, answer.candidates, answer.party);
  addFacts(answer.facts);
  G.expanded.add(key);
  if (answer.cut.length || !answer.complete) G.notices.set(key, answer.cut);
  else G.notices.delete(key);
  const waiting = answer.facts.filter((f) => f.type !== 'ABOUT' && (f.from === key || f.to === key));
  G.waiting.set(key, waiting);
  return showMore(key, null, most);
}
/** Draw some more of what stands around a node. Returns how many came in. */
export function showMore(key, type = null, most = AT_ONCE) {
  const waiting = G.waiting.get(key) ?? [];
  const fresh = new Set();
  const taken = [];
  for (const fact of inOrder(waiting, key)) {
    const other = fact.from === key ? fact.to : fact.from;
    const here = G.nodes.has(other) || fresh.has(other);
    if (!here && ((type && fact.type !== type) || fresh.size >= most)) continue;
    if (!here) fresh.add(other);
    taken.push(fact);
  }
  addNodes([...fresh].map((k) => names.get(k) ?? { key: k, label: '' }), key);
  addFacts(taken);
  const left = new Set(taken.filter((f) => G.nodes.has(f.from) && G.nodes.has(f.to)));
  G.waiting.set(key, waiting.filter((f) => !left.has(f)));
  return fresh.size;
}
/** What stands around a node and is not drawn: type → how many neighbours. */
export function stack(key) {
  const other = (f) => (f.from === key ? f.to : f.from);
  const groups = groupBy(G.waiting.get(key) ?? [], (f) => f.type);
  return [...groups].map(([type, facts]) => [type, new Set(facts.map(other)).size]).sort((a, b) => b[1] - a[1]);
}
/** Whether the service tells what stands around such a node. */
export const opens = (node) => PARTY.has(node.label) || node.label === 'Sanction';
/** Open a node: its neighbours come into the picture. */
export async function expand(key, type = null) {
  const node = G.nodes.get(key);
  if (!node || !purposeChosen()) return 0;
  if (!opens(node)) { say(t('notOpenable')); return 0; }
  if (G.expanded.has(key)) {
    remember();
    const came = showMore(key, type);
    draw();
    return came;
  }
  const answer = await attempt(() => (node.label === 'Sanction' ? about('sanctions', key, 'consequences', {}, `near ${key}`)
    : about('parties', key, 'neighbours', { limit: NEIGHBOURS }, `near ${key}`)));
  if (!answer || !G.nodes.has(key)) return 0;
  remember();
  const came = node.label === 'Sanction' ? addReach(answer, key) : addAnswer(answer, key);
  draw();
  return came;
}
/** Whom a sanction was imposed on, and whom it reaches by which path. */
function addReach(answer, key) {
  const before = G.nodes.size;
  learnReach(answer);
  const steps = [...answer.consequences.flatMap((c) => c.path), ...answer.sanctions.flatMap((s) => s.facts)];
  const nodes = [...new Map(steps.filter((s) => !isFact(s)).map((n) => [n.key, n])).values()].slice(0, AT_ONCE);
  addNodes([...nodes, ...answer.nodes], key);
  addFacts(steps.filter(isFact));
  G.expanded.add(key);
  return G.nodes.size - before;
}
export function showPath(steps, title, status = '') {
  remember();
  const nodes = steps.filter((s) => !isFact(s));
  const facts = steps.filter((s) => isFact(s) && s.type !== 'ABOUT');
  const ends = facts.flatMap((f) => [f.from, f.to]).map((key) => names.get(key)).filter(Boolean);
  addNodes([...nodes, ...ends], nodes[0]?.key ?? null, true);
  addFacts(facts);
  G.light = { title, status, nodes: new Set([...nodes, ...ends].map((n) => n.key)), edges: new Set(facts.map(pairOf)) };
  draw([...G.light.nodes]);
}
/** What is not shown of the picture: switched off, hidden one by one, over, or tied to it by such alone. */
export function hiddenParts() {
  const offEdge = (e) => [...e.facts.values()].every((f) => G.hidden.has(f.type) || (!G.ended && isOff(f)));
  const offNode = (n) => n && (G.hidden.has(n.label) || G.away.has(n.key));
  const edges = new Set([...G.edges.values()].filter(offEdge).map((e) => e.id));
  const tied = new Map();
  for (const e of G.edges.values()) {
    for (const [end, other] of [[e.a, e.b], [e.b, e.a]]) {
      tied.set(end, (tied.get(end) ?? false) || (!edges.has(e.id) && !offNode(G.nodes.get(other))));
    }
  }
  const gone = (n) => n.key !== G.centre && (offNode(n) || tied.get(n.key) === false);
  const nodes = new Set([...G.nodes.values()].filter(gone).map((n) => n.key));
  for (const e of G.edges.values()) if (nodes.has(e.a) || nodes.has(e.b)) edges.add(e.id);
  return { nodes, edges };
}
export const neighboursOf = (key) => {
  const gone = hiddenParts();
  return [...G.edges.values()].filter((e) => (e.a === key || e.b === key) && !gone.edges.has(e.id)).map((e) => (e.a === key ? e.b : e.a));
};

// ---- undo and redo ------------------------------------------------------------------------------------------
const past = [];
const future = [];
const SETS = ['expanded', 'hidden', 'away', 'pinned', 'dropped', 'picked'];
function snapshot() {
  const kept = { nodes: new Map(G.nodes), waiting: new Map(G.waiting), notices: new Map(G.notices), centre: G.centre, light: G.light, ended: G.ended };
  kept.edges = new Map([...G.edges].map(([id, e]) => [id, { ...e, facts: new Map(e.facts) }]));
  for (const name of SETS) kept[name] = new Set(G[name]);
  return kept;
}
/** Keep the picture as it is, before something is done to it. */
export function remember() {
  past.push(snapshot());
  if (past.length > 50) past.shift();
  future.length = 0;
}
export const canUndo = () => past.length > 0;
export const canRedo = () => future.length > 0;
function step(from, to) {
  if (!from.length) return;
  to.push(snapshot());
  const kept = from.pop();
  // Marks are of the day that is asked about now, not of the one when the picture was kept.
  const now = (node) => ({ ...node, ...names.get(node.key), x: node.x, y: node.y });
  Object.assign(G, kept, { nodes: new Map([...kept.nodes].map(([key, n]) => [key, now(n)])) });
  draw();
}
export const undo = () => step(past, future);
export const redo = () => step(future, past);
/** After another party, or another start, there is nothing of the old picture to go back to. */
export function forgetSteps() { past.length = 0; future.length = 0; }

export function hide(keys) {
  remember();
  for (const key of keys) if (key !== G.centre) G.away.add(key);
  G.picked.clear();
  draw();
}
export function pin(keys) {
  remember();
  const all = keys.every((key) => G.pinned.has(key));
  for (const key of keys) all ? G.pinned.delete(key) : G.pinned.add(key);
  draw();
}
export const isParty = (key) => PARTY.has((G.nodes.get(key) ?? names.get(key))?.label);
