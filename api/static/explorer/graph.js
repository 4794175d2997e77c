/* What is in the picture, apart from how it is drawn. */
import { about, attempt, purposeChosen, say } from './api.js';
import { draw } from './canvas.js';
import { G, GRAPH_LIMIT, NEIGHBOURS, PARTY, isFact, learn, names } from './state.js';
import { t } from './words.js';

export function resetGraph() {
  for (const part of [G.nodes, G.edges, G.expanded, G.notices, G.dropped]) part.clear();
  Object.assign(G, { centre: null, light: null });
}
export function addNodes(refs, near = null, force = false) {
  learn(refs);
  for (const ref of refs) {
    if (!G.nodes.has(ref.key) && G.nodes.size >= GRAPH_LIMIT && !force) { G.dropped.add(ref.key); continue; }
    G.dropped.delete(ref.key);
    G.nodes.set(ref.key, { near, ...G.nodes.get(ref.key), ...names.get(ref.key) });
  }
}
/** One line for each type between two nodes; several statements of it (sources, terms) share the line. */
function addFacts(facts) {
  for (const fact of facts) {
    if (fact.type === 'ABOUT' || !G.nodes.has(fact.from) || !G.nodes.has(fact.to)) continue;
    const id = edgeId(fact);
    if (!G.edges.has(id)) G.edges.set(id, { id, from: fact.from, to: fact.to, type: fact.type, facts: new Map() });
    G.edges.get(id).facts.set(fact.fact_id, fact);
  }
}
const edgeId = (fact) => `${fact.type}|${fact.from}|${fact.to}`;
export function addAnswer(answer, key) {
  learn(answer.nodes, answer.candidates, answer.party);
  const ends = new Set(answer.facts.filter((f) => f.type !== 'ABOUT').flatMap((f) => [f.from, f.to]));
  addNodes(answer.nodes.filter((n) => ends.has(n.key) || G.nodes.has(n.key)), key);
  addFacts(answer.facts);
  G.expanded.add(key);
  if (answer.cut.length || !answer.complete) G.notices.set(key, answer.cut);
  else G.notices.delete(key);
}
export async function expand(key) {
  const node = G.nodes.get(key);
  if (!node || !purposeChosen()) return;
  if (!PARTY.has(node.label)) { if (node.label !== 'Sanction') say(t('onlyParties')); return; }
  const answer = await attempt(() => about('parties', key, 'neighbours', { limit: NEIGHBOURS }, `near ${key}`));
  if (!answer || !G.nodes.has(key)) return;
  addAnswer(answer, key);
  draw();
}
export function showPath(steps, title) {
  const nodes = steps.filter((s) => !isFact(s));
  const facts = steps.filter((s) => isFact(s) && s.type !== 'ABOUT');
  const ends = facts.flatMap((f) => [f.from, f.to]).map((key) => names.get(key)).filter(Boolean);
  addNodes([...nodes, ...ends], nodes[0]?.key ?? null, true);
  addFacts(facts);
  G.light = { title, nodes: new Set([...nodes, ...ends].map((n) => n.key)), edges: new Set(facts.map(edgeId)) };
  draw([...G.light.nodes]);
}
/** Hidden: the type is switched off, or all that tied the node to the picture is. */
export function hiddenNodes() {
  const tied = new Map();
  for (const e of G.edges.values()) {
    const off = G.hidden.has(e.type);
    for (const [end, other] of [[e.from, e.to], [e.to, e.from]]) {
      tied.set(end, (tied.get(end) ?? false) || (!off && !G.hidden.has(G.nodes.get(other).label)));
    }
  }
  const gone = ([key, n]) => G.hidden.has(n.label) || (key !== G.centre && tied.get(key) === false);
  return new Set([...G.nodes].filter(gone).map(([key]) => key));
}
export const pairOf = (e) => (e.from < e.to ? `${e.from}|${e.to}` : `${e.to}|${e.from}`);
