"""What a row states, as a mapping describes it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from graph_model.errors import SourceError
from graph_model.identifiers import mask_citizen_ids_in
from graph_model.schema import (
    BranchOf,
    Holds,
    HoldsSharesIn,
    ImposedBy,
    ImposedOn,
    MemberOf,
    PractisesAt,
    Profile,
    RegisteredAt,
    ResponsibleFor,
)
from loaders.drafts import AddressMention, CredentialMention, Draft, PersonMention, Row, SanctionMention
from loaders.mapping.cell_values import day, ends, holds, need, number_of, share, text, words, yuan
from loaders.mapping.parties import RowParties, rows_about, rows_apart
from loaders.mapping.posts import POST_TYPES
from loaders.mapping.shape import (
    AddressFact,
    AnyFact,
    BranchFact,
    CredentialFact,
    FileShape,
    MemberFact,
    PostFact,
    ProfileFact,
    ResponsibleFact,
    SanctionFact,
    ShareholdingFact,
)
from loaders.reading.headers import about_the_table
from loaders.reading.values import cell, parse_capital, parse_money, place_of, plain, said_of_capital, share_said


def drafts(file: FileShape, row: Row, _context: Any) -> Iterator[Draft]:
    """What a row states.

    Raises:
        SourceError: the row cannot be used.
    """
    _check_record(row)
    whole = [RowParties(row, file)]
    owner, spoken = text(row, file.owner), day(row, file.data_date)
    empty = left_out = True
    apart = {name: rows_apart(row, file, name) for name, party in file.parties.items() if party.several}
    for fact in file.facts:
        if not holds(row, fact.when):
            continue
        left_out = False
        for parties in rows_about(fact, file, apart) or whole:
            one = parties.row
            if fact.optional and (
                any(parties.get(name) is None for name in fact.names.values())
                or (isinstance(fact, AddressFact) and text(one, fact.text) is None)
            ):
                continue
            common = {"owner": owner, "data_date": spoken}
            if (record := text(one, fact.record)) is not None:
                common["record"] = mask_citizen_ids_in(record) + parties.mark
            for draft in _STATES[type(fact)](one, fact, parties, common):
                empty = False
                yield draft
    if empty:
        raise SourceError(
            "meets the condition of no fact" if left_out else "states nothing that the mapping loads",
            file=row.file,
            line=row.line,
            code="no-fact",
            todo="Fill in what the row is about, or take it out.",
        )


def _check_record(row: Row) -> None:
    """A sum or a signature below the table names nobody, whatever stands in the column of names."""
    values = [value for value in row.values.values() if value and not value.isspace()]
    if values and about_the_table(values, whole=len(values) == len(row.values)):
        raise SourceError(
            "is a sum, a signature or a note about the table, no record",
            file=row.file,
            line=row.line,
            code="no-record",
            todo="Leave it out, or leave it here: nothing of it is loaded.",
        )


def _profile(row: Row, fact: ProfileFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    party = parties.need(fact.of)
    # A party has one profile in a source: a later row is a new version of it.
    common = {"record": "profile", **common}
    if isinstance(party, PersonMention):
        yield Draft(Profile(name=party.name), party, **common)
        return
    yield Draft(
        Profile(
            name=party.name,
            former_names=words(row, fact.former_names),
            other_names=words(row, fact.other_names),
            kind=party.kind,
            legal_form=text(row, fact.legal_form),
            status=text(row, fact.status),
            established_on=day(row, fact.established_on),
            **said_of_capital(
                cell(row, fact.capital.column, partial(parse_capital, unit=fact.capital.unit)) if fact.capital else None
            ),
            region=text(row, fact.region),
            industry=text(row, fact.industry),
            business_scope=text(row, fact.business_scope),
            stock_code=dict(party.identifiers).get("stock"),
        ),
        party,
        **common,
    )


def _sanction(row: Row, fact: SanctionFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    subject, organ = parties.need(fact.on), parties.unit(fact.by)
    number, title = number_of(row, fact.document_number), text(row, fact.title)
    decided = day(row, fact.decided_on)
    since = day(row, fact.since) if fact.since else decided
    published = day(row, fact.published_on)
    common = {"record": f"{organ.name}|{mask_citizen_ids_in(number)}|{subject.name}", **common}
    sanction = SanctionMention(organ.name, number, subject, title)
    said = {
        "kind": need(row, fact.kind),
        "codes": words(row, fact.triggers) or [],
        "penalty_kinds": words(row, fact.penalty_kinds),
        "title": title,
        "document_number": number,
        "authority": organ.name,
        "act": text(row, fact.act),
        "facts_found": text(row, fact.facts_found),
        "basis_stated": text(row, fact.basis_stated),
        "content": text(row, fact.content),
        "act_on": day(row, fact.act_on),
        "decided_on": decided,
        "since": since,
        "until": ends(row, since, fact.until, fact.last_day),
        "published_on": published,
        "publish_until": ends(row, published, fact.publish_until, fact.publish_last_day),
        "fine_yuan": yuan(row, fact.fine),
        "confiscated_yuan": yuan(row, fact.confiscated),
        "amount_yuan": yuan(row, fact.amount),
        "certificates": text(row, fact.certificates),
        "jurisdiction": text(row, fact.jurisdiction) or place_of(organ.name, dict(organ.identifiers).get("uscc")),
        "circumstances": words(row, fact.circumstances),
        "circumstances_not": words(row, fact.circumstances_not),
        "acts": words(row, fact.acts),
        "sectors": words(row, fact.sectors),
        "counted_from": day(row, fact.counted_from),
        "severity": text(row, fact.severity),
        "repair_conditions": text(row, fact.repair_conditions),
    }
    yield Draft(ImposedOn.model_validate(said), sanction, subject, **common)
    yield Draft(ImposedBy(since=since), sanction, organ, **common)


def _responsible(row: Row, fact: ResponsibleFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    person, subject, organ = parties.need(fact.who), parties.need(fact.on), parties.unit(fact.by)
    number, capacity = number_of(row, fact.document_number), need(row, fact.capacity)
    common = {"record": f"{organ.name}|{mask_citizen_ids_in(number)}|{subject.name}|{capacity}{parties.mark}", **common}
    said = {
        "since": day(row, fact.since),
        "capacity": capacity,
        "capacity_stated": text(row, fact.capacity_stated),
        "basis": need(row, fact.basis),
        "document": text(row, fact.document),
    }
    yield Draft(ResponsibleFor.model_validate(said), person, SanctionMention(organ.name, number, subject), **common)


def _credential(row: Row, fact: CredentialFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    holder, organ = parties.need(fact.of), parties.unit(fact.by)
    number, title = number_of(row, fact.document_number), text(row, fact.title)
    decided = day(row, fact.decided_on)
    since = day(row, fact.since) if fact.since else decided
    common = {"record": f"{organ.name}|{mask_citizen_ids_in(number)}|{holder.name}", **common}
    yield Draft(
        Holds(
            kind=need(row, fact.kind),
            codes=words(row, fact.triggers),
            title=title,
            content=text(row, fact.content),
            document_number=number,
            certificate_number=text(row, fact.certificate_number),
            decided_on=decided,
            authority=organ.name,
            state=text(row, fact.state),
            since=since,
            until=ends(row, since, fact.until, fact.last_day),
        ),
        holder,
        CredentialMention(organ.name, number, holder, title),
        **common,
    )


def _period(row: Row, fact: PostFact | ShareholdingFact | BranchFact | MemberFact | AddressFact) -> dict[str, Any]:
    since = day(row, fact.since)
    return {"since": since, "until": ends(row, since, fact.until, fact.last_day)}


def _post(row: Row, fact: PostFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    person, entity = parties.need(fact.who), parties.unit(fact.of)
    post = text(row, fact.post)
    if post is None and plain(row.get(fact.post.column or "")):
        return  # a post that the mapping ignores
    post = post or need(row, fact.post)
    if (seen := day(row, fact.seen)) is not None:
        # Each such day is a statement of its own: that he was there in March says nothing of May.
        common = {"record": f"seen {seen}{parties.mark}", **common, "data_date": seen}
    said = _period(row, fact)
    kind = POST_TYPES[post]
    if "post" in kind.model_fields:
        said["post"] = text(row, fact.stated)
    if kind is PractisesAt:
        said |= {"practice_class": text(row, fact.practice_class), "licence_number": text(row, fact.licence_number)}
    yield Draft(kind.model_validate(said), person, entity, **common)


def _shareholding(row: Row, fact: ShareholdingFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    holder, entity = parties.need(fact.who), parties.unit(fact.of)
    held = share(row, fact.share)
    amount = cell(row, fact.amount.column, partial(parse_money, unit=fact.amount.unit)) if fact.amount else None
    said = HoldsSharesIn(
        amount=float(amount.amount) if amount else None,
        amount_currency=amount.currency if amount else None,
        **share_said(held),
        **_period(row, fact),
    )
    yield Draft(said, holder, entity, **common)


def _branch(row: Row, fact: BranchFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    yield Draft(BranchOf(**_period(row, fact)), parties.unit(fact.who), parties.unit(fact.of), **common)


def _member(row: Row, fact: MemberFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    yield Draft(MemberOf(**_period(row, fact)), parties.need(fact.who), parties.unit(fact.of), **common)


def _address(row: Row, fact: AddressFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    yield Draft(
        RegisteredAt(**_period(row, fact)), parties.unit(fact.of), AddressMention(need(row, fact.text)), **common
    )


_STATES: dict[type[AnyFact], Callable[..., Iterator[Draft]]] = {
    ProfileFact: _profile,
    SanctionFact: _sanction,
    ResponsibleFact: _responsible,
    CredentialFact: _credential,
    PostFact: _post,
    ShareholdingFact: _shareholding,
    BranchFact: _branch,
    MemberFact: _member,
    AddressFact: _address,
}
