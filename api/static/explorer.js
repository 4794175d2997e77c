/* creditgraph explorer: one page on the HTTP API, without a build step.
 *
 * Two promises shape the code:
 * - text from sources is never markup. `el()` is the only maker of elements and knows text nodes only;
 *   names in the graph are drawn on a canvas, tooltips are plain strings.
 * - nothing personal leaves through an address. Names and numbers travel in request bodies; the location hash
 *   carries an opaque party key, nothing else; purpose and language stay in sessionStorage.
 */
'use strict';

const GRAPH_LIMIT = 300; // beyond that nobody reads a picture; what is left out is announced
const NEIGHBOURS = 60;
const HOPS = 3;
const API = new URL('../v1/', new URL('.', location.href)); // the page lies one folder below the root of the API
const KEY = /^[\w.:-]{1,200}$/;

// ---- words: [zh, en]; types, measures, statuses and properties come from /v1/schema -------------------------
const WORDS = {
  subtitle: ['信用关系图谱', 'credit graph explorer'], search: ['查询', 'Search'],
  searchHint: ['名称、统一社会信用代码或证号  ( / )', 'Name, credit code or other number  ( / )'],
  purpose: ['查询目的', 'Purpose'], choose: ['请选择…', 'choose…'], approval: ['审批', 'Approval'],
  tender: ['招投标', 'Tender'], supervision: ['监管', 'Supervision'], investigation: ['调查', 'Investigation'],
  self: ['本人查询', 'Own file'], asOf: ['时点', 'As of'], asOfHint: ['空 = 今天', 'empty = today'],
  quality: ['数据质量', 'Data quality'], otherLang: ['EN', '中文'], language: ['切换语言', 'Switch language'], close: ['关闭', 'Close'],
  results: ['查询结果', 'Results'], legend: ['图例', 'Legend'], legendHint: ['点击可隐藏或显示', 'click to hide or show'],
  graph: ['关系图', 'Graph'], panel: ['详情面板', 'Details panel'],
  graphLabel: ['关系图;同样的内容在“档案”页以列表给出', 'Relationship graph; the File tab lists the same facts'],
  fit: ['适应窗口', 'Fit'], clearGraph: ['清空', 'Clear'], savePng: ['保存图片', 'Save PNG'],
  graphHint: ['单击查看 · 双击展开 · 滚轮缩放', 'Click: details · double click: expand · wheel: zoom'],
  emptyTitle: ['查询一个主体,查看其关系与后果', 'Search a party to see its relations and consequences'],
  emptyText: ['先选择查询目的,再输入名称或代码', 'Choose a purpose first, then enter a name or number'],
  needPurpose: ['请先选择查询目的', 'Please choose a purpose first'],
  needPurposeText: ['每次查询个人或单位都须说明目的', 'every look-up of a person or body states its purpose'],
  needText: ['请输入名称或代码', 'Please enter a name or number'], offline: ['无法连接服务', 'The service does not answer'],
  unexpected: ['页面出错', 'The page failed'], retry: ['重试', 'Try again'], notLoaded: ['未能载入;不代表没有记录', 'Not loaded. This does not mean that there is nothing'],
  loading: ['载入中…', 'Loading…'], nothingFound: ['没有找到', 'Nothing found'], choosePls: ['请选择其中一个', 'choose one'],
  tabFile: ['档案', 'File'], tabConsequences: ['惩戒后果', 'Consequences'], tabExposure: ['关联风险', 'Exposure'],
  tabTimeline: ['时间轴', 'Timeline'], tabDetail: ['详情', 'Details'],
  noParty: ['尚未选择主体', 'No party chosen yet'], unknown: ['未知', 'unknown'], none: ['无', 'none'],
  exclusive: ['(不含)', ' (excl.)'], hub: ['枢纽', 'hub'], sanctioned: ['有惩戒记录', 'sanctioned'], had: ['曾有惩戒记录', 'had sanctions'],
  sanctionedNote: ['截至日有惩戒记录', 'sanctioned on the as-of date'], degree: ['关联数', 'degree'],
  hubNote: ['枢纽(不自动展开)', 'hub (not walked through)'], pastNote: ['时点不在期内', 'not running on the as-of date'],
  formerNames: ['曾用名等其他名称', 'Former and other names'], called: ['名称见于', 'Named in passing'], identifiers: ['标识', 'Identifiers'], valid: ['校验通过', 'valid'], invalid: ['校验不符', 'check digit wrong'],
  sanctions: ['处罚与名单', 'Sanctions'], profile: ['基本信息', 'Profile'], relations: ['关系', 'Relations'],
  authority: ['机关', 'Authority'], document: ['文号', 'Document'], decided: ['决定日期', 'Decided'], until: ['截止', 'Until'], since: ['起始', 'Since'],
  source: ['来源', 'Source'], record: ['记录', 'Record'], owner: ['归属单位', 'Owner'], recordedAt: ['入库时间', 'Recorded at'],
  dataDate: ['数据日期', 'Data date'], match: ['主体匹配', 'Match'], factId: ['事实编号', 'Fact id'], type: ['类型', 'Type'],
  fromTo: ['关系', 'Relation'], differ: ['来源不一致', 'sources differ'],
  'exact-name': ['按名称完全一致匹配', 'matched by exact name'], merged: ['经人工合并', 'merged by a decision'], identifier: ['按标识匹配', 'matched by identifier'],
  asOfLine: ['截至', 'as of'], knownAt: ['已知至', 'known at'], position: ['时钟位置', 'position'],
  's.hit': ['有记录', 'hit'], 's.clear': ['完整查询,未发现', 'clear'], 's.unknown': ['查无此主体或无资料', 'unknown'],
  's.ambiguous': ['多个主体', 'ambiguous'], 's.incomplete': ['不完整,不得视为无记录', 'incomplete: not clear'],
  'k.company': ['公司', 'company'], 'k.institution': ['事业单位', 'institution'], 'k.social_organisation': ['社会组织', 'social organisation'],
  'k.individual_business': ['个体工商户', 'individual business'], 'k.public_body': ['公共机构', 'public body'], 'k.other': ['其他', 'other'],
  'k.penalty': ['行政处罚', 'penalty'], 'k.list_entry': ['列入名单', 'list entry'], 'k.court_order': ['法院限制令', 'court order'],
  'k.licence': ['许可', 'licence'], 'k.honour': ['荣誉', 'honour'], 'k.certificate': ['证书', 'certificate'], 'k.qualification': ['资质', 'qualification'],
  'k.red_list': ['红名单', 'red list'], 'k.grade': ['信用等级', 'grade'], 'k.commitment': ['信用承诺', 'commitment'],
  'k.made': ['已承诺', 'made'], 'k.kept': ['已履行', 'kept'], 'k.broken': ['未履行(失信信息)', 'broken (dishonesty)'], 'k.false': ['虚假承诺(失信信息)', 'false (dishonesty)'],
  'k.inspection': ['检查', 'inspection'], 'k.product_quality': ['产品质量抽检', 'product test'], 'k.passed': ['合格', 'passed'], 'k.failed': ['不合格', 'failed'],
  'k.rectified': ['已整改', 'rectified'], 'k.not_found': ['无法联系', 'not found'], 'k.obstructed': ['不配合检查', 'obstructed'], 'k.no_activity': ['未开展相关活动', 'no such activity'],
  'k.decision': ['决定', 'decision'], 'k.judgment': ['判决', 'judgment'], 'k.rating': ['评级', 'rating'],
  'k.finding': ['认定有过错', 'finding of fault'], 'k.named': ['文书列名', 'named'], 'k.ordered': ['命令指向', 'ordered'],
  'z.in_force': ['有效', 'in force'], 'z.ended': ['已结束', 'ended'], 'z.unknown': ['状态未知', 'status unknown'],
  'z.term_over': ['期满, 未见移出', 'term over, no removal known'],
  'i.uscc': ['统一社会信用代码', 'Unified social credit code'], 'i.cn-reg': ['注册号', 'Registration number'], 'i.cn-org': ['组织机构代码', 'Organisation code'],
  'i.cn-id': ['身份证号', 'Id number'], 'i.stock': ['股票代码', 'Stock code'], 'i.organ-name': ['机关名称', 'Organ name'],
  disputed: ['异议核查中', 'disputed'], endedBy: ['所依据处罚已撤销', 'its penalty was withdrawn'], trust: ['可信类别', 'Trust'], openness: ['公开属性', 'Openness'],
  't.official': ['官方', 'official'], 't.self_declared': ['自行申报,无官方来源', 'self-declared: not official'], 't.reference': ['仅供参考,无官方来源', 'reference only: not official'],
  candidateNote: ['待确认:不是认定,也未生效', 'A candidate is not a finding and is not in effect'],
  forOthers: ['其惩戒及于他人', 'What its sanctions have for others'],
  noConsequences: ['完整查询,未发现惩戒后果', 'Answered completely: no consequence found'],
  ground: ['依据', 'ground'], basis: ['法律依据', 'Legal basis'], sanctionOf: ['惩戒', 'Sanction'], subject: ['及于', 'Reaches'], rule: ['规则', 'Rule'], scope: ['范围', 'Scope'],
  automaticity: ['生效方式', 'Takes effect'], confidence: ['可信等级', 'confidence'], missing: ['尚缺', 'Still missing'], reading: ['未知日期的读法', 'How unknown dates were read'],
  period: ['期间', 'Period'], pathAndSources: ['路径与来源', 'Path and sources'], inGraph: ['在图中显示', 'Show in graph'], moreEvidence: ['其他依据', 'Other evidence'],
  historyOf: ['状态变化', 'Status over time'],
  never: ['仅供调查参考,不是惩戒', 'Information, never a penalty'],
  neverText: ['关联关系本身不产生任何限制;不得据此拒绝或从严办理。', 'Being near a sanctioned party restricts nobody; it is no ground for refusal.'],
  'r.own': ['自身风险', 'Own'], 'r.surrounding': ['周边风险', 'Surrounding'], 'r.historical': ['历史风险', 'Historical'],
  hops: ['步', 'hops'], itself: ['本主体', 'itself'], strength: ['关联强度', 'strength'], uncertain: ['不确定', 'uncertain'], noHits: ['未发现', 'none found'],
  noHitsCut: ['已查部分未发现;查询不完整', 'none in the part that was covered; the answer is incomplete'],
  cutTitle: ['未覆盖的部分(不得视为无风险)', 'Not covered (never to be read as clear)'], explored: ['已查节点', 'nodes looked at'],
  'c.hub': ['枢纽', 'Hub'], 'c.unlinked': ['未归并的记录', 'Record not linked'], 'c.unofficial': ['无官方来源', 'No official source'], 'c.limit': ['数量上限', 'Limit'], 'c.time': ['时限', 'Time'],
  limitGraph: ['图中最多 300 个节点,未绘出', 'The graph holds 300 nodes at most; not drawn'], nodesEdges: ['节点 / 关系', 'nodes / relations'],
  highlight: ['路径', 'Path'], open: ['打开档案', 'Open file'], expand: ['展开关联方', 'Expand'], onlyParties: ['只有主体可以展开', 'Only parties can be expanded'],
  reaches: ['该惩戒及于', 'Whom this sanction reaches'], statements: ['条陈述', 'statements'],
  roles: ['关系与任职', 'Relations and posts'], timelineNote: ['渐隐 = 起止未知;虚框 = 待确认;竖线 = 时点', 'faded = unknown end; dashed box = candidate; line = as-of date'],
  noDates: ['没有可绘制的内容', 'Nothing to draw'], yes: ['是', 'yes'], no: ['否', 'no'], disclaimer: ['事实以来源为准;图中关系不等于责任', 'facts as stated by their sources; a relation is not a liability'],
};

// ---- state --------------------------------------------------------------------------------------------------
const S = {
  lang: sessionStorage.getItem('lang') ?? 'zh',
  schema: { nodes: {}, relationships: {}, statuses: {}, measures: {}, automaticity: {} },
  results: null, // the answer of the last search
  party: null, // the answer of /parties/{key}: the file that is open
  got: {}, // further answers about it: near, consequences, exposure
  failed: new Set(), // of those, what could not be loaded: shown as such, never as "nothing"
  tab: 'file',
  scroll: {}, // where each tab was left
  date: '', // the as-of date of what is shown, while another one may be under way
  detail: null, // {kind: 'node' | 'edge' | 'fact', ...}
};
const G = { // the graph: what is in it, apart from how it is drawn
  nodes: new Map(), edges: new Map(), expanded: new Set(), hidden: new Set(), notices: new Map(), dropped: new Set(),
  centre: null, light: null, net: null, visNodes: null, visEdges: null,
};

// ---- small helpers ------------------------------------------------------------------------------------------
const $ = (id) => document.getElementById(id);
const t = (key) => WORDS[key]?.[S.lang === 'zh' ? 0 : 1] ?? key;
const tOr = (key, fallback) => (WORDS[key] ? t(key) : fallback);
const pick = (words, fallback = '') => words?.[S.lang] ?? words?.zh ?? words?.en ?? fallback;
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const isFact = (step) => 'fact_id' in step;
const PARTY = new Set(['Entity', 'Person', 'Organ']);

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
const el = (tagName, props = {}, ...children) => make(document.createElement(tagName), props, children);
const svg = (tagName, props = {}, ...children) => make(document.createElementNS('http://www.w3.org/2000/svg', tagName), props, children);
const button = (text, onclick, cls = 'link', more = {}) => el('button', { type: 'button', class: cls, onclick, ...more }, text);
/** Replace the content, and give the focus back to the button that had it. */
function refill(box, ...children) {
  const at = [...box.querySelectorAll('button')].indexOf(document.activeElement);
  box.replaceChildren(...children);
  if (at >= 0) ([...box.querySelectorAll('button')][at] ?? box).focus();
}
const tag = (text, cls = '', title) => el('span', { class: `tag ${cls}`, ...(title && { title }) }, text);
const unknownValue = () => el('span', { class: 'unknown-value' }, t('unknown'));
const date = (value) => value ?? unknownValue();
const sep = () => (S.lang === 'zh' ? '、' : ', ');

/** A half-open period; an unknown end is said, never left blank. */
function period(since, until) {
  return el('span', { class: 'period' }, date(since), ' → ', until ? `${until}${t('exclusive')}` : unknownValue());
}
const nodeType = (label) => pick(S.schema.nodes[label], label);
const relType = (type) => (type === 'ABOUT' ? t('profile') : pick(S.schema.relationships[type], type));
const nameOf = (node) => node?.name ?? `${nodeType(node?.label ?? '')} …${String(node?.key ?? '').slice(-6)}`;
const nameFor = (key) => nameOf(G.nodes.get(key) ?? names.get(key) ?? { key, label: '' });
const names = new Map(); // key → NodeRef of everything any answer has named
function learn(...refs) {
  for (const ref of refs.flat()) {
    if (!ref?.key) continue;
    const known = Object.entries(ref).filter(([, v]) => v !== null && v !== undefined);
    names.set(ref.key, { ...names.get(ref.key), ...Object.fromEntries(known) });
  }
}

// ---- the API ------------------------------------------------------------------------------------------------
class Problem extends Error {
  constructor(title, detail = '') { super(title); this.title = title; this.detail = detail; }
}
const running = new Map();
function cancel(...channels) { for (const c of channels) running.get(c)?.abort(); }

/** One request. A later one on the same channel replaces it, so that a slow answer never overwrites a newer one. */
async function call(path, { channel = path, query = {}, body = null } = {}) {
  cancel(channel);
  const abort = new AbortController();
  running.set(channel, abort);
  const url = new URL(path, API);
  for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value);
  const options = { signal: abort.signal, cache: 'no-store', headers: { Accept: 'application/json' } };
  if (body) Object.assign(options, { method: 'POST', body: JSON.stringify(body) });
  if (body) options.headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(t('offline'), error.message);
  }
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => ({}));
  throw new Problem(problem.title ?? `HTTP ${response.status}`, problem.detail ?? '');
}
function about(kind, key, what = '', query = {}, channel = undefined) {
  const path = `${kind}/${encodeURIComponent(key)}${what ? `/${what}` : ''}`;
  return call(path, { channel, query: { purpose: $('purpose').value, as_of: $('as-of').value, ...query } });
}
function say(title, detail = '') {
  $('banner-text').textContent = detail ? `${title}: ${detail}` : title;
  $('banner').hidden = false;
}
const hush = () => { $('banner').hidden = true; };
/** Run; say what went wrong and return undefined. The view stays as it was. */
async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (error.name === 'AbortError') return undefined;
    if (error instanceof Problem) say(error.title, error.detail);
    else { say(t('unexpected'), error.message); console.error(error); }
    return undefined;
  }
}
function purposeChosen() {
  const chosen = Boolean($('purpose').value);
  $('purpose').toggleAttribute('aria-invalid', false);
  if (!chosen) {
    $('purpose').setAttribute('aria-invalid', 'true');
    $('purpose').focus();
    say(t('needPurpose'), t('needPurposeText'));
  }
  return chosen;
}

// ---- search and opening a party -----------------------------------------------------------------------------
async function search() {
  const text = $('search').value.trim();
  if (!purposeChosen()) return;
  if (!text) { say(t('needText')); $('search').focus(); return; }
  hush();
  $('results').setAttribute('aria-busy', 'true');
  const body = { text, limit: 20, purpose: $('purpose').value };
  const answer = await attempt(() => call('search', { channel: 'search', body }));
  $('results').removeAttribute('aria-busy');
  if (!answer) return;
  if (answer.party && !answer.candidates.length) answer.candidates = [answer.party];
  S.results = answer;
  learn(answer.candidates);
  renderResults();
  if (answer.candidates.length === 1) go(answer.candidates[0].key);
}
function go(key) {
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
  if (file && !file.party) say(t(`s.${file.status}`), file.reason ?? '');
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
async function reload() {
  const key = S.party?.party.key ?? location.hash.slice(1);
  if (!KEY.test(key)) return;
  const others = [...G.expanded].filter((k) => k !== key).slice(0, 12);
  await openParty(key, true);
  for (const other of others) if (G.nodes.has(other)) await expand(other);
}

// ---- the graph: contents ------------------------------------------------------------------------------------
function resetGraph() {
  for (const part of [G.nodes, G.edges, G.expanded, G.notices, G.dropped]) part.clear();
  Object.assign(G, { centre: null, light: null });
}
function addNodes(refs, near = null, force = false) {
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
function addAnswer(answer, key) {
  learn(answer.nodes, answer.candidates, answer.party);
  const ends = new Set(answer.facts.filter((f) => f.type !== 'ABOUT').flatMap((f) => [f.from, f.to]));
  addNodes(answer.nodes.filter((n) => ends.has(n.key) || G.nodes.has(n.key)), key);
  addFacts(answer.facts);
  G.expanded.add(key);
  if (answer.cut.length || !answer.complete) G.notices.set(key, answer.cut);
  else G.notices.delete(key);
}
async function expand(key) {
  const node = G.nodes.get(key);
  if (!node || !purposeChosen()) return;
  if (!PARTY.has(node.label)) { if (node.label !== 'Sanction') say(t('onlyParties')); return; }
  const answer = await attempt(() => about('parties', key, 'neighbours', { limit: NEIGHBOURS }, `near ${key}`));
  if (!answer || !G.nodes.has(key)) return;
  addAnswer(answer, key);
  draw();
}
function showPath(steps, title) {
  const nodes = steps.filter((s) => !isFact(s));
  const facts = steps.filter((s) => isFact(s) && s.type !== 'ABOUT');
  const ends = facts.flatMap((f) => [f.from, f.to]).map((key) => names.get(key)).filter(Boolean);
  addNodes([...nodes, ...ends], nodes[0]?.key ?? null, true);
  addFacts(facts);
  G.light = { title, nodes: new Set([...nodes, ...ends].map((n) => n.key)), edges: new Set(facts.map(edgeId)) };
  draw([...G.light.nodes]);
}

// ---- the graph: drawing -------------------------------------------------------------------------------------
const SHAPES = { Entity: 'dot', Person: 'triangle', Organ: 'hexagon', Sanction: 'diamond', Address: 'square', Credential: 'star', Tender: 'triangleDown', Inspection: 'square' };
const shapeOf = (label) => S.schema.nodes[label]?.shape ?? SHAPES[label] ?? 'dot';

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
const today = () => new Date().toLocaleDateString('sv', { timeZone: 'Asia/Shanghai' });
const asOf = () => S.party?.as_of ?? ($('as-of').value || today());
const isOff = (fact) => (fact.until && fact.until <= asOf()) || (fact.since && fact.since > asOf()); // unknown dates never make it so
function shareText(fact) {
  const { share_min: lo, share_max: hi, share_known: known } = fact.properties;
  if (!known || typeof lo !== 'number') return '';
  const percent = (x) => +(x * 100).toFixed(2);
  return lo === hi ? ` ${percent(lo)}%` : ` ${percent(lo)}–${percent(hi)}%`;
}
/** Hidden: the type is switched off, or all that tied the node to the picture is. */
function hiddenNodes() {
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
function draw(focus = null) {
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
const pairOf = (e) => (e.from < e.to ? `${e.from}|${e.to}` : `${e.to}|${e.from}`);
function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (groups.has(key)) groups.get(key).push(item);
    else groups.set(key, [item]);
  }
  return groups;
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
function fit(keys = null) {
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
  G.net.on('click', ({ nodes, edges }) => {
    if (nodes.length) showDetail({ kind: 'node', key: nodes[0] });
    else if (edges.length) showDetail({ kind: 'edge', id: edges[0] });
  });
  G.net.on('doubleClick', ({ nodes }) => { if (nodes.length) expand(nodes[0]); });
}
function savePng() {
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

// ---- left side and what stands around the graph -------------------------------------------------------------
function flags(party) {
  return [party.sanctioned && tag(t('sanctioned'), 'red'), party.had_sanctions && tag(t('had'), 'ended'), party.hub && tag(`${t('hub')} ${party.degree ?? ''}`, 'amber')];
}
function renderResults() {
  const found = S.results?.candidates ?? [];
  const many = S.results?.status === 'ambiguous' || found.length > 1;
  $('result-note').textContent = many ? `${found.length} · ${t('choosePls')}` : '';
  refill($('results'), ...found.map((party) => el('li', {}, el('button', {
    type: 'button', 'aria-current': party.key === S.party?.party.key ? 'true' : 'false', onclick: () => go(party.key) },
    el('b', {}, nameOf(party)), ' ', flags(party),
    el('small', { class: 'num' }, party.identifiers.slice(0, 2).map((i) => i.value).join(' · ')),
    el('small', {}, [nodeType(party.label), party.kind && tOr(`k.${party.kind}`, party.kind), party.region].filter(Boolean).join(' · ')),
    party.former_names.length > 0 && el('small', {}, ` · ${t('formerNames')}: ${party.former_names.join(sep())}`)))));
  if (S.results && !found.length) {
    $('results').append(el('li', { class: 'empty-note' }, t('nothingFound'), S.results.reason ? ` · ${S.results.reason}` : ''));
  }
  for (const cut of S.results?.cut ?? []) $('results').append(el('li', { class: 'note' }, cutText(cut)));
}
const cutText = (cut) => `${t(`c.${cut.reason}`)}${cut.party ? ` · ${nameOf(cut.party)}` : ''}: ${cut.detail}`;
function renderGraphWords() {
  $('graph-count').textContent = G.nodes.size ? `${G.nodes.size} / ${G.edges.size} ${t('nodesEdges')}` : '';
  $('unlight').hidden = !G.light;
  $('unlight').textContent = G.light ? `× ${t('highlight')}: ${G.light.title}` : '';
  const lines = [...G.notices].flatMap(([key, cuts]) => (cuts.length ? cuts.map(cutText) : [t('s.incomplete')])
    .map((text) => (key === G.centre ? text : `${nameFor(key)} → ${text}`)));
  if (G.dropped.size) lines.unshift(`${t('limitGraph')}: ${G.dropped.size}`);
  $('notices').replaceChildren(...lines.map((text) => el('li', {}, text)));
  $('empty').hidden = G.nodes.size > 0;
  $('empty').replaceChildren(el('b', {}, t('emptyTitle')), el('span', {}, t('emptyText')));
  renderLegend();
}
const icon = (form) => svg('svg', { width: 14, height: 14, viewBox: '0 0 14 14', 'aria-hidden': 'true' }, form);
const GLYPHS = { triangle: 'M7 2 13 12H1Z', triangleDown: 'M1 2h12L7 12Z', diamond: 'M7 1l6 6-6 6-6-6Z', square: 'M3 3h8v8H3Z',
  hexagon: 'M4 2h6l3 5-3 5H4L1 7Z', star: 'M7 1l2 4 4 .5-3 3 .8 4.5L7 11l-4 2 1-4.5-3-3L5 5Z' };
const glyph = (shape, fill) => icon(GLYPHS[shape] ? svg('path', { d: GLYPHS[shape], fill }) : svg('circle', { cx: 7, cy: 7, r: 6, fill }));
const stroke = (colour, dash = '') => icon(svg('path', { d: 'M0 7h14', stroke: colour, 'stroke-width': 2.5, 'stroke-dasharray': dash }));
const ring = (colour, dash, width) => icon(svg('circle', { cx: 7, cy: 7, r: 5, fill: 'none', stroke: colour, 'stroke-width': width, 'stroke-dasharray': dash }));
function renderLegend() {
  const count = (values) => [...groupBy(values, (v) => v)].map(([v, all]) => [v, all.length]).sort((a, b) => b[1] - a[1]);
  const row = ([type, n], words, mark) => button([mark, el('span', {}, words), el('small', {}, n)], () => {
    G.hidden.has(type) ? G.hidden.delete(type) : G.hidden.add(type);
    draw();
  }, '', { 'aria-pressed': String(!G.hidden.has(type)) });
  const labels = count([...G.nodes.values()].map((n) => n.label));
  const types = count([...G.edges.values()].map((e) => e.type));
  refill($('legend'),
    ...labels.map((r) => row(r, nodeType(r[0]), glyph(shapeOf(r[0]), S.schema.nodes[r[0]]?.colour ?? '#8a8f98'))),
    ...types.map((r) => row(r, relType(r[0]), stroke(S.schema.relationships[r[0]]?.colour ?? '#8a8f98'))));
  $('legend-note').textContent = labels.length ? t('legendHint') : '';
  $('hint').replaceChildren(el('span', {}, t('graphHint')), ...[[ring(css('--red'), '', 3), 'sanctionedNote'], [ring(css('--ink'), '2 2', 2), 'hubNote'],
    [stroke(css('--soft'), '4 3'), 'pastNote']].map(([mark, word]) => el('span', {}, mark, ' ', t(word))));
}

// ---- right side: the open file ------------------------------------------------------------------------------
const TABS = { file: ['tabFile', renderFile], consequences: ['tabConsequences', renderConsequences],
  exposure: ['tabExposure', renderExposure], timeline: ['tabTimeline', renderTimeline], detail: ['tabDetail', renderDetail] };
const NEEDS = { consequences: ['consequences'], exposure: ['exposure'], timeline: ['consequences'] };

function renderAll() {
  document.documentElement.lang = S.lang === 'zh' ? 'zh-CN' : 'en';
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll('[data-t-label]')) node.setAttribute('aria-label', t(node.dataset.tLabel));
  for (const node of document.querySelectorAll('[data-t-title]')) node.title = t(node.dataset.tTitle);
  $('search').placeholder = t('searchHint');
  renderResults();
  renderHead();
  renderPanel();
  renderGraphWords();
}
function renderHead() {
  const party = S.party?.party;
  if (!party) { $('head').replaceChildren(el('span', { class: 'meta' }, t('noParty'))); return; }
  const words = [nodeType(party.label), party.kind && tOr(`k.${party.kind}`, party.kind), party.region,
    party.degree !== null && party.degree !== undefined && `${t('degree')} ${party.degree}`];
  $('head').replaceChildren(el('h1', {}, nameOf(party)), el('div', { class: 'meta' }, flags(party), words.filter(Boolean).join(' · ')));
}
function renderPanel() {
  refill($('tabs'), ...Object.entries(TABS).map(([name, [word]]) => el('button', {
    type: 'button', role: 'tab', id: `tab-${name}`, 'aria-selected': String(S.tab === name), 'aria-controls': 'panel',
    tabindex: S.tab === name ? 0 : -1, onclick: () => openTab(name) }, t(word))));
  $('panel').setAttribute('aria-labelledby', `tab-${S.tab}`);
  const inside = $('panel').contains(document.activeElement);
  const missing = (NEEDS[S.tab] ?? []).filter((name) => !S.got[name]);
  const failed = missing.filter((name) => S.failed.has(name));
  if (!S.party && S.tab !== 'detail') $('panel').replaceChildren(el('p', { class: 'empty-note' }, t('noParty')));
  else if (failed.length) $('panel').replaceChildren(el('div', { class: 'note' }, t('notLoaded'), ' ', button(t('retry'), () => ensureTab(true))));
  else if (missing.length) $('panel').replaceChildren(el('p', { class: 'empty-note' }, t('loading')));
  else $('panel').replaceChildren(...[TABS[S.tab][1]()].flat(Infinity).filter(Boolean));
  if (inside) $('panel').focus();
  $('panel').scrollTop = S.scroll[S.tab] ?? 0;
}
function openTab(name, focus = false) {
  S.scroll[S.tab] = S.tab === 'detail' ? 0 : $('panel').scrollTop;
  S.tab = name;
  renderPanel();
  if (focus) $(`tab-${name}`).focus();
  ensureTab();
}
/** Ask for what the open tab shows, and only then: each look at a person is a request with a purpose. */
async function ensureTab(again = false) {
  const key = S.party?.party.key;
  for (const name of NEEDS[S.tab] ?? []) {
    if (!key || S.got[name] || (S.failed.has(name) && !again)) continue;
    S.failed.delete(name);
    const file = S.party;
    const answer = await attempt(() => about('parties', key, name, name === 'exposure' ? { hops: HOPS } : { others: true }, name));
    if (S.party !== file) return;
    if (answer) {
      S.got[name] = answer;
      learn(answer.nodes, answer.candidates, answer.hits.map((h) => h.party), answer.consequences.flatMap((c) => [c.subject, c.sanction]));
      learn([...answer.hits, ...answer.consequences].flatMap((x) => x.path.filter((s) => !isFact(s))));
    } else S.failed.add(name);
    renderPanel();
  }
}
function stateLine(answer) {
  const bits = [`${t('asOfLine')} ${answer.as_of}`, answer.known_at && `${t('knownAt')} ${answer.known_at}`, `${t('position')} ${answer.position}`,
    answer.explored && `${t('explored')} ${answer.explored}`];
  return el('p', { class: 'state' }, tag(t(`s.${answer.status}`), answer.status), bits.filter(Boolean).join(' · '),
    answer.reason ? ` · ${answer.reason}` : '');
}
function cutNote(answer) {
  if (answer.complete && !answer.cut.length) return null;
  const lines = answer.cut.length ? answer.cut.map((c) => cutText(c) + (c.distance ? ` (${c.distance} ${t('hops')})` : '')) : [t('s.incomplete')];
  return el('div', { class: 'note' }, el('b', {}, t('cutTitle')), el('ul', {}, lines.map((line) => el('li', {}, line))));
}
function grid(rows) {
  return el('dl', { class: 'grid' }, rows.filter(Boolean).map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}
const propName = (type, name) => pick(S.schema.properties?.[type]?.[name], name.replaceAll('_', ' '));
function propValue(name, value) {
  if (value === null || value === undefined) return unknownValue();
  if (Array.isArray(value)) return value.join(sep()) || t('none');
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
  if (/^(share(_m..)?)$/.test(name)) return `${+(value * 100).toFixed(2)}%`;
  if (typeof value === 'number') return value.toLocaleString();
  return typeof value === 'object' ? JSON.stringify(value) : tOr(`k.${value}`, String(value));
}
const isDay = (name) => /_on$|_until$|_since$/.test(name);
const shown = (properties) => Object.entries(properties ?? {}).filter(([name, v]) => (v !== null && v !== '' && !(Array.isArray(v) && !v.length)) || isDay(name));

function renderFile() {
  const { party, facts, sanctions, called } = S.party;
  return [stateLine(S.party), cutNote(S.party),
    party.former_names.length > 0 && grid([[t('formerNames'), party.former_names.join(sep())]]),
    el('h3', {}, t('identifiers')),
    party.identifiers.length ? grid(party.identifiers.map((i) => [tOr(`i.${i.scheme}`, i.scheme), [el('span', { class: 'mono' }, i.value), ' ',
      i.valid === true && tag(t('valid'), 'green'), i.valid === false && tag(t('invalid'), 'red')]])) : el('p', { class: 'empty-note' }, t('none')),
    called.length > 0 && [el('h3', {}, t('called')), grid(called.map((c) => [c.name, [date(c.day), ` · ${c.source}`]]))],
    el('h3', {}, `${t('sanctions')} `, el('small', {}, sanctions.length)),
    sanctions.length ? sanctions.map(sanctionCard) : el('p', { class: 'empty-note' }, t(S.party.complete ? 'noHits' : 'noHitsCut')),
    el('h3', {}, t('profile')), profile(facts.filter((f) => f.type === 'ABOUT')), relations()];
}
function sanctionCard(s) {
  learn({ key: s.key, label: 'Sanction', name: s.title });
  const title = s.title ?? tOr(`k.${s.kind}`, s.kind);
  return el('div', { class: 'card' },
    el('div', {}, tag(t(`z.${s.status}`), s.status), said(s), tag(tOr(`k.${s.kind}`, s.kind)), button(title, () => showDetail({ kind: 'node', key: s.key }))),
    grid([[t('authority'), s.authority ?? unknownValue()], [t('document'), s.document_number ?? unknownValue()],
      [t('decided'), date(s.decided_on)], [t('until'), s.until ? s.until + t('exclusive') : unknownValue()],
      [t('dataDate'), date(s.data_date)]]));
}
/** What stands beside the status of a sanction: whether it is disputed, what ended it, and that no official source states it. */
const said = (s) => [s.disputed && tag(t('disputed'), 'suspended', s.disputed), s.ended_by && tag(t('endedBy'), 'ended', s.ended_by),
  s.trust !== 'official' && tag(t(`t.${s.trust}`), 'amber')];
/** Every property with every value that some source gives: contradictions stand side by side. */
function profile(facts) {
  if (!facts.length) return el('p', { class: 'empty-note' }, t('none'));
  const values = new Map();
  for (const fact of facts) {
    for (const [name, value] of shown(fact.properties)) {
      const id = JSON.stringify(value);
      if (!values.has(name)) values.set(name, new Map());
      values.get(name).set(id, { value, facts: [...(values.get(name).get(id)?.facts ?? []), fact] });
    }
  }
  return grid([...values].map(([name, all]) => [propName('ABOUT', name), [[...all.values()].map((v) => el('div', {}, propValue(name, v.value),
    v.facts.map((f) => [' ', button(el('small', {}, f.source), () => showDetail({ kind: 'fact', fact: f }))]))),
    [...all.values()].filter((v) => v.value !== null).length > 1 && tag(t('differ'), 'amber')]]));
}
/** The graph as a list, for the keyboard, the screen reader and those who like lists. */
function relations() {
  const near = S.got.near;
  const key = S.party.party.key;
  if (!near) return el('div', { class: 'note' }, `${t('relations')}: ${t('notLoaded')}`);
  const facts = near.facts.filter((f) => f.type !== 'ABOUT' && (f.from === key || f.to === key));
  const groups = groupBy(facts, (f) => `${f.type}|${f.from === key}`);
  return [el('h3', {}, `${t('relations')} `, el('small', {}, facts.length)), cutNote(near), ...[...groups.values()].map((group) => el('details', { open: group.length <= 8 },
    el('summary', {}, `${group[0].from === key ? '→' : '←'} ${relType(group[0].type)} (${group.length})`),
    el('ul', { class: 'rows' }, group.map((f) => {
      const other = f.from === key ? f.to : f.from;
      const said = f.properties.result ?? (f.properties.kind === 'commitment' ? f.properties.state : null);
      return el('li', {}, button(nameFor(other), () => showDetail({ kind: 'node', key: other })),
        said && tag(tOr(`k.${said}`, said), said === 'broken' || said === 'false' ? 'red' : ''), el('span', {}, button(period(f.since, f.until), () => showDetail({ kind: 'fact', fact: f }))));
    }))))];
}

// ---- consequences -------------------------------------------------------------------------------------------
const ORDER = ['active', 'suspended', 'candidate', 'unknown', 'ended'];
const statusWord = (status) => pick(S.schema.statuses[status], tOr(`s.${status}`, status));
const hint = (c) => c.automaticity === 'advisory'; // policy: shown last, never applied by itself
const byStatus = (a, b) => hint(a) - hint(b) || ORDER.indexOf(a.status) - ORDER.indexOf(b.status);
function renderConsequences() {
  const answer = S.got.consequences;
  const mine = (c) => c.subject.key === S.party.party.key;
  const others = answer.consequences.filter((c) => !mine(c));
  return [stateLine(answer), cutNote(answer),
    consequenceList({ ...answer, consequences: answer.consequences.filter(mine) }, () => false),
    others.length > 0 && [el('h2', {}, t('forOthers')), consequenceList({ ...answer, consequences: others }, () => true)]];
}
function consequenceList(answer, showSubject) {
  const all = [...answer.consequences].sort(byStatus);
  if (!all.length) return el('p', { class: 'empty-note' }, answer.status === 'clear' || answer.status === 'hit' ? t('noConsequences') : t(`s.${answer.status}`));
  const counts = ORDER.map((s) => [s, all.filter((c) => c.status === s).length]).filter(([, n]) => n);
  const groups = groupBy(all, (c) => `${c.measure}|${c.subject.key}`);
  return [el('p', {}, counts.map(([s, n]) => tag(`${statusWord(s)} ${n}`, s))),
    all.some((c) => c.status === 'candidate') && el('p', { class: 'state' }, t('candidateNote')),
    [...groups.values()].map((group, i) => [
      el('h3', {}, pick(S.schema.measures[group[0].measure] ?? group[0].measure_title, group[0].measure), ' ',
        showSubject(group[0]) && el('small', {}, `${t('subject')} `, nodeButton(group[0].subject)), ' ',
        group.length > 1 && el('small', {}, `${group.length} × ${t('ground')}`)),
      group.map((c, j) => consequenceCard(c, i === 0 && j === 0))])];
}
const nodeButton = (node) => button(nameOf(node), () => showDetail({ kind: 'node', key: node.key }));
function consequenceCard(c, open) {
  const inPath = new Set(c.path.filter(isFact).map((f) => f.fact_id));
  const rest = c.evidence.filter((f) => !inPath.has(f.fact_id));
  const title = pick(c.measure_title, c.measure);
  const list = (word, items, cls = '') => items.length > 0 && el('div', { class: `note ${cls}` }, el('b', {}, t(word)), el('ul', {}, items.map((x) => el('li', {}, x))));
  return el('div', { class: `card ${c.status}` },
    el('div', {}, tag(statusWord(c.status), c.status), tag(pick(S.schema.automaticity[c.automaticity], c.automaticity)), period(c.since, c.until)),
    grid([[t('basis'), c.legal_basis.map((b) => el('div', {}, `${b.document} ${b.article ?? ''}`))], [t('rule'), `${pick(c.rule_title, c.rule)} (${c.rule})`],
      [t('sanctionOf'), nodeButton(c.sanction)], c.scope && [t('scope'), c.scope], [t('confidence'), c.confidence],
      c.timeline.length > 1 && [t('historyOf'), c.timeline.map((x) => el('div', {}, tag(statusWord(x.status), x.status), period(x.since, x.until), x.why && el('span', { class: 'note plain' }, x.why)))]]),
    list('missing', c.missing), list('reading', c.reading, 'plain'),
    el('div', { class: 'actions' }, button(t('inGraph'), () => showPath([...c.path, ...c.evidence], title), '')),
    el('details', { open }, el('summary', {}, t('pathAndSources')), chain(c.path, title),
      rest.length > 0 && [el('small', {}, t('moreEvidence')), el('ul', { class: 'chain' }, rest.map((f) => factLine(f)))]));
}
/** A path as one reads it: who, by what fact (from when to when, by whose record), whom. */
function chain(path, title) {
  let previous = null;
  return el('ol', { class: 'chain', title: t('inGraph'), onclick: (e) => { if (!e.target.closest('button')) showPath(path, title); } }, path.map((step) => {
    if (isFact(step)) return factLine(step, step.from === previous ? '↓' : '↑');
    previous = step.key;
    return el('li', { class: 'at', '--dot': S.schema.nodes[step.label]?.colour }, nodeButton(step), ' ', el('small', {}, nodeType(step.label)));
  }));
}
function factLine(f, arrow = '·') {
  const by = [f.source, f.owner, f.record].filter(Boolean).join(' · ');
  return el('li', { class: 'by' }, button([`${arrow} `, el('b', {}, relType(f.type) + shareText(f)), ' ', period(f.since, f.until)], () => showDetail({ kind: 'fact', fact: f })),
    el('br'), by, f.match.map((m) => [' ', tag(tOr(m, m), 'amber')]), f.disputed && [' ', tag(t('disputed'), 'suspended', f.disputed)]);
}

// ---- exposure -----------------------------------------------------------------------------------------------
function renderExposure() {
  const answer = S.got.exposure;
  return [el('div', { class: 'never', role: 'note' }, t('never'), el('small', {}, t('neverText'))), stateLine(answer), cutNote(answer),
    ['own', 'surrounding', 'historical'].map((where) => {
      const hits = answer.hits.filter((h) => h.ring === where).sort((a, b) => a.distance - b.distance || b.strength - a.strength);
      return [el('h3', {}, `${t(`r.${where}`)} `, el('small', {}, hits.length)),
        hits.length ? hits.map(hitCard) : el('p', { class: 'empty-note' }, t(answer.complete ? 'noHits' : 'noHitsCut'))];
    })];
}
function hitCard(hit) {
  const title = nameOf(hit.party);
  const far = hit.distance ? `${hit.distance} ${t('hops')} · ${t('strength')} ${hit.strength.toFixed(2)}` : t('itself');
  return el('div', { class: 'card' },
    el('div', {}, nodeButton(hit.party), ' ', el('small', {}, `${nodeType(hit.party.label)} · ${far}`)),
    hit.sanctions.map((s) => el('div', { class: 'line' }, tag(t(`z.${s.status}`), s.status), said(s), s.title ?? tOr(`k.${s.kind}`, s.kind),
      el('small', {}, ` ${[s.authority, s.document_number].filter(Boolean).join(' · ')} · `, period(s.decided_on, s.until)))),
    hit.uncertain.length > 0 && el('div', { class: 'note plain' }, `${t('uncertain')}: ${hit.uncertain.join('; ')}`),
    hit.path.length > 1 && [el('details', {}, el('summary', {}, t('pathAndSources')), chain(hit.path, title)),
      el('div', { class: 'actions' }, button(t('inGraph'), () => showPath(hit.path, title), ''))]);
}

// ---- timeline -----------------------------------------------------------------------------------------------
function timelineRows() {
  const key = S.party.party.key;
  const colour = (type) => S.schema.relationships[type]?.colour ?? '#8a8f98';
  const roles = (S.got.near?.facts ?? []).filter((f) => (f.from === key || f.to === key) && !['ABOUT', 'IMPOSED_ON', 'IMPOSED_BY', 'RESPONSIBLE_FOR'].includes(f.type));
  return [
    [t('sanctions'), S.party.sanctions.map((s) => ({ text: s.title ?? tOr(`k.${s.kind}`, s.kind), bars: [{ since: s.decided_on, until: s.until, colour: css('--red') }], open: { kind: 'node', key: s.key } }))],
    [t('tabConsequences'), S.got.consequences.consequences.filter((c) => c.subject.key === key).sort(byStatus).map((c) => ({ text: pick(c.measure_title, c.measure), open: { kind: 'node', key: c.sanction.key },
      bars: (c.timeline.length ? c.timeline : [c]).map((x) => ({ since: x.since, until: x.until, status: x.status, colour: { active: css('--red'), suspended: css('--amber') }[x.status] ?? css('--soft') })) }))],
    [t('roles'), roles.sort((a, b) => (a.since ?? '').localeCompare(b.since ?? '')).map((f) => ({ text: `${relType(f.type)} · ${nameFor(f.from === key ? f.to : f.from)}`,
      bars: [{ since: f.since, until: f.until, colour: colour(f.type) }], open: { kind: 'fact', fact: f } }))],
  ];
}
function renderTimeline() {
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

// ---- details of a node, a line, a fact ----------------------------------------------------------------------
async function showDetail(detail) {
  S.detail = detail;
  openTab('detail');
  const node = detail.kind === 'node' ? names.get(detail.key) : null;
  if (G.visNodes && detail.kind === 'node' && G.visNodes.get(detail.key)) G.net.selectNodes([detail.key]);
  if (node?.label !== 'Sanction' || !purposeChosen()) return;
  const answer = await attempt(() => about('sanctions', detail.key, 'consequences', {}, 'sanction'));
  if (S.detail !== detail) return;
  detail.answer = answer ?? null;
  learn((answer?.consequences ?? []).flatMap((c) => [c.subject, c.sanction, ...c.path.filter((s) => !isFact(s))]));
  if (S.tab === 'detail') renderPanel();
}
function renderDetail() {
  const d = S.detail;
  if (!d) return el('p', { class: 'empty-note' }, t('graphHint'));
  if (d.kind === 'fact') return factDetail(d.fact);
  if (d.kind === 'edge') {
    const facts = [...(G.edges.get(d.id)?.facts.values() ?? [])];
    return [facts.length > 1 && el('p', { class: 'state' }, `${facts.length} ${t('statements')}`), facts.map(factDetail)];
  }
  return nodeDetail(names.get(d.key) ?? { key: d.key, label: '' }, d);
}
function nodeDetail(node, detail) {
  const head = [el('h3', {}, nameOf(node), ' ', el('small', {}, nodeType(node.label))), el('div', {}, flags(node))];
  const mine = [...G.edges.values()].filter((e) => e.from === node.key || e.to === node.key).flatMap((e) => [...e.facts.values()]);
  if (PARTY.has(node.label)) {
    head.push(el('div', { class: 'actions' }, button(t('open'), () => go(node.key), 'primary'),
      G.nodes.has(node.key) && button(t('expand'), () => expand(node.key), '')),
    grid([...(node.identifiers ?? []).map((i) => [tOr(`i.${i.scheme}`, i.scheme), el('span', { class: 'mono' }, i.value)]),
      node.region && [propName('ABOUT', 'region'), node.region], node.degree !== undefined && [t('degree'), node.degree]]));
  }
  if (node.label === 'Sanction') head.push(sanctionDetail(node, detail, mine));
  else if (mine.length) head.push(el('h3', {}, t('relations')), el('ul', { class: 'rows' }, mine.map((f) => el('li', {},
    button(`${nameFor(f.from)} — ${relType(f.type)}${shareText(f)} → ${nameFor(f.to)}`, () => showDetail({ kind: 'fact', fact: f })), el('span', {}, period(f.since, f.until))))));
  return head;
}
function sanctionDetail(node, detail, mine) {
  const ref = [...(detail.answer?.sanctions ?? []), ...(S.party?.sanctions ?? [])].find((s) => s.key === node.key);
  const said = new Map([...mine, ...(ref?.facts ?? [])].map((f) => [f.fact_id, f]));
  const reached = detail.answer === undefined ? el('p', { class: 'empty-note' }, t('loading'))
    : detail.answer === null ? el('div', { class: 'note' }, t('notLoaded'), ' ', button(t('retry'), () => showDetail({ kind: 'node', key: node.key })))
      : [stateLine(detail.answer), cutNote(detail.answer), consequenceList(detail.answer, () => true)];
  return [ref && sanctionCard(ref), el('h3', {}, t('reaches')), reached, el('h3', {}, t('relations')), [...said.values()].map(factDetail)];
}
function factDetail(f) {
  return el('div', { class: 'card' },
    el('div', {}, nodeButton(names.get(f.from) ?? { key: f.from, label: '' }), ' — ', el('b', {}, relType(f.type)),
      f.type !== 'ABOUT' && [' → ', nodeButton(names.get(f.to) ?? { key: f.to, label: '' })]),
    grid([[t('since'), date(f.since)], [t('until'), f.until ? f.until + t('exclusive') : unknownValue()],
      ...shown(f.properties).map(([name, value]) => [propName(f.type, name), propValue(name, value)]),
      [t('source'), f.source], [t('record'), f.record ?? unknownValue()], [t('owner'), f.owner ?? unknownValue()],
      [t('trust'), tag(t(`t.${f.trust}`), f.trust === 'official' ? '' : 'amber')], [t('openness'), f.openness],
      [t('dataDate'), date(f.data_date)], [t('recordedAt'), f.recorded_at ?? unknownValue()],
      [t('match'), f.match.length ? f.match.map((m) => tag(tOr(m, m), m === 'identifier' ? '' : 'amber')) : t('identifier')],
      [t('factId'), el('span', { class: 'mono' }, f.fact_id)]]));
}

// ---- events -------------------------------------------------------------------------------------------------
function resultKeys(event) {
  const all = [...$('results').querySelectorAll('button')];
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  (all[Math.min(to, all.length - 1)] && to >= 0 ? all[Math.min(to, all.length - 1)] : $('search')).focus();
}
function tabKeys(event) {
  const all = Object.keys(TABS);
  const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!move) return;
  event.preventDefault();
  openTab(all[(all.indexOf(S.tab) + move + all.length) % all.length], true);
}
function pageKeys(event) {
  const typing = event.target.closest?.('input, select, textarea');
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    $('search').focus();
    $('search').select();
  } else if (event.key === 'Escape') {
    if (!$('banner').hidden) hush();
    else if (G.light) unlight();
    else if ($('results').contains(event.target)) $('search').focus();
    else if (typing) event.target.blur();
  }
}
function unlight() { G.light = null; draw(); fit(); }
function fromHash() {
  const key = location.hash.slice(1);
  if (KEY.test(key) && (key !== S.party?.party.key || !G.nodes.has(key))) openParty(key);
}
async function start() {
  $('purpose').value = sessionStorage.getItem('purpose') ?? '';
  renderAll();
  $('search-form').addEventListener('submit', (e) => { e.preventDefault(); search(); });
  $('search').addEventListener('keydown', (e) => {
    if (e.key === 'ArrowDown') { e.preventDefault(); $('results').querySelector('button')?.focus(); }
  });
  $('results').addEventListener('keydown', resultKeys);
  $('tabs').addEventListener('keydown', tabKeys);
  document.addEventListener('keydown', pageKeys);
  $('purpose').addEventListener('change', () => {
    sessionStorage.setItem('purpose', $('purpose').value);
    if (purposeChosen()) { hush(); reload(); }
  });
  $('as-of').addEventListener('change', () => { if ($('as-of').validity.valid) reload(); });
  $('lang').addEventListener('click', () => {
    S.lang = S.lang === 'zh' ? 'en' : 'zh';
    sessionStorage.setItem('lang', S.lang);
    renderAll();
    if (G.nodes.size) draw();
  });
  $('banner-close').addEventListener('click', hush);
  $('fit').addEventListener('click', () => fit());
  $('png').addEventListener('click', savePng);
  $('unlight').addEventListener('click', unlight);
  $('clear').addEventListener('click', () => { resetGraph(); draw(); });
  window.addEventListener('hashchange', fromHash);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { if (G.nodes.size) draw(); });
  const schema = await attempt(() => call('schema'));
  if (schema) Object.assign(S.schema, schema);
  renderAll();
  fromHash();
  if (!$('banner').hidden) return;
  ($('purpose').value ? $('search') : $('purpose')).focus();
}
start();
