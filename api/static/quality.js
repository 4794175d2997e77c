/* Quality by owner: one table on GET /v1/quality. Text from sources is never markup: `el()` knows text nodes only. */
'use strict';

const API = new URL('../v1/', new URL('.', location.href));
const WORDS = { // [zh, en]
  title: ['数据质量', 'Data quality'], purpose: ['查询目的', 'Purpose'], choose: ['请选择…', 'choose…'],
  supervision: ['监管', 'Supervision'], investigation: ['调查', 'Investigation'], self: ['本单位', 'Own data'],
  since: ['决定自', 'Decided since'], knownAt: ['已知至', 'Known at'], show: ['查看', 'Show'], otherLang: ['EN', '中文'],
  intro: ['每个比例旁都有分子和分母。决定日期不明、不在工作日历内或晚于入库日的,单列,不计入比例。',
    'Each ratio stands beside its part and whole. Decisions without a day, outside the calendar, or dated after they were known are counted apart.'],
  owner: ['归属单位', 'Owner'], facts: ['事实', 'Facts'], completeness: ['完整性', 'Completeness'], rows: ['接受', 'Rows taken'],
  codes: ['代码正确', 'Codes right'], within: ['个工作日内', 'working days: within'], median: ['中位', 'Median'], worst: ['最长', 'Worst'],
  unknown: ['日期不明', 'Undated'], contradictions: ['矛盾', 'Contradictions'], all: ['全部', 'All'], quarantined: ['清单外', 'Outside the catalogue'],
  sources: ['来源', 'Sources'], runs: ['批次', 'Runs'], rows_in: ['读入', 'In'], accepted: ['接受', 'Accepted'],
  rejected: ['拒绝', 'Rejected'], duplicate: ['重复', 'Duplicate'], faults: ['拒绝原因', 'Faults'],
  writers: ['写入者', 'Writers'], author: ['作者', 'Author'], kind: ['类别', 'Kind'], changes: ['次数', 'Changes'],
  who: ['归属单位:所述', 'Owner: what it says'], field: ['字段', 'Field'], party: ['主体', 'Party'], about: ['事项', 'About'],
  profile: ['基本信息', 'Profile'], decision: ['同一决定', 'one decision'], name: ['同一代码', 'one code'], same_day: ['同日两说', 'two words of one day'], none: ['无', 'none'], position: ['时钟位置', 'position'], missing: ['缺', 'Missing'], details: ['按类别', 'By kind'],
  offline: ['无法连接服务', 'The service does not answer'], cut: ['未列出', 'Not listed'],
};
const $ = (id) => document.getElementById(id);
let lang = sessionStorage.getItem('lang') ?? 'zh';
let answer = null;
let types = {}; // the words for types of facts, from /v1/schema
let open = null; // the owner whose kinds are shown
const t = (key) => WORDS[key]?.[lang === 'zh' ? 0 : 1] ?? key;

function el(name, props = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value);
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined));
  return node;
}
const number = (value) => el('td', { class: 'n' }, value === null || value === undefined ? '—' : String(value));
const typeName = (fact) => (fact === 'ABOUT' ? t('profile') : types[fact]?.[lang] ?? fact);
const text = (value) => el('td', {}, value ?? '—');
const share = (s) => number(`${s.ratio === null ? '—' : `${(s.ratio * 100).toFixed(1)}%`} (${s.part}/${s.whole})`);
const counts = (all) => Object.entries(all).map(([name, n]) => `${name} ${n}`).join('; ') || '—';
function table(id, head, rows) {
  return el('table', { id }, el('thead', {}, el('tr', {}, head.map((h) => el('th', { scope: 'col' }, h)))), el('tbody', {}, rows));
}

function ownerRow(o) {
  const name = o.owner === null ? el('b', {}, t('all'))
    : el('button', { type: 'button', class: 'link', 'aria-expanded': String(open === o.owner), onclick: () => { open = open === o.owner ? null : o.owner; render(); } }, o.owner);
  const time = o.timeliness;
  const row = el('tr', {}, el('td', {}, name), number(o.facts), share(o.completeness), share(o.rows), share(o.codes), number(o.quarantined), share(time.within),
    number(time.median_days), number(time.worst_days), number(time.unknown), number(o.contradictions));
  if (o.owner === null || open !== o.owner) return row;
  const kinds = o.kinds.map((k) => el('tr', {}, text(`${typeName(k.fact)} ${k.kind ?? ''}`), number(k.facts), share(k.filled), text(counts(k.missing))));
  return [row, el('tr', {}, el('td', { colspan: '11' }, table('kinds', [t('details'), t('facts'), t('completeness'), t('missing')], kinds)))];
}
function render() {
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  if (!answer) return $('page').replaceChildren(el('p', {}, t('intro')));
  const a = answer;
  const days = `${a.overall.timeliness.term_days} ${t('within')}`;
  const owners = table('owners', [t('owner'), t('facts'), t('completeness'), t('rows'), t('codes'), t('quarantined'), days, t('median'), t('worst'), t('unknown'), t('contradictions')],
    [a.overall, ...a.owners].map(ownerRow));
  const sources = table('sources', [t('sources'), ...['runs', 'rows_in', 'accepted', 'rejected', 'duplicate', 'faults'].map(t)],
    a.sources.map((s) => el('tr', {}, text(s.source), number(s.runs), number(s.rows_in), number(s.accepted), number(s.rejected), number(s.duplicate), text(counts(s.faults)))));
  const differ = table('contradictions', [t('party'), t('about'), t('field'), t('who')],
    a.contradictions.map((c) => el('tr', {}, text(c.party.name ?? c.party.key), text(c.about && (c.about.name ?? c.about.key)), text(`${c.kind === 'same_day' ? `${t(c.kind)}: ` : ''}${c.type ? typeName(c.type) : t(c.kind)} ${c.field}`),
      el('td', {}, c.said.map((s) => el('div', {}, `${s.owner ?? s.source}: ${s.value ?? '—'} (${s.source})`))))));
  const writers = table('writers', [t('author'), t('kind'), t('changes')],
    a.writers.map((w) => el('tr', {}, text(w.author), text(w.kind), number(w.changes))));
  return $('page').replaceChildren(el('p', {}, t('intro'), ' ', el('small', {}, `${t('position')} ${a.position}`)),
    a.cut.length ? el('p', { class: 'note' }, `${t('cut')}: ${a.cut.map((c) => c.detail[lang]).join('; ')}`) : '', owners,
    el('h3', {}, t('contradictions'), ` ${a.contradictions_total}`), a.contradictions.length ? differ : el('p', {}, t('none')),
    el('h3', {}, t('sources')), sources, el('h3', {}, t('writers')), writers);
}
async function load() {
  const url = new URL('quality', API);
  for (const [name, id] of [['purpose', 'purpose'], ['since', 'since'], ['known_at', 'known-at']]) if ($(id).value) url.searchParams.set(name, $(id).value);
  document.body.setAttribute('aria-busy', 'true');
  $('banner').hidden = true;
  try {
    const response = await fetch(url, { cache: 'no-store', headers: { Accept: 'application/json' } });
    if (response.status === 401) location.assign('signin.html');
    const body = await response.json();
    if (!response.ok) throw new Error(`${body.title}: ${body.detail}`);
    answer = body;
  } catch (error) {
    answer = null; // what was asked before is no answer to this
    $('banner').textContent = error instanceof TypeError ? t('offline') : error.message;
    $('banner').hidden = false;
  }
  document.body.removeAttribute('aria-busy');
  render();
}
$('form').addEventListener('submit', (event) => { event.preventDefault(); sessionStorage.setItem('purpose', $('purpose').value); load(); });
$('lang').addEventListener('click', () => { lang = lang === 'zh' ? 'en' : 'zh'; sessionStorage.setItem('lang', lang); render(); });
const purpose = sessionStorage.getItem('purpose') ?? '';
if ([...$('purpose').options].some((o) => o.value === purpose)) $('purpose').value = purpose;
render();
fetch(new URL('schema', API)).then((r) => r.json()).then((s) => { types = s.relationships; if (answer) render(); }, () => {}); // without: codes
