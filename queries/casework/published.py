"""What of this party's record may still be shown to the public (公示), and what no longer, since when, by which article?

Publication is a term of its own: an item that may no longer be published is not over. To the public it is not told what it
was; that something in force is no longer told is said, so that nothing shown is no `clear`. Organs go on to see it in every
other answer, as the end of publication does not end use and sharing: only repair does (国家发展改革委令第36号 第3条).

Which term holds, in this order: the end that the source states (公示截止日期); of a list entry, its removal or the term that the
list itself sets (公布满3年停止公布); the longest term of its class (PB-01 to PB-03, since 2026-04-01). Where the class is not known,
the longest of all classes is an upper bound. Courts publish their orders and judgments by their own rules, of which the pack
has no term.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, NamedTuple

from pydantic import Field

from graph_model.events import Event
from graph_model.facts import FactRow
from graph_model.list_terms import lists_of, term_of
from graph_model.rules import RulePack
from graph_model.rules.model import Basis
from graph_model.sentences import say
from graph_model.store.connect import Graph
from graph_model.timeline import end_of_term
from queries.answers import AnswerShape, AnswerStatus, LegalBasis, PartyRef, Sentence
from queries.casework.repair import severity_of
from queries.party.doubts import doubts_beside
from queries.party.parties import SANCTIONS_ON, disputes, party_refs, status_on
from queries.read.events import cases_of, events_about
from queries.read.facts import fact_row, imposed_props
from queries.read.moment import Moment, one_moment

SHIELD = "PB-05"
COURTS = ("court_order", "judgment")
LISTED_UNTIL = say("published_delisted")


class PublicItem(AnswerShape):
    """One item that the public may see: what was decided, by whom, and how long it is shown."""

    kind: str
    title: str | None
    authority: str | None
    document_number: str | None
    decided_on: date | None
    status: Literal["in_force", "ended", "unknown", "term_over"]
    published_on: date | None
    until: date | None = Field(description="first day on which it is no longer published; null = no term is known")
    why: Sentence = Field(description="which term of publication holds")
    legal_basis: list[LegalBasis] = Field([], description="the articles by which")
    disputed: Sentence | None = Field(None, description="the objection that is being verified (标注)")


class WithheldItem(AnswerShape):
    """An item that is no longer shown: since when and why, and whether what it was is over. No title, number or organ."""

    since: date | None = Field(description="first day on which it was no longer published; null = it never was")
    why: Sentence
    legal_basis: list[LegalBasis] = Field([], description="the articles by which")
    over: bool = Field(description="false: what it was may still be in force, so nothing shown is not clear")


class Published(AnswerShape):
    """What of a party's record may be shown to the public on a day."""

    question: Literal["published"] = "published"
    as_of: date
    position: int
    status: AnswerStatus
    reason: Sentence | None = None
    party: PartyRef | None = None
    items: list[PublicItem] = Field([], description="what is shown")
    withheld: list[WithheldItem] = Field([], description="what is no longer shown")
    complete: bool = True


class PublicationEnd(NamedTuple):
    """From which day an item may no longer be published (None: no term is known), and why."""

    day: date | None
    why: str
    basis: tuple[Basis, ...] = ()


@one_moment
def published(graph: Graph, pack: RulePack, key: str, *, as_of: date | Moment) -> Published:
    """What of this party's record may be shown to the public on a day, and what no longer?

    Returns:
        `hit` when something shown is in force; `incomplete` when nothing shown is, but something that is no longer shown
        may be, or a record was not linked; `clear` when nothing of either is.
    """
    moment = Moment.of(graph, as_of)
    day = moment.as_of
    party = party_refs(graph, [key], moment).get(key)
    if party is None:
        return Published(
            as_of=day, position=moment.position, status="unknown", reason=say("no_such_key"), complete=False
        )
    stated: dict[str, list[FactRow]] = {}
    shown_at: dict[str, bool] = {}
    for r in graph.read(SANCTIONS_ON, keys=[key], k=moment.position, retired=False):
        props = imposed_props(r, moment.position)
        row = fact_row("IMPOSED_ON", r["sanction"], key, props, position=moment.position)
        if row.trust != "official":  # organs publish; what others say is no publication
            continue
        stated.setdefault(r["sanction"], []).append(row)
        open_ = props.get("published", True) and props.get("openness", "open") == "open"
        shown_at[row.fact_id] = bool(open_)
    disputed = disputes(graph, stated, moment.position)
    shielded = _shielded(graph, list(stated), moment)
    items: list[PublicItem] = []
    withheld: list[WithheldItem] = []
    for sanction, rows in stated.items():
        status, first, _ = status_on(rows, day)
        if status is None:
            continue
        end = publication_end(pack, first, day) if shown_at[first.fact_id] else _NEVER
        if sanction in shielded:
            basis = next((p.legal_basis for p in pack.publicity if p.id == SHIELD), ())
            end = PublicationEnd(shielded[sanction], say("shielded", rule=SHIELD), basis)
        if end is _NEVER or (end.day is not None and day >= end.day):
            basis = _basis(end.basis, day)
            withheld.append(WithheldItem(since=end.day, why=end.why, legal_basis=basis, over=status == "ended"))
        else:
            items.append(_item(first, status, end, day, disputed.get(sanction)))
    return _answer(moment, party, items, withheld, bool(doubts_beside(graph, key, moment.position, day)))


def _shielded(graph: Graph, sanctions: Sequence[str], moment: Moment) -> dict[str, date]:
    """Sanctions that are shielded on the day because a court approved a reorganisation → since when."""
    out: dict[str, date] = {}
    for key, steps in _by_item(events_about(graph, sanctions, position=moment.position)).items():
        for case in cases_of(steps, "repair").values():
            at = {e.stage: e.day for e in case}
            begun, over = at.get("granted"), at.get("resumed")
            lasts = begun is not None and begun <= moment.as_of and (over is None or moment.as_of < over)
            if begun is not None and lasts and case[0].details.get("type") == "bankruptcy":
                out[key] = begun
    return out


def _by_item(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.about, []).append(event)
    return found


_NEVER = PublicationEnd(None, say("not_published"))


def publication_end(pack: RulePack, fact: FactRow, day: date) -> PublicationEnd:
    """From which day an item may no longer be published, by what holds on `day`."""
    stated: date | None = fact.props.get("publish_until")
    if stated is not None:
        return PublicationEnd(stated, say("publication_stated"))
    lists = lists_of(fact, pack.list_of)
    if lists:
        basis = tuple(b for about in lists for b in about.legal_basis)
        if fact.until is not None:
            return PublicationEnd(fact.until, LISTED_UNTIL, basis)
        terms = [term for about in lists if (term := term_of(fact, about)) is not None]
        if terms and len(terms) == len(lists):
            words = "、".join(f"{about.id} {about.term}" for about in lists)
            # A full list of a later day still has it: the organ itself goes on to publish it.
            seen = fact.in_snapshot is not None and fact.in_snapshot >= max(terms)
            if not seen:
                return PublicationEnd(max(terms), say("list_term_ended", lists=words), basis)
            return PublicationEnd(None, say("list_goes_on", day=fact.in_snapshot, lists=words), basis)
        if not any(about.serious for about in lists):
            return PublicationEnd(None, say("published_while_listed"), basis)
    if fact.props.get("kind") in COURTS:
        why = say("published_lifted" if fact.until else "court_rules")
        return PublicationEnd(fact.until, why)
    return _by_class(pack, fact, day)


def _by_class(pack: RulePack, fact: FactRow, day: date) -> PublicationEnd:
    """By the longest term of publication of its class (PB-01 to PB-03)."""
    severity, how = severity_of(fact, pack)
    # 公示期限自司法、行政公务文书认定之日起 (令第36号): however late it was published.
    begun: date | None = fact.props.get("decided_on") or fact.since or fact.props.get("published_on")
    rows = [p for p in pack.publicity if p.severity and p.max_months and p.in_force.on(day)]
    mine = [p for p in rows if p.severity == severity] or rows
    if begun is None or not mine:
        missing = say("decision_day_unknown") if mine else say("no_publication_term", day=day)
        return PublicationEnd(None, missing)
    row = max(mine, key=lambda p: p.max_months or 0)
    # What had been published longer when the terms came into force was to be hidden on that day.
    end = max(end_of_term(begun, months=row.max_months or 0), row.in_force.since or date.min)
    which = (
        say("class_term", rule=f"{row.id} {row.title.zh}", how=how)
        if severity
        else say("longest_term", rule=row.id, how=how)
    )
    return PublicationEnd(end, say("published_at_most", months=row.max_months, which=which), row.legal_basis)


def _item(first: FactRow, status: str, end: PublicationEnd, day: date, disputed: str | None) -> PublicItem:
    p = first.props
    return PublicItem.model_validate(
        {
            "kind": p.get("kind", "penalty"),
            "title": p.get("title") or "、".join(p.get("penalty_kinds") or ()) or None,
            "authority": p.get("authority"),
            "document_number": p.get("document_number"),
            "decided_on": p.get("decided_on"),
            "status": status,
            "published_on": p.get("published_on"),
            "until": end.day,
            "why": end.why,
            "legal_basis": [b.model_dump() for b in _basis(end.basis, day)],
            "disputed": disputed,
        }
    )


def _basis(basis: Sequence[Basis], day: date) -> list[LegalBasis]:
    found = [LegalBasis(document=b.document, article=b.article) for b in basis if b.on(day)]
    return [b for n, b in enumerate(found) if b not in found[:n]]


def _answer(
    moment: Moment, party: PartyRef, items: list[PublicItem], withheld: list[WithheldItem], unlinked: bool
) -> Published:
    standing = [w for w in withheld if not w.over]
    reasons = []
    if standing:
        reasons.append(say("standing_unpublished", count=len(standing)))
    if unlinked:
        reasons.append(say("published_unlinked"))
    unsure = [i for i in items if i.status == "term_over"]
    if unsure:
        reasons.append(say("entries_term_over", count=len(unsure)))
    hit = any(i.status in ("in_force", "unknown") for i in items)
    return Published(
        as_of=moment.as_of,
        position=moment.position,
        status="hit" if hit else "incomplete" if reasons else "clear",
        reason="; ".join(reasons) or None,
        party=party,
        items=items,
        withheld=sorted(withheld, key=lambda w: (w.since or date.min, w.why)),
        complete=not reasons,
    )
