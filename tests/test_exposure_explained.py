"""What `exposure --explain` prints is what an exposure sends, word for word, for every combination of options."""

import inspect
import json
import random
import re
from datetime import date
from itertools import product
from typing import Any, Literal

import pytest

from graph_model.schema import FOREVER, WALKABLE
from graph_model.store.connect import Graph
from graph_model.walk import MAX_HOPS
from queries.network.exposure import exposure
from queries.network.exposure_explained import ExplainedExposure, explain_exposure
from queries.network.exposure_queries import EXPOSURE_HITS, WALKED, exposure_query
from tests.support.exposure import random_graph
from tests.support.types import Cli

DAY = date(2025, 1, 1)
ASKED: tuple[Literal["hits", "paths", "hubs", "doubts"], ...] = ("hits", "paths", "hubs", "doubts")
OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"types": ["DIRECTOR_OF", "HOLDS_SHARES_IN>", "<BRANCH_OF"]},
    {"min_share": 0.3, "historical": False},
    {"hub_degree": 2, "include_unconfirmed": True},
    {"include_unconfirmed": True},
    {"known_at": date(2099, 1, 1), "limit": 1},
)


def test_what_is_explained_takes_what_an_exposure_takes() -> None:
    """By the same names, with the same defaults; but for what changes no statement."""
    exposes, explains = (inspect.signature(question).parameters for question in (exposure, explain_exposure))
    assert {name: str(one) for name, one in explains.items()} == {
        name: str(one) for name, one in exposes.items() if name not in ("paths", "seconds", "reader")
    }


def test_the_common_form_is_sent_as_it_stands() -> None:
    assert exposure_query("hits", 3, now=True) == EXPOSURE_HITS
    assert set(re.findall(r"[A-Z_]+", WALKED)) == set(WALKABLE)
    walked = re.findall(r"\[[rq]:([A-Z_|\s]+?)\s+WHERE", EXPOSURE_HITS)
    assert [set(re.split(r"[|\s]+", types)) for types in walked] == [set(WALKABLE)] * 2


def test_each_option_is_in_the_text_and_nothing_else_is() -> None:
    texts = set()
    for asked, hops, (now, judged, chosen, then) in product(
        ASKED, range(1, MAX_HOPS + 1), product((True, False), repeat=4)
    ):
        if then and asked != "hits":
            continue
        text = exposure_query(asked, hops, now=now, judged=judged, chosen=chosen, then=then)
        texts.add(text)
        ways = "qr" if hops > 1 else "q"
        for way in "qr":
            here = way in ways
            assert (f"{way}.rec_from <= $k AND $k < {way}.rec_to" in text) == here
            assert (f"{way}.until > $day" in text) == (here and now)
            assert (f"{way}.judgement IN $cross" in text) == (here and (judged or chosen))
            assert (f"[{way}:SAME_PERSON_AS|" in text) == (here and (judged or chosen))
            assert (f"{way}.share_max >= $share" in text) == (here and chosen)
        assert ("{0," in text) == (hops > 1)
        assert hops == 1 or f"{{0,{hops - 1}}} (y)" in text
        assert text.count("$cap") == (chosen and hops > 1) + (chosen and asked == "hubs")
        assert ("NOT coalesce(x.hub, false)" in text) == (hops > 1 and not chosen)
        goal = {"paths": "b.key IN $among", "hubs": "b.hub", "doubts": "b.doubts IS NOT NULL"}.get(
            asked, "IMPOSED_ON" if then else "b.sanctioned"
        )
        assert (goal in text) or (asked == "hubs" and chosen)
        assert ("ALL SHORTEST" in text) == (asked == "paths")
        assert text.count("RETURN") == 1
        assert all(text.count(a) == text.count(b) for a, b in ("()", "[]", "{}"))
    assert len(texts) == MAX_HOPS * 4 * 7.5, "judged or not is one form where anything is chosen"


def judged_graph(graph: Graph, seed: int) -> list[str]:
    """A random graph in which one pair is judged to be one person, and another is unsure."""
    parties = random_graph(graph, random.Random(seed))
    rows: list[dict[str, Any]] = [
        {"a": parties[0], "b": parties[1], "p": {"fact_id": "j1", "judgement": "same"}},
        {"a": parties[2], "b": parties[3], "p": {"fact_id": "j2", "judgement": "unsure"}},
    ]
    for row in rows:
        row["p"] |= {
            "source": "t",
            "run": "",
            "author": "t",
            "day": DAY,
            "reason": "档案",
            "rec_from": 1,
            "rec_to": FOREVER,
        }
    text = "UNWIND $rows AS row MATCH (a:Party {key: row.a}) MATCH (b:Party {key: row.b}) CREATE (a)-[r:SAME_PERSON_AS]->(b) SET r = row.p"
    graph.write("load", lambda tx: tx.run(text, rows=rows))
    return parties


@pytest.mark.graph
def test_what_is_explained_is_what_is_sent(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    parties = judged_graph(graph, 7)
    sent: list[tuple[str, dict[str, Any]]] = []
    read = Graph.read

    def recorded(self: Graph, text: Any, *args: Any, timeout: float | None = None, **parameters: Any) -> Any:
        if "SHORTEST" in text:
            sent.append((text.strip(), parameters))
        return read(self, text, *args, timeout=timeout, **parameters)

    monkeypatch.setattr(Graph, "read", recorded)
    seen: set[str] = set()
    for hops, options in product((1, 2, 3, 4), OPTIONS):
        for key in parties[:4]:
            sent.clear()
            explained = explain_exposure(graph, key, hops=hops, as_of=DAY, **options)
            assert sent == [], "nothing is asked"
            exposure(graph, key, hops=hops, as_of=DAY, **options)
            left = [(s.purpose, s.text, s.parameters) for s in explained.statements]
            assert all(set(re.findall(r"\$(\w+)", text)) <= asked.keys() for _, text, asked in left)
            for text, parameters in sent:
                # What was explained and not sent: paths to nobody new, or what would come after a limit.
                while left and left[0][1] != text:
                    left.pop(0)
                assert left, (hops, options, text)
                among = {"among": []} if "among" in parameters else {}
                purpose, _, asked = left.pop(0)
                assert asked == {**parameters, **among}
                seen.add(purpose.split()[0])
    assert seen == {"sanctioned", "all", "hubs"}


@pytest.mark.graph
def test_explained_on_the_command_line(sample_graph: Graph, sample_server: Any, cli: Cli) -> None:
    key = sample_graph.read("MATCH (p:Entity {sanctioned: true}) RETURN min(p.key) AS key")[0]["key"]
    call = ("exposure", key, "--explain", "--as-of", DAY.isoformat(), "--store", sample_server.store)
    code, out, _ = cli(*call, "--json")
    explained = ExplainedExposure.model_validate_json(out)
    assert code == 0
    code, out, _ = cli(*call)
    assert (code, out.count("MATCH path = ")) == (0, len(explained.statements))
    assert all(sent.text in out for sent in explained.statements)
    assert f":param {{key: \"{key}\", k: {explained.position}, day: date('2025-01-01'), limit: 1001}};" in out
    code, out, _ = cli("exposure", "查无此人有限公司", "--explain", "--json", "--store", sample_server.store)
    assert (code, json.loads(out)["status"]) == (0, "unknown")
