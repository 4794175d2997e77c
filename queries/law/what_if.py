"""What would other rules do? Both packs over the same facts, compared; nothing is written."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any, Literal

from pydantic import Field

from graph_model.derivation import Case, Consequence, derive
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from queries.answers import AnswerShape, ConsequenceStatus
from queries.read.facts import all_sanctions, cases
from queries.read.moment import Moment


class WhatIfRow(AnswerShape):
    """One consequence that a change of rules makes, ends or alters."""

    change: Literal["reached", "freed", "changed"]
    rule: str
    measure: str
    region: str
    subject: str
    sanction: str
    before: ConsequenceStatus | None
    after: ConsequenceStatus | None


class WhatIf(AnswerShape):
    """What other rules would do, compared with those in use. Nothing is written."""

    question: Literal["what-if"] = "what-if"
    as_of: date
    position: int
    sanctions: int
    unchanged: int
    rows: list[WhatIfRow]
    totals: list[dict[str, Any]] = Field(description="counts by rule, region and change")


BATCH = 500


def what_if(
    graph: Graph,
    pack: RulePack,
    other: RulePack,
    *,
    as_of: date | Moment,
    progress: Callable[[int, int], None] | None = None,
) -> WhatIf:
    """Who would be newly reached, freed or changed under other rules, by rule and region?

    What is written meanwhile does not count: facts and events are read for one clock position.

    Args:
        pack: the rules in use.
        other: the rules to try.
        as_of: the day on which statuses are compared; timelines count as a whole.

    Returns:
        one row for each consequence that differs, and totals; regions as the deciding organs state them.
    """
    moment = Moment.of(graph, as_of)
    keys = all_sanctions(graph)
    rows: list[WhatIfRow] = []
    unchanged = 0
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        # Gathered for both: the second hops of either pack.
        around = {c.sanction: c for c in cases(graph, batch, other, position=moment.position)}
        mine = {c.sanction: c for c in cases(graph, batch, pack, position=moment.position)}
        for key in around:
            before = {c.key: c for c in derive([mine[key]], pack) if not c.retired}
            after = {c.key: c for c in derive([around[key]], other) if not c.retired}
            for name in sorted({*before, *after}):
                row = _compare(around[key], before.get(name), after.get(name), moment.as_of)
                if row is None:
                    unchanged += 1
                else:
                    rows.append(row)
        if progress:
            progress(start + len(batch), len(keys))
    counts = Counter((r.rule, r.region, r.change) for r in rows)
    totals: list[dict[str, Any]] = [
        {"rule": rule, "region": region, "change": change, "consequences": n}
        for (rule, region, change), n in sorted(counts.items())
    ]
    return WhatIf(
        as_of=moment.as_of,
        position=moment.position,
        sanctions=len(keys),
        unchanged=unchanged,
        rows=rows,
        totals=totals,
    )


def _compare(case: Case, before: Consequence | None, after: Consequence | None, as_of: date) -> WhatIfRow | None:
    one = after or before
    assert one is not None
    if before and after and _held(before) == _held(after):
        return None
    props = case.imposed[0].props
    return WhatIfRow.model_validate(
        {
            "change": "changed" if before and after else "reached" if after else "freed",
            "rule": one.rule,
            "measure": one.measure,
            "region": props.get("jurisdiction") or props.get("authority") or "unknown",
            "subject": one.subject,
            "sanction": one.sanction,
            "before": before.status_on(as_of) if before else None,
            "after": after.status_on(as_of) if after else None,
        }
    )


def _held(c: Consequence) -> object:
    return [i[:3] for i in c.timeline], c.missing, [(b.document, b.article) for b in c.basis]
