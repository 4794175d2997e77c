"""Law cases in the notation of shared/cases/law.yaml, and what the product answers to them.

The notation is explained at the head of that file. What it does not name is refused, never passed over: a case of which
half is read would be right by chance.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from graph_model.derivation import Case, Consequence, derive
from graph_model.events import Event, as_fact
from graph_model.facts import FactRow, PartyRow
from graph_model.rules import RulePack
from graph_model.schema import ROLE_TYPES

Row = dict[str, Any]

PATHS = [root / "shared" / "cases" / "law.yaml" for root in Path(__file__).parents[2:4]]
FILE = next((path for path in PATHS if path.exists()), PATHS[0])
CASES: list[Row] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["cases"] if FILE.exists() else []
"""Cases that nobody here wrote."""

POSTS = {code: types[0] for code, types in ROLE_TYPES.items() if len(types) == 1} | {"REG": "PRACTISES_AT"}
CAPACITIES = {"SHAREHOLDER": "SH", "LEGAL_REPRESENTATIVE": "LR", "PRINCIPAL": "PIC"}
NAMED_AS = {"编制主持人": "COMPILER", "主要编制人员": "COMPILER"}
"""Posts in which a decision names somebody and that are a capacity of their own."""
CONDITIONS = {"own_large_debt_due": "OWN_LARGE_DEBT_DUE"}
"""Conditions of a case → circumstances that a decision states, or says not to be there."""

LATER = timedelta(days=36500)
SHOWN = ("candidate", "active", "suspended", "ended")
KEYS = {
    "case": "id title theme sources kind facts as_of known_at scope expected expected_any must_not more_checks why "
    "depends_on_row strict_until",
    "facts": "parties roles holdings links sanctions findings confirmations objections repairs liftings",
    "party": "id kind name code pid area born adult_on",
    "role": "id source person entity role since until asserted_on recorded end_recorded trust",
    "holding": "id source holder company min max since until asserted_on recorded end_recorded",
    "link": "id kind branch company since until asserted_on recorded",
    "sanction": "id trigger_kind code against act_date decision_date authority area entry until covers named condition "
    "circumstances statements counted_from sectors recorded end_recorded trust severity lifted",
    "finding": "id sanction person capacity direct_responsibility document date until recorded",
    "confirmation": "sanction rule measure subject date evidence refused recorded",
    "objection": "id sanction received marked notified outcome outcome_date outcome_recorded recorded form",
    "repair": "id sanction applied accepted granted outcome_recorded recorded type",
    "lifting": "sanction subject measure date recorded",
    "check": "as_of known_at scope expected expected_any must_not strict_until why title",
    "expected": "subject measure status status_any since until rules sanction basis_contains answer_shows",
}


def known(what: str, row: Row, name: str) -> None:
    """Refuses a key that the notation does not have."""
    more = set(row) - set(KEYS[what].split())
    assert not more, f"{name}: {what} has {sorted(more)}, which this runner does not read"


def checks_of(case: Row) -> Iterator[Row]:
    """The checks of a case: the first stands in the case itself, the others inherit its scope and what must not be."""
    first = {k: case[k] for k in KEYS["check"].split() if k in case and k not in ("why", "title")}
    yield first
    for more in case.get("more_checks") or ():
        known("check", more, case["id"])
        barred = [*(case.get("must_not") or ()), *(more.get("must_not") or ())]
        yield {"scope": case.get("scope") or {}, "expected": []} | more | {"must_not": barred}


# --- facts --------------------------------------------------------------------------------------------------


def _learnt(rows: Iterable[Row], known_at: date | None) -> Iterator[tuple[int, Row]]:
    """What was known: without the rows that came later, and without ends and outcomes that came later."""
    for number, row in enumerate(rows):
        if known_at is not None:
            if row.get("recorded") and row["recorded"] > known_at:
                continue
            if row.get("end_recorded") and row["end_recorded"] > known_at:
                row = {**row, "until": None, "asserted_on": row.get("asserted_on") or known_at}
                if row.get("entry"):
                    row["entry"] = {**row["entry"], "until": None}
        yield number, row


def _days(row: Row) -> Row:
    """A row without an end that a register still shows holds on every later day too, as the notation says."""
    shown, until = row.get("asserted_on"), row.get("until")
    data_date = shown + LATER if shown and until is None else shown or until
    return {"since": row.get("since"), "until": until, "data_date": data_date}


class Told:
    """The facts of one case as the derivation sees them at one position."""

    def __init__(self, case: Row, known_at: date | None) -> None:
        self.name, self.facts, self.known_at = case["id"], case["facts"], known_at
        known("facts", self.facts, self.name)
        self.parties = {}
        for row in self.facts["parties"]:
            known("party", row, self.name)
            kind = row.get("kind", "company")
            label = "Person" if kind == "person" else "Entity"
            self.parties[row["id"]] = PartyRow(row["id"], label, row.get("name"), kind, row.get("adult_on"))

    def rows(self, part: str, what: str) -> Iterator[tuple[int, Row]]:
        """The rows of one part that were known."""
        for number, row in _learnt(self.facts.get(part) or (), self.known_at):
            known(what, row, self.name)
            yield number, row

    def posts(self) -> list[FactRow]:
        """Posts, shareholdings and branches, whoever they belong to."""
        out = []
        for n, row in self.rows("roles", "role"):
            kind, source = POSTS[row["role"]], row.get("source", "登记")
            out.append(
                FactRow(
                    row.get("id") or f"role-{n}",
                    kind,
                    row["person"],
                    row["entity"],
                    source=source,
                    trust=row.get("trust", "official"),
                    **_days(row),
                )
            )
        for n, row in self.rows("holdings", "holding"):
            props = {"share_min": row.get("min"), "share_max": row.get("max")}
            ends = row["holder"], row["company"]
            out.append(
                FactRow(
                    row.get("id") or f"holding-{n}", "HOLDS_SHARES_IN", *ends, props=props, source="登记", **_days(row)
                )
            )
        for n, row in self.rows("links", "link"):
            assert row["kind"] == "BRANCH_OF", f"{self.name}: link {row['kind']}"
            days = _days({"asserted_on": date(1949, 10, 1), "since": date(1949, 10, 1)} | row)
            out.append(
                FactRow(row.get("id") or f"link-{n}", "BRANCH_OF", row["branch"], row["company"], source="登记", **days)
            )
        return out

    def imposed(self, s: Row, pack: RulePack) -> list[FactRow]:
        """The statements of one sanction, one for each source."""
        codes = s["code"] if isinstance(s["code"], list) else [s["code"]]
        conditions = s.get("condition") or {}
        told = [CONDITIONS[c] for c, holds in conditions.items() if c in CONDITIONS and holds is True]
        denied = [CONDITIONS[c] for c, holds in conditions.items() if c in CONDITIONS and holds is False]
        kinds = {pack.codes.triggers[c].kind for c in codes if c in pack.codes.triggers}
        props = {
            "codes": list(codes),
            "decided_on": s.get("decision_date"),
            "act_on": s.get("act_date"),
            "authority": s.get("authority"),
            "jurisdiction": str(s.get("area", 431000)),
            "circumstances": [*(s.get("circumstances") or ()), *told],
            "circumstances_not": denied,
            "counted_from": s.get("counted_from"),
            "sectors": s.get("sectors"),
            "severity": s.get("severity"),
            "kind": min(kinds, default="list_entry" if s.get("trigger_kind") == "list" else "penalty"),
        }
        out = []
        for n, said in enumerate(s.get("statements") or [{}]):
            entry = said.get("entry") or s.get("entry") or {"since": s.get("decision_date"), "until": s.get("until")}
            shown: date | None = entry.get("asserted_on")
            out.append(
                FactRow(
                    f"{s['id']}-{n}",
                    "IMPOSED_ON",
                    s["id"],
                    s["against"],
                    since=entry.get("since"),
                    until=entry.get("until") or s.get("lifted"),
                    data_date=said.get("data_date") or entry.get("asserted_on") or s.get("decision_date"),
                    source=said.get("source", "决定"),
                    trust=said.get("trust") or s.get("trust", "official"),
                    # What a current extract of the list shows, it shows on every later day too.
                    in_snapshot=shown + LATER if shown else None,
                    props=props,
                )
            )
        return out

    def responsible(self, s: Row, posts: list[FactRow]) -> list[FactRow]:
        """Whom the decision names, whom an order covers, and whom a document finds responsible."""
        out = []
        for basis, part in (("named", "named"), ("ordered", "covers")):
            for n, row in enumerate(s.get(part) or ()):
                row = row if isinstance(row, dict) else {"person": row}
                held = [
                    code for code, kind in POSTS.items() for f in posts if f.type == kind and f.start == row["person"]
                ]
                capacity = NAMED_AS.get(row.get("post")) or row.get("capacity") or next(iter(held), "DRP")
                props = {"capacity": CAPACITIES.get(capacity, capacity), "basis": basis}
                days = {"since": row.get("since", s.get("decision_date")), "until": row.get("until")}
                out.append(
                    FactRow(
                        f"{s['id']}-{part}-{n}",
                        "RESPONSIBLE_FOR",
                        row["person"],
                        s["id"],
                        source="文书",
                        props=props,
                        **days,
                    )
                )
        for n, row in self.rows("findings", "finding"):
            if row["sanction"] == s["id"]:
                details = {"capacity": CAPACITIES.get(row["capacity"], row["capacity"]), "until": row.get("until")}
                event = Event(f"finding-{n}", "finding", "finding", s["id"], row["date"], details=details)
                out.append(as_fact(replace(event, subject=row["person"], document=row.get("document"))))
        return out

    def events(self, sanction: str) -> list[Event]:
        """Objections, repairs and liftings."""
        out: list[Event] = []

        def add(kind: str, stage: str, day: date | None, case: str | None = None, **more: Any) -> None:
            if day is not None:
                out.append(Event(f"v-{len(out)}", kind, stage, sanction, day, case=case, rec_from=len(out), **more))

        for n, row in self.rows("objections", "objection"):
            if row["sanction"] == sanction:
                case, digests = row.get("id") or f"o-{n}", [f"{sanction}-0"]
                add("objection", "received", row.get("received"), case, details={"digests": digests})
                add("objection", "marked", row.get("marked") or row.get("received"), case)
                add("objection", "notified", row.get("notified"), case)
                if not (self.known_at and row.get("outcome_recorded") and row["outcome_recorded"] > self.known_at):
                    add("objection", str(row.get("outcome")), row.get("outcome_date"), case)
        for n, row in self.rows("repairs", "repair"):
            if row["sanction"] == sanction:
                case = row.get("id") or f"r-{n}"
                add(
                    "repair",
                    "applied",
                    row.get("applied") or row.get("granted"),
                    case,
                    details={"type": row.get("type")},
                )
                add("repair", "accepted", row.get("accepted"), case)
                if not (self.known_at and row.get("outcome_recorded") and row["outcome_recorded"] > self.known_at):
                    add("repair", "granted", row.get("granted"), case)
        for _, row in self.rows("liftings", "lifting"):
            if row["sanction"] == sanction:
                details = {"measure": row.get("measure")}
                add("lifting", "lifted", row["date"], subject=row.get("subject"), details=details)
        return out

    def cases(self, pack: RulePack) -> dict[str, Case]:
        """The sanctions with everything around them, before a human decided anything."""
        posts = self.posts()
        out = {}
        for _, s in self.rows("sanctions", "sanction"):
            imposed = self.imposed(s, pack)
            near = [f for f in posts if f.end == s["against"] or (f.type == "BRANCH_OF" and f.start == s["against"])]
            out[s["id"]] = Case(
                s["id"],
                tuple(imposed),
                tuple(self.responsible(s, posts)),
                tuple(near),
                tuple(f for f in posts if f not in near and f.type != "BRANCH_OF"),
                self.parties,
                tuple(self.events(s["id"])),
            )
        return out


def is_rule(c: Consequence, rule: str, pack: RulePack) -> bool:
    """Whether a consequence follows from this rule, from a part split from it, or from the row that took it in."""
    return (
        c.rule == rule
        or c.rule.rstrip("abcdefgh") == rule
        or any(rule in r.covers for r in pack.rules if r.id == c.rule)
    )


def answered(case: Row, pack: RulePack, known_at: date | None) -> list[Consequence]:
    """What follows from the facts of a case, with what humans confirmed on the evidence that they saw."""
    told = Told(case, known_at)
    cases = told.cases(pack)
    for n, row in told.rows("confirmations", "confirmation"):
        if row["sanction"] not in cases:
            continue
        if row.get("evidence", "current") == "as_known":
            shown = Told(case, row["date"]).cases(pack).get(row["sanction"])
        else:
            shown = cases[row["sanction"]]
        word = "refused" if row.get("refused") else "confirmed"
        decisions = tuple(
            Event(f"c-{n}-{c.key}", "confirmation", word, c.sanction, row["date"], consequence=c.key, digest=c.digest)
            for c in (derive([replace(shown, events=())], pack) if shown else ())
            if c.subject == row["subject"]
            and row.get("measure") in (None, c.measure)
            and ("rule" not in row or is_rule(c, row["rule"], pack))
        )
        about = cases[row["sanction"]]
        cases[row["sanction"]] = replace(about, events=(*about.events, *decisions))
    return list(derive(cases.values(), pack))


# --- the answer -----------------------------------------------------------------------------------------------


def span(c: Consequence) -> tuple[date | None, date | None]:
    """Start and end of the legal term, whatever the status did in between."""
    last = c.timeline[-1]
    return c.timeline[0].since, last.since if last.status == "ended" else None


def told_text(c: Consequence) -> str:
    """Everything that the answer says of a consequence in words."""
    shown = [*c.missing, *c.reading, *(i.why for i in c.timeline), *(f.source for f in c.evidence)]
    return "\n".join([*shown, *(f"{b.document} {b.article}" for b in c.basis)])


def fits(c: Consequence, row: Row, day: date, pack: RulePack, *, strict: bool = False) -> bool:
    """Whether a consequence is what an expected (or forbidden) entry describes."""
    status, (since, until) = c.status_on(day), span(c)
    wanted = row.get("status_any") or ([row["status"]] if "status" in row else None)
    near = 0 if strict or not c.timeline[-1].why.startswith("term over") else 1
    same_end = "until" not in row or (
        until == row["until"] if until is None or row["until"] is None else abs((until - row["until"]).days) <= near
    )
    return (
        row.get("subject", "any") in ("any", c.subject)
        and row.get("measure", "any") in ("any", c.measure)
        and row.get("sanction", "any") in ("any", c.sanction)
        and ("rules" not in row or any(is_rule(c, rule, pack) for rule in row["rules"]))
        and (wanted is None or (status or "none") in wanted)
        and ("since" not in row or since == row["since"])
        and same_end
        and ("basis_contains" not in row or row["basis_contains"] in told_text(c))
        and all(word in told_text(c) for word in row.get("answer_shows") or ())
    )


def wrong(case: Row, pack: RulePack) -> list[str]:
    """What the product answers otherwise than the case says, in words; empty when it is right."""
    known("case", case, case["id"])
    kind = case.get("kind", "consequence")
    assert kind == "consequence", f"{case['id']}: this runner does not read cases of the kind {kind}"
    out = []
    for check in checks_of(case):
        came = answered(case, pack, check.get("known_at"))
        choices = check.get("expected_any") or [check.get("expected") or []]
        failed = [_differs(came, check, wanted, pack, case["id"]) for wanted in choices]
        if all(failed):
            out += min(failed, key=len)
        alerts = {m for m, about in pack.codes.measures.items() if about.group == "alert"}
        for row in check.get("must_not") or ():
            barred = {"status_any": ["candidate", "active", "suspended"]} | row
            if "status" in row:
                barred["status_any"] = [row["status"]]
            out += [
                f"{check['as_of']}: must not be: {_told(c, check['as_of'])}"
                for c in came
                if c.measure not in alerts and fits(c, barred, check["as_of"], pack)
            ]
    return out


def _differs(came: list[Consequence], check: Row, wanted: list[Row], pack: RulePack, name: str) -> list[str]:
    day, scope = check["as_of"], check.get("scope") or {}
    strict = bool(check.get("strict_until"))
    out, matched = [], set()
    for row in wanted:
        known("expected", row, name)
        place = {k: row[k] for k in ("subject", "measure", "sanction", "rules") if k in row}
        there = [c for c in came if fits(c, place, day, pack) and c.status_on(day) is not None]
        right = [c for c in there if fits(c, row, day, pack, strict=strict)]
        matched |= {id(c) for c in right or there}  # what is there, but otherwise, is told once
        nothing = "none" in (row.get("status_any") or [row.get("status")])
        if not right and not (nothing and not there):
            shown = "; ".join(_told(c, day) for c in there) or "nothing"
            out.append(f"{day}: wanted {row}\n    came {shown}")
    for c in came:
        inside = (
            c.subject in scope.get("subjects", [c.subject])
            and c.measure in scope.get("measures", [c.measure])
            and ("rules" not in scope or any(is_rule(c, rule, pack) for rule in scope["rules"]))
            and pack.codes.measures[c.measure].group != "alert"
        )
        if inside and c.status_on(day) in SHOWN and id(c) not in matched:
            out.append(f"{day}: not expected: {_told(c, day)}")
    return out


def _told(c: Consequence, day: date) -> str:
    spans = [f"{i.status} {i.since}→{i.until}" for i in c.timeline]
    return f"{c.rule} {c.measure} {c.subject} {c.status_on(day)} {spans} missing {list(c.missing)} reading {list(c.reading)}"
