"""The reporting catalogue as a file of yours (YAML, or a table) → a version in the graph. Versions are never changed."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, LiteralString

import yaml
from pydantic import ValidationError

from graph_model.catalogue import CatalogueVersion, Item, owner_key
from graph_model.errors import BadRequest, SourceError
from graph_model.schema import FOREVER
from graph_model.store.connect import Graph, Tx
from loaders.drafts import Draft, Row, SourceDescription
from loaders.reading.rows import read_rows
from loaders.reading.values import cell, parse_date
from loaders.sources import fitting

CATALOGUE_COLUMNS = {
    "事项": "item",
    "归属单位": "owner",
    "来源": "source",
    "信息类别": "record_class",
    "更新周期": "period",
    "法律依据": "legal_basis",
    "共享方式": "mode",
}
"""Columns of the table → fields of an item."""

STAMP = {"版本": "version", "备案日期": "filed_on", "备案机关": "filed_with", "备案号": "filing_number"}
"""Columns that say the same in every row: the version and its filing."""

LARGEST = 2_000_000

STATE: LiteralString = """
OPTIONAL MATCH (c:Catalogue {version: $version})
OPTIONAL MATCH (now:Catalogue {rec_to: $forever})
RETURN c.digest AS digest, now.version AS version, now.filed_on AS filed_on
"""

CLOSE: LiteralString = """
MATCH (c:Catalogue) WHERE c.rec_to = $forever SET c.rec_to = $seq
"""

CREATE_CATALOGUE: LiteralString = """
CREATE (c:Catalogue) SET c = $props
WITH c
MATCH (x:Change {seq: $seq}) SET c.at = x.at
WITH c
UNWIND $items AS item
CREATE (i:CatalogueItem) SET i = item, i.catalogue = c.version
"""


def read_catalogue(path: Path) -> CatalogueVersion:
    """The catalogue of one file, YAML or a table (CSV, XLSX, JSON).

    Raises:
        SourceError: the file cannot be read, or a row is wrong: the first fault, with line and field.
    """
    version, faults = check_catalogue(path)
    if version is None:
        raise faults[0]
    return version


def check_catalogue(path: Path) -> tuple[CatalogueVersion | None, list[SourceError]]:
    """The catalogue of one file, or None and all faults of it."""
    try:
        stamp, items = _yaml(path) if path.suffix.lower() in (".yaml", ".yml") else _table(path)
    except SourceError as fault:
        return None, [fault]
    names = (
        {}
        if path.suffix.lower() in (".yaml", ".yml")
        else {field: zh for zh, field in {**CATALOGUE_COLUMNS, **STAMP}.items()}
    )
    faults: list[SourceError] = []
    good: list[Item] = []
    for line, values in items:
        try:
            good.append(Item.model_validate(values))
        except ValidationError as error:
            faults += [_fault(path, line, e, names) for e in error.errors()]
    line, values = stamp
    try:
        # Without items there would be a second fault for each wrong one.
        found = CatalogueVersion.model_validate({**values, "items": good if good or not items else None})
    except ValidationError as error:
        faults += [_fault(path, line, e, names) for e in error.errors() if e["loc"] != ("items",) or not faults]
        return None, faults
    return (None, faults) if faults else (found, [])


def load_catalogue(graph: Graph, wanted: CatalogueVersion) -> bool:
    """Put a version in force; the one before stays, closed. Returns whether anything was written.

    Raises:
        BadRequest: this version was loaded with other content, or one filed later is in force.
    """
    graph.prepare()
    if _is_loaded(graph.read(STATE, version=wanted.version, forever=FOREVER)[0], wanted):
        return False

    def work(tx: Tx) -> None:
        # Once more, under the lock of the clock: somebody may have been faster.
        if _is_loaded(tx.run(STATE, version=wanted.version, forever=FOREVER)[0], wanted):
            return
        tx.run(CLOSE, forever=FOREVER, seq=tx.seq)
        props = wanted.model_dump(exclude={"items"}, exclude_none=True)
        props |= {"digest": wanted.digest, "rec_from": tx.seq, "rec_to": FOREVER}
        tx.run(CREATE_CATALOGUE, props=props, items=[item.model_dump() for item in wanted.items], seq=tx.seq)

    graph.write("catalogue", work)
    return True


def _is_loaded(state: Any, wanted: CatalogueVersion) -> bool:
    if state["digest"] is not None:
        if state["digest"] != wanted.digest:
            raise BadRequest(
                f"Version {wanted.version} of the catalogue was loaded before and said something else. Versions are "
                "never changed: give the file a new version."
            )
        if state["version"] != wanted.version:
            raise BadRequest(
                f"Version {wanted.version} was replaced by {state['version']}. To go back to it, give it a new version."
            )
        return True
    filed = state["filed_on"].to_native() if state["filed_on"] else None
    if filed and wanted.filed_on and wanted.filed_on < filed:
        raise BadRequest(
            f"Version {state['version']}, which is in force, was filed on {filed}; version {wanted.version} is older "
            f"({wanted.filed_on})."
        )
    return False


def admit(row: Row, drafts: Iterable[Draft], source: SourceDescription, covered: frozenset[str] | None) -> None:
    """Is all that a row says owned by somebody whom the catalogue has for this source? None: there is no catalogue.

    Raises:
        SourceError: it is not (`outside-catalogue`). The row is then kept whole in the ledger, and loads once the
            catalogue has its owner (docs/quality.md).
    """
    if covered is None:
        return
    for owner in {draft.owner or source.owner: None for draft in drafts}:
        if owner_key(owner) not in covered:
            fault = row.fault("", f"is of {owner}, whom the reporting catalogue does not have for {source.id}")
            fault.code, fault.owner = "outside-catalogue", owner
            fault.todo = "Put the item into the catalogue, load its new version, then load this row again."
            raise fault


# --- files ------------------------------------------------------------------------------------------------


Placed = tuple[int, dict[str, Any]]
"""Line, and what stands there."""


def _yaml(path: Path) -> tuple[Placed, list[Placed]]:
    def fault(reason: str, line: int | None = None) -> SourceError:
        todo = "docs/quality.md has an example."
        return SourceError(reason, file=path.name, line=line, code="bad-catalogue", todo=todo)

    if not path.is_file():
        raise SourceError("there is no such file", file=path.name, code="no-file", todo="Check the path.")
    if path.stat().st_size > LARGEST:
        raise fault(f"is larger than {LARGEST // 1_000_000} MB, which no catalogue is")
    try:
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8-sig"))
        try:
            root = loader.get_single_node()
            values = loader.construct_document(root) if root is not None else None
        finally:
            loader.dispose()
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise fault(f"cannot be read as YAML: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(values, dict) or not isinstance(values.get("items"), list):
        raise fault("is not a catalogue: it needs `version` and a list `items`", 1)
    items = values.pop("items")
    nodes: list[Any] = next((value.value for key, value in reversed(root.value) if key.value == "items"), [])
    lines = [node.start_mark.line + 1 for node in nodes] if len(nodes) == len(items) else [1] * len(items)
    for line, item in zip(lines, items, strict=True):
        if not isinstance(item, dict):
            raise fault("is not an item with fields", line)
    return (1, values), list(zip(lines, items, strict=True))


def _table(path: Path) -> tuple[Placed, list[Placed]]:
    rows: list[Row] = []
    for row in read_rows(path, (*CATALOGUE_COLUMNS, "版本"), fitting=fitting):
        if isinstance(row, SourceError):
            raise row
        rows.append(row)
    if not rows:
        raise SourceError("the file has a header but no rows", file=path.name, code="empty")
    stamp: dict[str, Any] = {field: rows[0].get(column) for column, field in STAMP.items()}
    stamp["filed_on"] = cell(rows[0], "备案日期", parse_date)
    for row in rows:
        for column in STAMP:
            if row.get(column) != rows[0].get(column):
                raise row.fault(column, "differs from the first row", todo="A file is one version: one stamp for all.")
    return (rows[0].line, stamp), [(r.line, {f: r.get(c) for c, f in CATALOGUE_COLUMNS.items()}) for r in rows]


def _fault(path: Path, line: int, error: Any, names: dict[str, str]) -> SourceError:
    field = str(error["loc"][0]) if error["loc"] else ""
    value = error["input"] if isinstance(error["input"], str | int | float) else ""
    reason = error["msg"].removeprefix("Value error, ")
    return SourceError(
        reason[0].lower() + reason[1:],
        file=path.name,
        line=line,
        field=names.get(field, field),
        value=str(value),
        code="bad-catalogue",
        todo="docs/quality.md has an example.",
    )
