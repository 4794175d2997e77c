"""Lists that organs keep: red, black, key attention, tax grade A (source `lists`).

There is no national form for them; this one is ours, one row for each entry of a party.

- A black list entry triggers what the rule pack has for just that list: by 名单代码, or by the list's exact name. Every
  list of the pack keeps its code, so that it can be asked for (`creditgraph listed`), whether anything follows from it or
  not. A list that the pack does not know is loaded as what it is, and triggers nothing.
- Who cannot stand on a list (a company on one of natural persons), and a list that is supplied as another class, are
  rejected.
- A key-attention list (重点关注名单) or register of irregular operation (经营异常名录) is a matter of supervision: it never
  triggers anything.
- Red list and tax grade A are credentials.
- An entry holds until the day of removal, else to the end of its term. Why it was removed is kept as stated: that an
  item was repaired or withdrawn, and so is gone from every answer, is recorded by `creditgraph repair` and `record`.
"""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from graph_model.identifiers import name_key
from graph_model.list_terms import cannot_stand
from graph_model.rules import load_codes, load_pack
from graph_model.rules.model import ListAbout
from graph_model.schema import Holds, ImposedBy, ImposedOn
from loaders.drafts import (
    CredentialMention,
    Draft,
    EntityMention,
    PartyMention,
    PersonMention,
    Row,
    SanctionMention,
    SourceDescription,
    SourceFile,
)
from loaders.reading.values import cell, fault, parse_date, parse_last_day, place_of
from loaders.sources import _forms

LIST_CLASSES = {
    "黑名单": "black",
    "严重失信主体名单": "black",
    **dict.fromkeys(("重点关注名单", "异常名录", "经营异常名录"), "watch"),
    "红名单": "red",
    "纳税信用A级": "tax_a",
    "A级纳税人": "tax_a",
}
CODE_OF = {name_key(about.zh): code for code, about in load_codes().triggers.items() if about.kind == "list_entry"}
"""Name of a list, exactly as the rule pack has it → its trigger code."""


def listing(row: Row, _context: Any) -> Iterator[Draft]:
    """One entry of a party on one list."""
    kind = _forms.word(row, "名单类别", LIST_CLASSES)
    party, keeper = _forms.subject(row), _forms.organ(row, "认定机关")
    entered = _forms.needed_day(row, "列入日期")
    removed = _forms.after(row, "移出日期", entered)
    if row.get("移出原因") and removed is None:
        raise fault(row, "移出日期", "is empty, but a reason of removal is given", todo="Give the day of removal.")
    until = removed or _forms.after(row, "有效期至", entered, last_day=True)
    if kind in ("black", "watch"):
        yield from _entry(row, kind, party, keeper, entered, until)
    else:
        yield from _credential(row, kind, party, keeper, entered, until)


def _about(row: Row, kind: str) -> ListAbout | None:
    """The list of the rule pack that is meant, by its code or its exact name; None when it has none.

    Refuses a code that the name contradicts, and a list whose entries come as another class (名单类别).
    """
    stated, named = row.get("名单代码"), _code_named(row)
    if stated and stated not in load_pack().list_of:
        raise fault(
            row,
            "名单代码",
            "is no list of the rule pack",
            code="unknown-code",
            todo="See docs/rules/codes.md, or leave it empty: the entry then triggers nothing.",
        )
    if stated and named and stated != named:
        raise fault(
            row,
            "名单代码",
            f"is another list than the one named, which is {named}",
            code="contradiction",
            todo="Correct the code or the name.",
        )
    about = load_pack().list_of.get(stated or named or "")
    if about is not None and kind not in about.classes:
        raise fault(
            row,
            "名单类别",
            f"does not go with the list: {about.id} {about.title.zh} is {_AS[about.classes[:1]]}",
            code="contradiction",
            todo="Enter it as what it is, or name the list that is meant.",
        )
    return about


def _code_named(row: Row) -> str | None:
    """The code of the list that bears just this name."""
    name = name_key(row.need("名单名称"))
    return CODE_OF.get(name) or _others().get(name)


@cache
def _others() -> dict[str, str]:
    """Exact name → id of the lists from which nothing follows. Not at import: reading the pack takes a while."""
    known = {about.list_id for about in load_codes().triggers.values()}
    return {name_key(about.title.zh): about.id for about in load_pack().lists if about.id not in known}


_AS: dict[tuple[str, ...], str] = {
    (): "supplied in another form (双公示), not as a list",
    ("black",): "one that measures follow from, or a black list: 黑名单",
    ("watch",): "a list of supervision: 经营异常名录",
    ("red",): "a list of the honest: 红名单",
}
"""Class of a list → as what its entries are supplied."""


def _right_subject(row: Row, about: ListAbout | None, party: PartyMention) -> None:
    """Refuses a company on a list of natural persons, and a natural person on one of units."""
    why = about and cannot_stand(about, "person" if isinstance(party, PersonMention) else "unit")
    if why:
        raise fault(
            row,
            "主体类别",
            f"cannot stand on this list: {why}",
            code="wrong-subject",
            todo="Correct the kind of party, or the list, at the source.",
        )


def _entry(
    row: Row, kind: str, party: PartyMention, keeper: EntityMention, entered: date, until: date | None
) -> Iterator[Draft]:
    on_list, title = _about(row, kind), row.need("名单名称")
    _right_subject(row, on_list, party)
    # A black list entry that nobody determined is no entry; to be watched needs no decision.
    number = _forms.needed_number(row, "文号") if kind == "black" else _forms.number(row, "文号")
    sanction = SanctionMention(keeper.name, number or title, party, title)
    about = _forms.about(row)
    more: dict[str, Any] = {
        **_forms.common(row, keeper.name),
        "record": f"{keeper.name}|{number or f'{title}|{entered}'}|{party.name}",
    }
    yield Draft(
        ImposedOn(
            kind="list_entry",
            codes=[on_list.id] if on_list else [],
            title=title,
            document_number=number,
            authority=keeper.name,
            act=row.get("列入事由"),
            act_on=cell(row, "行为日期", parse_date),
            decided_on=entered,
            since=entered,
            until=until,
            published_on=cell(row, "公示日期", parse_date),
            publish_until=cell(row, "公示截止日期", parse_last_day),
            exit_reason=row.get("移出原因"),
            circumstances=_forms.circumstances(row, "情节") or None,
            stands_on=_forms.number(row, "列入依据文号"),
            acts=about["acts"],
            sectors=about["sectors"],
            jurisdiction=place_of(keeper.name, dict(keeper.identifiers).get("uscc")),
        ),
        sanction,
        party,
        **more,
    )
    yield Draft(ImposedBy(since=entered), sanction, keeper, **more)


def _credential(
    row: Row, kind: str, party: PartyMention, keeper: EntityMention, entered: date, until: date | None
) -> Iterator[Draft]:
    title, number = row.need("名单名称"), _forms.number(row, "文号")
    codes, about = _honours(row, kind)
    _right_subject(row, about, party)
    yield Draft(
        Holds(
            kind="grade" if kind == "tax_a" else "red_list",
            codes=codes,
            title=title,
            content=row.get("列入事由"),
            document_number=number,
            decided_on=entered,
            authority=keeper.name,
            scheme="纳税信用" if kind == "tax_a" else None,
            grade="A" if kind == "tax_a" else None,
            since=entered,
            until=until,
            published_on=cell(row, "公示日期", parse_date),
            publish_until=cell(row, "公示截止日期", parse_last_day),
            exit_reason=row.get("移出原因"),
        ),
        party,
        CredentialMention(keeper.name, number or title, party, title),
        record=f"{keeper.name}|{number or f'{title}|{entered}'}|{party.name}",
        **_forms.common(row, keeper.name),
    )


def _honours(row: Row, kind: str) -> tuple[list[str], ListAbout | None]:
    """The trigger codes of a red list, stated as such or as the id of a list; and that list, which is kept beside them."""
    stated = row.get("名单代码")
    usual = "TAX_A" if kind == "tax_a" else "RED_LIST"
    listed = load_pack().list_of.get(stated or "")
    if stated is not None and listed is not None and "red" in listed.classes:
        about = _about(row, "red")
        of_list = [c for c, t in load_codes().triggers.items() if t.kind == "credential" and t.list_id == stated]
        return [*(of_list or [usual]), stated], about
    own = _forms.triggers(row, "名单代码", ("credential",)) or [usual]
    lists = [about for c in own if (about := load_pack().list_of.get(load_codes().triggers[c].list_id or ""))]
    return own, next((one for one in lists if one.only), None)


def _is_praise(row: Row) -> bool:
    return LIST_CLASSES.get(row.get("名单类别") or "") == "red"


SOURCE = SourceDescription(
    id="lists",
    title="Red, black and key-attention lists, taxpayers of grade A",
    title_zh="红黑名单、重点关注名单、A级纳税人",
    owner="各级行政机关、人民法院",
    mode="delta",
    coverage="what the organs supplied; the form is this project's own, since there is no national one",
    licence="as the organ says",
    triggers=(*CODE_OF.values(), *(c for c, about in load_codes().triggers.items() if about.kind == "credential")),
    files=(
        SourceFile(
            pattern="*",
            columns=("名单类别", "名单名称", "主体名称", "主体类别", "列入日期", "认定机关"),
            drafts=listing,
            required=False,
            against=_forms.AGAINST,
            decided_in=("文号",),
            harmless=_is_praise,
            fields={
                "名单类别": f"one of {', '.join(LIST_CLASSES)}",
                "名单名称": "name of the list; the exact name of a list of the rule pack stands for its code",
                "名单代码": "LIST-01 …, L09 … of the rule pack, of a red list also RED_LIST, HONESTY_MODEL, …; may be empty",
                **_forms.PARTY_FIELDS,
                "认定机关": "organ that determined the entry",
                "认定机关代码": "its credit code",
                "文号": "number of the decision; a black list needs it",
                "列入事由": "why",
                "列入依据文号": "number of the penalty on which the entry stands: it falls with it",
                "情节": "circumstances that the decision states, as codes of the rule pack, such as OWN_LARGE_DEBT_DUE",
                "行为日期": "day of the act; empty = unknown",
                "列入日期": "first day on the list, taken as the day of the decision",
                "有效期至": "last day of the term; empty, 长期 or 2099-12-31 = open",
                "移出日期": "first day no longer on the list",
                "移出原因": "why it was removed, as stated",
                "公示日期": "day of publication",
                "公示截止日期": "last day of publication",
                **_forms.ABOUT_FIELDS,
                **_forms.COMMON_FIELDS,
            },
        ),
    ),
)
