"""What people decide in the demo, and what it shows: one consequence of each status, one "why not", one exposure.

Everybody here is invented (`loaders.sample.province.STORY`).
"""

from datetime import date
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from api.cli import show
from graph_model.derivation import CONFIRM
from graph_model.errors import ConfigError
from graph_model.events import Event
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.decisions.events import Wanted, decide, record
from loaders.derive import derive_into
from loaders.sample.province import STORY
from queries.answers import ConsequenceRef
from queries.law.consequences import consequences_of
from queries.law.why_not import why_not
from queries.network.exposure import exposure
from queries.party.parties import resolve
from queries.read.events import all_events


class Shown(NamedTuple):
    """One consequence of the story, and what the demo records of it."""

    status: str
    number: str
    rule: str
    measure: str


SHOWN = (
    Shown("candidate", STORY.food_lr.number, "PR-021", "MARKET_BAN"),
    Shown("active", STORY.revoked_lr.number, "PR-007", "OFFICE_BAN"),
    Shown("suspended", STORY.listed_lr.number, "PR-045", "BID_BAN"),
    Shown("ended", STORY.limited_lr.number, "PR-001", "CONSUMPTION"),
)


def party_key(graph: Graph, keys: Keys, number: str) -> str:
    """The key of somebody in the story."""
    party, _ = resolve(graph, number, hash=keys.hash)
    if party is None:
        raise ConfigError("The demo store lacks the sample's story: run creditgraph db reset --store demo, then again.")
    return party.key


def _of(graph: Graph, pack: RulePack, keys: Keys, one: Shown, day: date) -> ConsequenceRef:
    found = consequences_of(graph, pack, party_key(graph, keys, one.number), as_of=day).consequences
    for c in found:
        if (c.rule, c.measure) == (one.rule, one.measure):
            return c
    raise ConfigError("The demo store lacks the sample's story: run creditgraph db reset --store demo, then again.")


def decide_once(graph: Graph, pack: RulePack, keys: Keys, *, today: date) -> int:
    """What officers record in the story: two confirmations, an objection, a lifting. Once; returns how many events."""
    if all_events(graph):
        return 0
    _, active, suspended, ended = SHOWN
    done: list[Event] = []
    for one in (active, suspended, ended):
        c = _of(graph, pack, keys, one, today)
        if c.missing == [CONFIRM]:
            done += decide(
                graph,
                pack,
                [Wanted(c.key, c.digest)],
                decision="confirmed",
                day=date(2026, 7, 1),
                role="credit_authority",
                reason="核对决定书原件",
                today=today,
            )
    objected = _of(graph, pack, keys, suspended, today).sanction.key
    lifted = _of(graph, pack, keys, ended, today)
    form = {"trigger": "objection", "form": "objection"}
    steps: list[tuple[str, str, date, str, dict[str, str]]] = [
        ("received", "subject", date(2026, 7, 6), "称工资已全部支付", form),
        ("marked", "credit_authority", date(2026, 7, 7), "标注异议", {}),
        ("notified", "credit_authority", date(2026, 7, 8), "送达核查通知", {}),
    ]
    events = [
        Event("", "objection", stage, objected, day, case="异议2026-1", role=role, reason=reason, details=details)
        for stage, role, day, reason, details in steps
    ]
    why, day = "已履行完毕, 解除限制消费", date(2026, 7, 20)
    subject, sanction = lifted.subject.key, lifted.sanction.key
    events.append(Event("", "lifting", "lifted", sanction, day, subject=subject, role="source_organ", reason=why))
    done += record(graph, events, today=today)
    derive_into(graph, pack)
    return len(done)


def show_story(console: Console, graph: Graph, pack: RulePack, keys: Keys, *, today: date) -> None:
    """One consequence of each status, one rule that does not reach somebody, and what stands near a company."""
    console.rule("后果 Consequences: which measure reaches this person, by which clause and path")
    for one in SHOWN:
        console.print(show.consequence_panel(_of(graph, pack, keys, one, today), pack))
    console.rule("为何不及于 Why not: a shareholder of the company whose licence was revoked")
    key = party_key(graph, keys, STORY.food_shareholder.number)
    answer = why_not(graph, pack, key, "PR-021", as_of=today)
    console.print(Text(f"{STORY.food_shareholder.name} · {answer.rule} {answer.rule_title['zh']}: {answer.reason}"))
    console.rule("关联风险 Exposure: who near this company is blacklisted")
    near = exposure(graph, party_key(graph, keys, STORY.far.number), hops=3, as_of=today)
    show.show_answer(console, near, pack, limit=2)
