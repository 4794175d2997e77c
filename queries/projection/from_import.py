"""The projection from the files of a first load, as they go into Neo4j's import: without asking the graph for them.

The files say what the graph was at its first clock position. What was written after it (rows that were loaded in the
ordinary way, caches that had to be computed again, consequences) is taken up by whoever opens the projection.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from graph_model.schema import WALKABLE
from graph_model.store.connect import Graph
from graph_model.traversal import OPEN
from queries.party.records import BROKEN
from queries.projection.build import new_version, save
from queries.projection.format import ARC_NUMBER, NODE_LABELS, ORG, hash_of
from queries.projection.gather import LookupTables

FIRST = 1
"""The clock position of everything in the files."""

ADDRESS = ("key", "name", "degree", "hub")
PARTY = (
    "key",
    "name",
    "former_names",
    "kind",
    "status",
    "region",
    "degree",
    "hub",
    "sanctioned",
    "doubts",
    "id_masked",
)
"""What is kept of a node, as in `COPIED_ADDRESSES` and `COPIED_PARTIES` of `queries.projection.gather`."""

LIST = "\x1f"
"""Between the items of a list."""
AT_ONCE = 200_000
"""Facts that are made into text together: some 600 bytes each."""

_EPOCH = date(1970, 1, 1).toordinal()
_TYPES = {"long": pl.Int64, "double": pl.Float64, "ID": pl.Int64, "START_ID": pl.Int64, "END_ID": pl.Int64}

Empty = Mapping[tuple[str, str], Sequence[str]]
"""Type and property → ids of the facts of which it is an empty list: import files cannot say so."""


def build_from_files(graph: Graph, root: Path, folder: Path, empty: Empty) -> Path:
    """Writes a version of the projection of a graph that was just imported, and makes it the current one.

    Args:
        graph: the imported graph, with its ledger.
        folder: the import files, one for each label and each type, as `loaders.load.bulk` writes them.

    Returns: the folder of the version.
    """
    return new_version(root, graph.store_id(), FIRST, lambda out: _build(graph, folder, out, empty))


def _build(graph: Graph, folder: Path, out: Path, empty: Empty) -> None:
    nodes = _nodes(folder)
    number = np.full(int(nodes[":ID"].to_numpy().max(initial=0)) + 1, -1, np.int32)
    number[nodes[":ID"].to_numpy()] = np.arange(nodes.height, dtype=np.int32)
    nodes = nodes.with_columns(number=pl.int_range(nodes.height, dtype=pl.Int32))
    rest = (_sanctions(folder, number, empty), _promises(folder, number), _undisclosed(folder, number))
    for more in (_identifiers(folder, number), *rest):
        nodes = nodes.join(more, on="number", how="left", maintain_order="left")
    name = pl.concat_list(pl.concat_str(pl.lit("name\n"), "name_key"))
    numbers = pl.concat_list("texts", "orgs")
    texts = pl.when(pl.col("name_key").str.len_chars() > 0).then(pl.concat_list(numbers, name)).otherwise(numbers)
    nodes = nodes.with_columns(found=pl.concat_list(texts, "keys"))
    address = pl.col("label") == "Address"
    rest = (_json("labels"), _json("identifiers", otherwise="[]"), _json("hub_tag"))
    parties = pl.concat_str(
        pl.lit("["),
        pl.when(address).then(_json(pl.struct(ADDRESS))).otherwise(_json(pl.struct(PARTY))),
        *(piece for one in rest for piece in (pl.lit(","), one)),
        pl.lit("]"),
    )
    _write(out, "names", [nodes["name"]])
    _write(out, "parties", [nodes.select(parties).to_series()])
    _write(out, "found", [nodes.select(_json("found", otherwise="[]")).to_series()])
    _write(out, "sanctions", [nodes["sanctions"]])
    _write(out, "undisclosed", [nodes["undisclosed"]])
    _write(out, "promises", [nodes["promises"]])
    for name in ("consequences", "others"):
        _write(out, name, [pl.Series([None] * nodes.height, dtype=pl.String)])
    columns: dict[str, list[Any]] = {n: [] for n in ("start", "end", "kind", "since", "until", "share", "share_min")}
    runs = {run for some in nodes["sanction_runs"].drop_nulls() for run in some}
    _write(out, "facts", _facts(folder, number, empty, columns, runs))
    tables = LookupTables.empty()
    tables.point_to([FIRST], runs)
    tables.instants(graph)
    hashed = nodes.select("number", "found").explode("found").drop_nulls()
    places = {label: place for place, label in enumerate(NODE_LABELS)}
    save(
        out,
        nodes["key"].to_list(),
        {
            "label": nodes["label"].replace_strict(places, return_dtype=pl.UInt8).to_numpy(),
            "hub": nodes["hub"].fill_null(False).to_numpy(),
            "sanctioned": nodes["sanctioned"].fill_null(False).to_numpy(),
            "tagged": nodes["hub_tag"].is_not_null().to_numpy(),
            "doubted": np.zeros(nodes.height, np.uint8),  # `refresh` marks them after the import: whoever follows hears
        },
        nodes["degree"].fill_null(0).to_numpy(),
        [(hash_of(text), node) for node, text in hashed.iter_rows()],
        {n: np.concatenate(parts) if parts else [] for n, parts in columns.items()},
        tables,
    )


def _nodes(folder: Path) -> pl.DataFrame:
    """Addresses, then parties, each by key: their columns, `labels`, and `label`, the telling one."""
    parties, addresses = _read(folder, "Party"), _read(folder, "Address")
    assert parties is not None
    labels = pl.col(":LABEL").str.split(LIST)
    label = pl.lit("Entity")
    for one in ("Person", "Organ"):  # an organ that is also an entity is told as an organ, as `label_of` does
        label = pl.when(labels.list.contains(one)).then(pl.lit(one)).otherwise(label)
    parties = parties.with_columns(labels=labels, label=label)
    every = [parties.sort("key")]
    if addresses is not None:
        one = pl.lit(["Address"], pl.List(pl.String))
        every.insert(0, addresses.sort("key").with_columns(labels=one, label=pl.lit("Address")))
    return pl.concat(every, how="diagonal")


def _identifiers(folder: Path, number: Any) -> pl.DataFrame:
    """number → `identifiers`, by scheme and value; `texts` and `keys`, by which the party is found."""
    links, identifiers = _read(folder, "IDENTIFIES"), _read(folder, "Identifier")
    assert links is not None
    assert identifiers is not None
    links = links.with_columns(number=pl.Series(number[links[":END_ID"].to_numpy()]))
    every = links.join(identifiers, left_on=":START_ID", right_on=":ID")
    return (
        every.sort("number", "scheme", "value")
        .group_by("number", maintain_order=True)
        .agg(
            identifiers=pl.struct("scheme", "value", "valid"),
            texts=pl.concat_str("scheme", pl.lit("\n"), "value"),
            orgs=pl.concat_str(pl.lit(f"{ORG}\n"), pl.col("org").drop_nulls()),
            keys=pl.concat_str(pl.lit("key\n"), pl.col("stated").drop_nulls().unique(maintain_order=True)),
        )
    )


def _sanctions(folder: Path, number: Any, empty: Empty) -> pl.DataFrame:
    """number → `sanctions` as text, in the order of `queries.party.parties.SANCTIONS_ON`, and `sanction_runs`."""
    facts, sanctions = _read(folder, "IMPOSED_ON"), _read(folder, "Sanction")
    if facts is None or sanctions is None:
        types = {"number": pl.Int32, "sanctions": pl.String, "sanction_runs": pl.List(pl.String)}
        return pl.DataFrame(schema=types)
    facts = _with_empty(facts, "IMPOSED_ON", empty)
    keys = sanctions.select(pl.col(":ID").alias(":START_ID"), sanction="key")
    facts = facts.join(keys, on=":START_ID")
    facts = facts.with_columns(number=pl.Series(number[facts[":END_ID"].to_numpy()], dtype=pl.Int32))
    told = pl.concat_str(pl.lit("["), _json("sanction"), pl.lit(","), _props(facts), pl.lit("]"))
    order = ("number", "decided_on", "sanction", "fact_id")
    return (
        facts.with_columns(told=told)
        .sort(order, descending=[False, True, False, False], nulls_last=False)
        .group_by("number", maintain_order=True)
        .agg(sanctions=pl.col("told").str.join(","), sanction_runs=pl.col("run").unique())
        .with_columns(sanctions=pl.concat_str(pl.lit("["), "sanctions", pl.lit("]")))
    )


def _promises(folder: Path, number: Any) -> pl.DataFrame:
    """number → `promises` as text: those that were broken or false."""
    names = ("fact_id", "since", "state", "state_on", "trust")
    held = _read(folder, "HOLDS", (":START_ID", "kind", *names))
    if held is None or not {"kind", *names} <= set(held.columns):
        return pl.DataFrame(schema={"number": pl.Int32, "promises": pl.String})
    held = held.filter((pl.col("kind") == "commitment") & pl.col("state").is_in(BROKEN))
    held = held.with_columns(number=pl.Series(number[held[":START_ID"].to_numpy()], dtype=pl.Int32))
    told = held.sort("number", "fact_id").group_by("number", maintain_order=True).agg(promises=pl.struct(names))
    return told.select("number", promises=_json("promises"))


def _undisclosed(folder: Path, number: Any) -> pl.DataFrame:
    """number → `undisclosed` as text: the reasons why its owners are not told."""
    statements, about = _read(folder, "Statement", (":ID", "owners_undisclosed")), _read(folder, "ABOUT")
    if statements is None or about is None:
        return pl.DataFrame(schema={"number": pl.Int32, "undisclosed": pl.String})
    told = about.join(statements, left_on=":START_ID", right_on=":ID").filter(
        pl.col("owners_undisclosed").is_not_null()
    )
    told = told.with_columns(number=pl.Series(number[told[":END_ID"].to_numpy()], dtype=pl.Int32))
    reasons = pl.col("owners_undisclosed").unique().sort()
    return told.group_by("number").agg(reasons=reasons).select("number", undisclosed=_json("reasons"))


def _facts(
    folder: Path, number: Any, empty: Empty, columns: dict[str, list[Any]], runs: set[str]
) -> Iterator[pl.Series]:
    """The walkable facts as text; their columns are put into `columns`, their runs into `runs`."""
    for kind in WALKABLE:
        read = _read(folder, kind)
        if read is None:
            continue
        every = _with_empty(read, kind, empty)
        for facts in every.filter(pl.col(":START_ID") != pl.col(":END_ID")).iter_slices(AT_ONCE):
            for name, end in (("start", ":START_ID"), ("end", ":END_ID")):
                columns[name].append(number[facts[end].to_numpy()])
            columns["kind"].append(np.full(facts.height, ARC_NUMBER[kind], np.uint8))
            for name, unknown in (("since", 0), ("until", OPEN)):
                days = facts[name].str.to_date("%Y-%m-%d").cast(pl.Int32) + _EPOCH
                columns[name].append(days.fill_null(unknown).to_numpy())
            for name, column, unknown in (("share", "share_max", float("nan")), ("share_min", "share_min", 0.0)):
                share = facts[column] if column in facts.columns else pl.Series([None] * facts.height, dtype=pl.Float64)
                columns[name].append(share.fill_null(unknown).to_numpy())
            runs.update(facts["run"].unique())
            yield facts.select(_props(facts)).to_series()


# --- columns ----------------------------------------------------------------------------------------------


def _read(folder: Path, name: str, only: Sequence[str] = ()) -> pl.DataFrame | None:
    """A file of the import as typed columns, all or `only` these, days as text; None: nothing of the kind was imported."""
    path = folder / f"{name}.csv"
    if not path.exists():
        return None
    frame = pl.scan_csv(path, infer_schema=False)
    columns = []
    for header in frame.collect_schema().names():
        name, _, kind = header.rpartition(":")
        if only and (name or header) not in only:
            continue
        one = pl.col(header)
        if kind in _TYPES:
            one = one.cast(_TYPES[kind])
        elif kind == "boolean":
            one = one == "true"
        elif kind == "string[]":
            one = one.str.split(LIST)
        columns.append(one.alias(name or header))
    return frame.select(columns).collect()


def _with_empty(facts: pl.DataFrame, kind: str, empty: Empty) -> pl.DataFrame:
    nothing = pl.lit([], pl.List(pl.String))
    return facts.with_columns(
        pl.when(pl.col("fact_id").is_in(list(empty[kind, name]))).then(nothing).otherwise(name).alias(name)
        for name, dtype in facts.schema.items()
        if dtype == pl.List(pl.String) and (kind, name) in empty
    )


def _json(column: str | pl.Expr, otherwise: str | None = "null") -> pl.Expr:
    """A column as JSON; `otherwise` where there is nothing."""
    value = pl.col(column) if isinstance(column, str) else column
    text = pl.struct(x=value).struct.json_encode()
    told = text.str.slice(len('{"x":'), text.str.len_chars() - len('{"x":}'))
    return pl.when(value.is_null()).then(pl.lit(otherwise, pl.String)).otherwise(told)


def _props(facts: pl.DataFrame) -> pl.Expr:
    """The properties of each fact that it has, as a JSON object."""
    names = [n for n in facts.columns if not n.startswith(":") and n not in ("fact_id", "number", "sanction")]
    pieces = [pl.concat_str(pl.lit(f',"{n}":'), _json(n, otherwise=None)) for n in names]
    first = pl.concat_str(pl.lit('{"fact_id":'), _json("fact_id"))
    return pl.concat_str(first, *pieces, pl.lit("}"), ignore_nulls=True)


def _write(folder: Path, name: str, columns: Iterable[pl.Series]) -> None:
    """As `queries.projection.format.TextColumn` reads it."""
    ends = [np.zeros(1, np.int64)]
    with (folder / f"{name}.bin").open("wb") as file:
        for column in columns:
            sizes = column.str.len_bytes().fill_null(0).to_numpy().astype(np.int64)
            ends.append(ends[-1][-1] + np.cumsum(sizes))
            file.write("".join(column.drop_nulls()).encode())
    np.save(folder / f"{name}.npy", np.concatenate(ends))
