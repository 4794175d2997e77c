"""The reporting catalogue: what a file must say, whose rows are quarantined, and who is late."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_model.catalogue import CatalogueVersion
from graph_model.errors import BadRequest, SourceError
from graph_model.store.connect import Graph
from graph_model.store.neo4j_process import Server
from loaders.load.catalogue import CATALOGUE_COLUMNS, STAMP, check_catalogue, load_catalogue, read_catalogue
from queries.supply.catalogue import catalogue, catalogue_due, covered_owners
from queries.supply.ledger import rejected
from tests.support.quality import OURS, THEIRS, known_on, penalty
from tests.support.types import Cli, LoadFile, Put

BASIS = "发改办财金〔2018〕424号"


def item(name: str = "行政处罚", owner: str = OURS, source: str = "shuanggongshi", **more: Any) -> dict[str, Any]:
    """One item of a catalogue."""
    row = {"item": name, "owner": owner, "source": source, "record_class": "licence_penalty"}
    return row | {"period": "7wd", "legal_basis": BASIS, "mode": "copy"} | more


def written(folder: Path, *items: dict[str, Any], version: object = "2026-1", **stamp: Any) -> Path:
    """A catalogue as YAML."""
    path = folder / "catalogue.yaml"
    path.write_text(yaml.safe_dump({"version": version, **stamp, "items": list(items)}, allow_unicode=True))
    return path


def in_force(graph: Graph, folder: Path, *items: dict[str, Any], **stamp: Any) -> bool:
    return load_catalogue(graph, read_catalogue(written(folder, *items, **stamp)))


# --- files ------------------------------------------------------------------------------------------------


def test_a_table_and_a_yaml_file_say_the_same(tmp_path: Path) -> None:
    stamp = {"version": "2026-1", "filed_on": date(2026, 1, 15), "filed_with": "甲市发改委", "filing_number": "备1号"}
    path = written(tmp_path, item(), item("许可", THEIRS, period="monthly", mode="call"), **stamp)
    table = tmp_path / "catalogue.csv"
    head = ",".join([*CATALOGUE_COLUMNS, *STAMP])
    filed = "2026-1,2026年1月15日,甲市发改委,备1号"
    rows = [
        f"行政处罚,{OURS},shuanggongshi,行政许可与行政处罚信息,7个工作日,{BASIS},物理归集,{filed}",
        f"许可,{THEIRS},shuanggongshi,licence_penalty,每月,{BASIS},接口调用,{filed}",
    ]
    table.write_text("\n".join([head, *rows]), encoding="gb18030")
    assert read_catalogue(table) == read_catalogue(path)
    assert [i.period for i in read_catalogue(path).items] == ["7wd", "1m"]


@pytest.mark.parametrize(
    ("change", "field", "word"),
    [
        ({"record_class": "secret"}, "record_class", "six record classes"),
        ({"period": "sometimes"}, "period", "no period"),
        ({"period": "0d"}, "period", "no period"),
        ({"mode": "steal"}, "mode", "copy"),
        ({"owner": " "}, "owner", "at least 1"),
        ({"legal_basis": None}, "legal_basis", "string"),
        ({"colour": "red"}, "colour", "not permitted"),
    ],
)
def test_a_wrong_item_is_named_with_line_and_field(
    tmp_path: Path, change: dict[str, Any], field: str, word: str
) -> None:
    path = tmp_path / "c.yaml"
    good, bad = (json.dumps(i, ensure_ascii=False) for i in (item(), item("b") | change))
    path.write_text(f"version: 1\nitems:\n  - {good}\n  - {bad}\n", encoding="utf-8")
    found, (fault,) = check_catalogue(path)
    assert found is None
    assert (fault.file, fault.line, fault.field) == ("c.yaml", 4, field)
    assert word in fault.reason


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, item(period="x", mode="y"), item("b", owner=""))
    assert [f.field for f in check_catalogue(path)[1]] == ["period", "mode", "owner"]
    with pytest.raises(SourceError, match="no period"):
        read_catalogue(path)


@pytest.mark.parametrize(
    ("items", "word"),
    [
        ([item(), item(owner=THEIRS)], "stands twice"),
        ([item(mode="verify"), item("b", THEIRS)], "verified only, or not at all"),
        ([], "at least 1"),
    ],
)
def test_items_must_fit_together(tmp_path: Path, items: list[dict[str, Any]], word: str) -> None:
    found, faults = check_catalogue(written(tmp_path, *items))
    assert found is None
    assert word in faults[0].reason


@pytest.mark.parametrize(
    "text", ["", "- 1\n", "items: 3\n", "version: [\n", "items: [1]\n", "version: 1\nitems: []\nitems: [{}]\n", "\x00"]
)
def test_what_is_no_catalogue_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    found, faults = check_catalogue(path)
    assert (found, bool(faults)) == (None, True)
    assert check_catalogue(tmp_path / "none.yaml")[1][0].code == "no-file"


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.sampled_from(["c.yaml", "c.csv"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_no_file_ends_in_a_traceback(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    found, faults = check_catalogue(tmp_path / name)
    assert (found is None) == bool(faults)


def test_the_order_of_items_is_no_content(tmp_path: Path) -> None:
    one, two = item(), item("b", THEIRS)
    digests = {CatalogueVersion.model_validate({"version": 1, "items": i}).digest for i in ([one, two], [two, one])}
    assert len(digests) == 1
    assert CatalogueVersion.model_validate({"version": 1, "items": [one]}).digest not in digests


# --- versions ---------------------------------------------------------------------------------------------


def test_versions_are_never_changed(graph: Graph, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="No reporting catalogue"):
        catalogue(graph)
    assert covered_owners(graph, "shuanggongshi") is None
    assert in_force(graph, tmp_path, item(), filed_on=date(2026, 3, 1))
    first = graph.position()
    assert not in_force(graph, tmp_path, item(), filed_on=date(2026, 3, 1))
    assert graph.position() == first, "the same again writes nothing"
    with pytest.raises(BadRequest, match="said something else"):
        in_force(graph, tmp_path, item(period="1d"), filed_on=date(2026, 3, 1))
    with pytest.raises(BadRequest, match="is older"):
        in_force(graph, tmp_path, item(), version="2025-9", filed_on=date(2026, 2, 28))
    known_on(graph, date(2026, 3, 1))
    assert in_force(graph, tmp_path, item(), item("b", THEIRS), version="2026-2", filed_on=date(2026, 3, 1))
    now = catalogue(graph)
    assert (now.version, now.versions, [i.item for i in now.items]) == (
        "2026-2",
        ["2026-1", "2026-2"],
        ["b", "行政处罚"],
    )
    assert catalogue(graph, known_at=date(2026, 3, 1)).version == "2026-1"
    with pytest.raises(BadRequest, match="was replaced"):
        in_force(graph, tmp_path, item(), filed_on=date(2026, 3, 1))
    assert covered_owners(graph, "court-limits") == frozenset()


# --- quarantine -------------------------------------------------------------------------------------------


def test_rows_outside_the_catalogue_wait_in_the_ledger_until_it_has_them(
    graph: Graph, server: Server, put: Put, load_file: LoadFile, cli: Cli, tmp_path: Path
) -> None:
    rows = [penalty(1), penalty(2, owner=THEIRS), penalty(3, owner=THEIRS, CF_SJLY=f" {OURS}")]
    in_force(graph, tmp_path, item())
    (loaded,) = load_file("shuanggongshi", put("penalties.csv", rows))
    assert (loaded.rows_in, loaded.accepted, loaded.rejected) == (3, 2, 1)
    (row,) = rejected(graph, loaded.run)
    assert (row["code"], row["line"]) == ("outside-catalogue", 3)
    assert THEIRS in row["reason"]
    with graph.driver.session(database=graph.database) as session:
        assert session.run("MATCH (x:RejectedRow) RETURN x.owner AS o").single(strict=True)["o"] == THEIRS
        assert session.run("MATCH (s:Sanction) RETURN count(s) AS n").single(strict=True)["n"] == 2

    waiting = tmp_path / "waiting.csv"
    assert cli("ledger", "rejected", loaded.run, "--out", str(waiting), "--store", server.store)[0] == 0
    load = ("load", "shuanggongshi", str(waiting), "--store", server.store, "--json")
    wider = tmp_path / "wider"
    wider.mkdir()
    path = written(wider, item(), item("b", THEIRS), version="2026-2")
    assert cli("catalogue", "load", str(path), "--store", server.store)[0] == 0
    (told,) = json.loads(cli(*load)[1])
    assert (told["rows_in"], told["accepted"], told["rejected"]) == (1, 1, 0)
    with graph.driver.session(database=graph.database) as session:
        assert session.run("MATCH (s:Sanction) RETURN count(s) AS n").single(strict=True)["n"] == 3


def test_a_source_for_verification_only_stores_nothing(
    graph: Graph, server: Server, put: Put, load_file: LoadFile, cli: Cli, tmp_path: Path
) -> None:
    in_force(graph, tmp_path, item(mode="verify"))
    before = graph.position()
    path = put("penalties.csv", [penalty(1)])
    with pytest.raises(BadRequest, match="数据核验"):
        load_file("shuanggongshi", path)
    exit_code, _, told = cli("load", "shuanggongshi", str(path), "--store", server.store)
    assert exit_code == 2
    assert "verification only" in told
    assert graph.position() == before
    with graph.driver.session(database=graph.database) as session:
        assert session.run("MATCH (n:Run|RejectedRow|Sanction) RETURN count(n) AS n").single(strict=True)["n"] == 0


# --- due --------------------------------------------------------------------------------------------------


def test_who_is_late_is_counted_in_working_days(
    graph: Graph, server: Server, put: Put, load_file: LoadFile, cli: Cli, tmp_path: Path
) -> None:
    items = [
        item(),
        item("环保处罚", THEIRS),
        item("限高", "甲市法院", "court-limits", period="1m"),
        item("登记", "甲市登记机关", "registry", record_class="basic", period="1d", mode="call"),
    ]
    in_force(graph, tmp_path, *items, filed_on=date(2026, 2, 2))
    (loaded,) = load_file("shuanggongshi", put("penalties.csv", [penalty(1)]))
    known_on(graph, date(2026, 2, 10))

    def due(day: str) -> dict[str, tuple[Any, ...]]:
        told = catalogue_due(graph, as_of=date.fromisoformat(day))
        return {r.item: (r.last_run, str(r.due), r.late, r.late_working_days) for r in told.rows}

    # The seventh working day after 10 February 2026 is the 26th, after the Spring Festival.
    assert due("2026-02-26")["行政处罚"] == (loaded.run, "2026-02-26", False, 0)
    assert due("2026-02-27")["行政处罚"] == (loaded.run, "2026-02-26", True, 1)
    assert due("2026-02-28")["行政处罚"] == (loaded.run, "2026-02-26", True, 2), "a Saturday that is worked"
    # Whoever never delivered owes since the filing; what is called owes nothing.
    assert due("2026-02-27")["环保处罚"] == (None, "2026-02-11", True, 7)
    assert due("2026-02-27")["限高"] == (None, "2026-03-02", False, 0)
    assert due("2026-02-27")["登记"] == (None, "None", None, 0)
    with pytest.raises(BadRequest, match="was loaded by"):
        due("2026-02-09")

    exit_code, text, _ = cli("catalogue", "due", "--as-of", "2026-02-27", "--store", server.store, "--json")
    assert exit_code == 0
    assert [r["item"] for r in json.loads(text)["rows"]] == ["环保处罚", "行政处罚", "限高", "登记"]
    for command in (("due",), ("show",), ("show", "--json")):
        assert cli("catalogue", *command, "--store", server.store)[0] == 0


def test_check_tells_faults_and_what_is_not_read(cli: Cli, tmp_path: Path) -> None:
    exit_code, text, _ = cli("catalogue", "check", str(written(tmp_path, item(source="elsewhere"))), "--json")
    told = json.loads(text)
    assert (exit_code, told["ok"], told["items"], len(told["notes"])) == (0, True, 1, 1)
    exit_code, text, told_err = cli("catalogue", "check", str(written(tmp_path, item(period="x"))))
    assert exit_code == 2
    assert "catalogue.yaml, line" in told_err
