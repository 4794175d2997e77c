"""What people and organs decide about a case (办理记录): facts that a rebuild never throws away.

Findings, confirmations, objections, repairs, withdrawals, liftings, changed terms, and the execution of measures are
`Event`s: append-only, each with its day, author, role and reason. Several of one objection, repair or task make a
`case`, whose stages follow each other as `FLOWS` says. What follows from them for consequences is computed in
`derivation`; nothing here writes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from graph_model.errors import BadRequest
from graph_model.facts import FactRow
from graph_model.sentences import say

ROLES: dict[str, str] = {
    "source_organ": "信息提供单位",
    "implementing_organ": "实施部门",
    "credit_authority": "信用主管部门",
    "subject": "当事人",
    "complainant": "投诉人",
}
"""In which role an event can be recorded."""

FLOWS: dict[str, dict[str | None, tuple[str, ...]]] = {
    # 郴政发〔2017〕11号 二(四)21: accepted, marked, handled, fed back.
    "objection": {
        None: ("received",),
        "received": ("marked", "stayed"),
        "marked": ("notified", "stayed"),
        "notified": ("verified", "stayed"),
        "verified": ("corrected", "withdrawn", "upheld", "stayed"),
        # A review or a suit alone: the organ that decides it stays the execution (行政复议法 42, 行政诉讼法 56).
        "stayed": ("marked", "notified", "verified", "corrected", "withdrawn", "upheld"),
        "corrected": ("told",),
        "withdrawn": ("told",),
        "upheld": ("told",),
        "told": (),
    },
    # 信用修复管理办法(国家发展改革委令第36号). A court's approval of a reorganisation lifts for a time: `resumed`.
    "repair": {
        None: ("applied",),
        "applied": ("accepted", "declined"),
        "accepted": ("granted", "declined"),
        "granted": ("resumed",),
        "declined": (),
        "resumed": (),
    },
    # 郴政发〔2017〕11号 二(四)16: initiation and response, one for each implementing organ.
    "execution": {
        None: ("initiated",),
        "initiated": ("pushed", "ended"),
        "pushed": ("accepted", "declined", "ended"),
        "accepted": ("done", "ended"),
        "declined": ("ended",),
        "done": ("fed_back", "ended"),
        "fed_back": ("ended",),
        "ended": (),
    },
}
"""Kind of case → stage → the stages that may follow."""

STAGES: dict[str, tuple[str, ...]] = {
    "finding": ("finding", "named", "ordered"),
    "confirmation": ("confirmed", "refused"),
    "withdrawal": ("withdrawn",),
    "lifting": ("lifted",),
    "term": ("changed",),
    "notice": ("conditions_told",),
    **{kind: tuple(stage for stage in flow if stage) for kind, flow in FLOWS.items()},
}
"""Kind → the stages it has."""

_ORGANS = ("source_organ", "implementing_organ", "credit_authority")
MAY: dict[tuple[str, str], tuple[str, ...]] = {
    **{("finding", stage): ("source_organ",) for stage in STAGES["finding"]},
    **{("confirmation", stage): _ORGANS for stage in STAGES["confirmation"]},
    ("objection", "received"): ("subject", "complainant", *_ORGANS),
    ("objection", "marked"): ("credit_authority", "source_organ"),
    ("objection", "stayed"): ("credit_authority", "source_organ"),
    ("objection", "notified"): ("credit_authority", "implementing_organ"),
    ("objection", "verified"): ("source_organ",),
    ("objection", "corrected"): ("source_organ",),
    ("objection", "withdrawn"): ("source_organ",),
    ("objection", "upheld"): ("source_organ",),
    ("objection", "told"): ("credit_authority", "source_organ"),
    ("repair", "applied"): ("subject", "source_organ"),
    ("repair", "accepted"): ("source_organ", "credit_authority"),
    # 谁认定、谁修复: only the organ that decided repairs.
    ("repair", "granted"): ("source_organ",),
    ("repair", "declined"): ("source_organ", "credit_authority"),
    ("repair", "resumed"): ("source_organ",),
    ("withdrawal", "withdrawn"): ("source_organ",),
    ("lifting", "lifted"): ("source_organ",),
    ("term", "changed"): ("source_organ",),
    ("notice", "conditions_told"): ("source_organ",),
    ("execution", "initiated"): _ORGANS,
    ("execution", "pushed"): ("credit_authority", "source_organ"),
    **{
        ("execution", stage): ("implementing_organ",) for stage in ("accepted", "declined", "done", "fed_back", "ended")
    },
}
"""(kind, stage) → the roles that may record it."""

TRIGGERS = ("found_by_unit", "objection", "complaint")
"""How an objection came up: 主动发现、异议申请、投诉 (郴政发〔2017〕11号 二(四)21)."""

FORMS = ("objection", "complaint", "review", "litigation")
"""异议、投诉、行政复议、行政诉讼."""

WITHOUT_STAY = ("review", "litigation")
"""Forms that do not suspend by themselves: only when a stay was ordered (行政复议法 第42条、行政诉讼法 第56条)."""

REPAIR_TYPES = ("fulfilled", "public_service", "bankruptcy", "other")
"""履行完毕、社会公益服务、破产重整或和解、其他."""


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded step. `day` is when it happened, `rec_from` when it was recorded.

    `item` is what it is about: the key of a sanction, or the id of a statement (such as a post) that is disputed.
    """

    id: str
    kind: str
    stage: str
    sanction: str
    day: date
    item: str = ""
    subject: str | None = None
    consequence: str | None = None
    digest: str | None = None
    case: str | None = None
    author: str = ""
    role: str = ""
    organ: str | None = None
    reason: str | None = None
    document: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    rec_from: int = 0
    place: int = 0
    """Its place among those that were recorded together."""

    @property
    def about(self) -> str:
        """The item: the sanction itself when nothing smaller is disputed."""
        return self.item or self.sanction


def in_order(events: Iterable[Event]) -> list[Event]:
    """By the day on which they happened, then as they were recorded."""
    return sorted(events, key=lambda e: (e.day, e.rec_from, e.place, e.id))


def as_fact(event: Event) -> FactRow:
    """A recorded finding, as the fact that a person (or a unit) answers for the sanction."""
    return FactRow(
        fact_id=event.id,
        type="RESPONSIBLE_FOR",
        start=event.subject or "",
        end=event.sanction,
        since=event.day,
        until=event.details.get("until"),
        data_date=event.day,
        source="record",
        owner=event.organ,
        rec_from=event.rec_from,
        props={
            "capacity": event.details["capacity"],
            "basis": event.stage,
            **({"document": event.document} if event.document else {}),
        },
    )


class Window(NamedTuple):
    """A time in which an item is disputed or temporarily lifted."""

    since: date
    until: date | None
    why: str
    event: str
    resumed: str = ""


class Closing(NamedTuple):
    """The end of an item: nothing follows from it any more, and nobody but a few may see it."""

    day: date
    why: str
    event: str
    digests: frozenset[str] | None
    """Content that was wrong; a corrected version of the item counts again. None: the item itself is gone."""
    revoked: bool = False
    """It was withdrawn, and so never stood: what stands on it falls with it. What was repaired stood."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What the events of a sanction do to one item."""

    suspended: tuple[Window, ...] = ()
    closed: tuple[Closing, ...] = ()

    def closing(self, content: str) -> Closing | None:
        """The first closing that covers this content."""
        hits = (c for c in self.closed if c.digests is None or content in c.digests)
        return min(hits, key=lambda c: c.day, default=None)


def effects(events: Sequence[Event]) -> dict[str, Effects]:
    """Item → what objections, repairs and withdrawals do to it."""
    windows: dict[str, list[Window]] = {}
    closings: dict[str, list[Closing]] = {}
    cases: dict[tuple[str, str], list[Event]] = {}
    for event in in_order(events):
        if event.kind in ("objection", "repair"):
            cases.setdefault((event.kind, event.case or event.id), []).append(event)
        elif event.kind == "withdrawal":
            closings.setdefault(event.about, []).append(
                Closing(event.day, say("withdrawn_by_owner"), event.id, None, revoked=True)
            )
    for (kind, _), steps in cases.items():
        item = steps[0].about
        at = {step.stage: step for step in steps}
        if kind == "objection":
            _objection(at, windows.setdefault(item, []), closings.setdefault(item, []), steps[0])
        elif granted := at.get("granted"):
            if steps[0].details.get("type") == "bankruptcy":
                resumed = at.get("resumed")
                windows.setdefault(item, []).append(
                    Window(
                        granted.day,
                        resumed.day if resumed else None,
                        say("reorganisation"),
                        granted.id,
                        resumed.id if resumed else "",
                    )
                )
            else:
                closings.setdefault(item, []).append(Closing(granted.day, say("repaired"), granted.id, None))
    return {
        item: Effects(tuple(windows.get(item, ())), tuple(closings.get(item, ())))
        for item in dict.fromkeys([*windows, *closings])
    }


def _objection(at: dict[str, Event], windows: list[Window], closings: list[Closing], first: Event) -> None:
    over = next((at[s] for s in ("corrected", "withdrawn", "upheld") if s in at), None)
    why = say("objection_pending", case=first.case)
    begin = at.get("marked")
    if first.details.get("form") in WITHOUT_STAY:
        why, begin = (
            say("execution_stayed", case=first.case),
            at.get("stayed"),
        )
    if begin is not None:
        windows.append(Window(begin.day, over.day if over else None, why, begin.id, over.id if over else ""))
    if over is not None and over.stage == "corrected":
        digests = frozenset(first.details.get("digests") or ())
        closings.append(Closing(over.day, say("corrected", case=first.case), over.id, digests))
    elif over is not None and over.stage == "withdrawn":
        closings.append(Closing(over.day, say("withdrawn", case=first.case), over.id, None, revoked=True))


# --- refusals ---------------------------------------------------------------------------------------------


def check(event: Event, before: Sequence[Event], today: date) -> None:
    """Whether an event may be recorded after those that stand already.

    Args:
        before: the events of the same sanction.

    Raises:
        BadRequest: an unknown kind or stage, a role that may not, a day that runs backwards or lies ahead, a stage
            out of turn, a case that exists already, that does not exist, or that is over.
    """
    if event.stage not in STAGES.get(event.kind, ()):
        raise BadRequest(
            f"{event.kind} has no stage {event.stage!r}; it has {', '.join(STAGES.get(event.kind, ())) or 'none'}."
        )
    if event.role not in ROLES:
        raise BadRequest(f"There is no role {event.role!r}; known are {', '.join(ROLES)}.")
    may = MAY[event.kind, event.stage]
    if event.role not in may:
        raise BadRequest(
            f"The role {event.role} ({ROLES[event.role]}) may not record {event.kind} {event.stage}; "
            f"{', '.join(may)} may."
        )
    if event.day > today:
        raise BadRequest(f"{event.day} lies ahead: an event is recorded when it has happened.")
    if not (event.author and event.reason):
        raise BadRequest("An event needs its author and a reason.")
    for name, known in (("trigger", TRIGGERS), ("form", FORMS), ("type", REPAIR_TYPES)):
        value = event.details.get(name)
        if value is not None and value not in known:
            raise BadRequest(f"There is no {name} {value!r}; known are {', '.join(known)}.")
    if event.kind in FLOWS:
        _check_flow(event, before)
    if event.kind in ("objection", "repair") and event.case and not _steps(event, before):
        over = next((e for e in before if e.stage == "withdrawn" and e.about == event.about), None)
        if over is not None:
            raise BadRequest(f"The item was withdrawn on {over.day}: there is nothing left to {_VERB[event.kind]}.")
        done = _granted(before, event.about)
        if done is not None:
            raise BadRequest(f"The item was repaired on {done.day}: there is nothing left to {_VERB[event.kind]}.")


_VERB = {"objection": "object to", "repair": "repair"}


def _steps(event: Event, before: Sequence[Event]) -> list[Event]:
    return in_order(e for e in before if e.kind == event.kind and e.case == event.case)


def _granted(before: Sequence[Event], item: str) -> Event | None:
    """The repair of the item, if it was repaired for good."""
    temporary = {e.case for e in before if e.kind == "repair" and e.details.get("type") == "bankruptcy"}
    repaired = (e for e in before if e.kind == "repair" and e.stage == "granted" and e.about == item)
    return next((e for e in repaired if e.case not in temporary), None)


def _check_flow(event: Event, before: Sequence[Event]) -> None:
    if not event.case:
        raise BadRequest(f"An event of kind {event.kind} needs the number of its case.")
    steps = _steps(event, before)
    last = steps[-1] if steps else None
    allowed = FLOWS[event.kind][last.stage if last else None]
    if event.stage not in allowed:
        if last is None:
            raise BadRequest(f"There is no {event.kind} {event.case} on this item; it begins with {allowed[0]}.")
        if event.stage == STAGES[event.kind][0]:
            raise BadRequest(f"The {event.kind} {event.case} stands already: {last.stage} since {last.day}.")
        then = f"{', '.join(allowed)} may follow" if allowed else "it is over"
        raise BadRequest(f"The {event.kind} {event.case} is {last.stage} since {last.day}; {then}, not {event.stage}.")
    if event.stage == "stayed" and steps[0].details.get("form") not in WITHOUT_STAY:
        raise BadRequest(
            f"The objection {event.case} suspends from its marking; a stay is ordered in a review or a suit "
            f"(form {' or '.join(WITHOUT_STAY)}; 行政复议法 第42条、行政诉讼法 第56条)."
        )
    if any(step.stage == event.stage for step in steps):
        raise BadRequest(f"The {event.kind} {event.case} was {event.stage} already.")
    if last is not None and event.day < last.day:
        raise BadRequest(
            f"{event.day} is before {last.day}, when the {event.kind} {event.case} was {last.stage}: days cannot run "
            "backwards."
        )
    if last is None and event.kind == "objection":
        other = open_objection(before, event.about)
        if other is not None:
            raise BadRequest(
                f"Objection {other.case} on this item is {other.stage} since {other.day}: a second one has to wait."
            )
    if last is None and event.kind == "repair":
        pending = next(
            (
                steps[-1]
                for case in {e.case for e in before if e.kind == "repair" and e.about == event.about}
                if (steps := in_order(e for e in before if e.kind == "repair" and e.case == case))
                and FLOWS["repair"][steps[-1].stage]
                and steps[-1].stage != "granted"
            ),
            None,
        )
        if pending is not None:
            raise BadRequest(f"Repair {pending.case} of this item is {pending.stage} since {pending.day}.")


def open_objection(events: Sequence[Event], item: str) -> Event | None:
    """The last step of an objection to this item that is not decided yet."""
    for case in dict.fromkeys(e.case for e in events if e.kind == "objection" and e.about == item):
        last = in_order(e for e in events if e.kind == "objection" and e.case == case)[-1]
        if FLOWS["objection"][last.stage] not in ((), ("told",)):
            return last
    return None
