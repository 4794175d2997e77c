"""Court judgments against parties, as courts supply them (source `judgments`).

There is no national form for them; this one is ours, one row for each party of a case. Only a judgment that goes
against a party says something of it: rows of those who were not held liable (不承担责任) are rejected, and never become
a sanction of a plaintiff or of somebody who won.

- A judgment holds from the day on which it is in force (生效日期); before that, and while that day is unknown, nothing
  follows from it.
- It triggers what the source states as a trigger code of the rule pack (代码), and nothing is read from its words.
"""

from collections.abc import Iterator
from typing import Any

from graph_model.rules import load_codes
from graph_model.schema import ImposedBy, ImposedOn
from loaders.drafts import Draft, Row, SanctionMention, SourceDescription, SourceFile
from loaders.reading.values import cell, fault, parse_date, parse_yuan, place_of
from loaders.sources import _forms

_TITLE = "判决"
OUTCOMES = {"承担责任": True, "不承担责任": False}


def judgment(row: Row, _context: Any) -> Iterator[Draft]:
    """One judgment against one party, and its court."""
    party, court = _forms.subject(row), _forms.organ(row, "审理法院")
    number, decided = _forms.needed_number(row, "案号"), _forms.needed_day(row, "裁判日期")
    if not _forms.word(row, "裁判结果", OUTCOMES):
        raise fault(
            row,
            "裁判结果",
            "says that the judgment does not go against the party: it is no sanction",
            code="not-against-party",
            todo="Leave the row out, or enter those who were held liable.",
        )
    in_force = cell(row, "生效日期", parse_date)
    if in_force is not None and in_force < decided:
        raise fault(row, "生效日期", "is before the judgment", todo="Correct the dates at the source.")
    codes = _forms.triggers(row, "代码", ("judgment",))
    if codes and in_force is None:
        raise fault(
            row,
            "代码",
            "is given, but no day from which the judgment is in force",
            code="not-in-force",
            todo="Give 生效日期: nothing follows from a judgment that is not in force.",
        )
    sanction = SanctionMention(court.name, number, party, row.get("案由") or _TITLE)
    about = _forms.about(row)
    more: dict[str, Any] = {
        **_forms.common(row, court.name),
        "record": f"{court.name}|{number}|{party.name}",
    }
    yield Draft(
        ImposedOn(
            kind="judgment",
            codes=codes,
            title=row.get("案由") or _TITLE,
            party_role=row.get("诉讼地位"),
            document_number=number,
            authority=court.name,
            act=row.get("案由"),
            content=row.get("裁判内容"),
            act_on=cell(row, "行为日期", parse_date),
            decided_on=decided,
            since=in_force,
            counted_from=cell(row, "期限起算日", parse_date),
            amount_yuan=cell(row, "标的金额", parse_yuan),
            acts=about["acts"],
            sectors=about["sectors"],
            jurisdiction=place_of(court.name, dict(court.identifiers).get("uscc")),
        ),
        sanction,
        party,
        **more,
    )
    yield Draft(ImposedBy(since=in_force), sanction, court, **more)


SOURCE = SourceDescription(
    id="judgments",
    title="Judgments of courts against parties",
    title_zh="司法判决",
    owner="人民法院",
    mode="delta",
    coverage="what the courts supplied; the form is this project's own, since there is no national one",
    licence="as the court says",
    triggers=tuple(code for code, about in load_codes().triggers.items() if about.kind == "judgment"),
    files=(
        SourceFile(
            pattern="*",
            columns=("案号", "审理法院", "裁判日期", "裁判结果", "主体名称", "主体类别"),
            drafts=judgment,
            required=False,
            against=_forms.AGAINST,
            decided_in=("案号",),
            fields={
                "案号": "number of the case",
                "案由": "cause of action, or the crime",
                "审理法院": "court",
                "审理法院代码": "its credit code",
                **_forms.PARTY_FIELDS,
                "诉讼地位": "part in the case as stated: 被告, 被告人, 第三人, …",
                "裁判结果": "承担责任: the judgment goes against the party; 不承担责任: it does not (rejected)",
                "裁判内容": "what the judgment orders",
                "标的金额": "amount, in yuan unless it says otherwise (2.4万元)",
                "行为日期": "day of the act; empty = unknown",
                "裁判日期": "day of the judgment",
                "生效日期": "day on which it came into force; empty = not known, or not in force",
                "期限起算日": "day from which a term runs, when not the judgment's: as the end of a sentence",
                "代码": "trigger codes of the rule pack for judgments; empty = it triggers nothing",
                **_forms.ABOUT_FIELDS,
                **_forms.COMMON_FIELDS,
            },
        ),
    ),
)
