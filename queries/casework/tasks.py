"""What has each organ still to do with the consequences that were handed to it (联合惩戒执行反馈)?"""

from datetime import date
from typing import Literal, LiteralString

from pydantic import Field

from graph_model.events import FLOWS
from graph_model.rules import RulePack
from graph_model.sentences import say
from graph_model.store.connect import Graph
from graph_model.timeline import status_on
from queries.answers import AnswerShape, ConsequenceStatus, NodeRef, Sentence
from queries.law.consequences import node_refs, read_timeline
from queries.read.corrections import stands_at
from queries.read.events import all_events, cases_of
from queries.read.moment import Moment, one_moment


class TaskRef(AnswerShape):
    """The execution of one consequence by one organ (联合惩戒执行)."""

    case: str
    organ: str
    stage: str
    since: date
    consequence: str
    measure: str
    measure_title: dict[str, str]
    subject: NodeRef
    sanction: NodeRef
    status: ConsequenceStatus | None = Field(None, description="of the consequence today; null: it follows no more")
    todo: Sentence


class Tasks(AnswerShape):
    """Consequences that organs execute, or have to."""

    question: Literal["tasks"] = "tasks"
    as_of: date
    position: int
    rows: list[TaskRef]


TASK_TIMELINES: LiteralString = """
UNWIND $keys AS key
MATCH (c:Consequence {key: key})
RETURN key, c.timeline AS timeline
"""

_NEXT = {
    "initiated": say("task_push"),
    "pushed": say("task_accept"),
    "declined": say("task_end"),
    "accepted": say("task_carry_out"),
    "done": say("task_feed_back"),
    "fed_back": say("task_end_with_measure"),
}


@one_moment
def tasks(
    graph: Graph, pack: RulePack, *, as_of: date | Moment, organ: str | None = None, finished: bool = False
) -> Tasks:
    """Which measures has an organ to carry out, feed back or stop?

    Args:
        organ: only tasks of this organ (its name, or a part of it); None: of all.
        finished: also those that are over.
    """
    moment = Moment.of(graph, as_of)
    events = all_events(graph, "execution", position=moment.position)
    cases = cases_of(stands_at(graph, events, moment.position), "execution")
    shown = {
        case: steps
        for case, steps in cases.items()
        if (finished or FLOWS["execution"][steps[-1].stage]) and (organ is None or organ in (steps[0].organ or ""))
    }
    keys = sorted({steps[0].consequence or "" for steps in shown.values()})
    lines = {r["key"]: read_timeline(r["timeline"]) for r in graph.read(TASK_TIMELINES, keys=keys)}
    named = sorted({k for steps in shown.values() for k in (steps[0].subject, steps[0].sanction) if k})
    nodes = node_refs(graph, named)
    rows = []
    for case, steps in shown.items():
        first, last = steps[0], steps[-1]
        key = first.consequence or ""
        status = status_on(lines[key], moment.as_of) if key in lines else None
        measure = first.details.get("measure", "")
        about = pack.codes.measures.get(measure)
        todo = _NEXT.get(last.stage, "")
        if last.stage != "ended" and status != "active":
            todo = {
                "suspended": say("task_suspended"),
                None: say("task_no_longer"),
                "ended": say("task_over"),
                "candidate": say("task_unconfirmed"),
            }.get(status, todo)
        rows.append(
            TaskRef.model_validate(
                {
                    "case": case,
                    "organ": first.organ or "",
                    "stage": last.stage,
                    "since": last.day,
                    "consequence": key,
                    "measure": measure,
                    "measure_title": {"zh": about.zh, "en": about.en} if about else {"zh": measure, "en": measure},
                    "subject": nodes.get(first.subject or "") or NodeRef.of(first.subject or "?", "Person", None),
                    "sanction": nodes.get(first.sanction) or NodeRef.of(first.sanction, "Sanction", None),
                    "status": status,
                    "todo": todo,
                }
            )
        )
    rows.sort(key=lambda r: (r.organ, r.since, r.case))
    return Tasks(as_of=moment.as_of, position=moment.position, rows=rows)
