/* Every word of the page, in both languages. Types, measures, statuses and properties come from /v1/schema. */
import { unknownValue } from './dom.js';
import { G, S, names } from './state.js';

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
export const t = (key) => WORDS[key]?.[S.lang === 'zh' ? 0 : 1] ?? key;
export const tOr = (key, fallback) => (WORDS[key] ? t(key) : fallback);
export const pick = (words, fallback = '') => words?.[S.lang] ?? words?.zh ?? words?.en ?? fallback;
export const sep = () => (S.lang === 'zh' ? '、' : ', ');
export const nodeType = (label) => pick(S.schema.nodes[label], label);
export const relType = (type) => (type === 'ABOUT' ? t('profile') : pick(S.schema.relationships[type], type));
export const nameOf = (node) => node?.name ?? `${nodeType(node?.label ?? '')} …${String(node?.key ?? '').slice(-6)}`;
export const nameFor = (key) => nameOf(G.nodes.get(key) ?? names.get(key) ?? { key, label: '' });
export function shareText(fact) {
  const { share_min: lo, share_max: hi, share_known: known } = fact.properties;
  if (!known || typeof lo !== 'number') return '';
  const percent = (x) => +(x * 100).toFixed(2);
  return lo === hi ? ` ${percent(lo)}%` : ` ${percent(lo)}–${percent(hi)}%`;
}
/** A sentence of an answer in the language of the page; keys of parties that are on the screen become their names. */
export const sentence = (said) => (pick(said) ?? '').replaceAll(/\b[a-z]-[a-z2-7]{20}\b/g, (key) => (names.has(key) || G.nodes.has(key) ? nameFor(key) : key));
export const cutText = (cut) => `${t(`c.${cut.reason}`)}${cut.party ? ` · ${nameOf(cut.party)}` : ''}: ${sentence(cut.detail)}`;
export const propName = (type, name) => pick(S.schema.properties?.[type]?.[name], name.replaceAll('_', ' '));
export function propValue(name, value) {
  if (value === null || value === undefined) return unknownValue();
  if (Array.isArray(value)) return value.join(sep()) || t('none');
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
  if (/^(share(_m..)?)$/.test(name)) return `${+(value * 100).toFixed(2)}%`;
  if (typeof value === 'number') return value.toLocaleString();
  return typeof value === 'object' ? JSON.stringify(value) : tOr(`k.${value}`, String(value));
}
const isDay = (name) => /_on$|_until$|_since$/.test(name);
export const shown = (properties) => Object.entries(properties ?? {}).filter(([name, v]) => (v !== null && v !== '' && !(Array.isArray(v) && !v.length)) || isDay(name));
export const statusWord = (status) => pick(S.schema.statuses[status], tOr(`s.${status}`, status));
