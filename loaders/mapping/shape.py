"""The shape of a mapping file: what a department's own spreadsheet means, said in YAML and without code.

A mapping says which parties a row names and which facts it states of them; each field of a fact is a cell, a
constant, or a cell through a code list. `loaders.mapping.source` turns it into an ordinary source. Strict: a key that is not
known, a party that is not there, a trigger code that the rule pack does not have, are errors with file and line.

Every scalar of the YAML is read as text, so a code `01` keeps its zero and a column `No` its name.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from graph_model.schema import Openness, Trust

FilledText = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Unknown = Literal["reject", "keep", "ignore"]


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


def _constant(value: Any) -> Any:
    return {"constant": value} if isinstance(value, str) else value


def _constants(value: Any) -> Any:
    return {"constant": value} if isinstance(value, list) else _column(value)


class Shape(BaseModel):
    """A part of a mapping: what is not known to the shape is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


# --- cells ------------------------------------------------------------------------------------------------


class _Cell(Shape):
    column: Annotated[FilledText | None, Field(description="the column")] = None

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return (self.column,) if self.column else ()


class TextCell(_Cell):
    """A text: of a column, of several columns joined by a space, or always the same."""

    columns: Annotated[
        tuple[FilledText, ...],
        Field(description="instead: several columns, joined by a space (in a document number by -)"),
    ] = ()
    constant: Annotated[FilledText | None, Field(description="instead: always this text")] = None
    codes: Annotated[dict[FilledText, FilledText] | None, Field(description="code list: value of the cell → code")] = (
        None
    )
    unknown: Annotated[
        Unknown,
        Field(description="a value that the list lacks: `reject` the row, `keep` it as it is, or `ignore` it"),
    ] = "reject"

    @model_validator(mode="after")
    def _one(self) -> "TextCell":
        if sum((self.column is not None, bool(self.columns), self.constant is not None)) != 1:
            raise ValueError("needs just one of column, columns, constant")
        if self.constant is not None and self.codes is not None:
            raise ValueError("a constant needs no codes")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return self.columns or super().names

    @cached_property
    def folded(self) -> dict[str, str]:
        """The code list by folded values."""
        return {folded(value): code for value, code in (self.codes or {}).items()}

    @property
    def values(self) -> tuple[str, ...] | None:
        """All that it can give; None when that is open."""
        if self.constant is not None:
            return (self.constant,)
        return None if self.codes is None or self.unknown == "keep" else tuple(self.codes.values())


class DayCell(_Cell):
    """A day: 2024-03-12, 20240312, 2024年3月12日 are read by themselves."""

    constant: Annotated[date | None, Field(description="instead: always this day")] = None
    format: Annotated[
        FilledText | None,
        Field(description="another form, as `%d/%m/%Y`; forms that begin with the year are read as well"),
    ] = None

    @model_validator(mode="after")
    def _one(self) -> "DayCell":
        if (self.column is None) == (self.constant is None):
            raise ValueError("needs just one of column, constant")
        if self.format is not None:
            day = date(2024, 3, 12)
            try:
                right = datetime.strptime(day.strftime(self.format), self.format).date() == day  # noqa: DTZ007
            except ValueError:
                right = False
            if not right:
                raise ValueError("the format has to say year, month and day, as %d/%m/%Y")
        return self


class AmountCell(Shape):
    """An amount of money; a unit in the cell (2.4万元) goes before that of the column."""

    column: Annotated[FilledText, Field(description="the column")]
    unit: Annotated[Literal["元", "万元"], Field(description="what a bare number counts")] = "元"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return (self.column,)


class ShareCell(Shape):
    """A share of the whole."""

    column: Annotated[FilledText, Field(description="the column")]
    unit: Annotated[Literal["percent", "fraction"], Field(description="`percent`: 25 or 25%; `fraction`: 0.25")] = (
        "percent"
    )

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return (self.column,)


class WordsCell(_Cell):
    """Several texts in one cell, or always the same ones (a list)."""

    constant: Annotated[tuple[FilledText, ...], Field(description="instead: always these")] = ()
    split: Annotated[str, Field(description="the characters that divide them; empty: the cell is one")] = ";；、,，"
    codes: Annotated[dict[FilledText, FilledText] | None, Field(description="code list: value → code")] = None
    unknown: Annotated[Unknown, Field(description="as for a text")] = "reject"

    @model_validator(mode="after")
    def _one(self) -> "WordsCell":
        if (self.column is None) == (not self.constant):
            raise ValueError("needs just one of column, constant")
        if self.constant and self.codes is not None:
            raise ValueError("a constant needs no codes")
        return self

    @cached_property
    def folded(self) -> dict[str, str]:
        """The code list by folded values."""
        return {folded(value): code for value, code in (self.codes or {}).items()}

    @property
    def values(self) -> tuple[str, ...] | None:
        """All that it can give; None when that is open."""
        if self.constant:
            return self.constant
        return None if self.codes is None or self.unknown == "keep" else tuple(self.codes.values())


class IdCell(_Cell):
    """A number of your own, under a scheme that you declare."""

    column: Annotated[FilledText, Field(description="the column")]
    scheme: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}:[a-z][a-z0-9-]{0,30}$"),
        Field(description="whose numbers of what, as `linyi:company`; one scheme may be used by several mappings"),
    ]


class WhenCell(_Cell):
    """A condition: the fact is stated by rows that meet it only."""

    column: Annotated[FilledText, Field(description="the column")]
    is_: Annotated[tuple[FilledText, ...], Field(alias="is", description="the cell is one of these")] = ()
    not_: Annotated[
        tuple[FilledText, ...], Field(alias="not", description="the cell is filled, and none of these")
    ] = ()

    @model_validator(mode="after")
    def _one(self) -> "WhenCell":
        if bool(self.is_) == bool(self.not_):
            raise ValueError("needs just one of is, not")
        return self


def folded(text: str) -> str:
    """A value as it is looked up in a code list: half-width, without spaces, in small letters."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()


AnyCell = TextCell | DayCell | AmountCell | ShareCell | WordsCell | IdCell | WhenCell
TextColumn = Annotated[TextCell, BeforeValidator(_column)]
Choice = Annotated[TextCell, BeforeValidator(_constant)]
"""A text of few: written alone it is the text itself and no column."""
DayColumn = Annotated[DayCell, BeforeValidator(_column)]
AmountColumn = Annotated[AmountCell, BeforeValidator(_column)]
ShareColumn = Annotated[ShareCell, BeforeValidator(_column)]
WordsColumn = Annotated[WordsCell, BeforeValidator(_constants)]


def said(description: str, alias: str | None = None) -> Any:
    """A described field."""
    return Field(description=description, alias=alias)


# --- parties ----------------------------------------------------------------------------------------------


class PartyShape(Shape):
    """Somebody whom a row names, by the strongest number that it gives; else by exact name."""

    is_: Annotated[
        Choice, said("`entity`, `individual_business`, `organ` or `person`; or a column with codes (类别)", "is")
    ]
    name: Annotated[TextColumn, said("full name (名称)")]
    uscc: Annotated[TextColumn | None, said("unified social credit code (统一社会信用代码)")] = None
    reg: Annotated[TextColumn | None, said("registration number (工商注册号)")] = None
    org_code: Annotated[TextColumn | None, said("organisation code (组织机构代码)")] = None
    citizen_id: Annotated[TextColumn | None, said("citizen id number (公民身份号码); kept as a keyed hash only")] = None
    number: Annotated[TextColumn | None, said("any of these numbers (号码): which one is told by its form")] = None
    stock: Annotated[TextColumn | None, said("stock code (股票代码)")] = None
    id: Annotated[
        IdCell | None, said("a number of your own (自有编号), with its scheme; by it answers join back to your table")
    ] = None
    at: Annotated[FilledText | None, said("the party at which a person without a number is known (所在单位)")] = None
    split: Annotated[
        Annotated[str, StringConstraints(min_length=1)] | None,
        said("of persons: the characters that divide several in one cell (分隔符), as in 张三、李四"),
    ] = None
    brackets: Annotated[
        FilledText | None,
        said(
            "of persons: a name of your own for what stands in brackets behind a name (括号内), as in 张三（总经理）; facts "
            "about the person read it like a column"
        ),
    ] = None

    @property
    def several(self) -> bool:
        """Whether its cell is more than one name."""
        return self.split is not None or self.brackets is not None


# --- facts ------------------------------------------------------------------------------------------------


class _Fact(Shape):
    optional: Annotated[
        bool, said("left out where the cell of its party (or its address) is empty; else such a row is rejected (可缺)")
    ] = False
    when: Annotated[
        WhenCell | None, said("stated by rows that meet this only (条件), as `{column: 破产, is: [1]}`")
    ] = None
    record: Annotated[
        TextColumn | None, said("the number under which you keep it (编号): a later row with it is a new version")
    ] = None

    @property
    def names(self) -> dict[str, str]:
        """Key → party, for all parties that it names."""
        return {key: name for key in ("of", "on", "by", "who") if (name := getattr(self, key, None))}


class _Period(_Fact):
    since: Annotated[DayColumn | None, said("first day (起始日期)")] = None
    until: Annotated[DayColumn | None, said("first day on which it is no longer so (移出日期, 离任日期)")] = None
    last_day: Annotated[DayColumn | None, said("instead of `until`: last day on which it is so (有效期至)")] = None

    @model_validator(mode="after")
    def _one_end(self) -> "_Period":
        if self.until is not None and self.last_day is not None:
            raise ValueError("has until and last_day: one of them says when it ends")
        return self


class ProfileFact(_Fact):
    """What a party is (基本信息). Its name and numbers come from the party."""

    fact: Literal["profile"]
    of: Annotated[FilledText, said("the party")]
    former_names: Annotated[WordsColumn | None, said("names borne before (曾用名)")] = None
    other_names: Annotated[WordsColumn | None, said("short names and names in other languages (简称、外文名)")] = None
    legal_form: Annotated[TextColumn | None, said("registered form (企业类型)")] = None
    status: Annotated[TextColumn | None, said("registration status (登记状态)")] = None
    established_on: Annotated[DayColumn | None, said("day of registration (成立日期)")] = None
    capital: Annotated[AmountColumn | None, said("registered capital (注册资本); other currencies are kept")] = None
    region: Annotated[TextColumn | None, said("where it is (所在地区)")] = None
    industry: Annotated[TextColumn | None, said("industry (行业)")] = None
    business_scope: Annotated[TextColumn | None, said("business scope (经营范围)")] = None


class SanctionFact(_Period):
    """A penalty, list entry, court order, decision, judgment or rating, and the organ that decided (惩戒)."""

    fact: Literal["sanction"]
    on: Annotated[FilledText, said("the party that it is imposed on")]
    by: Annotated[FilledText, said("the organ that decided")]
    kind: Annotated[
        Choice, said("`penalty`, `list_entry`, `court_order`, `decision`, `judgment` or `rating` (惩戒类别)")
    ]
    document_number: Annotated[TextColumn, said("number of the decision, order or case (文号); tells decisions apart")]
    triggers: Annotated[
        WordsColumn | None,
        said("trigger codes of the rule pack (触发代码): a list, or a column with codes; nothing is inferred"),
    ] = None
    penalty_kinds: Annotated[WordsColumn | None, said("kinds of penalty as stated (处罚类别)")] = None
    title: Annotated[TextColumn | None, said("what it is called (名称)")] = None
    act: Annotated[TextColumn | None, said("kind of act (违法行为类型)")] = None
    facts_found: Annotated[TextColumn | None, said("facts as found (违法事实)")] = None
    basis_stated: Annotated[TextColumn | None, said("basis as stated (处罚依据)")] = None
    content: Annotated[TextColumn | None, said("what was ordered (处罚内容)")] = None
    act_on: Annotated[DayColumn | None, said("day of the act (行为日期)")] = None
    decided_on: Annotated[
        DayColumn | None, said("day of the decision (决定日期); also `since`, where that is not given")
    ] = None
    published_on: Annotated[DayColumn | None, said("day of publication (公示日期)")] = None
    publish_until: Annotated[DayColumn | None, said("first day after publication ends (停止公示日期)")] = None
    publish_last_day: Annotated[DayColumn | None, said("instead: last day of publication (公示截止期)")] = None
    fine: Annotated[AmountColumn | None, said("fine (罚款金额)")] = None
    confiscated: Annotated[AmountColumn | None, said("confiscated (没收金额)")] = None
    amount: Annotated[AmountColumn | None, said("amount of the case (涉案金额)")] = None
    certificates: Annotated[TextColumn | None, said("certificates withheld or revoked (暂扣或吊销证照)")] = None
    jurisdiction: Annotated[TextColumn | None, said("area of the organ (管辖地区); else read from its name")] = None
    circumstances: Annotated[WordsColumn | None, said("circumstances, as codes of the rule pack (情节)")] = None
    circumstances_not: Annotated[
        WordsColumn | None, said("circumstances that it says not to be there, as such codes (不具备情节)")
    ] = None
    acts: Annotated[WordsColumn | None, said("kinds of act, as codes of the rule pack (失信行为类别)")] = None
    sectors: Annotated[WordsColumn | None, said("sectors, as codes of the rule pack (领域)")] = None
    counted_from: Annotated[DayColumn | None, said("day from which a term runs, if not the decision's (起算日)")] = None
    severity: Annotated[Choice | None, said("`minor`, `general` or `serious` (失信程度)")] = None
    repair_conditions: Annotated[TextColumn | None, said("repair conditions told (修复条件)")] = None

    @model_validator(mode="after")
    def _one_end_of_publication(self) -> "SanctionFact":
        if self.publish_until is not None and self.publish_last_day is not None:
            raise ValueError("has publish_until and publish_last_day: one of them says when publication ends")
        return self


class ResponsibleFact(_Fact):
    """A person whom a document holds liable for a decision (责任人). The decision may stand in another file."""

    fact: Literal["responsible"]
    who: Annotated[FilledText, said("the person")]
    on: Annotated[FilledText, said("the party that the decision is imposed on")]
    by: Annotated[FilledText, said("the organ that decided")]
    document_number: Annotated[TextColumn, said("number of the decision (文号)")]
    capacity: Annotated[Choice, said("role code of the rule pack, as `DRM` (直接负责的主管人员)")]
    basis: Annotated[Choice, said("`finding` of fault, `named` in the decision, or `ordered` (认定方式)")]
    capacity_stated: Annotated[TextColumn | None, said("capacity as the document words it (责任身份)")] = None
    document: Annotated[TextColumn | None, said("the document that says so (认定文书)")] = None
    since: Annotated[DayColumn | None, said("day of that document (认定日期)")] = None


class CredentialFact(_Period):
    """A licence, honour, grade, red-list entry or commitment that a party holds (许可、荣誉、等级、红名单、承诺)."""

    fact: Literal["credential"]
    of: Annotated[FilledText, said("the holder")]
    by: Annotated[FilledText, said("the organ that decided")]
    kind: Annotated[Choice, said("`licence`, `honour`, `red_list`, `grade` or `commitment` (类别)")]
    document_number: Annotated[TextColumn, said("number of the decision or certificate (文号、证号); tells them apart")]
    triggers: Annotated[WordsColumn | None, said("trigger codes of incentives (触发代码), as for a sanction")] = None
    title: Annotated[TextColumn | None, said("what it is called (名称)")] = None
    content: Annotated[TextColumn | None, said("content, or the grade (内容、等级)")] = None
    certificate_number: Annotated[TextColumn | None, said("number of the certificate (证书编号)")] = None
    decided_on: Annotated[
        DayColumn | None, said("day of the decision (决定日期); also `since`, where that is not given")
    ] = None
    state: Annotated[TextColumn | None, said("state as stated (当前状态)")] = None


class PostFact(_Period):
    """A post that somebody holds at an entity (任职)."""

    fact: Literal["post"]
    who: Annotated[FilledText, said("the party that holds it")]
    of: Annotated[FilledText, said("the entity")]
    post: Annotated[
        Choice,
        said(
            "`legal_representative`, `principal`, `director`, `supervisor`, `senior_manager`, `actual_controller`, "
            "`employee` or `practitioner`; or a column with codes (职务)"
        ),
    ]
    stated: Annotated[TextColumn | None, said("title as stated (职务)")] = None
    practice_class: Annotated[TextColumn | None, said("of a practitioner: class of practice (执业类别)")] = None
    licence_number: Annotated[TextColumn | None, said("of a practitioner: number of the licence (执业证号)")] = None
    seen: Annotated[
        DayColumn | None,
        said("day on which the organ saw him in it (在任见证日): the day of a decision that names him"),
    ] = None


class ShareholdingFact(_Period):
    """A share that somebody holds (持股)."""

    fact: Literal["shareholding"]
    who: Annotated[FilledText, said("the holder")]
    of: Annotated[FilledText, said("the entity")]
    share: Annotated[ShareColumn | None, said("share of the whole (持股比例); without it unknown, 0 to 1")] = None
    amount: Annotated[AmountColumn | None, said("amount held or subscribed (出资额); other currencies are kept")] = None


class BranchFact(_Period):
    """A branch of a company (分支机构)."""

    fact: Literal["branch"]
    who: Annotated[FilledText, said("the branch")]
    of: Annotated[FilledText, said("the company")]


class MemberFact(_Period):
    """A member of an association (会员)."""

    fact: Literal["member"]
    who: Annotated[FilledText, said("the member")]
    of: Annotated[FilledText, said("the association")]


class AddressFact(_Period):
    """A registered address (注册地址)."""

    fact: Literal["address"]
    of: Annotated[FilledText, said("the entity")]
    text: Annotated[TextColumn, said("the address (注册地址)")]


AnyFact = (
    ProfileFact
    | SanctionFact
    | ResponsibleFact
    | CredentialFact
    | PostFact
    | ShareholdingFact
    | BranchFact
    | MemberFact
    | AddressFact
)


class JoinShape(Shape):
    """Another table, or this one again, whose row belongs to a row of this file: its columns are `NAME.COLUMN`."""

    on: Annotated[FilledText, said("column of this file that says which row")]
    key: Annotated[FilledText, said("column of the other table that has the same")]
    file: Annotated[
        FilledText | None, said("pattern of the other file's name, beside this one; without it and `sheet` this table")
    ] = None
    sheet: Annotated[FilledText | None, said("sheet of the workbook (工作表)")] = None
    unknown: Annotated[
        Literal["reject", "ignore"], said("a row that is not there: `reject` this one, or `ignore` that it says so")
    ] = "reject"


class FileShape(Shape):
    """One kind of file: what a row of it says."""

    match: Annotated[FilledText, said("pattern of the file name, when a folder is loaded")] = "*"
    data_date: Annotated[DayColumn | None, said("day for which a row speaks, where the rows differ (数据日期)")] = None
    owner: Annotated[TextColumn | None, said("who owns the statement, where the rows differ (数据来源单位)")] = None
    join: Annotated[
        dict[FilledText, JoinShape],
        said("name of your own → another table whose columns are read as `NAME.COLUMN` (关联表)"),
    ] = Field(default={})
    parties: Annotated[dict[FilledText, PartyShape], said("name of your own → a party that a row names")] = Field(
        min_length=1
    )
    facts: Annotated[tuple[Annotated[AnyFact, Field(discriminator="fact")], ...], said("what a row states")] = Field(
        min_length=1
    )
    ignore: Annotated[tuple[FilledText, ...], said("columns that are left out on purpose")] = ()
    may_lack: Annotated[tuple[FilledText, ...], said("columns that a file may be without")] = ()


class Title(Shape):
    """What the source is called."""

    zh: FilledText
    en: FilledText


class Mapping(Shape):
    """A source, described by its owner."""

    id: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,40}$"),
        said("id of the source: small letters, digits, hyphens; none of the built-in ones"),
    ]
    title: Annotated[Title, said("what it is called, `zh` and `en`")]
    owner: Annotated[FilledText, said("the organ that owns the data")]
    mode: Annotated[
        Literal["snapshot", "delta"], said("`snapshot`: a file is the whole list of its day; `delta`: it adds")
    ]
    files: Annotated[tuple[FileShape, ...], said("one for each kind of file")] = Field(min_length=1)
    partition: Annotated[FilledText, said("which part of the source one snapshot covers")] = "all"
    data_date: Annotated[date | None, said("day for which the files speak; `load --data-date` goes before it")] = None
    coverage: Annotated[FilledText, said("what is in it and what is not")] = "as its owner says"
    licence: Annotated[FilledText, said("under which licence or rule you may use it")] = "not stated"
    trust: Annotated[Trust, said("`official`, `self_declared` or `reference`")] = "official"
    openness: Annotated[Openness, said("`open`, `on_request` or `internal`")] = "internal"
    published: Annotated[bool, said("whether it is published")] = False


FACTS: dict[str, type[_Fact]] = {get_args(kind.model_fields["fact"].annotation)[0]: kind for kind in get_args(AnyFact)}
"""Kind of fact → its shape."""
SHAPES: tuple[type[Shape], ...] = (
    Mapping,
    FileShape,
    JoinShape,
    PartyShape,
    *FACTS.values(),
    TextCell,
    DayCell,
    AmountCell,
    ShareCell,
    WordsCell,
    IdCell,
    WhenCell,
)
"""All shapes whose keys a mapping can have, in the order in which they are explained."""


def cells(part: Shape) -> Iterator[tuple[str, AnyCell]]:
    """The cells that a party, a fact or a file reads, by the key of each."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if isinstance(value, _Cell | AmountCell | ShareCell):
            yield field.alias or name, value


def explained(shape: type[Shape], key: str) -> str:
    """What a key means, with the Chinese term in brackets."""
    for name, field in shape.model_fields.items():
        if key in (name, field.alias):
            return (field.description or "").replace("`", "")
    raise KeyError(key)


def mentioned(file: FileShape) -> dict[str, list[tuple[Shape, str]]]:
    """Column → what reads it: (party, fact or file; key)."""
    found: dict[str, list[tuple[Shape, str]]] = {}
    inside = inside_brackets(file)
    for join in file.join.values():
        found.setdefault(join.on, []).append((join, "on"))
    for part in (file, *file.parties.values(), *file.facts):
        for key, cell in cells(part):
            for name in cell.names:
                found.setdefault(inside.get(name, name), []).append((part, key))
    return found


def inside_brackets(file: FileShape) -> dict[str, str]:
    """Name for what stands in brackets → the column in which they stand."""
    return {party.brackets: party.name.column or "" for party in file.parties.values() if party.brackets}


def joined_columns(file: FileShape, name: str) -> tuple[str, ...]:
    """The columns that are read of a table that is joined."""
    return tuple(c.removeprefix(f"{name}.") for c in mentioned(file) if c.startswith(f"{name}."))


def is_joined(file: FileShape, column: str) -> bool:
    """Whether a column is one of a table that is joined."""
    return any(column.startswith(f"{name}.") for name in file.join)
