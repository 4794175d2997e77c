"""Questions about the whole graph: against a plain count over small random graphs and over the sample; and the files."""

import itertools
import json
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import networkx
import polars as pl
import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st

from api.cli.overview import What
from api.cli.tables import write_table
from graph_model.errors import BadRequest
from graph_model.rules import RulePack
from graph_model.schema import FOREVER, WALKABLE
from graph_model.store.connect import Graph
from graph_model.store.neo4j_process import Server
from queries.network import whole_graph as module
from queries.network.exposure import exposure
from queries.network.reached import REACHED_COLUMNS, listed_parties, reached
from queries.network.whole_graph import QUESTION_COLUMNS, QUESTIONS, components, exposed, read_whole
from queries.party.sanction_filter import SanctionFilter
from tests.support.small_graphs import ADDRESSES, DAY, ONCE_EACH, PARTIES, Reference, facts, written
from tests.support.types import Cli

SAMPLE_DAY = date(2026, 6, 30)


@st.composite
def imposed(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Statements about sanctions: several of one sanction, from sources that are worth more or less, of other days."""
    rows = []
    for i in range(draw(st.integers(0, 8))):
        known = draw(st.sampled_from([(1, FOREVER), (1, FOREVER), (1, 2)]))
        props: dict[str, Any] = {"fact_id": f"s{i}", "source": "t", "run": "", "rec_from": known[0], "rec_to": known[1]}
        props["since"] = draw(st.sampled_from([None, date(2020, 1, 1), DAY, date(2025, 1, 2)]))
        props["until"] = draw(st.sampled_from([None, None, DAY, date(2025, 1, 2)]))
        props["absent_since"] = draw(st.sampled_from([None, None, DAY]))
        props["data_date"] = draw(st.sampled_from([None, date(2024, 1, 1), date(2024, 6, 1)]))
        props["trust"] = draw(st.sampled_from(["official", "reference"]))
        start = f"s-{draw(st.sampled_from('klmn'))}"
        rows.append({"start": start, "end": draw(st.sampled_from(PARTIES)), "props": props})
    return rows


def sanctions_of(rows: list[dict[str, Any]], day: date) -> Counter[str]:
    """How many sanctions that are not over has each party? By the newest official word; others make nobody listed."""
    said: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for r in rows:
        if r["props"]["rec_from"] <= 2 < r["props"]["rec_to"]:
            said[r["start"], r["end"]].append(r["props"])
    counts: Counter[str] = Counter()
    for (_, party), words in said.items():
        official = [w for w in words if w["trust"] == "official"]
        if not official:
            continue
        newest = max(str(w["data_date"] or "") for w in official)
        word = min((w for w in official if str(w["data_date"] or "") == newest), key=lambda w: w["fact_id"])
        begun = word["since"] is None or word["since"] <= day
        counts[party] += begun and not (word["until"] is not None and word["until"] <= day)
    return +counts


HUBS = st.frozensets(st.sampled_from([*PARTIES, *ADDRESSES]), max_size=3)


@given(rows=facts(), hubs=HUBS, said=imposed(), day=st.sampled_from([DAY, date(2023, 6, 1)]))
@pytest.mark.deep
@ONCE_EACH
def test_frames_are_what_counting_by_hand_finds(
    graph: Graph, rows: list[dict[str, Any]], hubs: frozenset[str], said: list[dict[str, Any]], day: date
) -> None:
    written(graph, rows, hubs, said)
    plain = Reference(rows, hubs, day=day, position=2, past=False, types=WALKABLE, cross=())
    sanctions = sanctions_of(said, day)
    whole = read_whole(graph, as_of=day)
    frames = {what: ask(whole) for what, ask in QUESTIONS.items()}
    for what, frame in frames.items():
        assert frame.columns == [*QUESTION_COLUMNS[what], "as_of", "position"]
        assert set(frame["as_of"]) <= {day}
        assert set(frame["position"]) <= {2}

    # Components: what hangs together without hubs.
    left, expected = {*PARTIES, *ADDRESSES} - hubs, []
    while left:
        inside = networkx_component(plain, next(iter(left)), hubs)
        left -= inside
        parties = [k for k in inside if k[0] != "a"]
        if parties:
            head = min(parties, key=lambda k: (-len(plain.next[k]), k))
            kinds = Counter(k[0] for k in inside)
            listed = sum(sanctions[k] > 0 for k in inside)
            touched = {o for k in inside for o in plain.next[k]} & hubs
            expected.append((len(parties), kinds["e"], kinds["p"], kinds["a"], listed, len(touched), head, head[-2:]))
    expected.sort(key=lambda row: (-row[0], row[6]))
    assert frames["components"].drop("as_of", "position").rows() == [(i, *row) for i, row in enumerate(expected, 1)]

    # Exposed: what a search of two steps finds.
    found = []
    for key in PARTIES:
        if not sanctions[key]:
            steps = Counter(n for k, n in plain.near(key, 2).items() if sanctions[k])
            if steps:
                label = "Person" if key[0] == "p" else "Entity"
                row = (key, label, key[-2:], min(steps), steps[1], steps[2], len(plain.next[key] & hubs))
                found.append(row)
    found.sort(key=lambda row: (-row[4], -row[5], row[0]))
    assert frames["exposed"].drop("as_of", "position").rows() == found

    # Links and addresses: neighbours counted.
    bodies = {k: sorted(o for o in plain.next[k] if o[0] == "e") for k in (*PARTIES, *ADDRESSES)}
    links = []
    for key in (k for k in PARTIES if k[0] == "p"):
        listed = [o for o in bodies[key] if sanctions[o]]
        types = {r["type"] for o in listed for r in plain.ties[frozenset((key, o))]}
        named = (" ".join(listed), "、".join(o[-2:] for o in listed), " ".join(sorted(types)))
        if len(listed) > 1:
            links.append((key, key[-2:], len(listed), len(bodies[key]), key in hubs, *named))
    links.sort(key=lambda row: (-row[2], row[0]))
    assert frames["links"].drop("as_of", "position").rows() == links
    shared = []
    for key in ADDRESSES:
        listed = sum(sanctions[o] > 0 for o in bodies[key])
        if len(bodies[key]) > 1:
            shared.append((key, key[-2:], len(bodies[key]), listed, listed / len(bodies[key]), key in hubs))
    shared.sort(key=lambda row: (-row[2], row[0]))
    assert frames["addresses"].drop("as_of", "position").rows() == shared

    # Concentration: shares of all.
    for dimension, value, parties, listed, share, share_all, count in (
        frames["concentration"].drop("as_of", "position").iter_rows()
    ):
        some = [k for k in PARTIES if k[0] == "e" or dimension == "label"]
        these = [k for k in some if dimension != "label" or (value == "Person") == (k[0] == "p")]
        assert (value is None) == (dimension != "label")
        assert (parties, listed) == (len(these), sum(sanctions[k] > 0 for k in these))
        assert share == pytest.approx(listed / parties)
        assert share_all == pytest.approx(sum(sanctions[k] > 0 for k in some) / len(some))
        assert count == sum(sanctions[k] for k in these)

    # Reached from some of them: a search from each.
    starts = sorted(PARTIES)[:3]
    for hops in (1, 3):
        ways = {start: plain.near(start, hops) for start in starts}
        told = reached(whole, [*starts, "e-nobody"], hops).rows(named=True)
        expected = []
        for key in sorted({k for way in ways.values() for k in way if k[0] != "a"} - set(starts)):
            least = min(way[key] for way in ways.values() if key in way)
            near = " ".join(start for start in starts if ways[start].get(key) == least)
            expected.append(
                (key, least, sum(key in way for way in ways.values()), near, sanctions[key] > 0, key in hubs)
            )
        expected.sort(key=lambda row: (row[1], -row[2], row[0]))
        shown = ("key", "distance", "reached_from", "nearest", "listed", "hub")
        assert [tuple(row[c] for c in shown) for row in told] == expected

    # Circles: the strongly connected components of the holdings.
    held = networkx.DiGraph((r["start"], r["end"]) for r in plain.facts if r["type"] == "HOLDS_SHARES_IN")
    rounds = [
        sorted(c)
        for c in networkx.strongly_connected_components(held)
        if len(c) > 1 or held.has_edge(*([next(iter(c))] * 2))
    ]
    rounds.sort(key=lambda keys: (-len(keys), keys[0]))
    told = frames["circles"].rows(named=True)
    assert [(r["circle"], r["parties"], r["keys"]) for r in told] == [
        (i, len(keys), " ".join(keys)) for i, keys in enumerate(rounds, 1)
    ]
    for row, keys in zip(told, rounds, strict=True):
        assert row["holdings"] == held.subgraph(keys).number_of_edges()
        assert row["listed"] == sum(sanctions[k] > 0 for k in keys)
        way = [next(k for k in keys if k[-2:] == name) for name in row["round"].split(" → ")]
        assert way[0] == way[-1] == row["key"]
        assert all(held.has_edge(*pair) for pair in itertools.pairwise(way))


def networkx_component(plain: Reference, key: str, hubs: frozenset[str]) -> set[str]:
    """What hangs together with a node when no hub counts."""
    graph = networkx.Graph()
    graph.add_nodes_from(k for k in (*PARTIES, *ADDRESSES) if k not in hubs)
    graph.add_edges_from((a, b) for a in plain.next for b in plain.next[a] if a not in hubs and b not in hubs)
    return networkx.node_connected_component(graph, key)


def test_an_empty_graph_has_empty_frames(graph: Graph) -> None:
    whole = read_whole(graph, as_of=DAY)
    for what, ask in QUESTIONS.items():
        assert ask(whole).columns == [*QUESTION_COLUMNS[what], "as_of", "position"]
        assert ask(whole).height == 0


def test_the_listed_ones_of_an_organ_reach_who_is_exposed_to_them(
    sample_graph: Graph, sample_server: Server, cli: Cli, pack: RulePack, tmp_path: Path
) -> None:
    only = SanctionFilter.of(pack.codes, kinds=["list_entry"])
    starts = listed_parties(sample_graph, only, as_of=SAMPLE_DAY)
    assert starts
    frame = reached(read_whole(sample_graph, as_of=SAMPLE_DAY), starts, 2)
    assert frame.height > 5
    for row in frame.head(5).iter_rows(named=True):
        answer = exposure(sample_graph, row["key"], hops=2, as_of=SAMPLE_DAY, historical=False, only=only)
        near = {h.party.key: h.distance for h in answer.hits if h.ring == "surrounding"}
        assert (min(near.values()), len(near)) == (row["distance"], row["reached_from"])
    asked = ("reached", "--kind", "list_entry", "--hops", "2", "--as-of", SAMPLE_DAY.isoformat())
    code, out, _ = cli(*asked, "--store", sample_server.store, "--json")
    answer = json.loads(out)
    assert (code, answer["question"], answer["asked"]) == (0, "reached", len(starts))
    assert answer["rows"] == frame.drop("as_of", "position").to_dicts()
    listed = tmp_path / "parties.txt"
    listed.write_text("\n".join([*starts, ""]), encoding="utf-8")
    code, out, _ = cli("reached", "--file", str(listed), *asked[3:], "--store", sample_server.store, "--json")
    assert json.loads(out)["rows"] == answer["rows"]
    for wrong in (("reached",), ("reached", "谁也不是有限公司"), ("reached", "--organ", "月球")):
        assert cli(*wrong, "--store", sample_server.store)[0] == 2
    page = (Path(__file__).parents[1] / "docs" / "json" / "network.md").read_text(encoding="utf-8")
    table = page[page.index("\n## Reached\n") :].split("| column | meaning |\n|---|---|\n")[1].split("\n\n")[0]
    assert table.splitlines() == [f"| `{name}` | {meaning} |" for name, meaning in REACHED_COLUMNS.items()]


def test_pages_make_no_difference(sample_graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    one = read_whole(sample_graph, as_of=SAMPLE_DAY)
    told: dict[str, tuple[int, int]] = {}
    monkeypatch.setattr(module, "WHOLE_PAGE", 97)
    monkeypatch.setattr(module, "_ROWS", 53)
    many = read_whole(sample_graph, as_of=SAMPLE_DAY, progress=lambda stage, *n: told.update({stage: n}))
    assert set(told) == {"parties", "addresses", "relationships", "sanctions"}
    assert all(done == total for done, total in told.values())
    for ask in QUESTIONS.values():
        assert ask(one).equals(ask(many))


def test_the_sample_counted_otherwise(sample_graph: Graph) -> None:
    whole = read_whole(sample_graph, as_of=SAMPLE_DAY)
    # What exposure finds for a party is what the frame counts of it: another query, and another search.
    frame = exposed(whole)
    assert frame.height > 5
    for row in frame.head(6).iter_rows(named=True):
        answer = exposure(sample_graph, row["key"], hops=2, as_of=SAMPLE_DAY, historical=False)
        near = Counter(h.distance for h in answer.hits if h.ring == "surrounding")
        assert (near[1], near[2]) == (row["listed_1"], row["listed_2"])
    sizes = components(whole)
    parties = sample_graph.read("MATCH (p:Party) WHERE EXISTS { (p)<-[:IDENTIFIES]-() } RETURN count(p) AS n")[0]["n"]
    hubs = int(whole.flag("hub")[whole.where("Entity", "Person", "Organ")].sum())
    assert sizes["parties"].sum() == parties - hubs
    spread = QUESTIONS["concentration"](whole)
    assert set(spread["dimension"]) == {"label", "kind", "region", "industry"}
    for _, part in spread.group_by("dimension"):
        assert part["listed"].sum() == round(part["share_all"][0] * part["parties"].sum())


# --- the command and its files ----------------------------------------------------------------------------


def test_every_question_has_its_word() -> None:
    assert [w.value for w in What] == list(QUESTIONS) == list(QUESTION_COLUMNS)


def test_every_column_is_documented() -> None:
    page = (Path(__file__).parents[1] / "docs" / "json" / "network.md").read_text(encoding="utf-8")
    for what, columns in QUESTION_COLUMNS.items():
        table = page[page.index(f"\n`{what}`: ") :].split("| column | meaning |\n|---|---|\n")[1].split("\n\n")[0]
        assert table.splitlines() == [f"| `{name}` | {meaning} |" for name, meaning in columns.items()]


@pytest.mark.parametrize("what", list(QUESTIONS))
def test_the_command(
    what: str, sample_graph: Graph, sample_server: Server, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("overview", what, "--as-of", SAMPLE_DAY.isoformat(), "--store", sample_server.store)
    code, out, err = cli(*asked, "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert (answer["question"], answer["what"], answer["as_of"]) == ("overview", what, SAMPLE_DAY.isoformat())
    assert answer["position"] == sample_graph.position()
    frame = QUESTIONS[what](read_whole(sample_graph, as_of=SAMPLE_DAY))
    assert answer["rows"] == frame.drop("as_of", "position").to_dicts()
    code, out, _ = cli(*asked, "--limit", "2")
    assert code == 0
    assert "Information, never a penalty" in out
    path = tmp_path / "table.parquet"
    assert cli(*asked, "--out", str(path))[0] == 0
    assert pl.read_parquet(path).equals(frame)


DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠x", "\u3000=1"]


def test_no_cell_of_a_file_runs(tmp_path: Path) -> None:
    texts = [*DANGEROUS, "长沙澧橘园", "a=1", None]
    frame = pl.DataFrame(
        {"name": texts, "n": range(len(texts)), "day": [SAMPLE_DAY] * len(texts), "b": [True] * len(texts)}
    )
    write_table(frame, tmp_path / "t.csv")
    raw = (tmp_path / "t.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    cells = pl.read_csv(tmp_path / "t.csv", schema_overrides={"name": pl.String})["name"].to_list()
    assert cells == [*("'" + text for text in DANGEROUS), *texts[len(DANGEROUS) :]]
    write_table(frame, tmp_path / "t.xlsx")
    sheet = python_calamine.load_workbook(str(tmp_path / "t.xlsx")).get_sheet_by_index(0)
    assert [row[0] for row in sheet.to_python()][1:] == [*texts[:-1], ""]
    assert sheet.to_python()[1][1:] == [0.0, SAMPLE_DAY, True]
    import zipfile

    with zipfile.ZipFile(tmp_path / "t.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    write_table(frame, tmp_path / "t.parquet")
    assert pl.read_parquet(tmp_path / "t.parquet").equals(frame)


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1]})
    for path, told in (
        (tmp_path / "t.ods", ".parquet"),
        (tmp_path / "no" / "t.csv", "no folder"),
    ):
        with pytest.raises(BadRequest, match=told):
            write_table(frame, path)
    for name in ("folder.csv", "folder.xlsx", "folder.parquet"):
        (tmp_path / name).mkdir()
        with pytest.raises(BadRequest, match="cannot be written"):
            write_table(frame, tmp_path / name)
    long = pl.DataFrame({"a": pl.Series(range(1_048_576), dtype=pl.Int32)})
    with pytest.raises(BadRequest, match="Parquet"):
        write_table(long, tmp_path / "long.xlsx")
