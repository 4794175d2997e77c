"""What the checks and the case work say: findings, gaps, what a check never asks, terms of publication, repairs, tasks."""

CHECK_SENTENCES: dict[str, tuple[str, str]] = {
    # --- asking ---------------------------------------------------------------------------------------------------
    "asked_by_name": (
        "the party was asked for by its name, not by an identifier",
        "所查主体是按名称而非按标识码给出的",
    ),
    "records_unlinked_anywhere": (
        "records bear a name or number of a party and were not linked to it: what they say of it was not seen (the look-up of a "
        "party names those that may be its own)",
        "有记录与某主体名称或号码相同而未与之关联:其内容未计入(查询该主体可见可能属于它的记录)",
    ),
    "asked_not_checked": (
        "no. {number} of those asked about was not checked: {why}",
        "所查第{number}项未能检查:{why}",
    ),
    "asked_detail": ("no. {number} of those asked about: {why}", "所查第{number}项:{why}"),
    "several_meant": ("several may be meant, see candidates", "可能指多个主体,见候选"),
    "gap_of": ("{name} ({key}): {why}", "{name}({key}):{why}"),
    "gap_named": ("of {name}: {why}", "{name}:{why}"),
    "none_checked": (
        "no party could be checked; ask again with keys, numbers or full names",
        "没有主体可供检查;请用键、号码或全称再查",
    ),
    "too_few_checked": (
        "fewer than two parties could be checked; ask again with keys, numbers or full names",
        "可供检查的主体不足两个;请用键、号码或全称再查",
    ),
    # --- doubts about facts and records ----------------------------------------------------------------------------
    "whether_held": ("whether {fact} held on {day}: {why}", "{day}是否有{fact}关系:{why}"),
    "did_not_hold": ("it did not", "没有"),
    "fact_hearsay": ("{fact} is stated only by a {trust} source ({source})", "{fact}关系仅见于非官方来源({source})"),
    "fact_by_name": (
        "{fact}: a party was found by its name, not by an identifier",
        "{fact}:有主体是按名称而非按标识码匹配的",
    ),
    "record_unofficial": ("the record is stated by no official source", "该记录没有官方来源"),
    "record_by_name": (
        "the party of the record was found by its name, not by an identifier",
        "该记录的主体是按名称而非按标识码匹配的",
    ),
    "force_unknown": (
        "whether it is in force: its first day is not known, or its source no longer has it",
        "是否有效:起始日不明,或来源已无记载",
    ),
    "force_term_over": (
        "whether it is in force: the term of its list was over on {day}, no removal is known (期满)",
        "是否有效:名单期限已于{day}届满,未见移出",
    ),
    "measures_rest": ("measures rest while it is verified", "核查期间措施暂不执行"),
    # --- bidders ----------------------------------------------------------------------------------------------------
    "lots_of_number": ("several lots have this number: {lots}; ask with a key", "有多个标段用此编号:{lots};请用键再查"),
    "no_lot": ("there is no such lot", "没有这个标段"),
    "opened_unknown": (
        "the day on which the bids were opened is not known: asked as of {day}",
        "开标日不明:按{day}查询",
    ),
    "procedure_unknown": (
        "the kind of procedure is not said: RB-01 is for tenders (招标投标), RB-02 for procurement (政府采购)",
        "未说明程序种类:RB-01适用于招标投标,RB-02适用于政府采购",
    ),
    "bidder_by_name": ("the bidder was found by its name, not by an identifier", "投标人是按名称而非按标识码匹配的"),
    "joint_bid": (
        "both bid jointly with others (联合体): whether in one bid is not stated",
        "两者均参加联合体投标:是否同一联合体未载明",
    ),
    "principal_represents": (
        "whether the principal of {name} represents it by law: no legal representative is known",
        "{name}的负责人是否依法代表该单位:未见法定代表人",
    ),
    "no_head": ("{name}: no person in charge (单位负责人) is known on {day}", "{name}:{day}未见单位负责人"),
    "in_charge_of_both": ("{name} is in charge of both", "{name}同为两家的单位负责人"),
    "judged_by_human": (
        "{one} and {other} were judged by a human: {judgement}",
        "{one}与{other}经人工判断:{judgement}",
    ),
    "judged_unsure": (
        "whether the two are one person: judged as unsure (同一人判断: 不确定)",
        "两者是否同一人:人工判断为不确定",
    ),
    "name_masked": (
        "whether {one} and {other} have one person in charge: a name is masked",
        "{one}与{other}的单位负责人是否同一人:姓名已隐去",
    ),
    "name_is_nobody": (
        "whether the two are one person: the names agree, and a name is nobody; it takes a judgement",
        "两者是否同一人:姓名相同,而姓名不等于人;须经人工判断",
    ),
    "same_name": ("{one} and {other} bear the same name", "{one}与{other}同名"),
    "limit_above_bidders": (
        "more than {limit} parties above the bidders: not all were read",
        "投标人上方的主体超过{limit}个:未全部读取",
    ),
    "shares_add_up": (
        "the shares of {name} that are stated add up to {total:.2%}: what is true is not known",
        "{name}所载持股合计{total}:真实情况不明",
    ),
    "controls_both": (
        "{name} controls both; the articles speak of relations between the bidders themselves",
        "{name}控制两者;条文所指是投标人之间的关系",
    ),
    "no_shareholder": ("{name}: no shareholder is known on {day}", "{name}:{day}未见股东"),
    "shares_partly_stated": (
        "{name}: only {stated:.2%} of its shares are stated on {day}",
        "{name}:{day}仅载明{stated}的持股",
    ),
    "holds_directly": ("{one} holds {part:.2%} of {other} directly", "{one}直接持有{other}{part}"),
    "controls_in_steps": (
        "{one} controls {other} in {steps} steps, more than half at each",
        "{one}经{steps}层控制{other},每层均过半",
    ),
    "holds_range": ("{one} holds shares of {other}, {share}", "{one}持有{other}的股份,{share}"),
    "half_unknown": (
        "whether the share is more than half: {share} is what is known",
        "持股是否过半:已知为{share}",
    ),
    "stated_to_hold": ("{one} is stated to hold {part:.2%} of {other}", "载明{one}持有{other}{part}"),
    "share_adds_up": ("the share: those stated add up to {total:.2%}", "持股比例:所载合计{total}"),
    "may_control": ("{one} may control {other} through others", "{one}可能通过他人控制{other}"),
    "steps_unknown": (
        "whether it is more than half at every step: the shares are not known",
        "是否每层均过半:持股不明",
    ),
    "share_disputed": ("sources differ on the share of {one} in {other}", "来源对{one}在{other}的持股记载不一"),
    "stated_controller": ("{one} is stated as actual controller of {other}", "载明{one}为{other}的实际控制人"),
    "is_branch": ("{one} is a branch of {other}", "{one}是{other}的分支机构"),
    "has_interest": ("{one} has an interest ({interest}) in {other}", "{one}对{other}有权益({interest})"),
    "whether_management": (
        "whether this is a relation of holding or management as the article means it",
        "是否属于条文所称的控股、管理关系",
    ),
    "tenderer_unknown": ("whose lot it is (招标人) is not known", "招标人不明"),
    "fairness": (
        "whether it may affect the fairness of the tender (可能影响招标公正性) is for people to judge",
        "是否可能影响招标公正性,由人判断",
    ),
    "expert_tied": ("{one}, an expert of this lot, is tied to {other}", "本标段评标专家{one}与{other}有关系"),
    "tied": ("{one} —{relation}→ {other}", "{one}—{relation}→{other}"),
    "controls": ("{one} controls {other}", "{one}控制{other}"),
    "at_both": ("{name} is at both", "{name}在两家均有任职"),
    "holders_unstated": (
        "control through several holders whose own owners no source states",
        "经由股东不明的多个持股主体的控制",
    ),
    "management_unstated": (
        "管理关系 beyond branches, stated actual controllers and stated interests: no source states it as such",
        "分支机构、载明的实际控制人和权益以外的管理关系:没有来源这样记载",
    ),
    "design_unstated": (
        "政府采购法实施条例 第18条第2款 (design, supervision and the like before the procurement): no source states it",
        "政府采购法实施条例第18条第2款(采购前的设计、监理等):没有来源记载",
    ),
    # --- records of bidders, suppliers, holders of offices -------------------------------------------------------------
    "procurement_alone": ("RB-03 binds government procurement alone (政府采购)", "RB-03仅约束政府采购"),
    "supplier_itself": (
        "RB-03 is about the supplier itself; this is recorded of who represents it",
        "RB-03针对供应商本身;此为其代表人的记录",
    ),
    "lot_within": ("whether the lot lies within what is barred: {scope}", "该标段是否在禁止范围内:{scope}"),
    "post_within": ("whether {post} lies within what is barred: {scope}", "{post}是否在禁止范围内:{scope}"),
    "scope_unstated": ("its scope is not stated", "范围未载明"),
    "the_post": ("the post", "该职务"),
    "measure_since": ("{measure}, {status} since {day}: {scope}", "{measure},{status},自{day}起:{scope}"),
    "since_day": ("{what}, since {day}", "{what},自{day}起"),
    "since_unknown": ("{what}, since an unknown day", "{what},起始日不明"),
    "appoints": ("the entity that appoints: {why}", "任命单位:{why}"),
    "no_natural_person": (
        "{name} is no natural person: bans on offices are asked of persons",
        "{name}不是自然人:任职禁止只针对自然人",
    ),
    "whether_this_person": (
        "whether it is this person: he was asked for by a name, and a name is nobody (use a number)",
        "是否此人:仅按姓名查询,而姓名不等于人(请用号码)",
    ),
    "bans_unreported": (
        "bans that no source here reports, and records of whoever only shares the name: a name is nobody",
        "此处没有来源报送的任职禁止,以及仅同名者的记录:姓名不等于人",
    ),
    "other_law": (
        "bans of other law than that of the rule pack (`creditgraph rules list`)",
        "规则库以外法律的任职禁止(`creditgraph rules list`)",
    ),
    "undated_penalties": (
        "{name}: {count} penalties without a day could not be put in order",
        "{name}:{count}件处罚没有日期,无法排序",
    ),
    "acts_later": (
        "acts more than {years} years after the earlier decision",
        "前一决定{years}年以后的行为",
    ),
    "repeat_found": ("{act}: {count} decisions, {days}", "{act}:{count}件决定,{days}"),
    "act_before_penalty": (
        "the day of the act of the decision of {day}: it may be from before the penalty",
        "{day}决定所涉行为的日期:可能在处罚之前",
    ),
    "acts_worded_differently": (
        "acts that two organs word differently and no code makes alike",
        "两个机关表述不同且无代码对应的行为",
    ),
    "decisions_unreported": ("decisions that no source here reports", "此处没有来源报送的决定"),
    "government_procurement": (
        "whether the purchase is government procurement (政府采购): RB-03 binds no other",
        "是否政府采购:RB-03仅约束政府采购",
    ),
    "whether_supplies": (
        "whether it supplies on {day}: that it did is stated up to {last} only",
        "{day}是否仍供货:仅载明至{last}",
    ),
    "no_supplier": ("no supplier of this party is known up to the day", "截至该日未见该主体的供应商"),
    "decision_day_within": (
        "the day of the decision: whether it was within the three years",
        "决定日期:是否在三年之内",
    ),
    "large_fine": (
        "whether the fine of {amount} is a large one (较大数额罚款): no threshold was read",
        "{amount}的罚款是否属于较大数额罚款:未读到标准",
    ),
    "amount_unstated": ("an amount that is not stated", "未载明数额"),
    "decided_on": ("{what}, decided {day}", "{what},决定于{day}"),
    "decided_unknown": ("{what}, decided on an unknown day", "{what},决定日期不明"),
    "which_crime": (
        "which crime it was: the cause that is stated names no 行贿",
        "何种罪名:所载案由未提及行贿",
    ),
    "day_of_judgment": ("the day of the judgment", "判决日期"),
    "sentenced": ("sentenced on {on}: {what}", "{on}判刑:{what}"),
    "counts_three_years": ("a sentence within three years counts under RB-03", "三年内的刑罚按RB-03计入"),
    "penalty_no_conviction": ("a penalty of {on} and no conviction: {what}", "{on}的处罚而无定罪:{what}"),
    "judgment_perhaps_civil": (
        "a judgment of {on}, not known to be of a criminal court: {what}",
        "{on}的判决,不知是否刑事:{what}",
    ),
    "whether_sentence": ("whether it is a sentence (刑事判决)", "是否刑事判决"),
    "conditions_of_22": (
        "the other conditions of 政府采购法 第22条: they are not records of credit",
        "政府采购法第22条的其他条件:不是信用记录",
    ),
    "breaches_unreported": ("breaches of law that no source here reports", "此处没有来源报送的违法"),
    "sentences_unreported": (
        "sentences that no source here reports: there is no public register of bribery any more",
        "此处没有来源报送的刑罚:行贿档案已不对外查询",
    ),
    # --- publication ---------------------------------------------------------------------------------------------------
    "published_delisted": (
        "removed from its list, so it is no longer published (移出名单)",
        "已移出名单,不再公示",
    ),
    "not_published": ("its source does not publish it (不公开)", "来源不予公开"),
    "publication_stated": (
        "the end of publication that its source states (公示截止日期)",
        "来源载明的公示截止日期",
    ),
    "list_term_ended": ("the term of its list is over ({lists})", "名单期限已满({lists})"),
    "list_goes_on": ("its list goes on to publish it on {day} ({lists})", "{day}的名单仍继续公示({lists})"),
    "published_while_listed": ("published as long as it is on its list", "在名单期间公示"),
    "published_lifted": ("lifted, so it is no longer published (解除)", "已解除,不再公示"),
    "court_rules": ("a court's own rules: no term is known", "按法院规定:期限不明"),
    "decision_day_unknown": ("the day of the decision is not known", "决定日期不明"),
    "no_publication_term": (
        "no term of publication is in force on {day} in the pack",
        "{day}规则库没有有效的公示期规定",
    ),
    "class_term": ("class of {rule}, {how}", "{rule}所列的一类,{how}"),
    "longest_term": (
        "{rule}, the longest of all classes: its class is {how}",
        "{rule},各类中最长:其失信程度{how}",
    ),
    "published_at_most": (
        "published for {months} months at the most ({which})",
        "最长公示{months}个月({which})",
    ),
    "shielded": (
        "shielded for the time of a reorganisation ({rule}, 屏蔽)",
        "破产重整期间屏蔽({rule})",
    ),
    "standing_unpublished": (
        "{count} item(s) that may still be in force are no longer published: nothing shown is not clear",
        "有{count}条可能仍有效的记录已不再公示:未显示不等于没有",
    ),
    "published_unlinked": (
        "records bear the name or number of this party and were not linked to it",
        "有记录与该主体名称或号码相同而未与之关联",
    ),
    "entries_term_over": (
        "of {count} list entries the term is over, and no removal is known (期满, 未见移出)",
        "有{count}条列入期限已满,未见移出",
    ),
    # --- repair --------------------------------------------------------------------------------------------------------
    "class_stated": ("stated by the source", "由来源载明"),
    "class_listed": ("read: an entry on a list of serious offenders", "解读:列入严重失信主体名单"),
    "class_read": (
        "read from the kind of penalty ({kinds}), {whose}; the line ministry's own criteria go before",
        "按处罚种类({kinds})解读,{whose};主管部门另有标准的从其标准",
    ),
    "class_named_by": ("as {rule} names it", "依{rule}所列"),
    "class_ours": ("a reading of ours", "系本系统的解读"),
    "class_unstated": (
        "not stated, and not to be read from the kind of penalty",
        "未载明,也无法从处罚种类解读",
    ),
    "class_missing": ("the class of seriousness (失信程度)", "失信程度"),
    "class_missing_organ": ("the class of seriousness (失信程度), as the organ states it", "失信程度,由机关载明"),
    "term_missing": (
        "a term of publication for this class that is in force on {day} (公示期规定)",
        "{day}有效的该类公示期规定",
    ),
    "governs_without_classes": (
        "on that day {document} governs, which knew no classes",
        "当日适用{document},未区分失信程度",
    ),
    "shortest_term": (
        "the shortest term of publication: until {day} (最短公示期)",
        "最短公示期:至{day}",
    ),
    "proof_corrected": (
        "proof that the act was corrected and every duty done (纠正并履行全部义务)",
        "已纠正并履行全部义务的证明",
    ),
    "public_promise": ("a public promise (公开信用承诺)", "公开信用承诺"),
    "state_day": ("the day on which it was found to be broken or false (状态日期)", "认定违背或虚假的日期"),
    # --- organs and tasks ------------------------------------------------------------------------------------------------
    "no_organ": ("no organ of this name is known", "没有这个名称的机关"),
    "organs_of_name_on_day": ("{count} organs bore this name on that day", "当日有{count}个机关用此名称"),
    "organs_of_name": ("{count} organs bore this name; name the day", "有{count}个机关用过此名称;请给出日期"),
    "several_successors": (
        "{name} has several successors: {names}. Which of them took over this matter is not said",
        "{name}有多个承继机关:{names}。本事项由谁承继未载明",
    ),
    "successions_circle": (
        "the successions run in a circle back to {name}: correct the table of organs",
        "承继关系循环回到{name}:请更正机关表",
    ),
    "successions_limit": (
        "more than {limit} successions: correct the table of organs",
        "承继超过{limit}次:请更正机关表",
    ),
    "took_over_unknown": (
        "the day on which {name} took over is unknown: read as past",
        "{name}承继的日期不明:按已承继解读",
    ),
    "bore_name_never": (
        "nobody is known to have borne the name on {day}: its bearer at another time is taken",
        "{day}不知何机关用此名称:取其他时间用此名称的机关",
    ),
    "bore_name_unknown": (
        "since when {name} bore the name is unknown: read as past",
        "{name}自何时用此名称不明:按已使用解读",
    ),
    "limit_organs": ("{more} more organs; ask for one by its name", "另有{more}个机关;请按名称查询"),
    "task_push": ("push it to the organ (推送)", "推送给实施机关"),
    "task_accept": ("accept or decline, with the reason (接收或说明理由)", "接收,或说明不接收的理由"),
    "task_end": ("end it (终止)", "终止"),
    "task_carry_out": ("carry it out (执行)", "执行"),
    "task_feed_back": ("feed back (反馈)", "反馈"),
    "task_end_with_measure": ("end it when the measure ends (终止)", "措施终止时终止"),
    "task_suspended": (
        "do not carry it out while the item is verified (核实期间暂不执行)",
        "核实期间暂不执行",
    ),
    "task_no_longer": ("end it: the consequence no longer follows (终止)", "终止:后果已不再成立"),
    "task_over": ("end it: the measure is over (终止)", "终止:措施已结束"),
    "task_unconfirmed": ("do not carry it out: it is not confirmed (待确认)", "不执行:待确认"),
}
"""Code → English, Chinese."""
