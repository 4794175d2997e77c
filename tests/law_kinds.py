"""The other kinds of law cases: bars between bidders, deadlines, rules that are loaded, repairs. Notation at the head of
`tests/law_cases/kinds.yaml`; as in `law_notation`, what it does not name is refused.

Each kind goes through the product as users meet it: bars through a graph, deadlines and repairs through the functions by
which `due` and `repair` answer, rules through the reader of a pack of one's own.
"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from graph_model.errors import RuleError
from graph_model.events import Event
from graph_model.facts import FactRow
from graph_model.rules import RulePack, load_pack_from
from graph_model.schema import RELATIONSHIP_BY_TYPE, BranchOf, HoldsSharesIn
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.drafts import Draft, EntityMention, PersonMention, Row, SourceDescription, SourceFile
from loaders.load.engine import load
from queries.casework.due import deadlines_from
from queries.casework.repair import repairable
from queries.checks.bidders import check_bidders
from tests.law_notation import POSTS, checks_of
from tests.support.graphs import the_key
from tests.support.invented import citizen, code

Case = dict[str, Any]
KEYS = {
    "bar": "parties roles holdings links tenders",
    "tender": "id procedure bid_date bidders",
    "deadline": "events",
    "event": "id starts date area authority",
    "rule_load": "rules documents",
    "repair": "sanctions repairs",
    "repaired": "sanction applied fulfilled commitment type",
    "item": "id kind code decision_date published_on severity penalty_kinds entry",
}
STATUS = {"bar": "active", "candidate": "candidate"}


def known(what: str, row: Case, name: str) -> None:
    """Refuses a key that the notation does not have."""
    more = set(row) - set(KEYS[what].split())
    assert not more, f"{name}: {what} has {sorted(more)}, which this runner does not read"


def unlike(came: list[Case], wanted: list[Case], day: date) -> list[str]:
    """Where what came is not what was wanted: each wanted one is there, and nothing else."""
    left, out = list(came), []
    for row in wanted:
        says = row.get("says")
        fits = [
            one
            for one in left
            if all(one.get(k) == v for k, v in row.items() if k != "says")
            and (says is None or all(word in json.dumps(one, ensure_ascii=False, default=str) for word in says))
        ]
        if fits:
            left.remove(fits[0])
        elif row.get("status") != "none" or any(one["parties"] == row["parties"] for one in left):
            out.append(f"{day}: wanted {row}, came {came}")
    return out + [f"{day}: not expected {one}" for one in left]


# --- deadlines ------------------------------------------------------------------------------------------------


def deadlines(case: Case, pack: RulePack) -> list[str]:
    """Which duties begin, and by when."""
    out = []
    known("deadline", case["facts"], case["id"])
    for check in checks_of(case):
        came = []
        for row in case["facts"]["events"]:
            known("event", row, case["id"])
            place = str(row.get("area", "431000")) + (row.get("authority") or "")
            for about, end in deadlines_from(pack, row["starts"], row["date"], place, row.get("authority")):
                came.append({"deadline": about.id, "due": end.day, "provisional": end.provisional, "owes": about.owes})
        out += unlike(came, check["expected"], check["as_of"])
    return out


# --- rules ----------------------------------------------------------------------------------------------------


def rule_load(case: Case, folder: Path) -> list[str]:
    """Whether rules of one's own are taken: accepted, advisory (taken, and never applied by itself), rejected."""
    known("rule_load", case["facts"], case["id"])
    rules = case["facts"]["rules"]
    path = folder / "rules.yaml"
    path.write_text(rules if isinstance(rules, str) else yaml.safe_dump(rules, allow_unicode=True), encoding="utf-8")
    if documents := case["facts"].get("documents"):
        (folder / "documents.yaml").write_text(yaml.safe_dump(documents, allow_unicode=True), encoding="utf-8")
    try:
        pack = load_pack_from(folder)
        quiet = all(r.automaticity == "advisory" for r in pack.rules)
        came: Case = {"result": "advisory" if quiet else "accepted", "told": ""}
    except RuleError as error:
        came = {"result": "rejected", "told": str(error)}
        assert "rules.yaml, line" in came["told"] or "documents.yaml" in came["told"], came["told"]
    return unlike([came], case["expected"], case["as_of"])


# --- repairs --------------------------------------------------------------------------------------------------


def repairs(case: Case, pack: RulePack) -> list[str]:
    """Whether an item can be repaired on the day, by which rule, and from when."""
    out = []
    known("repair", case["facts"], case["id"])
    for check in checks_of(case):
        came = []
        for s in case["facts"]["sanctions"]:
            known("item", s, case["id"])
            props = {"kind": s.get("kind", "penalty"), "codes": [s["code"]] if "code" in s else []}
            props |= {"decided_on": s.get("decision_date"), "published_on": s.get("published_on")}
            props |= {"severity": s.get("severity"), "penalty_kinds": s.get("penalty_kinds")}
            fact = FactRow("f", "IMPOSED_ON", s["id"], "e1", since=s.get("decision_date"), props=props)
            events = []
            for n, row in enumerate(case["facts"].get("repairs") or ()):
                known("repaired", row, case["id"])
                if row["sanction"] == s["id"] and row["applied"] <= check["as_of"]:
                    details = {k: row[k] for k in ("fulfilled", "commitment", "type") if k in row}
                    events.append(
                        Event(f"v{n}", "repair", "applied", s["id"], row["applied"], case="R", details=details)
                    )
            told = repairable(pack, fact, events, check["as_of"])
            governing = [f"{b.document} {b.article or ''}".strip() for b in told.legal_basis]
            result = "not_eligible" if told.missing else "eligible"
            came.append(
                {"sanction": s["id"], "result": result, "class": told.severity, "earliest": told.earliest}
                | {"latest": told.latest, "missing": told.missing, "governing": governing}
            )
        out += unlike(came, check["expected"], check["as_of"])
    return out


# --- bars between bidders -------------------------------------------------------------------------------------


def _bar_rows(case: Case) -> Iterator[Case]:
    known("bar", case["facts"], case["id"])
    for kind, rows in case["facts"].items():
        if kind in ("roles", "holdings", "links"):
            for row in rows:
                yield {"what": kind, "row": json.dumps(row, default=str)}


def _numbers(case: Case, number: int) -> dict[str, str]:
    """A number for each party that no other case has."""
    return {
        p["id"]: citizen(n, f"{1930 + number % 60}0101")
        if p.get("kind") == "person"
        else code(50_000 + 100 * number + n)
        for n, p in enumerate(case["facts"]["parties"])
    }


def _drafts(case: Case, number: int) -> Any:
    parties, numbers = {p["id"]: p for p in case["facts"]["parties"]}, _numbers(case, number)

    def who(key: str) -> EntityMention | PersonMention:
        about = parties[key]
        if about.get("kind") == "person":
            return PersonMention(about["name"], (("cn-id", numbers[key]),))
        return EntityMention(about["name"], (("uscc", numbers[key]),), kind=about.get("kind", "company"))

    def drafts(row: Row, context: Any) -> Iterator[Draft]:
        told = json.loads(row.need("row"))
        days: dict[str, Any] = {n: date.fromisoformat(told[n]) if told.get(n) else None for n in ("since", "until")}
        more: dict[str, Any] = {}
        shown = date.fromisoformat(told["asserted_on"]) if told.get("asserted_on") else days["until"]
        if row.need("what") == "roles":
            kind: Any = RELATIONSHIP_BY_TYPE[POSTS[told["role"]]]
            ends = who(told["person"]), who(told["entity"])
        elif row.need("what") == "holdings":
            kind, ends = HoldsSharesIn, (who(told["holder"]), who(told["company"]))
            more = {"share_min": told["min"], "share_max": told["max"], "share_known": True}
        else:
            kind, ends = BranchOf, (who(told["branch"]), who(told["company"]))
        yield Draft(kind(**days, **more), *ends, data_date=shown, record=f"{number}-{row.line}")

    return drafts


def bars(case: Case, number: int, graph: Graph, keys: Keys, pack: RulePack, folder: Path) -> list[str]:
    """Which bidders of a tender may not stand in it together: `active` is a bar, `candidate` one that lacks something."""
    source = SourceDescription(
        id=f"law-case-{number}",
        title="law case",
        title_zh="law case",
        owner="登记机关",
        mode="delta",
        coverage="nobody",
        licence="none",
        files=(SourceFile("*", ("what", "row"), _drafts(case, number)),),
    )
    path = folder / "rows.json"
    path.write_text(json.dumps(list(_bar_rows(case)), ensure_ascii=False), encoding="utf-8")
    (run,) = load(graph, keys, source, path, data_date=date(2026, 6, 30))
    assert run.rejected == 0
    numbers = _numbers(case, number)
    units = [p["id"] for p in case["facts"]["parties"] if p.get("kind") != "person"]
    keyed = {unit: the_key(graph, numbers[unit], keys) for unit in units}
    names = {key: name for name, key in keyed.items()}
    out = []
    for check in checks_of(case):
        came = []
        for tender in case["facts"]["tenders"]:
            known("tender", tender, case["id"])
            if tender["bid_date"] == check["as_of"]:
                texts = [keyed[b] for b in tender["bidders"]]
                asked: Any = tender.get("procedure")
                found = check_bidders(graph, pack, texts, as_of=check["as_of"], procedure=asked, hash=keys.hash)
                came += [
                    {"tender": tender["id"], "parties": sorted(names[p.key] for p in f.parties)}
                    | {"rule": f.provision, "status": STATUS[f.status], "missing": f.missing}
                    for f in found.findings
                    if f.status in STATUS
                ]
        out += unlike(came, check["expected"], check["as_of"])
    return out
