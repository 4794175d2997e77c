"""One person under two entries: what a human judged to be the same (同一人) is a step of the evidence.

Only a judgement `same` is crossed, never `unsure` and never a proposal; and whatever crosses one waits for a human who
saw it, a record and a measure on a unit too.
"""

from collections.abc import Sequence

from graph_model.derivation.decision import Trial
from graph_model.derivation.reach import Reach, of_age


def with_crossings(t: Trial, reaches: Sequence[Reach]) -> list[Reach]:
    """The reaches, and those of every entry judged to be one of the persons reached.

    Who is reached himself needs no judgement, unless by it less is missing.
    """
    case = t.decision.case
    if not case.same:
        return list(reaches)
    best = {reach.subject: reach for reach in reaches}
    for reach in reaches:
        for other, way in case.same_as(reach.subject).items():
            mine = best.get(other)
            if mine is not None and len(mine.missing) <= len(reach.missing):
                continue
            extra = tuple(f for f in way if all(f is not g for g in reach.facts))
            crossed = reach._replace(
                subject=other, facts=reach.facts + extra, ground=reach.ground or reach.facts, to_be_seen=True
            )
            best.update((r.subject, r) for r in of_age(t, (crossed,)))
    return list(best.values())
