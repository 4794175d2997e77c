"""STAR-market companies 2020: register data, officers, top-ten holders, suppliers (source `ashare2020`).

A folder of four GBK files with TABs, made from public filings by a third party: for reference, never a trigger.
Companies are told apart by stock code (`gpdm`); the register file comes first and gives it name and credit code.

- Shares are those of the ten largest holders only: they never add up to the whole.
- The day of the export is not known, only its year. A former independent director (`dldslr`) left on an unknown day
  before it ended: the term is closed on 2021-01-01, the latest day possible, and the post says 历任.
- `dsz` (chairman) is a director. Nobody is made a 主要负责人: that is a notion of law, not of this file.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

from graph_model.identifiers import is_placeholder, normalise_code, uscc_faults, uscc_kind
from graph_model.schema import (
    DirectorOf,
    HoldsSharesIn,
    LegalRepresentativeOf,
    Profile,
    RegisteredAt,
    SeniorManagerOf,
    SupervisorOf,
    SuppliesTo,
)
from loaders.drafts import AddressMention, Draft, EntityMention, PersonMention, Row, SourceDescription, SourceFile
from loaders.reading.values import (
    cell,
    fault,
    parse_date,
    parse_holding,
    parse_percent,
    parse_whole,
    parse_yuan,
    share_said,
)

COLUMN_POSTS: dict[str, tuple[type[DirectorOf | SupervisorOf | SeniorManagerOf], str]] = {
    "dsz": (DirectorOf, "董事长"),
    "gsds": (DirectorOf, "董事"),
    "dldsxr": (DirectorOf, "独立董事"),
    "dldslr": (DirectorOf, "独立董事(历任)"),
    "gsjs": (SupervisorOf, "监事"),
    "zjl": (SeniorManagerOf, "总经理"),
    "dshms": (SeniorManagerOf, "董事会秘书"),
    "gsgg": (SeniorManagerOf, "高级管理人员"),
}
EXPORT_OVER = date(2021, 1, 1)


def company(row: Row) -> EntityMention:
    """The listed company of a row in the files that have only its stock code."""
    code = row.need("gpdm")
    return EntityMention(name=code, identifiers=(("stock", code),))


# --- company_basic_info -----------------------------------------------------------------------------------


def profile(row: Row, _context: Any) -> Iterator[Draft]:
    """Attributes, registered address, legal representative. An invalid credit code is no key and is left out."""
    stock, name = row.need("gpdm"), row.need("gsmc")
    uscc = normalise_code(row.get("xydm"))
    if uscc is None or is_placeholder(uscc) or uscc_faults(uscc):
        uscc = None
    identifiers = (("uscc", uscc), ("stock", stock)) if uscc else (("stock", stock),)
    entity = EntityMention(name, identifiers, kind=uscc_kind(uscc) if uscc else None)
    capital = cell(row, "zczb", parse_yuan)
    yield Draft(
        Profile(
            name=name,
            kind=entity.kind,
            established_on=cell(row, "clrq", parse_date),
            capital=capital,
            # Without a Chinese credit code the capital need not be in yuan: one company is of the Cayman Islands.
            capital_currency="CNY" if uscc and capital is not None else None,
            region=" ".join(filter(None, (row.get("sf"), row.get("cs")))) or None,
            industry=row.get("hymc"),
            business_scope=row.get("jyfw"),
            stock_code=stock,
        ),
        entity,
        record=stock,
    )
    if address := row.get("zcdz"):
        yield Draft(RegisteredAt(), entity, AddressMention(address))
    if person := row.get("fddbr"):
        yield Draft(LegalRepresentativeOf(), PersonMention(person, scope=entity), entity)


# --- keydirector_info -------------------------------------------------------------------------------------


def officer(row: Row, _context: Any) -> Iterator[Draft]:
    """One post of one person. The file lists some twice: the engine counts the second as a duplicate."""
    entity, code = company(row), row.need("zwdm")
    if code not in COLUMN_POSTS:
        raise fault(
            row,
            "zwdm",
            "is no known post code",
            code="unknown-code",
            todo=f"Known are {', '.join(COLUMN_POSTS)}.",
        )
    kind, post = COLUMN_POSTS[code]
    until = EXPORT_OVER if code == "dldslr" else None
    yield Draft(kind(post=post, until=until), PersonMention(row.need("name"), scope=entity), entity)


# --- shareholder_info and supplier_info -------------------------------------------------------------------

_PRODUCT = re.compile(r"计划|组合|专户|证券投资基金|私募|信托$|理财")
_ORGANISATION = re.compile(
    r"公司|合伙|基金|信托|银行|证券|计划|中心|企业|有限|集团|社保|资管|产品|委员会|局|财政|厂|研究[院所]|大学|学院"
    r"|研究所|协会|学会|工会|医院|学校|合作社|股份|科技$|电子$|能源$|电池$|投资"
)
_ORGANISATION_LATIN = re.compile(
    r"LIMITED|LTD\b|L\.L\.C|\b(INC|CORP|CORPORATION|COMPANY|CO|LLC|LLP|L\.?P|PLC|PTE|GMBH|AG|SA|FUND|FUNDS|HOLDINGS?|PARTNERS"
    r"|CAPITAL|INVESTMENTS?|VENTURES?|TRUST|BANK|GROUP|UNIVERSITY|INSTITUTE|FOUNDATION|TECHNOLOG(Y|IES)|TRADING"
    r"|INTERNATIONAL|INDUSTR(Y|IES)|MEDICAL|MANAGEMENT|ADVISORS|AB|OY|BV|NV|KG|SPA|SRL|PTY|KK)\b"
)
_CHINESE_NAME = re.compile(r"[㐀-䶿一-鿿\U00020000-\U0003ffff]{2,4}(\([大小]\))?")
_FOREIGN_NAME = re.compile(
    r"[A-Za-z][A-Za-z.'-]*( [A-Za-z][A-Za-z.'-]*){1,3}( ?\([一-鿿]{2,4}\))?"  # David Fan(范湘龙), LUO DONGPING
    r"|[一-鿿]{1,6}(·[一-鿿]{1,6}){1,3}"  # 乔治·哈克
)


def holder_kind(name: str) -> Literal["person", "organisation", "product", "unclear"]:
    """Whether a name in a list of holders is a person's. Only what has the shape of a personal name is one.

    First the words that only organisations bear, then the shapes of personal names; what is left is unclear and is
    taken for an organisation of unknown kind: an organisation taken for a person could be blamed as one.
    """
    plain = name.replace("（", "(").replace("）", ")").strip()
    if _ORGANISATION.search(plain) or _ORGANISATION_LATIN.search(plain.upper()):
        return (
            "product" if _PRODUCT.search(plain) and not re.search(r"(公司|合伙\)|合伙企业)$", plain) else "organisation"
        )
    if _CHINESE_NAME.fullmatch(plain) or _FOREIGN_NAME.fullmatch(plain):
        return "person"
    return "unclear"


def holder(row: Row, _context: Any) -> Iterator[Draft]:
    """One of the ten largest holders, with its share of the whole."""
    entity, name = company(row), row.need("name")
    row.need("gdcgbl")
    share = cell(row, "gdcgbl", parse_holding)
    order = cell(row, "order", parse_whole)
    assert share is not None
    kind = holder_kind(name)
    party = (
        PersonMention(name, scope=entity)
        if kind == "person"
        else EntityMention(name, kind=None if kind == "organisation" else "other")
    )
    yield Draft(
        HoldsSharesIn(
            **share_said(share),
            rank=None if order is None else order + 1,  # the file counts from 0
        ),
        party,
        entity,
    )


_ANONYMOUS = re.compile(
    r"(供应商)?第[一二三四五六七八九十\d]+(大|名|位)?(供应商)?"
    r"|(供应商|客户|单位|公司|企业|厂商|顾问|个人|自然人)\s*[A-Za-z\d一二三四五六七八九十甲乙丙丁戊]{1,3}([(（]个人[)）])?"
    r"|[A-Za-z\d甲乙丙丁戊]{1,2}\s*(供应商|单位|公司)"
    r"|[A-Z]?\d{1,4}"
)


def supplier(row: Row, _context: Any) -> Iterator[Draft]:
    """A supplier of one year. `第一名` and `供应商A` are nobody, and certainly not one party across companies."""
    buyer, name = company(row), row.need("gysmc")
    if _ANONYMOUS.fullmatch(name):
        raise fault(
            row,
            "gysmc",
            "is a stand-in for a supplier who is not named",
            code="anonymous",
            todo="Nothing, unless the filing names him.",
        )
    if holder_kind(name) == "person":
        raise fault(
            row,
            "gysmc",
            "may be a person or the short form of a company",
            code="ambiguous-party",
            todo="Give the full registered name.",
        )
    row.need("bgnd")
    year = cell(row, "bgnd", parse_whole)
    if year is None or not 1990 <= year <= 2100:
        raise fault(row, "bgnd", "is not a year", todo="Correct the value at the source.")
    share = cell(row, "gysbl", parse_percent)
    yield Draft(
        SuppliesTo(
            since=date(year, 1, 1),
            until=date(year + 1, 1, 1),
            share=None if share is None else float(share),
            rank=cell(row, "order", parse_whole),
        ),
        EntityMention(name),
        buyer,
    )


SOURCE = SourceDescription(
    id="ashare2020",
    title="STAR-market companies 2020: register data, officers, holders, suppliers",
    title_zh="科创板上市公司资料(2020)",
    owner="third party, from public filings",
    mode="snapshot",
    coverage="listed companies; ten largest holders, five largest suppliers",
    licence="none found",
    trust="reference",
    period="as of 2020; the day is not told",
    expected_rows="a row for each company; about 24 posts, 10 holders and 14 suppliers each",
    files=(
        SourceFile(
            pattern="company_basic_info*",
            columns=("gpdm", "gsmc", "clrq", "zczb", "fddbr", "xydm", "sf", "cs", "zcdz"),
            drafts=profile,
            fields={
                "gpdm": "stock code",
                "gsmc": "registered name",
                "fddbr": "legal representative",
                "xydm": "credit code",
                "zczb": "registered capital, yuan",
                "clrq": "day of registration",
                "sf": "province",
                "cs": "city",
                "zcdz": "registered address",
                "jyfw": "business scope",
                "hymc": "industry",
            },
        ),
        SourceFile(
            pattern="keydirector_info*",
            columns=("gpdm", "zwdm", "name"),
            drafts=officer,
            fields={"gpdm": "stock code", "zwdm": "post code", "name": "person"},
        ),
        SourceFile(
            pattern="shareholder_info*",
            columns=("gpdm", "order", "name", "gdcg", "gdcgbl"),
            drafts=holder,
            fields={
                "gpdm": "stock code",
                "order": "rank, from 0",
                "name": "holder",
                "gdcg": "shares (not loaded)",
                "gdcgbl": "percent of the whole",
            },
        ),
        SourceFile(
            pattern="supplier_info*",
            columns=("gpdm", "gysmc", "bgnd", "order", "gysbl"),
            drafts=supplier,
            fields={
                "gpdm": "stock code of the buyer",
                "gysmc": "supplier",
                "bgnd": "year",
                "order": "rank, from 1",
                "gysbl": "percent of purchases",
            },
        ),
    ),
)
