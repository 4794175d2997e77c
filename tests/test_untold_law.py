"""A decision of a day of which the rule pack has no wording: every answer about it says so, and none says `clear`."""

from datetime import date

from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.derive import derive_into
from queries.checks.offices import check_appointment
from queries.law.consequences import consequences_of
from queries.lookup import lookup
from queries.party.parties import resolve
from tests.support.invented import citizen, company, decision
from tests.support.types import LoadFile, Put

TODAY = date(2026, 11, 22)
FIRST = date(2015, 10, 1)
"""食品安全法 is in the pack from this day."""


def test_the_head_of_a_unit_decided_on_before_the_wording_is_never_clear(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile
) -> None:
    """The day before the wording: cannot tell. The first day of it: a candidate by the article."""
    rows, decided = [], []
    for number, day in enumerate((date(2015, 9, 30), FIRST), 1):
        name = f"长沙旧事{number}食品有限公司"
        rows.append(company(name, number, f"张{number}", citizen(number), 任职日期="2008-01-01"))
        decided.append(decision(name, number, 行为日期="2015-05-05", 决定日期=day.isoformat()))
    load_file("sample", put("register.csv", rows))
    load_file("sample", put("decisions.csv", decided))
    for stored in (False, True):
        if stored:
            derive_into(graph, pack)
        for number, status in ((1, "unknown"), (2, "ended")):
            head, _ = resolve(graph, citizen(number), hash=keys.hash)
            assert head is not None
            law = consequences_of(graph, pack, head.key, as_of=TODAY)
            about = [c for c in law.consequences if c.rule == "PR-021"]
            assert {c.status for c in about} == {status}
            found = lookup(graph, pack, head.key, as_of=TODAY)
            check = check_appointment(graph, pack, head.key, as_of=TODAY)
            if status == "unknown":
                assert all(c.legal_basis == [] and any("2015-10-01" in m for m in c.missing) for c in about)
                assert law.status == "incomplete"
                assert not law.complete
                assert "2015-10-01" in (law.reason or "")
                assert found.status != "clear"
                assert check.status != "clear"
            else:
                assert law.status == "clear"
