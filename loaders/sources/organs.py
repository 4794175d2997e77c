"""A table of organs: names over time, code, area, parent, roles, successors (source `organs`).

The table that the credit authority keeps, so that an old document finds the organ that answers for it today
(`creditgraph organs show`). One row for each name of an organ; a renamed organ has one row for each of its names, tied
by its credit code. An organ that was merged or dissolved names in 承继机关 who took over, and since when; several
successors are separated by ;.

- Without a credit code an organ is known by its name: another name is then another organ, and needs 承继机关.
- Two organs of one full name are rejected: a document names its organ by the name.
- A name that ended (名称止, its last day) is a former name. An empty date is unknown.
- 职责角色 holds codes O01 to O09 (`graph_model/rules/data/organ_roles.yaml`) or their titles.
"""

from collections.abc import Iterator
from datetime import date

from graph_model.identifiers import is_placeholder, name_key, normalise_code, uscc_faults
from graph_model.record_classes import organ_roles
from graph_model.schema import PartOf, Profile, SucceededBy
from loaders.drafts import Draft, EntityMention, Row, SourceDescription, SourceFile
from loaders.reading.values import cell, fault, parse_date, parse_last_day, split_list

OrganCodes = dict[str, str | None]
"""Name, normalised → credit code, of all organs of the file: a row may name one that stands further down. None: several
codes bear the name."""


def _code(row: Row) -> str | None:
    code = normalise_code(row.get("统一社会信用代码"))
    return None if code is None or is_placeholder(code) else code


def prepare(rows: Iterator[Row]) -> OrganCodes:
    """The codes of all names in the file."""
    found: dict[str, set[str]] = {}
    for row in rows:
        code, name = _code(row), row.get("机关名称")
        if name and code and not uscc_faults(code):
            found.setdefault(name_key(name), set()).add(code)
    return {name: next(iter(codes)) if len(codes) == 1 else None for name, codes in found.items()}


def _named(name: str, codes: OrganCodes) -> EntityMention:
    code = codes.get(name_key(name))
    return EntityMention(name, (("uscc", code),) if code else (), organ=True)


def _roles(row: Row) -> list[str]:
    titles = {role.zh: role.id for role in organ_roles().values()}
    # A title may hold the mark that separates two roles.
    cell_text = row.get("职责角色") or ""
    found = [titles[cell_text]] if cell_text in titles else [titles.get(t, t.upper()) for t in split_list(cell_text)]
    if unknown := [role for role in found if role not in organ_roles()]:
        raise fault(
            row,
            "职责角色",
            f"holds {', '.join(unknown)}, which is no role of an organ",
            code="unknown-code",
            todo=f"Use {', '.join(organ_roles())}; docs/quality.md explains them.",
        )
    return sorted(set(found))


def drafts(row: Row, codes: OrganCodes) -> Iterator[Draft]:
    """One name of an organ, with what the row says of it."""
    name, code = row.need("机关名称"), _code(row)
    if code and (faults := uscc_faults(code)):
        raise fault(
            row,
            "统一社会信用代码",
            f"is no unified social credit code: {'; '.join(faults)}",
            code="invalid-code",
            todo="Correct it (重错码), or leave it empty if there is none.",
        )
    if codes.get(name_key(name), "") is None:
        raise fault(
            row,
            "机关名称",
            "is borne by several credit codes in this file: documents that give the name alone could mean either",
            code="contradiction",
            todo="Give the full name with its place, or correct the codes.",
        )
    since, until = cell(row, "名称起", parse_date), cell(row, "名称止", parse_last_day)
    if since and until and until <= since:
        raise fault(row, "名称止", "is before the first day of the name", todo="Correct the dates.")
    organ = EntityMention(name, (("uscc", code),) if code else (), organ=True)
    record = f"{code or ''}|{name}|{since or ''}"
    yield Draft(
        Profile(
            # A name that ended is never the present one, whatever else is known.
            name=None if until else name,
            former_names=[name] if until else None,
            kind="public_body",
            region=row.get("行政区划"),
            organ_roles=_roles(row) or None,
            since=since,
            until=until,
        ),
        organ,
        record=record,
    )
    if parent := row.get("上级机关"):
        if name_key(parent) == name_key(name):
            raise fault(row, "上级机关", "is the organ itself", todo="Name the organ above it, or leave it empty.")
        yield Draft(PartOf(), organ, _named(parent, codes), record=f"{record}|PART_OF|{parent}")
    successors = split_list(row.get("承继机关"))
    on: date | None = cell(row, "承继日期", parse_date)
    if on and not successors:
        raise fault(
            row, "承继机关", "is empty, but 承继日期 is given", code="missing-value", todo="Name the successor."
        )
    for successor in successors:
        if name_key(successor) == name_key(name):
            raise fault(row, "承继机关", "is the organ itself", todo="Name the organ that took over.")
        yield Draft(SucceededBy(since=on), organ, _named(successor, codes), record=f"{record}|{successor}")


SOURCE = SourceDescription(
    id="organs",
    title="Organs: names, roles, parents and successors",
    title_zh="机关名录(名称沿革、职责角色、上级与承继)",
    owner="keeper of the table of organs",
    mode="snapshot",
    coverage="the organs that the table lists",
    licence="your own",
    files=(
        SourceFile(
            pattern="*",
            columns=("机关名称", "职责角色", "承继机关"),
            drafts=drafts,
            prepare=prepare,
            fields={
                "机关名称": "name of the organ, one row for each name it bore",
                "统一社会信用代码": "credit code; ties the names of one organ together",
                "行政区划": "area: division code or name",
                "上级机关": "the organ above it",
                "职责角色": "roles O01 to O09, separated by ;",
                "名称起": "first day of the name",
                "名称止": "last day of the name; empty: borne still, or unknown",
                "承继机关": "who took over, separated by ;",
                "承继日期": "day of the succession",
            },
        ),
    ),
)
