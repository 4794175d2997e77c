"""双公示: administrative penalties (CF_*) and licences (XK_*) in the field form of 2018 (source `shuanggongshi`).

The form that every authority reports decisions in within seven working days (发改办财金〔2018〕424号), and the form before
it, whose fields are read as those that took their place (`ALIASES`). Which form a file has, and whether it holds
penalties or licences, of units or of natural persons, is seen by its columns.

- Money is in 万元 with six decimals. The older form has no field for it: its result (CF_JG) is kept as text, and a number
  without a unit is no amount there. Last days (处罚有效期, 公示截止期) are inclusive; 2099/12/31 means "open".
- 00000000000000000X is no code. An individual business without a code is known by its registration number.
- A natural person is known by his citizen id number and by nothing else: without one the row is rejected, because a
  name alone is nobody.
- The time stamp of the older form (SJC) is the day for which its row speaks. What its state codes (CF_ZT) mean is not
  confirmed: a penalty with another one than 0 may be withdrawn or disputed, and is rejected.
- A licence in another state than 有效 (or 0) is loaded, and no incentive rests on it.
- What a decision triggers is read from 处罚类别 and the certificates it names, and from nothing vaguer.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from graph_model.identifiers import (
    citizen_id_18,
    citizen_id_faults,
    is_placeholder,
    normalise_code,
    normalise_org_code,
    org_code_valid,
    reg_number_valid,
    uscc_faults,
    uscc_kind,
)
from graph_model.schema import Holds, ImposedBy, ImposedOn, LegalRepresentativeOf
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
from loaders.reading.values import (
    cell,
    document_number,
    fault,
    parse_date,
    parse_last_day,
    parse_yuan,
    place_of,
    split_list,
)

# --- fields -----------------------------------------------------------------------------------------------

ALIASES: dict[str, tuple[str, ...]] = {
    "CF_XDR_ZZJG": ("CF_XDR_ZDM",),
    "CF_XDR_GSZC": ("CF_XDR_GSDJ",),
    "CF_XDR_ZJHM": ("CF_XDR_SFZ",),
    "CF_FRDB": ("CF_FR",),
    "CF_FR_ZJHM": ("CF_FR_SFZH",),
    "CF_NR": ("CF_JG",),
    "CF_CFJG": ("CF_XZJG",),
    "XK_XDR_MC": ("XK_XDR",),
    "XK_XDR_ZZJG": ("XK_XDR_ZDM",),
    "XK_XDR_GSZC": ("XK_XDR_GSDJ",),
    "XK_XDR_ZJHM": ("XK_XDR_SFZ",),
    "XK_FRDB": ("XK_FR",),
    "XK_FR_ZJHM": ("XK_FR_SFZH",),
    "XK_YXQZI": ("XK_JZQ",),
    "XK_XKJG": ("XK_XZJG",),
}
"""Names of older feeds, by the name of 2018."""


def _named(row: Row, field: str) -> str:
    """The name under which the row has a field: that of 2018, or an older one."""
    names = (field, *ALIASES.get(field, ()))
    filled = next((name for name in names if row.get(name)), None)
    return filled or next((name for name in names if name in row.values), field)


def _get(row: Row, field: str) -> str | None:
    return row.get(_named(row, field))


def _need(row: Row, field: str) -> str:
    return row.need(_named(row, field))


def _stamped(row: Row) -> date | None:
    """The day of the time stamp of the older form: 2016-05-06 10:11:12, or 20160506101112."""
    return cell(row, "SJC", lambda text: parse_date(re.sub(r"^(\d{8})\d{6}$", r"\1", text or "", flags=re.ASCII)))


# --- parties ----------------------------------------------------------------------------------------------

ENTITY_CLASSES = ("法人及非法人组织", "法人", "非法人组织", "其他组织")
PERSON_CLASS, BUSINESS_CLASS = "自然人", "个体工商户"
CITIZEN_ID_TYPES = ("身份证", "居民身份证", "公民身份号码", "公民身份证")


def party(row: Row, prefix: str) -> PartyMention:
    """The one to whom a decision is addressed, by the strongest identifier the row has."""
    name = _need(row, f"{prefix}_XDR_MC")
    kind = row.get(f"{prefix}_XDR_LB") or _class(row, prefix)
    if kind == PERSON_CLASS:
        number = _citizen_id(row, f"{prefix}_XDR_ZJLX", f"{prefix}_XDR_ZJHM")
        if number is None:
            raise fault(
                row,
                _named(row, f"{prefix}_XDR_ZJHM"),
                "holds no valid citizen id number, and a natural person is nobody by name alone",
                code="no-identity",
                todo="Give the citizen id number (居民身份证).",
                secret=True,
            )
        return PersonMention(name, (("cn-id", number),))
    if kind == BUSINESS_CLASS:
        return EntityMention(name, _codes(row, prefix), kind="individual_business")
    if kind in ENTITY_CLASSES:
        codes = _codes(row, prefix)
        uscc = dict(codes).get("uscc")
        return EntityMention(name, codes, kind=uscc_kind(uscc) if uscc else None)
    raise fault(
        row,
        f"{prefix}_XDR_LB",
        "is no class of party",
        code="unknown-code",
        todo=f"Use {ENTITY_CLASSES[0]}, {PERSON_CLASS} or {BUSINESS_CLASS}.",
    )


def _class(row: Row, prefix: str) -> str:
    """The class of a party where none is stated: the older form has none, nor have the tables for natural persons."""
    codes = [_named(row, f"{prefix}_XDR_{code}") for code in ("SHXYM", "GSZC", "ZZJG")]
    coded = any(not is_placeholder(normalise_code(row.get(code))) for code in codes)
    number = _named(row, f"{prefix}_XDR_ZJHM")
    if is_placeholder(normalise_code(row.get(number))):
        # A table that has a column for id numbers and none for codes is one of natural persons.
        persons_only = number in row.values and not any(code in row.values for code in codes)
        return PERSON_CLASS if persons_only else ENTITY_CLASSES[0]
    if coded:
        raise fault(
            row,
            number,
            "is given beside the code of a unit: which of the two is meant is not said",
            code="ambiguous-party",
            todo=f"Give the class in {prefix}_XDR_LB, or leave one of the two empty.",
            secret=True,
        )
    return PERSON_CLASS


def _codes(row: Row, prefix: str) -> tuple[tuple[str, str], ...]:
    """Credit code, registration number; the organisation code only when there is no credit code, which holds it."""
    found: dict[str, str] = {}
    field = f"{prefix}_XDR_SHXYM"
    uscc = normalise_code(row.get(field))
    if uscc and not is_placeholder(uscc):
        if faults := uscc_faults(uscc):
            raise fault(
                row,
                field,
                f"is no unified social credit code: {'; '.join(faults)}",
                code="invalid-code",
                todo="Correct it at the source (重错码), or leave it empty if there is none.",
            )
        found["uscc"] = uscc
    field = _named(row, f"{prefix}_XDR_GSZC")
    number = normalise_code(row.get(field))
    if number and not is_placeholder(number) and number != uscc:
        if reg_number_valid(number):
            found["cn-reg"] = number
        elif not re.fullmatch(r"\d{13}", number):  # those of before 2007 have no check digit: no fault, and no key
            raise fault(
                row,
                field,
                "is no registration number: it has not 15 digits, or its check digit is wrong",
                code="invalid-code",
                todo="Correct it at the source, or leave it empty if there is none.",
            )
    org = normalise_org_code(_get(row, f"{prefix}_XDR_ZZJG"))
    if not found and org and not is_placeholder(org) and org_code_valid(org):
        found["cn-org"] = org
    return tuple(found.items())


def _citizen_id(row: Row, type_field: str, number_field: str) -> str | None:
    """The 18-digit number, when the document is an identity card and the number is valid."""
    if (row.get(type_field) or CITIZEN_ID_TYPES[0]) not in CITIZEN_ID_TYPES:
        return None
    number = normalise_code(_get(row, number_field))
    if number and len(number) == 15 and number.isascii() and number.isdigit():
        number = citizen_id_18(number)
    return number if number and not citizen_id_faults(number) else None


def _legal_representative(row: Row, prefix: str, entity: EntityMention, common: dict[str, Any]) -> Iterator[Draft]:
    """Who the authority saw as legal representative on the day of the decision.

    A number that is missing or wrong does not make the decision unusable: he is then known at this entity only.
    """
    if name := _get(row, f"{prefix}_FRDB"):
        number = _citizen_id(row, f"{prefix}_FR_ZJLX", f"{prefix}_FR_ZJHM")
        ids = (("cn-id", number),) if number else ()
        yield Draft(LegalRepresentativeOf(), PersonMention(name, ids, scope=entity), entity, **common)


def organ(row: Row, field: str) -> EntityMention:
    """The deciding authority, by code when it has a valid one."""
    code = normalise_code(row.get(f"{field}DM"))
    valid = code is not None and not is_placeholder(code) and not uscc_faults(code)
    return EntityMention(_need(row, field), (("uscc", code),) if valid and code else (), organ=True)


# --- penalties --------------------------------------------------------------------------------------------

CERTIFICATES: dict[str, tuple[str, ...]] = {
    "REVOKE_BUSINESS_LICENCE": ("营业执照",),
    "REVOKE_FOOD_LICENCE": ("食品经营许可证", "食品生产许可证"),
}
"""Trigger code → certificates whose revocation it stands for."""


_REVOKE = re.compile("吊销")
_OBJECT = re.compile("吊销[^。;；,，、]{0,30}?([一-鿿]{0,12}(?:许可证件|证照|许可证|执照|证书|证))")
_GENERIC = re.compile("(相关|有关|其|涉案)?(许可证件|证照|许可证|证书|执照|证)")
_PLANNED = re.compile("拟|建议|提请|报请|商请|提议|告知|听证|移送|申请")
"""Whatever of these stands before 吊销: it is to be decided yet, or by somebody else."""
_CONDITIONAL = re.compile(
    "(逾期|拒不|仍不|仍未|再次|再犯|一经|届时|期满)[^。;；\n]{0,40}?(的[,，]|将|可以?|则)[^。;；\n]*$|(如(?!下)|若|否则|倘若)[^。;；\n]*$"
    "|((整改|改正|复查|验收)后?仍?(不合格|不达标|不到位|未完成|未通过)|情节严重)(者|的)[,，]?[^,，。;；\n]{0,8}$|(视|根据|按照?)[^,，。;；]{0,12}(情节|情况|程度)[^,，。;；]{0,6}$"
)
_AT_ONCE_BEFORE = re.compile(
    "(不|不予|不再|免予|免于|未|未被|没有?|并无|非|无需|无须|撤销|撤回|取消|解除|停止|暂缓|中止|避免|可能|或将|面临|尚待|是否|考虑)(依法|予以|被|会|要|对[^,，。;；]{0,20})?$"
    "|(撤销|撤回|变更|取消|纠正|维持)(原|此前|上述|该|前述|本机关)[^,，。;；]{0,16}$|(曾|此前|前次|以往|以前|原已)[^。;；\n]*$|已?于?[0-9〇零一-九]{4}年[^,，。;；]*被[^,，。;；]*$"
    "|被([^,，。;；]{0,12}(局|机关|部门|厅|委|所))?(依法)?$|由[^,，。;；我本]{1,20}(局|机关|部门|厅|委)?(依法)?(予以)?$|(将|可以?|应当?|责成[^,，]*)(被|由[^,，]*)?(依法)?(予以?)?$"
)
_AFTER = re.compile(
    "^[^。;；\n]{0,40}?(听证|告知|的建议|不再执行|已撤销|予以撤销|被撤销|[暂缓停]{1,2}执行|缓期执行|中止执行)"
)


def _is_decided(content: str, at: int) -> bool:
    """Whether 吊销 at a place of a text is what this decision does: nothing planned, conditional, past or another's."""
    before = content[:at].rpartition("决定")[2]
    return not (
        _PLANNED.search(before)
        or _CONDITIONAL.search(before)
        or _AT_ONCE_BEFORE.search(before)
        or _AFTER.search(content[at:])
    )


def triggers(kinds: list[str], certificates: str, content: str) -> list[str]:
    """Trigger codes that the words of a decision bear out; nothing is inferred.

    The kinds of penalty must say 吊销 (or 责令关闭). The certificate must be named as revoked by this decision: in the
    content, or in the list of certificates when nothing was only 暂扣 (withheld) and the content names no other one.
    """
    codes = []
    revokes = any("吊销" in kind and not _PLANNED.search(kind) and "不" not in kind for kind in kinds)
    only_revoked = not any("暂扣" in text for text in (*kinds, content, certificates))
    said = [found.start() for found in _REVOKE.finditer(content)]
    decided = [at for at in said if _is_decided(content, at)]
    objects = [found[1] for at in decided if (found := _OBJECT.match(content, at))]
    listed = only_revoked and len(decided) == len(said) and all(_GENERIC.fullmatch(one) for one in objects)
    for code, names in CERTIFICATES.items():
        either = "|".join(names)
        ordered = any(re.match(f"吊销[^。;；,，、]{{0,30}}?({either})", content[at:]) for at in decided)
        if revokes and (ordered or (listed and re.search(either, certificates))):
            codes.append(code)
    if "责令关闭" in kinds:
        codes.append("ORDER_CLOSE")
    return codes


PLAIN_STATES = ("0", "正常", "有效")


def penalty(row: Row, _context: Any) -> Iterator[Draft]:
    """One penalty: what it says, who decided, and the legal representative at the time."""
    yield from _penalty(row, _ten_thousands, None)


def older_penalty(row: Row, _context: Any) -> Iterator[Draft]:
    """One penalty in the form before 2018."""
    if (row.get("CF_ZT") or PLAIN_STATES[0]) not in PLAIN_STATES:
        raise fault(
            row,
            "CF_ZT",
            "is not 0: the penalty may be withdrawn or disputed",
            code="state-not-read",
            todo="See what it means there; a withdrawal or an objection is recorded by `creditgraph record` or "
            "`objection`.",
        )
    yield from _penalty(row, _stated_unit, _stamped(row))


def _penalty(row: Row, amount: Callable[[str | None], float | None], told_on: date | None) -> Iterator[Draft]:
    subject, authority = party(row, "CF"), organ(row, "CF_CFJG")
    row.need("CF_WSH")
    number = cell(row, "CF_WSH", document_number) or row.need("CF_WSH")
    row.need("CF_JDRQ")
    decided = cell(row, "CF_JDRQ", parse_date)
    until = cell(row, "CF_YXQ", parse_last_day)
    if decided and until and until <= decided:
        raise fault(row, "CF_YXQ", "is before the day of the decision", todo="Correct the dates at the source.")
    kinds = [k for field in ("CF_CFLB", "CF_CFLB1", "CF_CFLB2") for k in split_list(row.get(field))]
    kinds = list(dict.fromkeys(kinds))
    content = _get(row, "CF_NR") or ""
    title = row.get("CF_CFMC")
    sanction = SanctionMention(authority.name, number, subject, title)
    owner = row.get("CF_SJLY") or authority.name
    record = f"{authority.name}|{number}|{subject.name}"
    yield Draft(
        ImposedOn(
            kind="penalty",
            codes=triggers(kinds, row.get("CF_NR_ZKDX") or "", content),
            penalty_kinds=kinds or None,
            title=title,
            document_number=number,
            authority=authority.name,
            act=row.get("CF_WFXW"),
            facts_found=row.get("CF_SY"),
            basis_stated=row.get("CF_YJ"),
            content=content or None,
            since=decided,
            until=until,
            decided_on=decided,
            publish_until=cell(row, "CF_GSJZQ", parse_last_day),
            fine_yuan=cell(row, "CF_NR_FK", amount),
            confiscated_yuan=cell(row, "CF_NR_WFFF", amount),
            certificates=row.get("CF_NR_ZKDX"),
            jurisdiction=place_of(authority.name, dict(authority.identifiers).get("uscc")),
        ),
        sanction,
        subject,
        record=record,
        owner=owner,
        data_date=told_on,
    )
    yield Draft(ImposedBy(since=decided), sanction, authority, record=record, owner=owner, data_date=told_on)
    if isinstance(subject, EntityMention):
        # Each decision is a day on which an authority saw him in office.
        seen = {"data_date": decided, "owner": owner, "record": f"CF|{record}"}
        yield from _legal_representative(row, "CF", subject, seen)


def _ten_thousands(text: str | None) -> float | None:
    return parse_yuan(text, unit="万元")


def _stated_unit(text: str | None) -> float | None:
    """An amount that says its unit itself; a bare number says nothing."""
    return parse_yuan(text) if re.search("[元万亿]", text or "") else None


# --- licences ---------------------------------------------------------------------------------------------


def licence(row: Row, _context: Any) -> Iterator[Draft]:
    """One licence and its holder."""
    yield from _licence(row, None)


def older_licence(row: Row, _context: Any) -> Iterator[Draft]:
    """One licence in the form before 2018."""
    yield from _licence(row, _stamped(row))


def _licence(row: Row, told_on: date | None) -> Iterator[Draft]:
    holder, authority = party(row, "XK"), organ(row, "XK_XKJG")
    row.need("XK_WSH")
    number = cell(row, "XK_WSH", document_number) or row.need("XK_WSH")
    row.need("XK_JDRQ")
    decided = cell(row, "XK_JDRQ", parse_date)
    last_day = _named(row, "XK_YXQZI")
    since, until = cell(row, "XK_YXQZ", parse_date), cell(row, last_day, parse_last_day)
    if since and until and until <= since:
        raise fault(row, last_day, "is before the first day", todo="Correct the dates at the source.")
    state = row.get("XK_ZT")
    title = row.get("XK_XKZS") or row.get("XK_XKWS") or row.get("XK_XMMC")
    record = f"{authority.name}|{number}|{holder.name}"
    owner = row.get("XK_LYDW") or authority.name
    yield Draft(
        Holds(
            kind="licence",
            codes=["LICENSEE"] if (state or PLAIN_STATES[0]) in PLAIN_STATES else None,
            title=title,
            content=row.get("XK_NR"),
            document_number=number,
            certificate_number=row.get("XK_XKBH"),
            decided_on=decided,
            authority=authority.name,
            state=state,
            since=since,
            until=until,
        ),
        holder,
        CredentialMention(authority.name, number, holder, title),
        record=record,
        owner=owner,
        data_date=told_on,
    )
    if isinstance(holder, EntityMention):
        seen = {"data_date": decided, "owner": owner, "record": f"XK|{record}"}
        yield from _legal_representative(row, "XK", holder, seen)


# --- the source -------------------------------------------------------------------------------------------

_PARTY_FIELDS = {
    "XDR_MC": "行政相对人名称",
    "XDR_LB": "行政相对人类别",
    "XDR_SHXYM": "统一社会信用代码",
    "XDR_GSZC": "工商注册号",
    "XDR_ZZJG": "组织机构代码",
    "FRDB": "法定代表人",
    "FR_ZJLX": "法定代表人证件类型",
    "FR_ZJHM": "法定代表人证件号码",
    "XDR_SWDJ": "税务登记号 (not loaded)",
    "XDR_SYDW": "事业单位证书号 (not loaded)",
    "XDR_SHZZ": "社会组织登记证号 (not loaded)",
    "XDR_ZJLX": "证件类型: a natural person is read by his citizen id number only",
    "XDR_ZJHM": "证件号码",
    "SYFW": "信息使用范围, on some platforms (not loaded)",
}
_OLDER_FIELDS = {
    "XDR_LB": "行政相对人类别, where a feed has it",
    "XDR_SHXYM": "统一社会信用代码",
    "XDR_ZDM": "组织机构代码",
    "XDR_GSDJ": "工商登记码",
    "XDR_SWDJ": "税务登记号 (not loaded)",
    "XDR_SFZ": "居民身份证号",
    "FR": "法定代表人姓名",
    "FR_SFZH": "法定代表人身份证号",
    "WSH": "决定书文号",
    "JDRQ": "决定日期",
    "XZJG": "行政机关",
}
_FEED_FIELDS = {
    "DFBM": "地方编码 (not loaded)",
    "SJC": "时间戳: the day for which the row speaks",
    "BZ": "备注 (not loaded)",
}

_AGAINST = ("CF_XDR_MC", "CF_XDR_SHXYM", "CF_XDR_GSZC", "CF_XDR_GSDJ", "CF_XDR_ZZJG", "CF_XDR_ZDM")

SOURCE = SourceDescription(
    id="shuanggongshi",
    title="Administrative penalties and licences, form of 2018 and the one before",
    title_zh="行政许可和行政处罚等信用信息公示(双公示)",
    owner="各级行政机关",
    mode="delta",
    coverage="what the authorities reported",
    licence="public notices",
    triggers=(*CERTIFICATES, "ORDER_CLOSE", "LICENSEE"),
    period="decisions of any year since 2018",
    expected_rows="any number",
    files=(
        SourceFile(
            pattern="*",
            columns=("CF_XDR_MC", "CF_WSH", "CF_CFLB", "CF_NR", "CF_JDRQ", "CF_CFJG"),
            drafts=penalty,
            required=False,
            owned_by=("CF_SJLY", "CF_CFJG"),
            against=_AGAINST,
            decided_in=("CF_WSH",),
            fields={
                **{f"CF_{field}": zh for field, zh in _PARTY_FIELDS.items()},
                "CF_WSH": "行政处罚决定书文号",
                "CF_CFMC": "处罚名称, in some feeds",
                "CF_WFXW": "违法行为类型",
                "CF_SY": "违法事实",
                "CF_YJ": "处罚依据",
                "CF_CFLB": "处罚类别",
                "CF_NR": "处罚内容",
                "CF_NR_FK": "罚款金额(万元)",
                "CF_NR_WFFF": "没收金额(万元)",
                "CF_NR_ZKDX": "暂扣或吊销证照名称及编号",
                "CF_JDRQ": "处罚决定日期",
                "CF_YXQ": "处罚有效期",
                "CF_GSJZQ": "公示截止期",
                "CF_CFJG": "处罚机关",
                "CF_CFJGDM": "处罚机关统一社会信用代码",
                "CF_SJLY": "数据来源单位: owner of the row, else 处罚机关",
                "CF_SJLYDM": "数据来源单位统一社会信用代码 (not loaded)",
                "BZ": "备注 (not loaded)",
            },
        ),
        SourceFile(
            pattern="*",
            columns=("XK_XDR_MC", "XK_WSH", "XK_JDRQ", "XK_XKJG"),
            drafts=licence,
            required=False,
            owned_by=("XK_LYDW", "XK_XKJG"),
            fields={
                **{f"XK_{field}": zh for field, zh in _PARTY_FIELDS.items()},
                "XK_XKWS": "行政许可决定文书名称",
                "XK_WSH": "行政许可决定文书号",
                "XK_XKZS": "许可证书名称",
                "XK_XKLB": "许可类别 (not loaded)",
                "XK_XKBH": "许可编号",
                "XK_NR": "许可内容",
                "XK_JDRQ": "许可决定日期",
                "XK_YXQZ": "有效期自",
                "XK_YXQZI": "有效期至",
                "XK_XKJG": "许可机关",
                "XK_XKJGDM": "许可机关统一社会信用代码",
                "XK_ZT": "当前状态",
                "XK_LYDW": "数据来源单位: owner of the row, else 许可机关",
                "XK_LYDWDM": "数据来源单位统一社会信用代码 (not loaded)",
                "BZ": "备注 (not loaded)",
            },
        ),
        SourceFile(
            pattern="*",
            columns=("CF_XDR_MC", "CF_WSH", "CF_JG", "CF_JDRQ", "CF_XZJG"),
            drafts=older_penalty,
            required=False,
            against=_AGAINST,
            decided_in=("CF_WSH",),
            fields={
                "CF_XDR_MC": "行政相对人名称",
                **{f"CF_{field}": zh for field, zh in _OLDER_FIELDS.items()},
                "CF_CFMC": "处罚名称",
                "CF_CFLB1": "处罚类别1",
                "CF_CFLB2": "处罚类别2",
                "CF_SY": "处罚事由",
                "CF_YJ": "处罚依据",
                "CF_JG": "处罚结果, kept as text: no amount is read from it",
                "CF_ZT": "状态: 0 or empty; another one is not read, and the row is rejected",
                **_FEED_FIELDS,
            },
        ),
        SourceFile(
            pattern="*",
            columns=("XK_XDR", "XK_WSH", "XK_JDRQ", "XK_XZJG"),
            drafts=older_licence,
            required=False,
            fields={
                "XK_XDR": "行政相对人名称",
                **{f"XK_{field}": zh for field, zh in _OLDER_FIELDS.items()},
                "XK_XMMC": "项目名称",
                "XK_SPLB": "审批类别 (not loaded)",
                "XK_NR": "许可内容",
                "XK_JZQ": "截止期: last day",
                "XK_ZT": "当前状态",
                **_FEED_FIELDS,
            },
        ),
    ),
)
