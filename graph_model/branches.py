"""Whose branch is a body, by its name (分公司、分行、支行、营业部 …)? Pure: which bodies may be meant, the nearest first.

A branch bears the full name of its company, a place, and a word for the branch: X银行股份有限公司Y分行Z支行 is a branch of
X银行股份有限公司Y分行 where that is known, else of X银行股份有限公司. It is no legal person (公司法 13). A name proposes; who says
so for certain is a register.
"""

import re

BRANCH_WORDS = (
    *(
        "分公司",
        "支公司",
        "分行",
        "支行",
        "分理处",
        "储蓄所",
        "储蓄柜",
        "分社",
        "分理部",
        "分厂",
        "分店",
        "分校",
        "分院",
        "分所",
    ),
    *(
        "营业部",
        "营业所",
        "营业厅",
        "营业室",
        "营业点",
        "营业处",
        "营销服务部",
        "营销部",
        "服务部",
        "代表处",
        "办事处",
        "联络处",
    ),
    *(
        "信用卡中心",
        "电话销售中心",
        "资金运营中心",
        "数据中心",
        "客服中心",
        "分中心",
        "业务部",
        "事业部",
        "经营部",
        "门市部",
        "项目部",
    ),
    *("销售部", "工程处", "工程队", "加油站", "加气站", "专卖店", "直营店", "门店", "供电所", "投递部", "信用社"),
)
"""Words in which the name of a branch ends. A credit cooperative (信用社) is one where the name of its union stands before."""

_LONGEST_FIRST = sorted(BRANCH_WORDS, key=len, reverse=True)
_BRANCH_WORD = re.compile(f"(?:{'|'.join(_LONGEST_FIRST)})\\)?")
_COMPANY = re.compile(r"(?<![分支])公司(?:\(.{1,12}?合伙\))?")
_OTHER_BODY = re.compile(
    r"银行|合作联社|联合社|联社|合作社|事务所|基金会|研究院|设计院|医院|大学|学校|集团|厂|\((?:有限|普通|特殊普通)合伙\)"
)
"""In what the name of a legal person ends that is no company. Nobody's name ends there when a company's name follows."""
SHORTEST_NAME = 4
"""Characters of the shortest name of a body that has branches."""


def heads_of(name: str | None) -> list[str]:
    """The names that the body may bear of which this one is a branch, the nearest first; [] when it is none by its name.

    `name`: normalised (`graph_model.identifiers.name_key`).

    >>> heads_of("湘楚银行股份有限公司长沙分行开福支行")
    ['湘楚银行股份有限公司长沙分行', '湘楚银行股份有限公司']
    >>> heads_of("湘楚食品有限公司"), heads_of("长沙分行")
    ([], [])
    """
    if not name or not name.removesuffix(")").endswith(BRANCH_WORDS):
        return []
    body = _body_end(name)
    if body is None or body < SHORTEST_NAME:
        return []
    ends = [body, *(m.end() for m in _BRANCH_WORD.finditer(name, body) if m.end() < len(name))]
    return [name[:end] for end in reversed(ends) if end >= SHORTEST_NAME and _closed(name[:end])]


def is_branch_name(name: str | None) -> bool:
    """Is the name made like that of a branch?"""
    return bool(heads_of(name))


def may_be_head(name: str | None) -> bool:
    """May names of branches begin with this one? Only what ends as a body or a branch does."""
    if not name or len(name) < SHORTEST_NAME:
        return False
    return _body_end(name) == len(name) or is_branch_name(name)


def _body_end(name: str) -> int | None:
    """Where the name of the legal person ends: after its last word for a company, else for another body."""
    for words in (_COMPANY, _OTHER_BODY):
        found = [m.end() for m in words.finditer(name)]
        if found:
            return found[-1]
    return None


def _closed(text: str) -> bool:
    return text.count("(") == text.count(")")
