"""What people record: who may, in which order, and what it does to a timeline. Random histories beside single cases."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from graph_model.derivation import Case, Consequence, derive
from graph_model.errors import BadRequest
from graph_model.events import FLOWS, MAY, ROLES, STAGES, Event, check, effects, in_order, open_objection
from graph_model.facts import FactRow, PartyRow
from graph_model.rules import load_pack
from graph_model.timeline import Interval, build, status_on

PACK = load_pack()
S = "s-1"
DAY = date(2024, 3, 1)
TODAY = date(2026, 11, 22)


def a(kind: str, stage: str, day: date = DAY, role: str | None = None, **more: object) -> Event:
    role = role or MAY[kind, stage][0]
    case = more.pop("case", "X-1" if kind in FLOWS else None)
    return Event("", kind, stage, S, day, S, role=role, author="甲", reason="因为", case=case, **more)  # ty: ignore


# --- who may, and in which order ------------------------------------------------------------------------------


def test_every_stage_has_its_roles_and_every_flow_ends() -> None:
    assert set(MAY) == {(kind, stage) for kind, stages in STAGES.items() for stage in stages}
    assert all(set(roles) <= set(ROLES) and roles for roles in MAY.values())
    for kind, flow in FLOWS.items():
        assert {s for after in flow.values() for s in after} | {None} == set(flow), kind
        assert any(not after for after in flow.values()), kind


@pytest.mark.parametrize(("kind", "stage"), [(k, s) for k, stages in STAGES.items() for s in stages])
def test_a_role_that_may_not_is_refused(kind: str, stage: str) -> None:
    for role in ROLES:
        event = a(kind, stage, role=role)
        if role not in MAY[kind, stage]:
            with pytest.raises(BadRequest, match="may not record"):
                check(event, [], TODAY)


def test_the_person_himself_never_confirms_and_only_the_source_repairs() -> None:
    assert "subject" not in MAY["confirmation", "confirmed"]
    assert MAY["repair", "granted"] == ("source_organ",)
    assert MAY["objection", "upheld"] == ("source_organ",)


@pytest.mark.parametrize(
    ("form", "refused"), [("objection", True), ("complaint", True), ("review", False), (None, True)]
)
def test_only_a_review_or_a_suit_is_stayed_and_once(form: str | None, refused: bool) -> None:
    """行政复议法 42, 行政诉讼法 56: a stay is ordered there; an objection suspends from its marking."""
    before = [a("objection", "received", case="O-1", details={"form": form} if form else {})]
    stay = a("objection", "stayed", case="O-1", role="source_organ")
    if refused:
        with pytest.raises(BadRequest, match="suspends from its marking"):
            check(stay, before, TODAY)
        return
    check(stay, before, TODAY)
    with pytest.raises(BadRequest, match=r"O-1 is stayed since .*, not stayed"):
        check(stay, [*before, stay], TODAY)


# --- timelines ------------------------------------------------------------------------------------------------


def well_formed(timeline: tuple[Interval, ...]) -> None:
    assert timeline
    for one, other in pairwise(timeline):
        assert one.until == other.since, "neither gap nor overlap"
        assert one.since is None or one.until is None or one.since < one.until
        assert one.status != other.status or one.event != other.event
    assert timeline[-1].until is None
    assert {i.status for i in timeline} <= {"candidate", "active", "suspended", "ended", "unknown"}


def test_an_end_before_the_beginning_shows_as_ended() -> None:
    line = build("candidate", date(2024, 5, 1), None, ends=[(date(2024, 4, 1), "withdrawn", "v-1")])
    assert line == (Interval("ended", date(2024, 4, 1), None, "withdrawn", "v-1"),)


def test_the_first_of_several_ends_counts() -> None:
    line = build(
        "active", date(2024, 1, 1), date(2027, 1, 1), ends=[(date(2025, 1, 1), "b", ""), (date(2024, 6, 1), "a", "")]
    )
    assert [(i.status, i.since, i.why) for i in line] == [
        ("active", date(2024, 1, 1), ""),
        ("ended", date(2024, 6, 1), "a"),
    ]


# --- random histories -----------------------------------------------------------------------------------------

PARTIES = {k: PartyRow(k, label) for k, label in (("p-1", "Person"), ("p-2", "Person"), ("e-1", "Entity"))}
IMPOSED = FactRow(
    "i-1.1", "IMPOSED_ON", S, "e-1", since=DAY, data_date=DAY, digest="content-1",
    props={"codes": ["REVOKE_FOOD_LICENCE", "LIST-05"], "decided_on": DAY, "act_on": DAY, "kind": "penalty"},
)  # fmt: skip
POSTS = tuple(
    FactRow(f"{who}.1", "LEGAL_REPRESENTATIVE_OF", who, "e-1", since=date(2018, 1, 1), data_date=TODAY, digest=who)
    for who in ("p-1", "p-2")
)
NAMED = FactRow("n-1.1", "RESPONSIBLE_FOR", "p-1", S, since=DAY, digest="n", props={"capacity": "LR", "basis": "named"})
BASE = Case(S, (IMPOSED,), (NAMED,), POSTS, (), PARTIES)

DAYS = [DAY + timedelta(days=30 * n) for n in range(8)]
STEPS = [(kind, stage) for kind in ("objection", "repair", "withdrawal", "lifting", "term") for stage in STAGES[kind]]


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """What might be recorded of a sanction, in any order and of any case; much of it must be refused."""
    out = []
    for number in range(draw(st.integers(1, 14))):
        kind, stage = draw(st.sampled_from(STEPS))
        day = draw(st.sampled_from(DAYS))
        details: dict[str, object] = {}
        if kind == "objection" and stage == "received":
            details["digests"] = draw(st.sampled_from([["content-1"], ["older"]]))
        if kind == "repair":
            details["type"] = draw(st.sampled_from(["fulfilled", "bankruptcy"]))
        if kind == "term":
            details["until"] = draw(st.sampled_from(DAYS))
        item = draw(st.sampled_from([S, S, S, "p-1"])) if kind == "objection" else S
        subject = draw(st.sampled_from([None, "p-1"])) if kind == "lifting" else None
        case = draw(st.sampled_from(["X-1", "X-2"])) if kind in FLOWS else None
        out.append(
            replace(
                a(kind, stage, day, case=case),
                id=f"v-{number}",
                item=item,
                subject=subject,
                details=details,
                rec_from=number,
            )
        )
    return out


def accepted(history: list[Event]) -> list[Event]:
    """What is recorded of it: each step is checked against those before."""
    standing: list[Event] = []
    for one in history:
        first = next((e for e in standing if e.kind == one.kind and e.case == one.case), None)
        if first is not None and one.kind in FLOWS:
            one = replace(one, item=first.item)
        try:
            check(one, standing, TODAY)
        except BadRequest:
            continue
        standing.append(one)
    return standing


def derived(events: list[Event]) -> dict[str, Consequence]:
    return {c.key: c for c in derive([replace(BASE, events=tuple(events))], PACK)}


PLAIN = derived([])


def as_their_flow_says(standing: list[Event]) -> None:
    """Cases begin, go on and end as their flow has it, in the order of days."""
    for kind, flow in FLOWS.items():
        for case in {e.case for e in standing if e.kind == kind}:
            steps = in_order(e for e in standing if e.kind == kind and e.case == case)
            assert steps[0].stage in flow[None]
            assert all(later.stage in flow[earlier.stage] for earlier, later in pairwise(steps))
            assert all(earlier.day <= later.day for earlier, later in pairwise(steps))
    undecided = [
        case
        for case in {e.case for e in standing if e.kind == "objection" and e.item == S}
        if in_order(e for e in standing if e.kind == "objection" and e.case == case)[-1].stage
        in ("received", "marked", "notified", "verified")
    ]
    assert len(undecided) <= 1, "one objection at a time on an item"
    assert (open_objection(standing, S) is not None) == bool(undecided)


@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(), st.randoms(use_true_random=False))
def test_whatever_is_recorded_timelines_hold(history: list[Event], shuffle: object) -> None:
    standing = accepted(history)
    event(f"{len(standing)} recorded")
    as_their_flow_says(standing)
    shown = derived(standing)
    assert shown.keys() <= PLAIN.keys(), "no event makes a consequence: it only dates it"
    for key in PLAIN.keys() - shown.keys():
        # Over on the day on which it would have begun, or with the post on which it rests alone.
        ends = [e.day for e in standing if e.stage in ("withdrawn", "corrected", "granted", "lifted", "changed")]
        assert ends, key
    done = effects(standing)
    for key, c in shown.items():
        well_formed(c.timeline)
        plain = PLAIN[key]
        group = PACK.codes.measures[c.measure].group
        # Only an objection that is open, or a reorganisation, suspends; and nothing suspends the penalty itself.
        suspended = [i for i in c.timeline if i.status == "suspended"]
        assert not (suspended and group in ("penalty", "civil", "publicity"))
        items = {S, *(f.statement for f in c.evidence)}
        windows = [w for item in items & done.keys() for w in done[item].suspended]
        whole = done[S].suspended if S in done else ()
        for interval in suspended:
            assert any(w.since <= (interval.since or w.since) and w.event == interval.event for w in windows)
        for w in whole:  # a disputed post suspends only who has no other ground
            for day in (w.since, w.since + timedelta(days=1)):
                inside = w.until is None or day < w.until
                if inside and group not in ("penalty", "civil", "publicity"):
                    assert status_on(c.timeline, day) in (None, "suspended", "ended")
        # What is retired has ended, on the day of the closing or before; what is not was never closed.
        if S in done and done[S].closing("content-1") is not None:
            assert c.retired
        if c.retired:
            days = [x.day for item in items & done.keys() for x in done[item].closed]
            assert days
            assert status_on(c.timeline, max(days)) in (None, "ended")
        # Days before anything was recorded are as if nothing had been.
        if standing:
            quiet = min(e.day for e in standing) - timedelta(days=1)
            assert status_on(c.timeline, quiet) in (status_on(plain.timeline, quiet), "ended", None)
        # The digest is about evidence, and no event changes it.
        assert c.digest == plain.digest
    # The order of gathering does not matter, only that of days and of recording.
    mixed = list(standing)
    shuffle.shuffle(mixed)  # ty: ignore
    assert derived(mixed) == shown


def test_random_histories_are_rich() -> None:
    """The properties above would hold of nothing at all; so see that every outcome comes up."""
    seen: set[str] = set()
    wanted = {"suspended", "ended", "candidate", "active", "retired"}
    wanted |= {"objection marked", "repair accepted", "withdrawal withdrawn", "lifting lifted", "term changed"}

    @settings(max_examples=1500, deadline=None, database=None, derandomize=True)
    @given(histories())
    def look(history: list[Event]) -> None:
        if wanted <= seen:
            return
        standing = accepted(history)
        seen.update(f"{e.kind} {e.stage}" for e in standing)
        for c in derived(standing).values():
            seen.update(i.status for i in c.timeline)
            seen.update(["retired"] if c.retired else [])

    look()
    assert wanted <= seen
