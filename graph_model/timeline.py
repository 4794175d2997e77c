"""The status of a consequence over time, as dated intervals: so that "as of" is a filter and no nightly job is needed.

`candidate → active → suspended → ended`; each interval says why it began and which event began it.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from graph_model.calendar import add_months
from graph_model.events import Closing, Window
from graph_model.sentences import say


class Interval(NamedTuple):
    """A status from `since` to `until` (half-open; null `since` = unknown, null `until` = open), why, by which event."""

    status: str
    since: date | None
    until: date | None
    why: str = ""
    event: str = ""


class Decided(NamedTuple):
    """What a human decided on a consequence, on the evidence that stands."""

    status: str  # active | ended
    day: date
    why: str
    event: str


def status_on(timeline: Iterable[Sequence[object]], day: date) -> str | None:
    """The status of a timeline on a day; None before it begins."""
    for status, since, until, *_ in timeline:
        after = since is None or (isinstance(since, date) and since <= day)
        if after and (until is None or (isinstance(until, date) and day < until)):
            return str(status)
    return None


@lru_cache(4096)  # the same few terms of the same decisions, again and again
def end_of_term(start: date, years: int = 0, months: int = 0) -> date:
    """The first day after a term: the start day is not counted, the last day is its anniversary (民法典 201, 202).

    Days off do not lengthen a restriction.

    >>> end_of_term(date(2021, 3, 10), 5)
    datetime.date(2026, 3, 11)
    >>> end_of_term(date(2020, 2, 29), 3)
    datetime.date(2023, 3, 1)
    >>> end_of_term(date(2024, 8, 31), months=6)
    datetime.date(2025, 3, 1)
    """
    return add_months(start, 12 * years + months).day + timedelta(days=1)


def build(
    pending: str,
    since: date | None,
    end: date | None,
    *,
    why: str = "",
    decided: Sequence[Decided] = (),
    windows: Sequence[Window] = (),
    ends: Sequence[tuple[date, str, str]] = (),
    ended_why: str = "",
) -> tuple[Interval, ...]:
    """The intervals of a consequence.

    Args:
        pending: the status as long as nobody decides: candidate, active or unknown.
        end: the first day on which it no longer holds by itself; None: open.
        decided: what humans decided, oldest first; the last word on a day counts from that day.
        windows: times in which it is suspended.
        ends: (day, why, event) of what ends it for good: closings, liftings.
    """
    parts = [Interval(pending, since, None, why)]
    for decision in decided:
        day = max(decision.day, since) if since else decision.day
        last = parts[-1]
        if last.status == decision.status:
            continue
        parts[-1:] = [last._replace(until=day)] if last.since is None or last.since < day else []
        parts.append(Interval(decision.status, day, None, decision.why, decision.event))
    for window in windows:
        parts = [piece for part in parts for piece in _cut(part, window)]
    stops = list(ends)
    if end is not None:
        stops.append((end, ended_why, ""))
    if stops:
        parts = _stop(parts, *min(stops, key=lambda stop: stop[0]))
    return tuple(joined(parts))


def doubted(parts: Iterable[Interval], day: date, why: str, status: str = "candidate") -> tuple[Interval, ...]:
    """From `day` on nothing is more than possible: what was active is a candidate; or nothing of it can be told."""
    weaker = {"candidate": ("active",), "unknown": ("active", "candidate")}[status]
    out: list[Interval] = []
    for part in parts:
        if part.status not in weaker or (part.until is not None and part.until <= day):
            out.append(part)
            continue
        if part.since is None or part.since < day:
            out.append(part._replace(until=day))
            part = part._replace(since=day)
        out.append(part._replace(status=status, why=why, event=""))
    return tuple(joined(out))


def joined(parts: list[Interval]) -> list[Interval]:
    """Neighbours of one status are one: what was confirmed while it was suspended did not begin again."""
    out = parts[:1]
    for part in parts[1:]:
        if part.status == out[-1].status:
            out[-1] = out[-1]._replace(until=part.until)
        else:
            out.append(part)
    return out


def _cut(part: Interval, window: Window) -> list[Interval]:
    """A part with the time of a window taken out of it as suspended."""
    if part.status in ("ended", "suspended"):
        return [part]
    begin = window.since if part.since is None else max(part.since, window.since)
    if (part.until is not None and begin >= part.until) or (window.until is not None and begin >= window.until):
        return [part]
    stop = part.until if window.until is None else window.until if part.until is None else min(part.until, window.until)
    out = []
    if part.since is None or part.since < begin:
        out.append(part._replace(until=begin))
    out.append(Interval("suspended", begin, stop, window.why, window.event))
    if stop is not None and (part.until is None or stop < part.until):
        out.append(
            part._replace(
                since=stop, why=say("resumed_why", why=part.why) if part.why else say("resumed"), event=window.resumed
            )
        )
    return out


def _stop(parts: list[Interval], day: date, why: str, event: str) -> list[Interval]:
    """Everything from `day` on is ended. What would have begun later never did; the beginning is kept."""
    kept = [p for p in parts if p.since is None or p.since < day]
    if not kept:
        return [Interval("ended", day, None, why, event)]
    last = kept[-1]
    if last.status == "ended":
        return kept
    stopped = Interval(last.status, last.since, day, last.why, last.event)
    return [*kept[:-1], stopped, Interval("ended", day, None, why, event)]


def closing_end(closing: Closing | None) -> list[tuple[date, str, str]]:
    """A closing as an end."""
    return [(closing.day, closing.why, closing.event)] if closing else []
