"""Words that stand in sentences as parameters: Chinese and English."""

import re

from graph_model.schema import RELATIONSHIP_BY_TYPE

WORDS: dict[str, str] = {
    "the act": "行为",
    "the decision": "决定",
    "responsibility": "责任认定",
    "post": "任职",
    "later post": "任职",
    "branch": "分支机构关系",
    "a person": "自然人",
    "a unit": "单位",
    "a branch": "分支机构",
    "any": "任何主体",
    "a place not stated": "未载明的地方",
    "an unknown day": "不明之日",
    "no code": "没有代码",
    "natural persons": "自然人",
    "units": "单位",
    "at_act": "以行为时为准",
    "at_decision": "以决定时为准",
    "current": "以现任为准",
    "unspecified": "条文未明定时点",
    "yes": "是",
    "no": "否",
    "unknown": "不明",
    "official": "官方来源",
    "self_declared": "本人申报",
    "self-declared": "本人申报",
    "reference": "参考来源",
    "name": "名称",
    "uscc": "统一社会信用代码",
    "cn-org": "组织机构代码",
    "cn-reg": "注册号",
    "received": "已受理",
    "marked": "已标注",
    "stayed": "已停止执行",
    "notified": "已通知",
    "verified": "已核查",
    "upheld": "维持",
    "told": "已告知",
    "same": "同一",
    "different": "不同",
    "unsure": "不确定",
}
"""English → Chinese."""


_FACT = re.compile(r"([A-Z_]+) (\S+ → \S+)")


def word(value: str) -> tuple[str, str] | None:
    """A word in Chinese and English, where it is one of ours; a type of the schema gets its name."""
    if value in WORDS:
        return WORDS[value], value.replace("_", " ")
    if value in RELATIONSHIP_BY_TYPE:
        return RELATIONSHIP_BY_TYPE[value].ZH, value.replace("_", " ").lower()
    if (fact := _FACT.fullmatch(value)) and (kind := word(fact[1])):
        return f"{kind[0]} {fact[2]}", f"{kind[1]} {fact[2]}"
    return None
