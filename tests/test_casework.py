"""Confirmations, objections, repairs and the rest, through the database: what they do, and what they refuse."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from graph_model.derivation import CONFIRM
from graph_model.errors import BadRequest, SourceError
from graph_model.events import Event
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from loaders.decisions.confirmations import Wanted, decide
from loaders.decisions.events import exported, import_events, record
from loaders.derive import derive_into
from loaders.identity import links
from queries.answers import ConsequenceRef
from queries.casework.repair import repair_status
from queries.law import consequences as consequences_queries
from queries.law.consequences import consequence, consequences_from, consequences_of
from queries.network.exposure import exposure
from queries.party.parties import party_file, resolve
from queries.read import events as events_queries
from queries.read import facts as facts_queries
from queries.read.events import all_events
from tests.support.graphs import wipe
from tests.support.invented import DECIDED, citizen, code, company, decision
from tests.support.types import Cli, LoadFile, Put

TODAY = date(2026, 11, 22)


class Story(NamedTuple):
    """A company, its representative, the decision against it, and a company two steps away."""

    company: str
    head: str
    sanction: str
    near: str
    register: Path
    decisions: Path


@pytest.fixture
def story(graph: Graph, keys: Keys, put: Put, load_file: LoadFile, pack: RulePack) -> Story:
    rows = [company("长沙甲食品有限公司", 1, "张三", citizen(1)), company("长沙乙贸易有限公司", 2, "张三", citizen(1))]
    register, decisions = put("register.csv", rows), put("decisions.csv", [decision("长沙甲食品有限公司", 1)])
    load_file("sample", register)
    load_file("sample", decisions)
    derive_into(graph, pack)
    (sanction,) = (r["k"] for r in graph.read("MATCH (s:Sanction) RETURN s.key AS k"))

    def key(text: str) -> str:
        party, _ = resolve(graph, text, hash=keys.hash)
        assert party is not None
        return party.key

    return Story(key(code(1)), key(citizen(1)), sanction, key(code(2)), register, decisions)


def food(
    graph: Graph, pack: RulePack, story: Story, day: date = TODAY, *, retired: bool = False
) -> ConsequenceRef | None:
    """The trade ban on the representative."""
    found = consequences_of(graph, pack, story.head, as_of=day, retired=retired).consequences
    return next((c for c in found if (c.rule, c.measure) == ("PR-021", "MARKET_BAN")), None)


def the(c: ConsequenceRef | None) -> ConsequenceRef:
    assert c is not None
    return c


def step(story: Story, kind: str, stage: str, day: date, role: str, **more: Any) -> Event:
    details = more.pop("details", {})
    return Event("", kind, stage, story.sanction, day, role=role, reason="按程序办理", details=details, **more)


def objection(graph: Graph, story: Story, *stages: tuple[str, date], case: str = "O-1", item: str = "") -> None:
    roles = {"received": "subject", "marked": "credit_authority", "notified": "credit_authority"}
    for stage, day in stages:
        role = "credit_authority" if stage == "told" else roles.get(stage, "source_organ")
        record(graph, [step(story, "objection", stage, day, role, case=case, item=item)], today=TODAY)


def confirmed(graph: Graph, pack: RulePack, story: Story, day: date = date(2024, 4, 1)) -> ConsequenceRef:
    c = the(food(graph, pack, story))
    decide(
        graph,
        pack,
        [Wanted(c.key, c.digest)],
        decision="confirmed",
        day=day,
        role="credit_authority",
        reason="核对决定书原件",
        today=TODAY,
    )
    return the(food(graph, pack, story))


# --- confirmations --------------------------------------------------------------------------------------------


def test_a_confirmation_makes_it_active_from_its_day(graph: Graph, pack: RulePack, story: Story) -> None:
    before = the(food(graph, pack, story))
    assert (before.status, before.missing) == ("candidate", [CONFIRM])
    after = confirmed(graph, pack, story)
    assert (after.status, after.missing) == ("active", [])
    assert [(i.status, i.since, i.until) for i in after.timeline] == [
        ("candidate", DECIDED, date(2024, 4, 1)),
        ("active", date(2024, 4, 1), date(2029, 3, 13)),
        ("ended", date(2029, 3, 13), None),
    ]
    event = next(e for e in all_events(graph, "confirmation"))
    assert (event.author, event.role, event.reason) == ("tests", "credit_authority", "核对决定书原件")
    assert after.timeline[1].event == event.id
    assert the(food(graph, pack, story, date(2024, 3, 31))).status == "candidate"
    derive_into(graph, pack)
    assert the(food(graph, pack, story)) == after.model_copy(update={"evidence": after.evidence})


def test_changed_evidence_makes_it_a_candidate_again(
    graph: Graph, pack: RulePack, story: Story, put: Put, load_file: LoadFile
) -> None:
    old = confirmed(graph, pack, story)
    changed = decision("长沙甲食品有限公司", 1, 内容="吊销许可证, 并处罚款")
    load_file("sample", put("decisions.csv", [changed], "2026-07-31"))
    new = the(food(graph, pack, story))
    assert (new.key, new.status, new.missing) == (old.key, "candidate", [CONFIRM])
    assert new.digest != old.digest
    with pytest.raises(BadRequest, match="evidence"):
        decide(
            graph, pack, [Wanted(old.key, old.digest)], decision="confirmed", day=TODAY, role="source_organ",
            reason="x", today=TODAY,
        )  # fmt: skip


def test_a_refusal_ends_it_and_a_later_confirmation_counts_again(graph: Graph, pack: RulePack, story: Story) -> None:
    c = the(food(graph, pack, story))
    common: dict[str, Any] = {"role": "source_organ", "reason": "核对", "today": TODAY}
    decide(graph, pack, [Wanted(c.key, c.digest)], decision="refused", day=date(2024, 5, 1), **common)
    refused = the(food(graph, pack, story))
    assert (refused.status, refused.timeline[-1].since) == ("ended", date(2024, 5, 1))
    decide(graph, pack, [Wanted(c.key, c.digest)], decision="confirmed", day=date(2024, 6, 1), **common)
    again = the(food(graph, pack, story))
    assert (again.status, the(food(graph, pack, story, date(2024, 5, 31))).status) == ("active", "ended")


def test_what_lacks_more_than_a_confirmation_cannot_be_confirmed(
    graph: Graph, pack: RulePack, story: Story, put: Put, load_file: LoadFile
) -> None:
    revoked = decision("长沙甲食品有限公司", 1, "REVOKE_BUSINESS_LICENCE", 决定文号="郴市监罚〔2024〕99号")
    load_file("sample", put("decisions.csv", [revoked]))
    derive_into(graph, pack)
    found = consequences_of(graph, pack, story.head, as_of=TODAY).consequences
    ban = next(c for c in found if c.rule == "PR-007")
    common: dict[str, Any] = {"decision": "confirmed", "day": TODAY, "reason": "x", "today": TODAY}
    with pytest.raises(BadRequest, match="负有个人责任的认定"):
        decide(graph, pack, [Wanted(ban.key, ban.digest)], role="source_organ", **common)
    # With the finding on record it can.
    finding = Event(
        "", "finding", "finding", ban.sanction.key, date(2024, 5, 1), subject=story.head, role="source_organ",
        reason="责任认定书", details={"capacity": "LR"},
    )  # fmt: skip
    record(graph, [finding], today=TODAY)
    ban = next(c for c in consequences_of(graph, pack, story.head, as_of=TODAY).consequences if c.rule == "PR-007")
    assert ban.missing == [CONFIRM]
    assert any(f.source == "record" for f in ban.evidence)
    decide(graph, pack, [Wanted(ban.key, ban.digest)], role="source_organ", **common)
    # Nothing is left to confirm, and nobody confirms what is not there.
    for wanted, message in (
        (Wanted(ban.key, ban.digest), "needs no confirmation"),
        (Wanted("c-0", "0"), "no consequence"),
    ):
        with pytest.raises(BadRequest, match=message):
            decide(graph, pack, [wanted], role="source_organ", **common)


def test_a_finding_names_who_can_answer_in_that_capacity(
    graph: Graph, story: Story, keys: Keys, tmp_path: Path
) -> None:
    """A unit is no 直接责任人员: recorded, it would be barred without any human; so it is refused, imported too."""
    finding = step(story, "finding", "finding", date(2024, 5, 1), "source_organ", subject=story.head)
    for capacity, subject, words in (
        ("DRP", story.near, "is a unit, and only a natural person can be 其他直接责任人员"),
        ("SELF_ENTITY", story.head, "is a person, and only a unit can be"),
        ("BOSS", story.head, "There is no role code 'BOSS'"),
        (None, story.head, "needs the person"),
    ):
        with pytest.raises(BadRequest, match=words):
            record(graph, [replace(finding, subject=subject, details={"capacity": capacity})], today=TODAY)
    assert all_events(graph) == []
    record(graph, [replace(finding, subject=story.near, details={"capacity": "SH"})], today=TODAY)
    (row,) = exported(graph, all_events(graph))
    file = tmp_path / "events.jsonl"
    row |= {"id": "v-other", "details": {"capacity": "DRP"}}
    file.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(SourceError, match=r"events\.jsonl.*line 1|line 1") as caught:
        import_events(graph, keys, file, today=TODAY)
    assert "only a natural person" in str(caught.value)
    assert len(all_events(graph)) == 1


def test_one_bad_item_of_a_list_stops_them_all(graph: Graph, pack: RulePack, story: Story) -> None:
    c = the(food(graph, pack, story))
    position = graph.position()
    with pytest.raises(BadRequest):
        decide(
            graph, pack, [Wanted(c.key, c.digest), Wanted("c-unknown", "0")], decision="confirmed", day=TODAY,
            role="source_organ", reason="x", today=TODAY,
        )  # fmt: skip
    assert graph.position() == position
    assert all_events(graph) == []


# --- objections -----------------------------------------------------------------------------------------------

MARKED, NOTIFIED, VERIFIED, OVER = date(2024, 5, 7), date(2024, 5, 8), date(2024, 5, 20), date(2024, 5, 22)
TO_VERIFIED = (("received", date(2024, 5, 6)), ("marked", MARKED), ("notified", NOTIFIED), ("verified", VERIFIED))


def test_an_objection_suspends_from_its_marking_and_resumes_when_upheld(
    graph: Graph, pack: RulePack, story: Story
) -> None:
    confirmed(graph, pack, story)
    objection(graph, story, *TO_VERIFIED[:1])
    assert the(food(graph, pack, story)).status == "active"
    objection(graph, story, *TO_VERIFIED[1:])
    during = the(food(graph, pack, story))
    assert during.status == "suspended"
    assert "O-1" in next(i.why for i in during.timeline if i.status == "suspended")
    # Every consequence of the item, also that of the unit itself; the item itself is marked as disputed.
    answer = consequences_from(graph, pack, story.sanction, as_of=TODAY)
    assert {c.status for c in answer.consequences} == {"suspended"}
    assert "O-1" in (answer.sanctions[0].disputed or "")
    objection(graph, story, ("upheld", OVER), ("told", OVER))
    after = the(food(graph, pack, story))
    assert [(i.status, i.since) for i in after.timeline] == [
        ("candidate", DECIDED),
        ("active", date(2024, 4, 1)),
        ("suspended", MARKED),
        ("active", OVER),
        ("ended", date(2029, 3, 13)),
    ]
    for day, status in ((MARKED - timedelta(days=1), "active"), (MARKED, "suspended"), (OVER, "active")):
        assert the(food(graph, pack, story, day)).status == status


def gone(graph: Graph, pack: RulePack, story: Story) -> bool:
    """Whether nothing of the sanction shows anywhere, now or in the past."""
    answers = [
        *(consequences_of(graph, pack, key, as_of=d) for key in (story.head, story.company) for d in (TODAY, DECIDED)),
        consequences_from(graph, pack, story.sanction, as_of=TODAY),
        consequences_of(graph, pack, story.head, as_of=TODAY, known_at=TODAY + timedelta(days=1)),
        exposure(graph, story.near, hops=3, as_of=TODAY),
        exposure(graph, story.near, hops=3, as_of=TODAY, known_at=TODAY + timedelta(days=1)),
    ]
    text = [a.consequences or a.sanctions or a.hits for a in answers]
    file = party_file(graph, story.company, as_of=TODAY)
    return not any(text) and not file.sanctions and not any(n.key == story.sanction for n in file.nodes)


def test_a_withdrawn_item_is_gone_from_every_answer_and_kept_for_its_owner(
    graph: Graph, pack: RulePack, story: Story
) -> None:
    confirmed(graph, pack, story)
    assert exposure(graph, story.near, hops=3, as_of=TODAY).hits
    objection(graph, story, *TO_VERIFIED, ("withdrawn", OVER))
    assert gone(graph, pack, story)
    kept = the(food(graph, pack, story, retired=True))
    assert (kept.status, kept.retired, kept.timeline[-1].since) == ("ended", True, OVER)
    assert "撤销" in kept.timeline[-1].why
    derive_into(graph, pack)
    assert gone(graph, pack, story)
    assert the(food(graph, pack, story, retired=True)) == kept


def test_a_corrected_item_counts_again_with_its_new_content(
    graph: Graph, pack: RulePack, story: Story, put: Put, load_file: LoadFile
) -> None:
    confirmed(graph, pack, story)
    objection(graph, story, *TO_VERIFIED, ("corrected", OVER))
    assert gone(graph, pack, story)
    corrected = decision("长沙甲食品有限公司", 1, "REVOKE_BUSINESS_LICENCE", 内容="吊销营业执照(更正)")
    load_file("sample", put("decisions.csv", [corrected], "2026-07-31"))
    derive_into(graph, pack)
    found = consequences_of(graph, pack, story.head, as_of=TODAY).consequences
    assert {c.rule for c in found} == {"PR-007"}
    assert exposure(graph, story.near, hops=3, as_of=TODAY).hits


def test_a_disputed_post_suspends_what_rests_on_it_alone(
    graph: Graph, pack: RulePack, story: Story, put: Put, load_file: LoadFile
) -> None:
    confirmed(graph, pack, story)
    post = next(f for f in the(food(graph, pack, story)).evidence if f.type == "LEGAL_REPRESENTATIVE_OF")
    item = post.fact_id.rpartition(".")[0]
    objection(graph, story, *TO_VERIFIED, item=item)
    answer = consequences_from(graph, pack, story.sanction, as_of=TODAY)
    status = {(c.subject.key, c.rule): c.status for c in answer.consequences}
    assert status[story.head, "PR-021"] == "suspended"
    assert status[story.company, "PR-021"] == "active"
    objection(graph, story, ("withdrawn", OVER), item=item)
    assert food(graph, pack, story) is None  # he never held the post; the statement is no longer believed
    assert food(graph, pack, story, retired=True) is None
    assert consequences_of(graph, pack, story.company, as_of=TODAY).status == "hit"


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([("marked", MARKED)], "There is no objection"),
        ([*TO_VERIFIED[:1], ("received", MARKED)], "stands already"),
        ([*TO_VERIFIED[:2], ("corrected", OVER)], "may follow"),
        ([*TO_VERIFIED, ("upheld", date(2024, 5, 1))], "backwards"),
        ([*TO_VERIFIED, ("upheld", OVER), ("told", OVER), ("marked", OVER)], "it is over"),
        ([("received", TODAY + timedelta(days=1))], "lies ahead"),
    ],
)
def test_an_objection_out_of_turn_is_refused(
    graph: Graph, story: Story, stages: list[tuple[str, date]], message: str
) -> None:
    objection(graph, story, *stages[:-1])
    before = all_events(graph)
    with pytest.raises(BadRequest, match=message):
        objection(graph, story, stages[-1])
    assert all_events(graph) == before


def test_objections_that_cannot_be_are_refused(graph: Graph, pack: RulePack, story: Story) -> None:
    for bad, message in (
        (
            replace(step(story, "objection", "received", MARKED, "subject", case="O-2"), sanction="s-none"),
            "no sanction",
        ),
        (step(story, "objection", "received", MARKED, "subject", case="O-2", item="nothing"), "no statement"),
        (step(story, "objection", "received", MARKED, "nobody", case="O-2"), "no role"),
        (step(story, "objection", "marked", MARKED, "subject", case="O-2"), "may not record"),
        (step(story, "objection", "received", MARKED, "subject"), "number of its case"),
        (replace(step(story, "objection", "received", MARKED, "subject", case="O-2"), reason=""), "reason"),
        (step(story, "objection", "flying", MARKED, "subject", case="O-2"), "no stage"),
    ):
        with pytest.raises(BadRequest, match=message):
            record(graph, [bad], today=TODAY)
    objection(graph, story, *TO_VERIFIED[:2])
    with pytest.raises(BadRequest, match="second one has to wait"):
        objection(graph, story, ("received", OVER), case="O-2")
    # Of two steps of which the second is wrong, neither is recorded.
    before = all_events(graph)
    good = step(story, "objection", "notified", NOTIFIED, "credit_authority", case="O-1")
    with pytest.raises(BadRequest):
        record(graph, [good, good], today=TODAY)
    assert all_events(graph) == before
    objection(graph, story, *TO_VERIFIED[2:], ("withdrawn", OVER), ("told", OVER))
    with pytest.raises(BadRequest, match="nothing left"):
        objection(graph, story, ("received", TODAY), case="O-3")


# --- repair, lifting, terms -----------------------------------------------------------------------------------


def classed(graph: Graph) -> None:
    """The class by which a repair is granted: a source may state it, the sample's form has no column for it."""
    graph.write("load", lambda tx: tx.run("MATCH ()-[r:IMPOSED_ON]->() SET r.severity = 'serious'"))


def repair(graph: Graph, story: Story, *stages: tuple[str, date], case: str = "R-1", kind: str = "fulfilled") -> None:
    classed(graph)
    for stage, day in stages:
        details = {"type": kind, "fulfilled": True, "commitment": True} if stage == "applied" else {}
        record(graph, [step(story, "repair", stage, day, "source_organ", case=case, details=details)], today=TODAY)


APPLIED, GRANTED = date(2026, 4, 1), date(2026, 4, 20)


def test_a_repaired_item_is_gone_and_another_sanction_stays(
    graph: Graph, pack: RulePack, story: Story, put: Put, load_file: LoadFile
) -> None:
    other = decision("长沙甲食品有限公司", 1, "REVOKE_BUSINESS_LICENCE", 决定文号="郴市监罚〔2024〕99号")
    load_file("sample", put("decisions.csv", [other]))
    derive_into(graph, pack)
    confirmed(graph, pack, story)
    repair(graph, story, ("applied", APPLIED), ("accepted", APPLIED), ("granted", GRANTED))
    assert food(graph, pack, story) is None
    kept = the(food(graph, pack, story, retired=True))
    assert (kept.status, kept.timeline[-1].since) == ("ended", GRANTED)
    # Partial repair: what follows from the other sanction stays.
    assert [c.rule for c in consequences_of(graph, pack, story.head, as_of=TODAY).consequences] == ["PR-007"]
    assert len(exposure(graph, story.near, hops=3, as_of=TODAY).hits) == 1
    with pytest.raises(BadRequest, match="nothing left to object"):
        objection(graph, story, ("received", TODAY))
    with pytest.raises(BadRequest, match="nothing left to repair"):
        repair(graph, story, ("applied", TODAY), case="R-2")


def test_no_way_of_recording_grants_a_repair_before_its_conditions_are_met(graph: Graph, story: Story) -> None:
    """PB-04 holds for whoever records, not only for the command line."""
    classed(graph)
    applied, accepted, granted = (
        step(story, "repair", stage, day, "source_organ", case="R-1", details=details)
        for stage, day, details in (
            ("applied", APPLIED, {"type": "fulfilled", "commitment": True}),
            ("accepted", APPLIED, {}),
            ("granted", GRANTED, {"fulfilled": True}),  # its own word proves nothing
        )
    )
    for steps in ([applied, accepted, granted], [granted]):
        before = all_events(graph)
        with pytest.raises(BadRequest, match="R-1 cannot be granted on 2026-04-20; missing: proof that the act"):
            record(graph, steps, today=TODAY)
        assert all_events(graph) == before
        if not before:
            record(graph, [applied, accepted], today=TODAY)
    # Before there was a rule about terms of publication nothing is granted by it.
    early = date(2024, 4, 2)
    first, second = (
        replace(e, day=early, case="R-2", details=e.details | {"fulfilled": True}) for e in (applied, accepted)
    )
    record(graph, [step(story, "repair", "declined", TODAY, "source_organ", case="R-1")], today=TODAY)
    with pytest.raises(BadRequest, match="公示期规定"):
        record(graph, [first, second, replace(granted, day=early, case="R-2")], today=TODAY)
    assert [e.stage for e in all_events(graph)] == ["applied", "accepted", "declined"]


def test_what_somebody_else_writes_meanwhile_is_looked_at_again(
    graph: Graph, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The conditions hold under the lock: what they were looked at for is what the step is recorded upon."""
    position, written = Graph.position, []

    def moving(graph: Graph) -> int:
        now = position(graph)
        if not written:
            written.append(now)
            graph.write("load", lambda tx: None)
        return now

    monkeypatch.setattr(Graph, "position", moving)
    repair(graph, story, ("applied", APPLIED))
    (event,) = all_events(graph)
    assert event.rec_from == position(graph)


def test_a_measure_is_carried_out_only_while_it_is_active(graph: Graph, pack: RulePack, story: Story) -> None:
    c = the(food(graph, pack, story))

    def task(stage: str, **more: Any) -> list[Event]:
        case = {"case": f"{c.key}@长沙市市场监管局", "organ": "长沙市市场监管局"}
        about = {"subject": story.head, "consequence": c.key, "details": {"measure": c.measure}}
        return record(
            graph, [step(story, "execution", stage, TODAY, "implementing_organ", **case, **about | more)], today=TODAY
        )

    with pytest.raises(BadRequest, match="candidate, not active"):
        task("initiated")
    with pytest.raises(BadRequest, match="no consequence"):
        task("initiated", consequence="c-0")
    with pytest.raises(BadRequest, match="no measure 'NONE'"):
        task("initiated", details={"measure": "NONE"})
    confirmed(graph, pack, story)
    assert [e.stage for e in task("initiated")] == ["initiated"]


@pytest.mark.parametrize(
    ("kind", "stage", "name"),
    [("objection", "received", "trigger"), ("objection", "received", "form"), ("repair", "applied", "type")],
)
def test_a_word_of_no_list_is_refused(graph: Graph, story: Story, kind: str, stage: str, name: str) -> None:
    bad = step(story, kind, stage, APPLIED, "source_organ", case="X-1", details={name: "whatever"})
    with pytest.raises(BadRequest, match=f"no {name} 'whatever'"):
        record(graph, [bad], today=TODAY)


def test_a_reorganisation_lifts_for_a_time(graph: Graph, pack: RulePack, story: Story) -> None:
    confirmed(graph, pack, story)
    repair(graph, story, ("applied", APPLIED), ("accepted", APPLIED), ("granted", GRANTED), kind="bankruptcy")
    c = the(food(graph, pack, story))
    assert (c.status, c.retired) == ("suspended", False)
    repair(graph, story, ("resumed", date(2026, 9, 1)))
    assert the(food(graph, pack, story)).status == "active"


def test_lifting_frees_one_and_a_changed_term_ends_for_all(graph: Graph, pack: RulePack, story: Story) -> None:
    confirmed(graph, pack, story)
    lifted = step(story, "lifting", "lifted", date(2025, 1, 10), "source_organ", subject=story.head)
    record(graph, [lifted], today=TODAY)
    assert (the(food(graph, pack, story)).status, the(food(graph, pack, story)).timeline[-1].since) == (
        "ended",
        date(2025, 1, 10),
    )
    unit = [c for c in consequences_of(graph, pack, story.company, as_of=TODAY).consequences if c.rule == "PR-021"]
    assert {c.status for c in unit} == {"active"}
    details = {"until": date(2026, 1, 1)}
    record(graph, [step(story, "term", "changed", date(2025, 6, 1), "source_organ", details=details)], today=TODAY)
    unit = [c for c in consequences_of(graph, pack, story.company, as_of=TODAY).consequences if c.rule == "PR-021"]
    assert {(c.status, c.timeline[-1].since) for c in unit} == {("ended", date(2026, 1, 1))}


def test_a_minor_is_not_reached(
    graph: Graph, keys: Keys, pack: RulePack, story: Story, put: Put, load_file: LoadFile
) -> None:
    born = {3: ("王小", "20070105"), 4: ("李大", "20050105"), 5: ("赵中", "20060105")}
    rows = [
        company(f"长沙{n}号食品有限公司", n, name, citizen(n, day), 任职日期="2023-01-01")
        for n, (name, day) in born.items()
    ]
    load_file("sample", put("register.csv", rows))
    load_file("sample", put("decisions.csv", [decision(r["企业名称"], n) for n, r in zip(born, rows, strict=True)]))
    derive_into(graph, pack)
    # The act was on 2024-01-05. Of a birthday the year is kept: in the year of the eighteenth a human has to look.
    for n, (reached, asked) in {3: (False, False), 4: (True, False), 5: (True, True)}.items():
        party, _ = resolve(graph, citizen(n, born[n][1]), hash=keys.hash)
        assert party is not None
        found = consequences_of(graph, pack, party.key, as_of=TODAY).consequences
        assert bool(found) is reached
        assert any("是否成年" in text for c in found for text in c.reading) is asked
        assert {c.status for c in found if "是否成年" in " ".join(c.reading)} <= {"candidate"}
        assert "adult" not in party.model_dump_json()


# --- export and import ----------------------------------------------------------------------------------------


def told(graph: Graph, pack: RulePack, story: Story) -> list[dict[str, Any]]:
    """Consequences with status and evidence, without what the clock numbers."""
    rows = []
    for c in consequences_from(graph, pack, story.sanction, as_of=TODAY, retired=True).consequences:
        row = c.model_dump(mode="json")
        for fact in [*row["evidence"], *(s for s in row["path"] if "fact_id" in s)]:
            fact["fact_id"] = fact["fact_id"].rpartition(".")[0]
            fact["recorded_at"] = None
        rows.append(row)
    return sorted(rows, key=lambda r: r["key"])


def test_a_rebuild_with_the_exported_events_gives_the_same(
    graph: Graph, keys: Keys, pack: RulePack, story: Story, load_file: LoadFile, tmp_path: Path
) -> None:
    confirmed(graph, pack, story)
    objection(graph, story, *TO_VERIFIED, ("upheld", OVER), ("told", OVER))
    lifted = step(story, "lifting", "lifted", date(2025, 1, 10), "source_organ", subject=story.company)
    record(graph, [lifted], today=TODAY)
    derive_into(graph, pack)
    before = told(graph, pack, story)
    file = tmp_path / "events.jsonl"
    lines = [json.dumps(row, ensure_ascii=False) for row in exported(graph, all_events(graph))]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert citizen(1) not in file.read_text(encoding="utf-8")
    # A rebuild never loses them: derived again in place …
    graph.write("test", lambda tx: tx.run("MATCH (c:Consequence) DETACH DELETE c"))
    derive_into(graph, pack, everything=True)
    assert told(graph, pack, story) == before
    # … and from nothing, in another order.
    wipe(graph, keys)
    with pytest.raises(SourceError, match="not in the graph"):
        import_events(graph, keys, file, today=TODAY)
    assert all_events(graph) == []
    load_file("sample", story.decisions)
    load_file("sample", story.register)
    done = import_events(graph, keys, file, today=TODAY)
    assert (done.rows, done.recorded, done.known) == (len(lines), len(lines), 0)
    derive_into(graph, pack)
    assert told(graph, pack, story) == before
    assert import_events(graph, keys, file, today=TODAY).known == len(lines)
    file.write_text(lines[0][:-5] + "\n", encoding="utf-8")
    with pytest.raises(SourceError, match="line 1"):
        import_events(graph, keys, file, today=TODAY)


# --- as people use it -----------------------------------------------------------------------------------------


def test_the_commands_work_hand_in_hand(
    graph: Graph, pack: RulePack, story: Story, cli: Cli, server: Server, tmp_path: Path
) -> None:
    def ok(*arguments: str) -> Any:
        exit_code, output, error = cli(*arguments, "--store", server.store, "--json")
        assert exit_code == 0, error
        return json.loads(output)

    c = the(food(graph, pack, story))
    listed = tmp_path / "list.csv"
    listed.write_text(f"consequence,digest\n{c.key},{c.digest}\n", encoding="utf-8")
    (event,) = ok(
        "confirm", "--list", str(listed), "--reason", "核对", "--as", "credit_authority", "--day", "2024-04-01"
    )
    assert event["stage"] == "confirmed"
    assert ok("confirm", "--sanction", story.sanction, "--yes", "--reason", "核对", "--as", "source_organ")
    organ = ("--organ", "长沙市住建局", "--reason", "执行")
    for stage, role in (
        ("initiated", "credit_authority"),
        ("pushed", "credit_authority"),
        ("accepted", "implementing_organ"),
    ):
        ok("task", stage, c.key, *organ, "--as", role)
    (task,) = ok("tasks", "--organ", "住建局")["rows"]
    assert (task["stage"], task["status"], task["measure"]) == ("accepted", "active", "MARKET_BAN")
    common = ("--reason", "已整改", "--sanction", story.sanction)
    ok("objection", "received", "O-1", "--as", "subject", "--day", "2026-11-02", *common)
    ok("objection", "marked", "O-1", "--as", "credit_authority", "--day", "2026-11-02", "--reason", "标注")
    ok("objection", "notified", "O-1", "--as", "credit_authority", "--day", "2026-11-03", "--reason", "通知")
    rows = ok("due", "--within", "20wd", "--as-of", "2026-11-22")["rows"]
    (verify,) = (r for r in rows if r["case"] == "O-1")
    assert (verify["deadline"], verify["due"], verify["overdue"]) == ("DL-05", "2026-12-01", False)
    assert "郴州市市场监督管理局" in verify["owes"]
    (task,) = ok("tasks")["rows"]
    assert task["status"] == "suspended"
    assert "核实期间" in task["todo"]["zh"]
    exit_code, _, error = cli("task", "done", c.key, *organ, "--store", server.store)
    assert exit_code == 2
    assert "suspended" in error
    text = ok("explain", c.key)
    assert "第135条" in text["zh"]
    assert "suspended" in text["en"]
    status = ok("repair", "show", story.sanction)
    assert (status["severity"], "not stated" in status["severity_from"]) == (None, True)
    reached = ok("why-not", code(1), "PR-021")
    assert reached["reached"] is True
    other = ok("why-not", code(2), "PR-021")
    assert (other["reached"], bool(other["reason"])) == (False, True)
    # The second company only has the same representative: no decision of its own or of a post of its is looked at.
    assert (other["conditions"], "no decision stands" in other["reason"]["en"]) == ([], True)
    assert len(ok("events", "list")) == 3 + 1 + 3 + 1
    exit_code, _, error = cli("confirm", "c-none", "--reason", "x", "--store", server.store)
    assert (exit_code, "no consequence" in error) == (2, True)
    # Without --yes and without a terminal nobody confirms by accident.
    exit_code, _, _ = cli("confirm", c.key, "--refuse", "--reason", "x", "--store", server.store)
    assert exit_code != 0
    assert consequence(graph, pack, c.key, as_of=TODAY) is not None


def test_what_if_tells_and_writes_nothing(
    graph: Graph, pack: RulePack, story: Story, cli: Cli, server: Server, tmp_path: Path
) -> None:
    (rule,) = (r for r in pack.rules if r.id == "PR-021")
    row = json.loads(rule.model_dump_json(by_alias=True, exclude_none=True))
    row["legal_basis"] = [{"doc": b.doc, "article": b.article} for b in rule.legal_basis]
    row["reach"] = ["SELF", "SELF_ENTITY", "DRM", "DRP"]
    own = tmp_path / "my.yaml"
    own.write_text(json.dumps([row], ensure_ascii=False), encoding="utf-8")
    position = graph.position()
    exit_code, output, error = cli("what-if", "--rules", str(own), "--store", server.store, "--json")
    assert exit_code == 0, error
    answer = json.loads(output)
    assert {(r["change"], r["subject"]) for r in answer["rows"]} == {("freed", story.head)}
    assert [t["consequences"] for t in answer["totals"]] == [2]
    assert graph.position() == position


def test_what_is_gone_today_is_gone_from_past_views_too(graph: Graph, pack: RulePack, story: Story) -> None:
    confirmed(graph, pack, story)
    earlier = graph.position()
    objection(graph, story, *TO_VERIFIED, ("withdrawn", OVER))
    before = TODAY - timedelta(days=100)
    with graph.driver.session(database=graph.database) as session:  # say that all up to the confirmation was long ago
        instant = int(datetime(before.year, before.month, before.day, tzinfo=UTC).timestamp() * 1000)
        session.run("MATCH (c:Change) WHERE c.seq <= $seq SET c.at = $at", seq=earlier, at=instant).consume()
    for key in (story.head, story.company):
        past = consequences_of(graph, pack, key, as_of=before, known_at=before)
        assert past.position == earlier
        assert past.consequences == []
        kept = consequences_of(graph, pack, key, as_of=before, known_at=before, retired=True)
        assert {c.retired for c in kept.consequences} == {True}
    assert {c.status for c in kept.consequences} == {"active"}, "as it was known then, for its owner"
    assert exposure(graph, story.near, hops=3, as_of=before, known_at=before).hits == []


def test_who_may_see_what_was_repaired_says_so(
    graph: Graph, pack: RulePack, story: Story, cli: Cli, server: Server
) -> None:
    confirmed(graph, pack, story)
    repair(graph, story, ("applied", APPLIED), ("accepted", APPLIED), ("granted", GRANTED))
    common = ("consequences", story.sanction, "--store", server.store, "--json")
    exit_code, output, _ = cli(*common)
    assert (exit_code, json.loads(output)["consequences"]) == (0, [])
    for more in ((), ("--as", "implementing_organ", "--purpose", "核查"), ("--as", "subject")):
        exit_code, output, error = cli(*common, "--retired", *more)
        assert (exit_code, output) == (2, "")
        assert "--purpose" in error
    exit_code, output, _ = cli(*common, "--retired", "--as", "subject", "--purpose", "本人查询")
    assert {c["retired"] for c in json.loads(output)["consequences"]} == {True}


def test_a_record_that_fails_half_way_leaves_nothing(
    graph: Graph, pack: RulePack, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of a record is one transaction: killed between two of its writes, it never was."""
    position = graph.position()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("loaders.decisions.events._retire", killed)
    with pytest.raises(KeyboardInterrupt):
        objection(graph, story, TO_VERIFIED[0])
    monkeypatch.undo()
    assert graph.position() == position
    assert all_events(graph) == []
    assert graph.read("MATCH (v:Event) RETURN count(v) AS n")[0]["n"] == 0
    objection(graph, story, TO_VERIFIED[0])
    assert len(all_events(graph)) == 1


def test_gathering_never_scans(sample_graph: Graph, pack: RulePack) -> None:
    """On a graph of a million parties a scan for each sanction would take minutes."""

    def scans(plan: dict[str, Any]) -> list[str]:
        own = (
            [plan["operatorType"]] if "LabelScan" in plan["operatorType"] or "AllNodes" in plan["operatorType"] else []
        )
        return own + [s for child in plan.get("children", ()) for s in scans(child)]

    for query in (facts_queries.CASE_FACTS, events_queries.BY_ITEM, consequences_queries.AROUND_PARTY, links.TOUCH):
        asked = {"merged": {}, "sanctions": ["s-1"], "items": ["s-1"], "keys": ["p-1"], "key": "p-1", "k": 1}
        with sample_graph.driver.session(database=sample_graph.database) as session:
            summary = session.run("EXPLAIN " + query, {**asked, **facts_queries.onward(pack)}).consume()
        assert summary.plan is not None
        assert scans(dict(summary.plan)) == [], query


def test_repair_says_class_earliest_day_and_what_is_missing(
    graph: Graph, pack: RulePack, story: Story, put: Put, load_file: LoadFile, cli: Cli, server: Server
) -> None:
    """Three classes of publicity (轻微、一般、严重): read from the kind of sanction when the source states none."""
    listed = {
        "名单代码": "LIST-05", "名单名称": "拖欠农民工工资名单", "主体名称": "长沙甲食品有限公司", "主体类别": "企业",
        "主体证件号码": code(1), "列入机关": "郴州市人力资源和社会保障局", "列入决定文号": "郴人社列〔2026〕1号",
        "列入日期": "2026-04-10",
    }  # fmt: skip
    load_file("sample", put("lists.csv", [listed]))
    (key,) = (
        r["k"] for r in graph.read("MATCH (s:Sanction) WHERE s.key <> $key RETURN s.key AS k", key=story.sanction)
    )
    (status,) = repair_status(graph, pack, [key], as_of=TODAY)
    assert (status.severity, status.earliest, status.latest) == ("serious", date(2027, 4, 11), date(2029, 4, 10))
    assert any("最短公示期" in m for m in status.missing)
    assert any("公开信用承诺" in m for m in status.missing)
    assert {b.document for b in status.legal_basis} >= {"国家发展改革委令第36号 信用修复管理办法"}
    (later,) = repair_status(graph, pack, [key], as_of=date(2027, 4, 11))
    assert not any("最短公示期" in m for m in later.missing)
    (before,) = repair_status(graph, pack, [key], as_of=date(2026, 3, 31))
    assert before.earliest is None
    assert any("公示期规定" in m for m in before.missing)
    # Granted too early, or without its conditions, it is refused on the command line.
    for stage, more in (("applied", ("--sanction", key, "--commitment")), ("accepted", ()), ("granted", ())):
        exit_code, _, error = cli(
            "repair", stage, "R-9", "--as", "source_organ", "--reason", "申请", *more, "--store", server.store
        )
        assert exit_code == (2 if stage == "granted" else 0), error
    assert "最短公示期" in error
    assert "纠正并履行全部义务" in error
    assert "公开信用承诺" not in error
