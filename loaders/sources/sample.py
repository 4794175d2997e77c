"""The invented province of `loaders.sample.province`: register, officers, shareholders, lists, decisions (source `sample`).

Six of the nine files of a sample; its penalties and licences go through `shuanggongshi`, its consumption orders
through `court-limits`, as such files would in earnest. It is also the pattern for a register of one's own: a
folder of CSV files with these columns loads as well.

Ends of periods: 离任日期, 退出日期, 移出日期 and 解除日期 are the first day on which it is no longer so, and become
`until` as they are. (有效期至 and 公示截止期 of the other files are last days, and move by one there.)

Codes that fail their check digits are refused (重错码), those that say "none" make a party known by name only: an
entity in this source, a person at one entity. A person on a list has no entity to be known at, so needs a number.
"""

import json
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal

from graph_model.errors import SourceError
from graph_model.identifiers import normalise_code, uscc_kind
from graph_model.rules import load_codes
from graph_model.schema import (
    ActualControllerOf,
    BranchOf,
    DirectorOf,
    Fact,
    HoldsSharesIn,
    ImposedBy,
    ImposedOn,
    LegalRepresentativeOf,
    PrincipalOf,
    Profile,
    RegisteredAt,
    ResponsibleFor,
    SanctionKind,
    SeniorManagerOf,
    SupervisorOf,
)
from loaders.drafts import (
    AddressMention,
    Draft,
    EntityMention,
    PartyMention,
    PersonMention,
    Row,
    SanctionMention,
    SourceDescription,
    SourceFile,
)
from loaders.reading.values import (
    cell,
    document_number,
    fault,
    parse_date,
    parse_holding,
    parse_money,
    place_of,
    share_said,
    split_list,
)
from loaders.sample.forms import (
    DECISION_COLUMNS,
    LIST_COLUMNS,
    OFFICER_COLUMNS,
    REGISTER_COLUMNS,
    RESPONSIBLE_COLUMNS,
    SHAREHOLDER_COLUMNS,
)
from loaders.sources import _forms
from loaders.sources._forms import CAPACITIES, citizen_id, credit_code

# --- cells shared by the files ----------------------------------------------------------------------------


def _entity(row: Row, name_field: str, code_field: str) -> EntityMention:
    name, code = row.need(name_field), credit_code(row, code_field)
    return EntityMention(name, (("uscc", code),), kind=uscc_kind(code)) if code else EntityMention(name)


def _registered(row: Row) -> EntityMention:
    """The entity of a row of the register and of what hangs on it: its code is required."""
    entity = _entity(row, "企业名称", "统一社会信用代码")
    if not entity.identifiers:
        raise fault(
            row,
            "统一社会信用代码",
            "is empty, but required",
            code="missing-value",
            todo="Fill in the credit code.",
        )
    return entity


def _person(row: Row, name_field: str, id_field: str, scope: EntityMention) -> PersonMention:
    name, number = row.need(name_field), citizen_id(row, id_field)
    return PersonMention(name, (("cn-id", number),) if number else (), scope)


def _period(row: Row, since_field: str, until_field: str) -> tuple[date | None, date | None]:
    """First day, and first day on which it is over."""
    since, until = cell(row, since_field, parse_date), cell(row, until_field, parse_date)
    if since and until and until <= since:
        raise fault(row, until_field, f"is not after {since_field}", todo="Correct the dates at the source.")
    return since, until


def _number(row: Row, field: str) -> str:
    """A document number in one spelling: courts put the year first, and in round brackets."""
    text = row.need(field)
    return document_number(text, "（）" if text[0] in "（(" else "〔〕") or text


# --- register ---------------------------------------------------------------------------------------------


def register(row: Row, names: dict[str, str]) -> Iterator[Draft]:
    """Attributes, who heads it, where it is registered, and whose branch it is.

    The column 法人代表 names whoever heads the body. A branch and an individual business have no legal
    representative (公司法 13): there it is the principal (负责人) or the owner who runs it (经营者).
    """
    entity, form = _registered(row), row.get("企业类型") or ""
    code = entity.identifiers[0][1]
    founded = cell(row, "注册日期", parse_date)
    capital = cell(row, "注册资金", parse_money)
    yield Draft(
        Profile(
            name=entity.name,
            former_names=split_list(row.get("曾用名")) or None,
            kind=entity.kind,
            legal_form=form or None,
            status=row.get("登记状态"),
            established_on=founded,
            capital=float(capital.amount) if capital else None,
            capital_currency=capital.currency if capital else None,
            region=(row.get("所在省份") or "") + (row.get("地区") or "") or None,
            business_scope=row.get("经营范围"),
        ),
        entity,
        record=code,
    )
    if row.get("法人代表"):
        head = _person(row, "法人代表", "法人代表证件号码", entity)
        since = cell(row, "任职日期", parse_date)
        if "分公司" in form or "分支机构" in form:
            yield Draft(PrincipalOf(since=since, post="负责人"), head, entity)
        elif entity.kind == "individual_business":
            yield Draft(PrincipalOf(since=since, post="经营者"), head, entity)
        else:
            yield Draft(LegalRepresentativeOf(since=since), head, entity)
    if address := row.get("注册地址"):
        yield Draft(RegisteredAt(), entity, AddressMention(address))
    if parent := credit_code(row, "隶属单位代码"):
        name = names.get(parent, parent)  # a company elsewhere goes by its code until its own register says more
        company = EntityMention(name, (("uscc", parent),), kind=uscc_kind(parent))
        yield Draft(BranchOf(since=founded), entity, company)


def names_by_code(rows: Iterator[Row]) -> dict[str, str]:
    """Code → name of the companies that have branches: a branch's row gives its company's code only."""
    names: dict[str, str] = {}
    parents: set[str] = set()
    for row in rows:
        if (code := normalise_code(row.get("统一社会信用代码"))) and (name := row.get("企业名称")):
            names.setdefault(code, name)
        if parent := normalise_code(row.get("隶属单位代码")):
            parents.add(parent)
    return {code: names[code] for code in parents if code in names}


# --- officers and shareholders ----------------------------------------------------------------------------

STATED_POSTS: dict[str, type[Fact]] = {
    "法定代表人": LegalRepresentativeOf,
    **dict.fromkeys(("主要负责人", "负责人", "理事长", "园长", "校长", "院长"), PrincipalOf),
    **dict.fromkeys(("董事长", "副董事长", "执行董事", "独立董事", "董事"), DirectorOf),
    **dict.fromkeys(("监事会主席", "监事"), SupervisorOf),
    **dict.fromkeys(("总经理", "副总经理", "财务负责人", "董事会秘书", "高级管理人员"), SeniorManagerOf),
    "实际控制人": ActualControllerOf,
}
"""Post as stated → relationship."""
WITH_POST = frozenset(kind for kind in STATED_POSTS.values() if "post" in kind.model_fields)


def officer(row: Row, _context: Any) -> Iterator[Draft]:
    """One term of office; two posts in one cell (执行董事兼总经理) are two."""
    entity = _registered(row)
    person = _person(row, "姓名", "证件号码", entity)
    since, until = _period(row, "任职日期", "离任日期")
    day = cell(row, "数据日期", parse_date)
    for post in row.need("职务").split("兼"):
        kind = STATED_POSTS.get(post)
        if kind is None:
            raise fault(
                row,
                "职务",
                "is a post that is not known",
                code="unknown-code",
                todo=f"Use one of {'、'.join(STATED_POSTS)}, or two joined by 兼.",
            )
        stated = {"post": post} if kind in WITH_POST else {}
        yield Draft(kind.model_validate({"since": since, "until": until, **stated}), person, entity, data_date=day)


def shareholder(row: Row, _context: Any) -> Iterator[Draft]:
    """One holding; without a percentage its share is unknown, 0 to 1."""
    entity = _registered(row)
    holder: PartyMention
    if row.need("股东类型") == "自然人":
        holder = _person(row, "股东名称", "股东证件号码", entity)
    else:
        holder = _entity(row, "股东名称", "股东证件号码")
    since, until = _period(row, "出资日期", "退出日期")
    share = cell(row, "持股比例", parse_holding)
    yield Draft(
        HoldsSharesIn(
            since=since,
            until=until,
            **share_said(share),
        ),
        holder,
        entity,
    )


# --- lists and decisions ----------------------------------------------------------------------------------


def _subject(row: Row) -> PartyMention:
    if row.need("主体类别") != "自然人":
        return _entity(row, "主体名称", "主体证件号码")
    name, number = row.need("主体名称"), citizen_id(row, "主体证件号码")
    if number is None:
        raise fault(
            row,
            "主体证件号码",
            "is empty, and a natural person is nobody by name alone",
            code="no-identity",
            todo="Give the citizen id number.",
        )
    return PersonMention(name, (("cn-id", number),))


def _imposed(row: Row, fact: ImposedOn, subject: PartyMention, organ: EntityMention, number: str) -> Iterator[Draft]:
    sanction = SanctionMention(organ.name, number, subject, fact.title)
    record = f"{organ.name}|{number}|{subject.name}"
    yield Draft(fact, sanction, subject, record=record, owner=organ.name)
    yield Draft(ImposedBy(since=fact.since), sanction, organ, record=record, owner=organ.name)


def listing(row: Row, _context: Any) -> Iterator[Draft]:
    """One entry on a list, or one rating (the tax grade D). It holds until the day of removal, if there is one."""
    subject, code, number = _subject(row), row.need("名单代码"), _number(row, "列入决定文号")
    _coded(row, "名单代码", load_codes().triggers)
    organ_code = credit_code(row, "列入机关代码")
    organ = EntityMention(row.need("列入机关"), (("uscc", organ_code),) if organ_code else (), organ=True)
    row.need("列入日期")
    listed, removed = _period(row, "列入日期", "移出日期")
    about = _forms.about(row)
    fact = ImposedOn(
        since=listed,
        until=removed,
        kind="rating" if code == "TAX_D" else "list_entry",
        codes=[code],
        title=row.need("名单名称"),
        document_number=number,
        authority=organ.name,
        act=row.get("列入事由"),
        acts=about["acts"],
        sectors=about["sectors"],
        act_on=cell(row, "行为日期", parse_date),
        decided_on=listed,
        jurisdiction=place_of(organ.name, organ_code),
    )
    yield from _imposed(row, fact, subject, organ, number)


SANCTION_KINDS: dict[str, SanctionKind] = {k: k for k in ("penalty", "court_order", "decision", "judgment", "rating")}


def _coded(row: Row, field: str, known: Collection[str]) -> list[str]:
    """Codes, each of which must be known."""
    codes = split_list(row.get(field))
    for code in codes:
        if code not in known:
            raise fault(
                row, field, "holds a code that is not known", code="unknown-code", todo="See creditgraph rules list."
            )
    return codes


def decision(row: Row, _context: Any) -> Iterator[Draft]:
    """One order, decision or judgment. 代码 is its trigger code (several are separated by ;)."""
    subject, number = _subject(row), _number(row, "决定文号")
    stated = row.need("决定类别")
    kind = SANCTION_KINDS.get(stated)
    if kind is None:
        raise fault(
            row, "决定类别", "is no kind of decision", code="unknown-code", todo=f"Use {', '.join(SANCTION_KINDS)}."
        )
    organ = EntityMention(row.need("决定机关"), organ=True)
    row.need("决定日期")
    decided, lifted = _period(row, "决定日期", "解除日期")
    circumstances, absent = (_coded(row, field, load_codes().circumstances) for field in ("情节", "不具备情节"))
    if both := sorted({*circumstances} & {*absent}):
        raise fault(
            row, "不具备情节", f"says that {', '.join(both)} is not there, and 情节 that it is", code="contradiction",
            todo="Leave it in the column that the decision bears out.",
        )  # fmt: skip
    about = _forms.about(row)
    fact = ImposedOn(
        since=decided,
        until=lifted,
        kind=kind,
        codes=_coded(row, "代码", load_codes().triggers) or [row.need("代码")],
        circumstances=circumstances or None,
        circumstances_not=absent or None,
        acts=about["acts"],
        sectors=about["sectors"],
        counted_from=cell(row, "起算日", parse_date),
        title=row.get("名称"),
        document_number=number,
        authority=organ.name,
        act_on=cell(row, "行为日期", parse_date),
        decided_on=decided,
        content=row.get("内容"),
        jurisdiction=place_of(organ.name),
    )
    yield from _imposed(row, fact, subject, organ, number)


LIABILITY_BASES: dict[str, Literal["finding", "named", "ordered"]] = {b: b for b in ("finding", "named", "ordered")}


def responsible(row: Row, _context: Any) -> Iterator[Draft]:
    """One person whom a document holds liable for a sanction, wherever that sanction itself comes from."""
    subject = _entity(row, "当事人名称", "当事人证件号码")
    person = _person(row, "责任人姓名", "责任人证件号码", subject)
    number, organ = _number(row, "决定文号"), row.need("决定机关")
    capacity, basis = row.need("责任身份"), row.need("认定方式")
    for field, value, known in (("责任身份", capacity, CAPACITIES), ("认定方式", basis, tuple(LIABILITY_BASES))):
        if value not in known:
            raise fault(row, field, "is no such code", code="unknown-code", todo=f"Use one of {', '.join(known)}.")
    row.need("认定日期")
    yield Draft(
        ResponsibleFor(
            since=cell(row, "认定日期", parse_date),
            capacity=capacity,
            capacity_stated=row.get("责任身份原文"),
            basis=LIABILITY_BASES[basis],
            document=row.get("认定文书"),
        ),
        person,
        SanctionMention(organ, number, subject),
        record=f"{organ}|{number}|{subject.name}|{capacity}",
        owner=organ,
    )


# --- the source -------------------------------------------------------------------------------------------


def data_date(path: Path) -> date | None:
    """The data date in `manifest.json`, which stands in the folder or beside the file."""
    manifest = _manifest(path)
    if not manifest.exists():
        return None
    try:
        return date.fromisoformat(json.loads(manifest.read_text(encoding="utf-8"))["data_date"])
    except (ValueError, KeyError, TypeError) as e:
        raise SourceError(
            "says no data_date such as 2026-06-30", file=manifest.name, todo="Make the sample again."
        ) from e


def delivery(path: Path) -> int:
    """Which delivery of its day it is, as `delivery` in `manifest.json` says; the first, if nothing does."""
    manifest = _manifest(path)
    if not manifest.exists():
        return 1
    number = json.loads(manifest.read_text(encoding="utf-8")).get("delivery", 1)
    if type(number) is not int or number < 1:
        raise SourceError("says no delivery such as 2", file=manifest.name, value=str(number), todo="Put it right.")
    return number


def _manifest(path: Path) -> Path:
    return (path if path.is_dir() else path.parent) / "manifest.json"


_AGAINST = ("主体名称", "主体证件号码")

SOURCE = SourceDescription(
    id="sample",
    title="Invented province: register, officers, shareholders, lists, decisions",
    title_zh="示例数据(虚构)",
    owner="creditgraph sample",
    mode="snapshot",
    coverage="one invented province in Hunan; nobody in it exists",
    licence="Apache-2.0, as the project",
    triggers=tuple(load_codes().triggers),
    period="up to the data date of manifest.json",
    expected_rows="as manifest.json counts them",
    files=(
        SourceFile(
            "register.csv",
            REGISTER_COLUMNS,
            register,
            prepare=names_by_code,
            fields={
                "法人代表": "who heads it; principal of a branch, owner of an individual business",
                "任职日期": "first day in that post",
                "注册资金": "amount with unit in brackets, as 1,000(万元)",
                "隶属单位代码": "credit code of the company whose branch it is",
            },
        ),
        SourceFile(
            "officers.csv",
            OFFICER_COLUMNS,
            officer,
            fields={
                "职务": "one post, or two joined by 兼",
                "离任日期": "first day out of office",
                "数据日期": "day for which the row speaks",
            },
        ),
        SourceFile(
            "shareholders.csv",
            SHAREHOLDER_COLUMNS,
            shareholder,
            fields={
                "股东类型": "自然人 or 法人",
                "持股比例": "percent; empty = unknown",
                "退出日期": "first day on which it is no longer held",
            },
        ),
        SourceFile(
            "lists.csv",
            LIST_COLUMNS,
            listing,
            owned_by=("列入机关",),
            against=_AGAINST,
            decided_in=("列入决定文号",),
            fields={
                "名单代码": "LIST-01 … of the rule pack, or TAX_D",
                "行为日期": "day of the act; empty = unknown",
                "移出日期": "first day no longer on the list",
                **_forms.ABOUT_FIELDS,
            },
        ),
        SourceFile(
            "decisions.csv",
            DECISION_COLUMNS,
            decision,
            owned_by=("决定机关",),
            against=_AGAINST,
            decided_in=("决定文号",),
            fields={
                "决定类别": "penalty, court_order, decision, judgment or rating",
                "代码": "trigger codes of the rule pack",
                "情节": "circumstances that the decision states, as codes of the rule pack (the column may be missing)",
                "不具备情节": "circumstances that it says not to be there, as such codes (the column may be missing)",
                **_forms.ABOUT_FIELDS,
                "起算日": "day from which a term runs, when not the decision's (the column may be missing)",
                "解除日期": "first day no longer in force",
            },
        ),
        SourceFile(
            "responsible.csv",
            RESPONSIBLE_COLUMNS,
            responsible,
            owned_by=("决定机关",),
            fields={
                "责任身份": f"one of {', '.join(CAPACITIES)}",
                "认定方式": "finding, named or ordered",
                "认定文书": "the document that says so",
            },
        ),
    ),
    dated_by=data_date,
    numbered_by=delivery,
)
