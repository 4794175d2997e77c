/* Every word of the page, in both languages. Types, measures, statuses and properties come from /v1/schema. */
import { unknownValue } from './dom.js';
import { G, S, groupBy, isAhead, isOff, names } from './state.js';

const WORDS = {
  subtitle: ['信用关系图谱', 'credit graph explorer'], search: ['查询', 'Search'],
  searchHint: ['名称、代码、文号、地址、拼音首字母、“法定代表人 姓名”  ( / )', 'Name, number, document, address, initials of pinyin, “legal representative NAME”  ( / )'],
  purpose: ['查询目的', 'Purpose'], choose: ['请选择…', 'choose…'], approval: ['审批', 'Approval'],
  tender: ['招投标', 'Tender'], supervision: ['监管', 'Supervision'], investigation: ['调查', 'Investigation'],
  self: ['本人查询', 'Own file'], asOf: ['时点', 'As of'], knownAt: ['已知至', 'Known at'], knownHint: ['空 = 现在所知', 'empty = as known now'], nowKnown: ['“已知至”适用于措施与标记;图中的关系按现在所知绘出', '“Known at” holds for measures and marks; relations are drawn as known now'], asOfHint: ['空 = 今天', 'empty = today'],
  quality: ['数据质量', 'Data quality'], otherLang: ['EN', '中文'], language: ['EN:切换语言', '中文: switch language'], close: ['关闭', 'Close'],
  results: ['查询结果', 'Results'], legend: ['图例', 'Legend'], legendHint: ['点击可隐藏或显示', 'click to hide or show'],
  graph: ['关系图', 'Graph'], panel: ['详情面板', 'Details panel'],
  graphLabel: ['关系图;同样的内容在“档案”页以列表给出', 'Relationship graph; the File tab lists the same facts'],
  fit: ['适应窗口', 'Fit'], clearGraph: ['清空', 'Clear'], savePng: ['保存图片', 'Save PNG'],
  graphHint: ['单击查看 · 双击展开 · Shift 加选 · 滚轮缩放', 'Click: details · double click: open · Shift: select more · wheel: zoom'],
  emptyTitle: ['查询一个主体,查看其关系与后果', 'Search a party to see its relations and consequences'],
  emptyText: ['先选择查询目的,再输入名称或代码', 'Choose a purpose first, then enter a name or number'],
  needPurpose: ['请先选择查询目的', 'Please choose a purpose first'],
  needPurposeText: ['每次查询个人或单位都须说明目的', 'every look-up of a person or body states its purpose'],
  needText: ['请输入名称或代码', 'Please enter a name or number'], offline: ['无法连接服务', 'The service does not answer'],
  unexpected: ['页面出错', 'The page failed'], retry: ['重试', 'Try again'], notLoaded: ['未能载入;不代表没有记录', 'Not loaded. This does not mean that there is nothing'],
  loading: ['载入中…', 'Loading…'], nothingFound: ['没有找到', 'Nothing found'], choosePls: ['请选择其中一个', 'choose one'],
  tabFile: ['档案', 'File'], tabConsequences: ['措施', 'Measures'], tabExposure: ['关联风险', 'Exposure'],
  tabTimeline: ['时间轴', 'Timeline'], tabDetail: ['详情', 'Details'],
  noParty: ['尚未选择主体', 'No party chosen yet'], pickOne: ['请在查询结果中选择', 'Choose one of the results'], unknown: ['未知', 'unknown'], none: ['无', 'none'],
  to: ['至', 'to'], on: ['起', ' on'], noTerm: ['起,无期限', 'on, without a term'], hub: ['枢纽', 'hub'], sanctioned: ['惩戒有效', 'sanction in force'], had: ['曾有,已结束', 'had some, all over'],
  degree: ['关联数', 'degree'],
  hubNote: ['枢纽(不自动展开)', 'hub (not walked through)'], pastNote: ['时点不在期内', 'not running on the as-of date'],
  formerNames: ['曾用名等其他名称', 'Former and other names'], called: ['名称见于', 'Named in passing'], identifiers: ['标识', 'Identifiers'], valid: ['校验通过', 'valid'], invalid: ['校验不符', 'check digit wrong'],
  sanctions: ['处罚与名单', 'Sanctions'], profile: ['基本信息', 'Profile'], relations: ['关系', 'Relations'],
  authority: ['机关', 'Authority'], document: ['文号', 'Document'], decided: ['决定日期', 'Decided'], until: ['截止', 'Until'], since: ['起始', 'Since'],
  source: ['来源', 'Source'], record: ['记录', 'Record'], owner: ['归属单位', 'Owner'], recordedAt: ['入库时间', 'Recorded at'],
  dataDate: ['数据日期', 'Data date'], match: ['主体匹配', 'Match'], factId: ['事实编号', 'Fact id'], type: ['类型', 'Type'],
  fromTo: ['关系', 'Relation'], differ: ['来源不一致', 'sources differ'],
  'exact-name': ['按名称完全一致匹配', 'matched by exact name'], merged: ['经人工合并', 'merged by a decision'], identifier: ['按标识匹配', 'matched by identifier'],
  asOfLine: ['截至', 'as of'], position: ['时钟位置', 'position'],
  's.hit': ['有', 'found'], 's.clear': ['完整查询,未发现', 'clear'], 's.unknown': ['查无此主体或无资料', 'unknown'],
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
  limitGraph: ['图中最多 2,000 个节点,未绘出', 'The graph holds 2,000 nodes at most; not drawn'], nodesEdges: ['节点 / 关系', 'nodes / relations'],
  highlight: ['路径', 'Path'], open: ['打开档案', 'Open file'], expand: ['展开关联方', 'Expand'], 
  reaches: ['该惩戒及于', 'Whom this sanction reaches'], statements: ['条陈述', 'statements'],
  roles: ['关系与任职', 'Relations and posts'], timelineNote: ['渐隐 = 起止未知;虚框 = 待确认;竖线 = 时点', 'faded = unknown end; dashed box = candidate; line = as-of date'],
  noDates: ['没有可绘制的内容', 'Nothing to draw'], yes: ['是', 'yes'], no: ['否', 'no'], disclaimer: ['事实以来源为准;图中关系不等于责任', 'facts as stated by their sources; a relation is not a liability'],
  // marks, in words
  'm.force': ['惩戒有效', 'sanction in force'], 'm.measure': ['措施生效', 'measure active'], 'm.suspended': ['措施中止', 'measure suspended'],
  'a.termOver': ['自身有 {n} 条期满,未见移出', 'sanctions of its own of which the term is over and no removal is known: {n}'], 'm.candidate': ['待确认', 'candidate'], 'm.ended': ['曾有,已结束', 'had some, all over'], 'm.none': ['无', 'none'],
  // what was found, by question: nobody has "records" because of somebody else
  'q.file.hit': ['自身有惩戒记录', 'has sanctions of its own'], 'q.consequences.hit': ['有措施', 'measures reach it'], 'q.exposure.hit': ['附近有被惩戒的主体', 'sanctioned parties nearby'],
  'q.neighbours.hit': ['自身有惩戒记录', 'has sanctions of its own'], 'q.file.clear': ['完整查询,无惩戒记录', 'answered completely: no sanctions'],
  'q.consequences.clear': ['完整查询,无措施', 'answered completely: no measures'], 'q.exposure.clear': ['完整查询,附近未发现', 'answered completely: nobody nearby'],
  // the answer strip
  'a.active': ['{n} 项措施现及于该主体', '{n} measures reach this party'], 'a.active1': ['“{m}”现及于该主体', '“{m}” reaches this party'],
  'a.suspended': ['{n} 项措施中止', '{n} measures are suspended'], 'a.candidate': ['{n} 项待确认,尚未生效', '{n} are candidates and not in effect'],
  'a.ended': ['曾有 {n} 项措施,已结束', '{n} measures reached it and are over'], 'a.advisory': ['另有 {n} 项仅为建议', '{n} more are only advised'], 'a.none': ['截至 {day},完整查询,没有措施及于该主体', 'As of {day}, answered completely: no measure reaches this party'],
  'a.incomplete': ['查询不完整,不得视为没有措施', 'The answer is incomplete and never to be read as “no measure”'], 'a.unknown': ['查无资料,不得视为没有措施', 'Nothing is known: never to be read as “no measure”'],
  'a.own': ['自身有 {n} 条惩戒未结束', 'sanctions of its own not over: {n}'], 'a.ownPast': ['自身惩戒 {n} 条,均已结束', 'sanctions of its own, all over: {n}'], 'a.noOwn': ['自身无惩戒记录', 'no sanctions of its own'],
  'a.since': ['自 {day} 起', 'since {day}'], 'a.by': ['依据', 'by'], 'a.missing': ['尚缺', 'Missing'], 'a.ends': ['如何结束', 'What ends it'], 'a.measures': ['措施', 'Measures'],
  'a.until': ['期满 {day}', 'its term runs to {day}'], noEnd: ['未载明期限', 'no term stated'], 'a.noEnd': ['未载明期限', 'no term is stated'], 'a.repair': ['可申请修复:自 {day} 起', 'repair can be applied for from {day} on'],
  'a.others': ['其惩戒另及于 {n} 个主体', 'others whom its sanctions reach: {n}'],
  // one card for each ground
  grounds: ['依据', 'Grounds'], because: ['因', 'because of'], why: ['为什么', 'Why'], whyTitle: ['为什么及于', 'Why it reaches'], whyNot: ['为什么不及于', 'Why not'], whyNotTitle: ['为什么不及于', 'Why it does not reach'],
  chainOf: ['从惩戒到主体', 'From the sanction to the party'], failing: ['不成立的条件', 'The condition that fails'], holding: ['成立的条件', 'Conditions that hold'], reachedAfterAll: ['该规则及于此主体', 'This rule does reach it'],
  clauseNote: ['条文以公报为准', 'the gazette has the text'], activates: ['成立后生效', 'It takes effect with'], repairState: ['信用修复', 'Repair'], repairTold: ['已告知修复条件', 'conditions told on'], repairFrom: ['最早', 'earliest'], repairBy: ['最迟公示至', 'published to at the latest'],
  objection: ['异议', 'Objection'], noObjection: ['无正在核查的异议', 'none being verified'], sources: ['来源', 'Sources'], noRules: ['附近的惩戒没有可比对的规则', 'The sanctions nearby have no rule to compare'], suspendedBy: ['异议核查期间中止', 'suspended while an objection is verified'],
  everyCondition: ['全部条件', 'All conditions'], moreRules: ['条规则', 'rules'], advisoryGroup: ['仅为建议的措施', 'Measures that are only advised'], advisoryNote: ['政策性建议,不自动适用', 'policy: never applied by itself'],
  rel: ['关系', 'relation'], nameless: ['(无名称)', '(no name)'], lit: ['其余 {n} 个已淡化', '{n} others are faded'],
  // what stands on the canvas
  view: ['显示方式', 'View'], table: ['表', 'Table'], undo: ['撤销', 'Undo'], redo: ['重做', 'Redo'], hideThem: ['隐藏', 'Hide'], pinThem: ['固定', 'Pin'], unpinThem: ['取消固定', 'Unpin'], openThem: ['展开', 'Open'],
  pathsOf: ['两者路径', 'Paths between'], arrange: ['重新排列', 'Arrange'], more: ['更多', 'More'], onlyThis: ['只看', 'only'], showAll: ['全部显示', 'Show all'], hideEnded: ['隐藏已结束', 'Hide what is over'],
  hiddenCount: ['已隐藏 {n}', '{n} hidden'], selectedCount: ['已选 {n}', '{n} selected'], drawnOf: ['已绘 {n} / 共 {all}', '{n} of {all} are drawn'], atLeast: ['至少 {n}', 'at least {n}'],
  around: ['四周', 'Around it'], openType: ['再展开 {n} 个', 'open {n} more'], notOpened: ['尚未展开', 'not opened yet'], objected: ['异议', 'objected'], over: ['已结束', 'over'], ahead: ['尚未开始', 'not begun'], notOpenable: ['只有主体、机关和惩戒可以展开', 'Only parties, organs and sanctions can be opened'],
  'legend.marks': ['标记', 'Marks'], 'legend.lines': ['线', 'Lines'], lineNow: ['现行', 'holds'], lineOver: ['已结束或尚未开始', 'over, or not begun'], lineSus: ['中止', 'suspended'], lineCand: ['待确认', 'candidate'],
  stepBack: ['上一个变动日', 'to the change before'], stepOn: ['下一个变动日', 'to the next change'], play: ['逐日播放', 'Play'], stop: ['停止', 'Stop'], noStep: ['图中没有更多变动日', 'Nothing in the picture changes beyond'],
  'col.name': ['名称', 'Name'], 'col.type': ['类型', 'Type'], 'col.mark': ['标记', 'Mark'], 'col.relation': ['与中心的关系', 'Relation to the centre'], 'col.degree': ['关联数', 'Degree'], 'col.since': ['起始', 'Since'],
  tableHint: ['↑↓ 移动 · ←→ 相邻 · Enter 打开 · E 展开', '↑↓ move · ←→ neighbours · Enter opens · E expands'], came: ['{name}:新增 {n} 个', '{name}: {n} came in'], at: ['{name},{type},{n} 个相邻', '{name}, {type}, {n} neighbours'],
  // search
  firstOf: ['前 {n} / 共 {all}', 'first {n} of {all}'], searching: ['查询中…', 'Searching…'], opening: ['载入 {name}…', 'Loading {name}…'], moreResults: ['再显示 20 个', '20 more'],
  'f.post': ['任职', 'Posts'], born: ['出生', 'born'], gone: ['登记状态', 'Registration'], doubted: ['有未归并的同名或同号记录', 'a record of its name or number is not linked'],
  recent: ['最近打开', 'Recently opened'], examples: ['可以这样查', 'For example'], 'x.1': ['91430102XN06181386', '91430102XN06181386'], 'x.2': ['法定代表人 罗志远', '法定代表人 罗志远'], 'x.3': ['hnxj', 'hnxj'],
  'x.1n': ['代码或其开头', 'a code or its beginning'], 'x.2n': ['某人任法定代表人的单位', 'of whom somebody is the legal representative'], 'x.3n': ['拼音首字母', 'first letters of the pinyin'],
  purposes: ['查询目的', 'Purposes'], 'p.approval': ['办理许可、资质等事项', 'before a permit or qualification is given'], 'p.tender': ['招标投标、政府采购资格审查', 'before a tender or purchase'], 'p.supervision': ['日常监管、分级分类', 'day-to-day supervision'],
  'p.investigation': ['案件调查、关系排查', 'work on a case'], 'p.self': ['本人或本单位查询自己', 'somebody asks about himself'],
  // connections
  connect: ['名单与路径', 'Lists and paths'], pasteHint: ['每行一个名称、代码或证号(最多 50 行)', 'one name, code or number a line (50 at most)'], circleOf: ['查看圈子', 'Circle around them'], pathsBetween: ['前两行之间的路径', 'Paths between the first two'],
  resolved: ['已识别', 'found'], severalBear: ['多个同名,请改用代码', 'several bear it: give the code'], nobodyBears: ['查无', 'nobody'], connecting: ['连接两个以上', 'near at least two'], aroundOne: ['在一个周围', 'near one'], noPaths: ['未发现路径', 'no path found'],
  pathN: ['路径 {n}:{len} 步', 'Path {n}: {len} steps'], historicalPath: ['含已结束的关系', 'over relations that are over'], drawThem: ['画入图中', 'Draw'],
  // ownership
  tabOwnership: ['股权', 'Ownership'], owners: ['股东与间接持有人', 'Owners, direct and through others'], beneficial: ['受益所有人', 'Beneficial owners'], group: ['同一控制的单位', 'Under the same control'], heads: ['控制人', 'Controlled by'],
  directly: ['直接', 'direct'], 'ctl.sure': ['控制', 'controls'], 'ctl.possible': ['可能控制', 'may control'], 'ctl.no': ['', ''], certain: ['确定', 'certain'], notCertain: ['不确定', 'not certain'], drawTree: ['画成分层图', 'Draw as a tree'],
  'g.share': ['持股 25% 以上', 'a quarter or more of the shares'], 'g.control': ['逐级控制', 'control step by step'], 'g.stated_control': ['登记为实际控制人', 'stated as actual controller'], 'g.declared': ['申报', 'declared'], 'g.senior_manager': ['无他人时,高级管理人员', 'nobody else: senior manager'],
  shareUnknown: ['比例未知', 'share unknown'], inCycle: ['循环持股', 'in a cycle'], noOwners: ['没有登记的股东', 'no owners are recorded'], undisclosed: ['未披露', 'not disclosed'],
  'o.open': ['公开', 'open'], 'o.on_request': ['依申请公开', 'on request'], 'o.authorised': ['授权查询', 'authorised'], 'o.internal': ['内部', 'internal'],
  // exposure
  walkHops: ['步数', 'Steps'], walkShare: ['持股不低于', 'Holdings of at least'], walkHub: ['枢纽:关联数超过', 'Hubs: more neighbours than'], walkTypes: ['经由', 'Over'], ask: ['查询', 'Ask'], age: ['决定至今', 'decided'], days: ['天', 'days ago'], allTypes: ['全部关系', 'all relations'],
  overSince: ['路径已断', 'path over since'], morePaths: ['另有同样长的路径', 'more paths as short'], noHubCut: ['枢纽不再展开', 'not walked through'],
};
/** A word of the page; `{n}` and the like are filled in. */
export const t = (key, values = {}) => (WORDS[key]?.[S.lang === 'zh' ? 0 : 1] ?? key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
export const tOr = (key, fallback) => (WORDS[key] ? t(key) : fallback);
export const pick = (words, fallback = '') => words?.[S.lang] ?? words?.zh ?? words?.en ?? fallback;
export const sep = () => (S.lang === 'zh' ? '、' : ', ');
export const stop = () => (S.lang === 'zh' ? '。' : '. ');
export const number = (n) => Number(n).toLocaleString();
export const nodeType = (label) => pick(S.schema.nodes[label], t('rel'));
export const relType = (type) => (type === 'ABOUT' ? t('profile') : pick(S.schema.relationships[type], t('rel')));
/** What a node is called: never by its key. */
export const nameOf = (node) => node?.name || (node?.kind && tOr(`k.${node.kind}`, '')) || t('nameless');
export const nameFor = (key) => nameOf(names.get(key) ?? G.nodes.get(key));
export function shareText(fact) {
  const { share_min: lo, share_max: hi, share_known: known } = fact.properties;
  if (fact.type === 'HOLDS_SHARES_IN' && !known) return ` ${t('shareUnknown')}`;
  return !known || typeof lo !== 'number' ? '' : ` ${percent(lo, hi)}`;
}
export const percent = (lo, hi = lo) => (lo === hi ? `${+(lo * 100).toFixed(2)}%` : `${+(lo * 100).toFixed(2)}–${+(hi * 100).toFixed(2)}%`);
const KEYS = /\b[a-z]-[a-z2-7]{20}\b/g;
const TYPES = /\b[A-Z]+(?:_[A-Z]+)+\b/g;
/** A sentence of the API in the language of the page, with names for keys and words for types. */
export function sentence(said) {
  const text = typeof said === 'string' ? said : pick(said);
  return text.replace(KEYS, (key) => nameFor(key)).replace(TYPES, (type) => (S.schema.relationships[type] || S.schema.measures[type] ? pick(S.schema.relationships[type] ?? S.schema.measures[type]) : type.toLowerCase().replaceAll('_', ' ')));
}
export const cutText = (cut) => `${t(`c.${cut.reason}`)}${cut.party ? ` · ${nameOf(cut.party)}` : ''}: ${sentence(cut.detail)}`;
/** What is drawn at a line: its kinds side by side, then whatever the tooltip adds. */
export function edgeText(edge, long = false) {
  const facts = [...edge.facts.values()];
  const now = facts.filter((f) => !isOff(f));
  const kinds = [...groupBy(now.length ? now : facts, (f) => f.type)].map(([type, same]) => relType(type) + (same.length === 1 || new Set(same.map(shareText)).size === 1 ? shareText(same[0]) : ''));
  const said = `${kinds.join('·')}${now.length ? '' : ` (${t(facts.every(isAhead) ? 'ahead' : 'over')})`}${facts.some((f) => f.disputed) ? ` ! ${t('objected')}` : ''}`;
  return long ? [said, ...facts.map((f) => `${nameFor(f.from)} — ${relType(f.type)}${shareText(f)} → ${nameFor(f.to)}: ${f.since ?? t('unknown')} – ${f.until ?? t('unknown')}`)] : [said];
}
export function nodeText(node) {
  return [nameOf(node), nodeType(node.label), node.kind && tOr(`k.${node.kind}`, ''), node.degree !== undefined && `${t('degree')} ${number(node.degree)}`, node.hub && t('hubNote')].filter(Boolean);
}
export const propName = (type, name) => pick(S.schema.properties?.[type]?.[name], name.replaceAll('_', ' '));
export function propValue(name, value) {
  if (value === null || value === undefined) return unknownValue();
  if (Array.isArray(value)) return value.join(sep()) || t('none');
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
  if (/^(share(_m..)?)$/.test(name)) return `${+(value * 100).toFixed(2)}%`;
  if (typeof value === 'number') return value.toLocaleString();
  return typeof value === 'object' ? Object.values(value).join(sep()) : tOr(`k.${value}`, String(value));
}
const isDay = (name) => /_on$|_until$|_since$/.test(name);
export const shown = (properties) => Object.entries(properties ?? {}).filter(([name, v]) => (v !== null && v !== '' && !(Array.isArray(v) && !v.length)) || isDay(name));
export const statusWord = (status) => pick(S.schema.statuses[status], tOr(`s.${status}`, status));
