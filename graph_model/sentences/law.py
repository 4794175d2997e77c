"""What the derivation says: what is missing, how dates were read, why a status began, which condition holds."""

_MILDER = "(从旧兼从轻, 行政处罚法 第37条)"
_MILDER_ZH = "(从旧兼从轻,行政处罚法第37条)"

LAW_SENTENCES: dict[str, tuple[str, str]] = {
    # --- what is missing -----------------------------------------------------------------------------------------
    "confirmation": ("confirmation by a human (个人信息保护法 第24条)", "人工确认(个人信息保护法第24条)"),
    "finding": ("finding of personal responsibility (负有个人责任的认定)", "负有个人责任的认定"),
    "named": ("the person named in the decision (决定中具名)", "决定中具名"),
    "order": ("an order covering the person (及于本人的命令)", "及于本人的命令"),
    "discretion": ("the authority's decision about the subject (机关裁量决定)", "机关裁量决定"),
    "direct_finding": (
        "finding that he is a directly responsible person (直接责任人员)",
        "认定其为直接责任人员",
    ),
    "advisory": ("nothing: advisory, never applied by itself (仅提示)", "无:仅提示,从不自行适用"),
    "day_of_act": ("day of the act (行为日期)", "行为日期"),
    "day_of_decision": ("day of the decision (决定日期)", "决定日期"),
    "circumstance": ("circumstance stated by the decision: {circumstance} ({id})", "决定载明的情节:{circumstance}"),
    "sector": ("whether the decision is about {sectors} (领域)", "该决定是否属于{sectors}领域"),
    "found_by_name": (
        "identity: a party on the path was found by its name alone (仅按名称匹配)",
        "身份:路径上有主体仅按名称匹配",
    ),
    "adverse_complete": (
        "whether all adverse records since {day} are known (归集是否完整)",
        "{day}以来的不良记录是否归集完整",
    ),
    "adverse_counts": ("whether an adverse record counts: {why}", "一条不良记录是否计入:{why}"),
    "hearsay": ("the {what} is stated only by a {trust} source ({source})", "{what}仅见于非官方来源({source})"),
    "post_held": ("whether the post was held ({post})", "当时是否任职({post})"),
    "post_held_on": (
        "whether the post was held on the day of {what} ({day}): {why}",
        "{day}({what}日)是否任职:{why}",
    ),
    "post_not_held": (
        "post not held on the day of {what} ({day}); the article names no moment",
        "{day}({what}日)未任职,而条文未明定时点",
    ),
    "post_began_after": (
        "whether the post began after the event: start date unknown",
        "任职是否始于该事件之后:起始日不明",
    ),
    "post_contradicted": (
        "the sources contradict each other on the post on {day}: {sources} (来源相互矛盾)",
        "{day}是否任职,来源相互矛盾:{sources}",
    ),
    "content_contradicted": (
        "what the decision says: sources of one day contradict each other: {sources} (来源相互矛盾)",
        "决定的内容,同日来源相互矛盾:{sources}",
    ),
    "end_contradicted": (
        "whether it still stands: sources contradict each other on its end on {day}: {sources} (来源相互矛盾)",
        "{day}是否终止,来源相互矛盾:{sources}",
    ),
    "start_unknown": ("start date unknown", "起始日不明"),
    "end_unknown": ("end date unknown", "终止日不明"),
    "last_stated": ("last stated on {day}, end date unknown", "最后载明于{day},终止日不明"),
    "no_longer_stated": ("no longer stated on {day}, end date unknown", "{day}起不再载明,终止日不明"),
    "entry_gone": (
        "whether the entry still stands: the list of {day} no longer has it (名单已无记载)",
        "该列入是否仍有效:{day}的名单已无记载",
    ),
    "entry_stands": ("whether the entry still stands: {why}", "该列入是否仍有效:{why}"),
    "list_term_over": (
        "its list ({list}) sets a term of {years} years, which was over on {day}; no removal is known (期满, 未见移出)",
        "所在名单({list})的期限为{years}年,已于{day}届满,未见移出",
    ),
    "whether_milder_law": (
        f"whether a milder law followed on {{day}}: no wording in the pack {_MILDER}",
        f"{{day}}起是否有较轻的新规定:规则库无条文{_MILDER_ZH}",
    ),
    "which_law_milder": (
        f"which law is milder, {{one}} or {{other}} {_MILDER}",
        f"{{one}}与{{other}}何者较轻{_MILDER_ZH}",
    ),
    "act_under_which_law": (
        f"day of the act: whether {{one}} or {{other}} applies {_MILDER}",
        f"行为日期:适用{{one}}还是{{other}}{_MILDER_ZH}",
    ),
    "act_before_law": (
        f"day of the act: whether it lies before {{day}}, when {{law}} came into force {_MILDER}",
        f"行为日期:是否在{{day}}({{law}}施行)之前{_MILDER_ZH}",
    ),
    "no_wording_before": (
        "cannot tell: no wording before {day} in the pack (规则库无此前条文)",
        "无法判断:规则库无{day}以前的条文",
    ),
    "wording_unconfirmed": (
        "cannot tell: the wording of {day} is not confirmed (条文未核实)",
        "无法判断:{day}起的条文未核实",
    ),
    # --- how dates and silence were read --------------------------------------------------------------------------
    "decided_read_as": (
        "day of the decision not stated: read as {day}, the day from which the source dates it",
        "决定日期未载明,按来源所载起始日{day}解读",
    ),
    "law_of_source_day": (
        "day of the decision not stated: the law of {day}, the day of the source, is shown",
        "决定日期未载明,适用来源日期{day}的法律",
    ),
    "law_in_force_unknown": (
        "day of the decision not stated: whether the law was in force then is not known",
        "决定日期未载明,当时法律是否施行不明",
    ),
    "act_not_stated": (
        "day of the act not stated: the law of the day of the decision is applied",
        "行为日期未载明:适用决定日的法律",
    ),
    "act_window": (
        "day of the act unknown: whoever held the post from {begin} to {day} is shown, as a candidate only",
        "行为日期不明:{begin}至{day}间的任职者均列为待确认",
    ),
    "law_came_entry": (
        "the law came into force on {day}, while the entry stood",
        "法律自{day}起施行,当时仍在名单",
    ),
    "law_came_state": (
        "the law came into force on {day}, while the state lasted",
        "法律自{day}起施行,当时该情形仍存续",
    ),
    "spares_not_stated": (
        "not stated whether {circumstance} ({id}), which would spare: read as not so",
        "未载明是否有{circumstance}(有则不适用),按没有解读",
    ),
    "milder_applies": (
        f"the law of the decision is milder than that of the act ({{law}}): it applies {_MILDER}",
        f"决定时的规定较行为时的({{law}})为轻,适用决定时的规定{_MILDER_ZH}",
    ),
    "law_of_act_applies": (
        f"the law of the act applies: that of the decision ({{law}}) is not milder {_MILDER}",
        f"适用行为时的规定:决定时的({{law}})并不较轻{_MILDER_ZH}",
    ),
    "came_of_age": (
        "he came of age in {year}, on which day is not kept: whoever confirms looks at it (是否成年)",
        "其于{year}年成年,具体日期未留存:由确认人核对",
    ),
    "removed_lifting": (
        "removed from the list on {day}: the measure ends by a lifting of its own",
        "已于{day}移出名单:该措施须另行解除",
    ),
    "term_begin_unknown": (
        "the day from which the term runs (起算日) is not stated: its end is not known",
        "期限起算日未载明:终止日不明",
    ),
    "other_ground": ("from {day} another ground of the decision goes on", "自{day}起该决定的另一依据仍在"),
    "other_ground_lacks": (
        "from {day} another ground of the decision goes on, which lacks: {missing}",
        "自{day}起该决定的另一依据仍在,尚缺:{missing}",
    ),
    # --- why a status began ---------------------------------------------------------------------------------------
    "by_rule": ("by {rule}", "依规则{rule}"),
    "by_rule_and_order": ("by {rule}, as ordered or found", "依规则{rule}及相应命令或认定"),
    "confirmed": ("confirmed by a human (人工确认)", "人工确认"),
    "refused": ("refused by a human (不予确认)", "不予确认"),
    "released": ("released (解除)", "解除(对本人)"),
    "lifted": ("lifted (解除)", "解除"),
    "term_over": ("term over (期满)", "期满"),
    "term_over_followed": ("term over by the wording that followed (期满)", "按其后的条文期满"),
    "delisted": ("removed from the list (移出名单)", "移出名单"),
    "delisted_or_lifted": ("removed from the list, or lifted (移出、解除)", "移出名单或解除"),
    "delisted_no_order": (
        "removed from the list, and no order was ever made (移出名单, 未发命令)",
        "移出名单,且未发命令",
    ),
    "own_term_over": (
        "the decision's own term is over, or it covers him no more",
        "决定所定期限届满或不再及于本人",
    ),
    "wording_gone": ("this wording is no longer in force (条文更替)", "条文已更替"),
    "term_changed": ("term changed on {day} (调整期限)", "{day}调整期限"),
    "withdrawn_by_owner": ("withdrawn by its owner (撤销)", "由提供单位撤销"),
    "reorganisation": ("lifted for the time of a reorganisation (破产重整暂时解除)", "破产重整暂时解除"),
    "repaired": ("repaired (信用修复)", "信用修复"),
    "objection_pending": (
        "objection {case} under verification (异议核查期间暂不执行)",
        "异议{case}核查期间暂不执行",
    ),
    "execution_stayed": (
        "execution stayed in the review or suit {case} (复议、诉讼期间决定停止执行)",
        "复议或诉讼{case}期间决定停止执行",
    ),
    "corrected": ("corrected after objection {case} (更正)", "经异议{case}更正"),
    "withdrawn": ("withdrawn after objection {case} (撤销)", "经异议{case}撤销"),
    "resumed": ("resumed", "恢复执行"),
    "resumed_why": ("resumed: {why}", "恢复执行:{why}"),
    # --- conditions, as why-not tells them ------------------------------------------------------------------------
    "against": (
        "the decision is against {whom}; the rule asks for {asked}",
        "决定针对{whom};规则要求针对{asked}",
    ),
    "law_in_force": ("in force on that day: {law}", "当日有效:{law}"),
    "other_area": ("holds only in {area}; the decision is from {place}", "仅在{area}适用;该决定出自{place}"),
    "no_article": ("no article of the rule was in force on {day}", "{day}规则所引条文均未施行"),
    "sector_not_stated": (
        "the decision states no sector; the rule is about {sectors}",
        "决定未载明领域;规则针对{sectors}",
    ),
    "sector_of": ("about {known}; asks for {sectors}", "属于{known};要求{sectors}"),
    "states_circumstance": ("the decision states {circumstance} ({id})", "决定载明情节:{circumstance}"),
    "denies_circumstance": (
        "the decision says that {circumstance} ({id}) is not there",
        "决定载明没有该情节:{circumstance}",
    ),
    "states_not_sparing": (
        "the decision does not state {circumstance} ({id}), which spares",
        "决定未载明可以免除的情节:{circumstance}",
    ),
    "no_adverse": ("no adverse record from {begin} to {day}", "{begin}至{day}无不良记录"),
    "grade": ("confidence grade {grade}", "置信等级{grade}"),
    "trust_too_low": (
        "stated by a source that is {trust}: it triggers no measure",
        "来源性质为{trust}:不触发任何措施",
    ),
    "codes": ("the decision has {codes}; the rule asks for {asked}", "决定的代码:{codes};规则要求:{asked}"),
    "over_before": ("over on {over}, before it would begin on {day}", "已于{over}终止,早于其起始日{day}"),
    "of_age": ("of age on {day}", "{day}已成年"),
    "unit_not_person": (
        "a unit, where only a person can be {role}",
        "是单位,而{role}只能是自然人",
    ),
    "finding_over": ("what was found of him was over on {day}", "对其的认定已于{day}终止"),
    "branch_on": ("its branch on {day}: {why}", "{day}是否为其分支机构:{why}"),
    "nobody_without": ("{why}: without it nobody is even a candidate", "{why}:缺此则无人列为待确认"),
    "post_not_held_then": (
        "{post} {period} was not held on {day} ({time})",
        "{post}({period})于{day}不在任({time})",
    ),
    "post_for_day": ("{post} {period} for {day} ({time})", "{post}({period}),对应{day}({time})"),
    "post_for_day_unsure": (
        "{post} {period} for {day} ({time}); not certain: {why}",
        "{post}({period}),对应{day}({time});不能确定:{why}",
    ),
    "post_after": ("the post began after {day}", "任职始于{day}之后"),
    "law_at_post": ("in force on {day}, when the later post began", "{day}(其后任职开始日)有效"),
    "none_stands_on_list": (
        "{list} is a list of {whom} alone ({subjects})",
        "{list}仅列{whom}({subjects})",
    ),
}
"""Code → English, Chinese. The Chinese terms of the law stand in brackets in the English text, where a reader needs them."""
