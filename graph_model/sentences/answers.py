"""What the answers say of themselves: what was cut and why, whom a question did not name, which records were not linked."""

_WHOLE_PARTS = (
    "no party has this key, number (or one that begins so), name, part of a name, first letters of its pinyin, document number or "
    "full address; not looked for: whole syllables of pinyin, parts of an address"
)

ANSWER_SENTENCES: dict[str, tuple[str, str]] = {
    # --- whom a question names ------------------------------------------------------------------------------------
    "nobody": ("no party has this key, number or name", "没有主体有此键、号码或名称"),
    "nobody_but_row": (
        "no party has this key, number or name, and a row against it was not taken",
        "没有主体有此键、号码或名称,而有一行针对它的数据未被接收",
    ),
    "no_such_key": ("no party has this key", "没有主体有此键"),
    "not_one": (
        "this does not name exactly one party; ask again with the key, number or full name of a candidate",
        "所给的不能唯一确定一个主体;请用候选主体的键、号码或全称再查",
    ),
    "not_each_one": (
        "not every name means exactly one party; ask again with the key, number or full name of a candidate",
        "并非每个名称都能唯一确定一个主体;请用候选主体的键、号码或全称再查",
    ),
    "found_nothing": (
        _WHOLE_PARTS,
        "没有主体有此键、号码(或其开头)、名称、名称的一部分、拼音首字母、文号或完整地址;未按完整拼音音节和地址的一部分查找",
    ),
    "no_persons": (
        "whether natural persons are meant too is not told to this role",
        "是否另有自然人,不向此角色告知",
    ),
    "filtered": ("only sanctions of these were looked at: {filter}", "只看了以下惩戒:{filter}"),
    "lists": ("lists {lists}", "名单{lists}"),
    "organs": ("organs {organs}", "机关{organs}"),
    "kinds": ("kinds {kinds}", "种类{kinds}"),
    "acts": ("acts {acts}", "行为{acts}"),
    "sectors": ("sectors {sectors}", "领域{sectors}"),
    # --- what was cut ----------------------------------------------------------------------------------------------
    "limit_relationships": ("only {limit} relationships are shown", "只显示前{limit}条关系"),
    "limit_records": (
        "only {limit} credentials, inspections and tenders are shown",
        "只显示前{limit}条许可、检查和招标记录",
    ),
    "limit_sanctioned": (
        "more than {limit} sanctioned parties; the nearest are shown",
        "被惩戒的主体超过{limit}个;只显示最近的",
    ),
    "limit_shown": ("{first} to {last} of {total} are shown", "显示第{first}至{last}个,共{total}个"),
    "none_shown": ("none of {total} are shown", "共{total}个,此处一个也未显示"),
    "more_than": ("more than {limit}", "超过{limit}"),
    "limit_paths": ("there are more than {limit} paths; the shortest are shown", "路径超过{limit}条;只显示最短的"),
    "limit_group": (
        "a group has {parties} parties; {limit} were asked about",
        "一个集团有{parties}个主体;只查了{limit}个",
    ),
    "limit_by_key": ("there are more than {limit}; the first by key are shown", "超过{limit}个;按键显示前面的"),
    "limit_near": ("more than {limit} are near; the nearest were looked at", "附近的超过{limit}个;只看了最近的"),
    "limit_circle": ("{limit} of {total} parties and addresses are shown", "显示{limit}个主体和地址,共{total}个"),
    "limit_combinations": (
        "{limit} or more combinations of relationships make paths of up to {depth} steps; not all of that length were compared",
        "{depth}步以内的路径有{limit}种以上的关系组合;该长度的未全部比较",
    ),
    "limit_hubs": ("more than {limit} hubs were reached", "触及的枢纽超过{limit}个"),
    "limit_doubts": (
        "more than {limit} parties with records that were not linked",
        "有未关联记录的主体超过{limit}个",
    ),
    "limit_holders": (
        "more than {limit} parties: holdings beyond were not read",
        "主体超过{limit}个:其余持股未读取",
    ),
    "limit_same_name": (
        "{name}: {persons} persons of this name agree in one thing; not compared",
        "{name}:有{persons}个同名的人在一项上相同;未比较",
    ),
    "limit_pairs": ("{pairs} pairs; the {limit} first ones are shown", "共{pairs}对;显示前{limit}对"),
    "limit_owners": ("{more} more owners, with fewer facts", "另有{more}个信息提供单位,事实较少"),
    "limit_contradictions": ("{more} more contradictions", "另有{more}处矛盾"),
    "limit_compared": (
        "contradictions are counted up to {limit} of a kind: there are more",
        "每类矛盾最多计{limit}处:实际更多",
    ),
    "limit_writers": ("more writers", "另有更多写入者"),
    "budget_nodes": ("more than {limit} nodes were reached", "触及的节点超过{limit}个"),
    "budget_ownership": (
        "the holdings are so entangled that not all effective shares were worked out: they are wider than needed",
        "持股关系过于交织,未能全部算出实际持股比例:所给区间比应有的宽",
    ),
    "not_all_paths": (
        "not all shortest paths were listed: there are more than {limit}, or it took too long",
        "最短路径未全部列出:超过{limit}条,或用时过长",
    ),
    "time_search": ("the search was ended after {seconds:g} seconds", "查找在{seconds}秒后终止"),
    "time_names": (
        "names with this text anywhere in them were not all read within {seconds:g} seconds: ask for more of the name",
        "{seconds}秒内未能读完含有此文字的全部名称:请给出更完整的名称",
    ),
    "time_doubts": (
        "whether records were not linked could not be looked up in time",
        "是否有未关联的记录,未能在时限内查完",
    ),
    "hub": ("{hub}: reached, not walked through", "{hub}:触及,但不经由它继续查找"),
    "hub_kind": ("{tag} ({kind}), {degree} neighbours", "{kind},有{degree}个相邻主体"),
    "hub_tag": ("{tag}, {degree} neighbours", "{tag},有{degree}个相邻主体"),
    "hub_degree": ("has {degree} neighbours", "有{degree}个相邻主体"),
    "moved": (
        "the graph was written to while it was read, in each of {tries} tries: ask again",
        "{tries}次读取期间图谱都有写入:请再查一次",
    ),
    # --- what is open ----------------------------------------------------------------------------------------------
    "unofficial_own": (
        "{count} records of the party itself: only a third party, or the one concerned, states it: that is no hit by itself; "
        "ask the organ that is named",
        "主体本身有{count}条记录仅由第三方或当事人自述:不能单独算作命中;请向所载机关核实",
    ),
    "unofficial_near": (
        "{count} records nearby: only a third party, or the one concerned, states it: that is no hit by itself; ask the organ "
        "that is named",
        "附近有{count}条记录仅由第三方或当事人自述:不能单独算作命中;请向所载机关核实",
    ),
    "promise_unofficial": (
        "a promise that was broken or false is stated by no official source",
        "违背承诺或虚假承诺的记载没有官方来源",
    ),
    "entry_term_over": (
        "the term of an entry is over and no removal is known (期满, 未见移出): {lists}",
        "列入的期限已满,未见移出:{lists}",
    ),
    "until_day": ("{list} (term until {day})", "{list}(期限至{day})"),
    "row_rejected": (
        "a row against it was not taken, so what it says is not known here: {rows}. Load the row put right, or record why it is "
        "no doubt: `creditgraph ledger settle {run}:{line}`",
        "有一行针对它的数据未被接收,其内容此处不知:{rows}。请更正后重新载入该行,或记录为何不构成疑问:"
        "`creditgraph ledger settle {run}:{line}`",
    ),
    "rows_rejected": ("rows against it were not taken: {rows}", "有针对它的数据行未被接收:{rows}"),
    "record_moved": (
        "what is recorded of it stands at {name} ({key}) now: ask there",
        "其记录现归于{name}({key}):请查该主体",
    ),
    "branch_by_name": (
        "by name a branch or the company of {records}: several bodies bear that name, so neither is linked; a file that states "
        "whose branch it is would link it",
        "按名称是{records}的分支机构或其公司:有多个单位用该名称,故均未关联;载明隶属关系的文件可以关联",
    ),
    "record_branch": ("{name} ({key}) is a branch or the company by its name", "{name}({key})按名称是其分支机构或公司"),
    "record_bears": ("{name} ({key}) bears its {scheme} {value}", "{name}({key})有相同的{scheme}:{value}"),
    "record_unlinked": (
        "{records}: not linked to it, so that record may be its own; a credit code in that record would link it, or `creditgraph "
        "entity merge`",
        "{records}:未与之关联,该记录可能就是它的;补上统一社会信用代码即可关联,或用`creditgraph entity merge`合并",
    ),
    "another_bears": ("another record bears its name or number", "另有记录有其名称或号码"),
    # --- facts, sanctions, judgements ---------------------------------------------------------------------------------
    "objection": ("objection {case} {stage} since {day} (异议标注)", "异议{case}:{stage},自{day}起(异议标注)"),
    "basis_withdrawn": (
        "the penalty {penalty} on which it stands was withdrawn on {day} ({by}, 列入依据的处罚被撤销)",
        "列入所依据的处罚{penalty}已于{day}撤销({by})",
    ),
    "judged": (
        "{judgement} person, judged by {author} on {day}: {reason}",
        "判断为{judgement}人({author},{day}):{reason}",
    ),
    "moved_by_name": ("{old} stands at {new} by its name now: look again", "{old}现按名称归于{new}:请重新查看"),
    "share_uncertain": ("{fact}: share not known to reach {share:g}", "{fact}:是否达到{share}的持股比例不明"),
    "branch_unstated": (
        "{fact}: by its name only, no source states whose branch it is",
        "{fact}:仅按名称,没有来源载明隶属关系",
    ),
    "fact_gone": ("{fact}: no longer stated on {day}", "{fact}:{day}起不再载明"),
    "fact_start_unknown": ("{fact}: start date unknown", "{fact}:起始日不明"),
    "fact_end_unknown": ("{fact}: end date unknown", "{fact}:终止日不明"),
    "fact_days_unknown": ("{fact}: start and end date unknown", "{fact}:起止日不明"),
    "over_scaled": (
        "{name}: the shares stated add up to {total:.2%}; they were scaled down",
        "{name}:所载持股合计{total};已按比例缩减",
    ),
    "over_alone": (
        "{name}: more than the whole is stated ({total:.2%}), of {holders} alone; that share counts as not known",
        "{name}:{holders}一方所载持股即超过全部({total});该比例按不明处理",
    ),
    "shares_differ": ("{fact}: sources differ on the share: {shares}", "{fact}:所载持股比例不一:{shares}"),
    "share_by": ("{share} by {source}", "{share}(来源{source})"),
    # --- beneficial owners ------------------------------------------------------------------------------------------
    "owner_share": ("{share} of the effective shares, 25 % or more", "实际持股{share},达到25%"),
    "owner_nominee": ("held for somebody else (nominee, 代持)", "代他人持有(代持)"),
    "owner_control": ("more than half at every step", "每一层持股均过半"),
    "owner_stated": ("stated as actual controller (实际控制人)", "载明为实际控制人"),
    "owner_manager": (
        "nobody is known by shares or control: who manages the company",
        "按持股和控制均无可知者:取公司高级管理人员",
    ),
    "owner_post": ("{why}; post: {post}", "{why};职务:{post}"),
    "owner_declared": ("declared as beneficial owner: {interests}", "申报为受益所有人:{interests}"),
    # --- incentives -----------------------------------------------------------------------------------------------
    "incentive_unsure": (
        "whether it still stands on a list of seriously dishonest subjects: {entries} (期满, 未见移出)",
        "是否仍在严重失信主体名单:{entries}(期满,未见移出)",
    ),
    "incentive_withheld": (
        "withheld: on a list of seriously dishonest subjects, {entries} ({rule}: {law})",
        "不予激励:在严重失信主体名单,{entries}({rule}:{law})",
    ),
    "incentive_adverse": (
        "{rule} demands no adverse record since {day} (不良信用记录): {records}",
        "{rule}要求自{day}起无不良信用记录:{records}",
    ),
    # --- why not --------------------------------------------------------------------------------------------------
    "does_reach": ("it does reach this party", "确实及于该主体"),
    "does_reach_lacks": ("it does reach this party; missing: {missing}", "确实及于该主体;尚缺:{missing}"),
    "reached_ended": ("it reached this party, and ended on {day}: {why}", "曾及于该主体,已于{day}终止:{why}"),
    "begins_only": ("it begins only on {day}", "自{day}才开始"),
    "no_decision": (
        "no decision stands against this party, or against a unit in which it holds a post",
        "没有针对该主体或其任职单位的决定",
    ),
    "no_post": (
        "this party holds none of the posts that the rule reaches ({posts}), and no document names it",
        "该主体不担任规则所及的职务({posts}),也没有文书指名",
    ),
}
"""Code → English, Chinese."""
