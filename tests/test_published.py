"""What may still be shown to the public: by the table, and as an answer about a party."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from api.http.app import create_app
from graph_model.events import Event
from graph_model.facts import FactRow
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.settings import Settings
from loaders.decisions.events import record
from loaders.load.engine import load
from loaders.sources import SOURCES
from queries.casework.published import publication_end, published
from queries.lookup import lookup
from queries.party.parties import resolve
from tests.support.invented import code

CASES = yaml.safe_load((Path(__file__).parent / "publicity_cases.yaml").read_text(encoding="utf-8"))
DAY = date(2026, 11, 30)


def item_of(said: dict[str, Any]) -> FactRow:
    known = {"kind", "words", "severity", "decided", "published", "stated", "until", "list", "listed"}
    assert set(said) <= known, said
    return FactRow(
        "f-1",
        "IMPOSED_ON",
        "s-1",
        "e-1",
        since=said.get("decided"),
        until=said.get("until"),
        in_snapshot=said.get("listed"),
        props={
            "kind": said.get("kind", "penalty"),
            "codes": [said["list"]] if "list" in said else [],
            "penalty_kinds": [said["words"]] if "words" in said else [],
            "severity": said.get("severity"),
            "decided_on": said.get("decided"),
            "published_on": said.get("published"),
            "publish_until": said.get("stated"),
        },
    )


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_how_long_an_item_is_shown(pack: RulePack, case: dict[str, Any]) -> None:
    # YAML reads the key `on` as true.
    end = publication_end(pack, item_of(case["item"]), case.get("on", case.get(True, DAY)))
    assert (end.day or "never") == case["hidden"], end.why
    assert case.get("why", "") in end.why


PENALTIES = (
    "CF_XDR_MC,CF_XDR_LB,CF_XDR_SHXYM,CF_WSH,CF_CFLB,CF_NR,CF_JDRQ,CF_CFJG\n"
    f"长沙甲食品有限公司,法人及非法人组织,{code(1)},长市监罚〔2026〕11号,警告,警告,2026-04-10,长沙市市场监督管理局\n"
    f"长沙甲食品有限公司,法人及非法人组织,{code(1)},长市监罚〔2026〕22号,罚款,罚款五万元,2026-04-10,长沙市市场监督管理局\n"
)


@pytest.fixture
def penalised(graph: Graph, keys: Keys, tmp_path: Path) -> str:
    """Key of a company with a warning and a fine of one day."""
    path = tmp_path / "penalties.csv"
    path.write_text(PENALTIES, encoding="utf-8")
    (run,) = load(graph, keys, SOURCES["shuanggongshi"], path)
    assert (run.accepted, run.rejected) == (2, 0)
    party, _ = resolve(graph, code(1))
    assert party is not None
    return party.key


def test_what_is_no_longer_published_is_told_without_what_it_was(
    penalised: str, graph: Graph, pack: RulePack, settings: Settings
) -> None:
    last, first, all_gone = date(2026, 7, 10), date(2026, 7, 11), date(2027, 4, 11)
    before, after, end = (published(graph, pack, penalised, as_of=day) for day in (last, first, all_gone))
    assert ({i.document_number for i in before.items}, before.withheld) == (
        {"长市监罚〔2026〕11号", "长市监罚〔2026〕22号"},
        [],
    )
    assert (before.status, before.complete) == ("hit", True)
    assert [i.document_number for i in after.items] == ["长市监罚〔2026〕22号"]
    (gone,) = after.withheld
    assert (gone.since, gone.over) == (first, False)
    assert {b.document.split(" ")[0] for b in gone.legal_basis} >= {"国办发〔2025〕22号"}
    assert (after.status, after.complete) == ("hit", False)
    # Nothing is shown any more, and a fine has no end of its own: that is no `clear`.
    assert (end.items, end.status, len(end.withheld)) == ([], "incomplete", 2)
    for answer in (after, end):
        assert "〔2026〕11号" not in answer.model_dump_json()
        assert "警告" not in answer.model_dump_json(exclude={"withheld"})
    # Organs go on to see it.
    assert len(lookup(graph, pack, penalised, as_of=all_gone).sanctions) == 2
    with TestClient(create_app(graph, settings)) as client:
        asked = {"purpose": "approval", "as_of": first.isoformat()}
        told = client.get(f"/v1/parties/{penalised}/published", params=asked).json()
    assert told == after.model_dump(mode="json", by_alias=True)


def test_a_reorganisation_shields_until_it_is_taken_up_again(penalised: str, graph: Graph, pack: RulePack) -> None:
    (fine,) = [s for s in lookup(graph, pack, penalised, as_of=DAY).sanctions if "22" in (s.document_number or "")]
    begun, over = date(2026, 6, 1), date(2026, 9, 1)
    steps = [("applied", begun), ("accepted", begun), ("granted", begun), ("resumed", over)]
    events = [
        Event(
            id="",
            kind="repair",
            stage=stage,
            sanction=fine.key,
            day=day,
            case="重整-1",
            role="source_organ",
            author="王敏",
            reason="裁定批准重整计划",
            details={"type": "bankruptcy"} if stage == "applied" else {},
        )
        for stage, day in steps
    ]
    record(graph, events, today=DAY, pack=pack)
    for day, shown in (
        (begun - timedelta(days=1), True),
        (begun, False),
        (over - timedelta(days=1), False),
        (over, True),
    ):
        answer = published(graph, pack, penalised, as_of=day)
        assert ("长市监罚〔2026〕22号" in {i.document_number for i in answer.items}) is shown, day
        assert any("PB-05" in w.why for w in answer.withheld) is not shown
