"""FollowTheMoney entities, as JSON lines (source `ftm`): who, who owns whom, who leads what, who is sanctioned.

FtM is what investigators and open sanctions data exchange. A file of it is a compilation by a third party: for
reference, never a trigger.

- An entity is known by its FtM id (scheme `ftm:entity`), and also by a credit code or, when its country is China, a
  register number. FtM ids are taken to be the same thing in every FtM file, as they are meant to be. A person is also
  known by a valid Chinese id number: hashed, and shown masked only.
- Relationships name their ends by id. Both must be in the same file; a relationship with another end is rejected.
- A date that is only a year or a month is no day: it stays unknown, and so does one of which several are given. An end
  is read as the last day; of a year or month it is the last one, and of several the latest.
- A sanction that is said to be over, suspended or disputed without a day of its end is rejected: kept, it would look
  as if it were in force. With a word for its state that is not known, its first day stays unknown.
- Relatives and associates are rejected: no measure reaches anybody for whose family he is, so they are not kept.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from graph_model.errors import SourceError
from graph_model.exchange import (
    BODS_INTERESTS,
    ENTITY_KINDS,
    FTM_CONTROLS,
    FTM_EDGE_BY_SCHEMA,
    FTM_KINDS,
    FTM_MARKED,
    FTM_NOTES,
    FTM_OWNERSHIP,
    bounds,
    exact_id,
)
from graph_model.identifiers import mask_id
from graph_model.schema import (
    ActualControllerOf,
    DirectorOf,
    EmployedAt,
    HasInterestIn,
    HoldsSharesIn,
    ImposedBy,
    ImposedOn,
    MemberOf,
    Profile,
    RegisteredAt,
    Relationship,
)
from graph_model.store.connect import today
from loaders.drafts import (
    AddressMention,
    Draft,
    EntityMention,
    PartyMention,
    PersonMention,
    Row,
    SanctionMention,
    SourceDescription,
    SourceFile,
)
from loaders.reading.values import exclusive_end, fault, parse_date, whole_at_most
from loaders.sources._ftm_things import (
    AT_MOST,
    DOCUMENTS,
    FTM_ROLES,
    LEAST,
    NOT,
    OVER,
    PAIR,
    RELATIVES,
    STANDS,
    FtmFile,
    Thing,
    fault_of,
    name_of,
    prepare,
    read,
    texts_of,
)

# --- rows → facts -----------------------------------------------------------------------------------------


def drafts(row: Row, whole: FtmFile) -> Iterator[Draft]:
    """What one FtM entity says."""
    thing = read(row)
    if thing.schema in RELATIVES:
        raise _unkept(row, "out-of-scope", f"{thing.schema} is about relatives or associates: they are not kept")
    reader = READERS.get(thing.schema)
    if reader is None:
        raise _unkept(row, "unknown-schema", f"is an FtM schema that the graph has no place for: {thing.schema}")
    seen = _seen(row)
    owner = thing.text("publisher") or ", ".join(_datasets(row)) or None
    for draft in reader(thing, whole):
        yield Draft(draft.fact, draft.start, draft.end, draft.record, data_date=seen, owner=owner)


def _unkept(row: Row, code: str, reason: str) -> SourceError:
    return fault(row, "schema", reason, code=code, todo="Nothing: it stays in the file.")


def _seen(row: Row) -> date | None:
    """The day on which the source still said so."""
    try:
        return parse_date((row.get("last_seen") or row.get("last_change") or "")[:10])
    except ValueError:
        return None


def _datasets(row: Row) -> list[str]:
    return texts_of(row, "datasets")


def _entity(thing: Thing, whole: FtmFile) -> Iterator[Draft]:
    party = whole.parties.get(thing.id)
    if party is None or not name_of(thing):
        raise fault_of(thing.row, "name", "is empty, but required", code="missing-value", todo="Fill it in.")
    if isinstance(party, PersonMention) is not (thing.schema == "Person"):
        raise _unkept(thing.row, "contradiction", "is a person in one row and no person in another of the same id")
    notes: dict[str, Any] = {
        name: next((note.removeprefix(begin) for note in thing.all("notes") if note.startswith(begin)), None)
        for name, begin in FTM_NOTES.items()
    }
    former = [name for name in thing.all("previousName") if name != party.name] or None
    if isinstance(party, PersonMention):
        number = next(iter((*thing.all("idNumber", "passportNumber"), *whole.numbers.get(thing.id, ()))), None)
        said = Profile(name=party.name, former_names=former, id_masked=mask_id(number) if number else None, **notes)
        yield Draft(said, party, record=thing.id)
        return
    capital = _amount(thing, "capital")
    yield Draft(
        Profile(
            name=party.name,
            former_names=former,
            kind=party.kind,
            legal_form=thing.text("legalForm"),
            status=thing.text("status") or _dissolved(thing),
            established_on=thing.day("incorporationDate"),
            capital=capital,
            capital_currency=thing.text("currency") if capital is not None else None,
            industry=thing.text("sector"),
            stock_code=next((value for scheme, value in party.identifiers if scheme == "stock"), None),
            **notes,
        ),
        party,
        record=thing.id,
    )
    for text in thing.all("address"):
        yield Draft(RegisteredAt(), party, AddressMention(text))


def _dissolved(thing: Thing) -> str | None:
    found = ", ".join(thing.all("dissolutionDate"))
    return f"dissolved {found}" if found else None


def _amount(thing: Thing, name: str) -> float | None:
    values = thing.all(name)
    if len(values) != 1:
        return None  # none, or several that contradict each other
    try:
        return float(Decimal(values[0].replace(",", "")))
    except ArithmeticError as e:
        raise fault_of(thing.row, name, "is no number") from e


def _address(thing: Thing, whole: FtmFile) -> Iterator[Draft]:
    here = [whole.parties[key] for key in whole.addressed.get(thing.id, ())]
    texts = thing.all("full") or [text for text in (", ".join(thing.all(*_PARTS)),) if text]
    if not texts:
        raise fault_of(thing.row, "full", "is empty, but required", code="missing-value", todo="Fill it in.")
    entities = [party for party in here if isinstance(party, EntityMention)]
    if not entities:
        why = "is a person's address: it is not kept" if here else "is nobody's address in this file"
        raise _unkept(thing.row, "out-of-scope", why)
    for party in dict.fromkeys(entities):
        for text in texts:
            yield Draft(RegisteredAt(), party, AddressMention(text))


_PARTS = ("street", "street2", "postOfficeBox", "city", "postalCode", "region", "state")


def _identification(thing: Thing, whole: FtmFile) -> Iterator[Draft]:
    for party in _ends(thing, whole, "holder"):
        if not isinstance(party, PersonMention):
            raise _unkept(thing.row, "out-of-scope", "is a document of an entity: its numbers are read from the entity")
        for number in thing.all("number"):
            yield Draft(Profile(id_masked=mask_id(number)), party, record=thing.id)
    if not thing.all("number"):
        raise fault_of(thing.row, "number", "is empty, but required", code="missing-value", todo="Fill it in.")


def _ends(thing: Thing, whole: FtmFile, name: str) -> list[PartyMention]:
    keys = thing.all(name)
    if not keys:
        raise fault_of(thing.row, name, "is empty, but required", code="missing-value", todo="Fill it in.")
    if not all(key in whole.parties for key in keys):
        raise fault_of(
            thing.row,
            name,
            "is the id of nobody in this file whom the graph can hold",
            code="unknown-party",
            todo="Put the company or person into the same file.",
        )
    return list(dict.fromkeys(whole.parties[key] for key in keys))


def _period(thing: Thing) -> tuple[date | None, date | None]:
    since, last = thing.day("startDate"), thing.last_day("endDate")
    if since and last and last < since:
        raise fault_of(thing.row, "endDate", "is before startDate", code="contradiction")
    return since, exclusive_end(last) if last else None


def _edge(thing: Thing, whole: FtmFile) -> Iterator[Draft]:
    edge = FTM_EDGE_BY_SCHEMA[thing.schema]
    since, until = _period(thing)
    fact = EDGE_FACTS[thing.schema](thing).model_copy(update={"since": since, "until": until})
    ends = _ends(thing, whole, edge.end)
    if any(isinstance(end, PersonMention) for end in ends):
        raise fault_of(thing.row, edge.end, "is a person, and must be an entity")
    for start in _ends(thing, whole, edge.start):
        if (fact.START, type(start)) in (("Person", EntityMention), ("Entity", PersonMention)):
            raise fault_of(thing.row, edge.start, f"must be a {fact.START.lower()} here")
        for end in ends:
            yield Draft(fact, start, end, record=thing.id)


def _marked(thing: Thing) -> tuple[type[Relationship] | None, str | None]:
    """(the type that a role names in our own terms, what else the roles say)"""
    roles, terms = thing.all("role"), FTM_MARKED[thing.schema]
    kind = next((terms[role] for role in roles if role in terms), None)
    return kind, "; ".join(role for role in roles if kind is None or role != kind.ZH) or None


def _post(thing: Thing, default: type[Relationship]) -> Relationship:
    kind, post = _marked(thing)
    if kind is None:
        kind = next((FTM_ROLES[role.lower()] for role in thing.all("role") if role.lower() in FTM_ROLES), default)
    return kind.model_validate({"post": post} if "post" in kind.model_fields else {})


def _directorship(thing: Thing) -> Relationship:
    return _post(thing, DirectorOf)


def _employment(thing: Thing) -> Relationship:
    return _post(thing, EmployedAt)


def _ownership(thing: Thing) -> Relationship:
    share = _share(thing)
    sorts = {sort.lower() for sort in thing.all("ownershipType")}
    beneficial = True if sorts & {"beneficial", "ultimate"} else None
    if "direct" in sorts or not sorts:
        return HoldsSharesIn(**share, beneficial=beneficial)
    return HasInterestIn(
        interest="shareholding",
        directness="indirect" if sorts & {"indirect", "ultimate"} else "unknown",
        beneficial=beneficial,
        details=thing.text("role"),
        **share,
    )


def _share(thing: Thing) -> dict[str, Any]:
    """From the least to the greatest percentage that is stated."""
    found: list[tuple[Decimal | None, Decimal | None]] = []
    for value in thing.all("percentage"):
        if pair := PAIR.fullmatch(value):
            found.append((Decimal(pair[1]), Decimal(pair[2] or pair[1])))
        elif least := LEAST.fullmatch(value):
            found.append((Decimal(least[1]), None))
        elif most := AT_MOST.fullmatch(value):
            found.append((None, Decimal(most[1])))
        else:
            raise fault_of(thing.row, "percentage", "is no percentage such as 25, 25-50 or >25")
    lows = [low if low is not None else Decimal(0) for low, _ in found]
    highs = [high if high is not None else Decimal(100) for _, high in found]
    low, high = (min(lows), whole_at_most(max(highs))) if found else (None, None)
    if low is not None and high is not None and not 0 <= low <= max(high, Decimal(0)):
        raise fault_of(thing.row, "percentage", "is below 0 or the wrong way round")
    return bounds(low, high)


def _control(thing: Thing) -> Relationship:
    kind, _ = _marked(thing)
    stated = thing.all("controlType")
    if kind is ActualControllerOf and not stated:
        return ActualControllerOf()
    known = [FTM_CONTROLS.get(word.lower(), word) for word in stated]
    interest = next((word for word in known if word in BODS_INTERESTS), "otherInfluenceOrControl")
    directness = "indirect" if "indirect" in stated else "unknown"
    other = [w for w in stated if w != "indirect" and FTM_CONTROLS.get(w.lower(), w) != interest]
    details = "; ".join([*other, *thing.all("role")]) or None
    return HasInterestIn(interest=interest, directness=directness, details=details)


def _link(thing: Thing) -> Relationship:
    kind, _ = _marked(thing)
    if kind is None:
        raise _unkept(thing.row, "unknown-code", "does not say how the two are linked: nothing can be stated of it")
    return kind()


def _membership(_thing: Thing) -> Relationship:
    return MemberOf()


EDGE_FACTS: dict[str, Callable[[Thing], Relationship]] = {
    "Directorship": _directorship,
    "Employment": _employment,
    FTM_OWNERSHIP.schema: _ownership,
    "Control": _control,
    "UnknownLink": _link,
    "Membership": _membership,
}


def _sanction(thing: Thing, whole: FtmFile) -> Iterator[Draft]:
    since, until = _period(thing)
    spoken = _seen(thing.row) or today()
    if (until is None or until > spoken) and (said := _not_in_force(thing)):
        raise fault_of(
            thing.row,
            "status",
            f"says {said}, and endDate gives no day that has passed: it would look as if it were in force",
            code="not-in-force",
            todo="Give the day of its end.",
        )
    listed = thing.day("listingDate")
    # What the word for its state means is not known: nor is whether it is in force.
    since = None if until is None and _unclear(thing) else since or listed
    authorities = sorted(thing.all("authority"))
    number = _number(thing)
    for subject in _ends(thing, whole, "entity"):
        # Without a number of the authority's own, the FtM id tells decisions apart.
        ref = SanctionMention("; ".join(authorities), number or exact_id(thing.id), subject, thing.text("program"))
        fact = ImposedOn(
            kind="list_entry",
            title=thing.text("program"),
            document_number=number,
            authority="; ".join(authorities) or None,
            facts_found=thing.text("reason"),
            content=thing.text("provisions"),
            since=since,
            until=until,
            published_on=listed,
        )
        yield Draft(fact, ref, subject, record=thing.id)
        for authority in authorities:
            yield Draft(ImposedBy(since=since), ref, EntityMention(authority, organ=True), record=thing.id)


def _number(thing: Thing) -> str | None:
    """The number under which the authority keeps it."""
    numbers = thing.all("authorityId") or thing.all("recordId") or thing.all("unscId")
    return numbers[0] if len(numbers) == 1 else None


def _decision(row: Row) -> str | None:
    """As the sanction of a row is numbered, once it is taken."""
    try:
        thing = read(row)
    except SourceError:
        return None
    return _number(thing) or exact_id(thing.id)


def _sanctioned(row: Row, whole: FtmFile) -> Iterator[PartyMention]:
    """Whom a row would sanction that was not taken; one that is over sanctions nobody."""
    try:
        thing = read(row)
    except SourceError:
        return
    if thing.schema == "Sanction" and not _not_in_force(thing):
        yield from (whole.parties[key] for key in thing.all("entity") if key in whole.parties)


def _not_in_force(thing: Thing) -> str | None:
    return next((s for s in thing.all("status") if NOT.search(s.lower()) or s.lower().startswith(OVER)), None)


def _unclear(thing: Thing) -> bool:
    return any(not word.lower().startswith(STANDS) for word in thing.all("status"))


READERS: dict[str, Callable[[Thing, FtmFile], Iterator[Draft]]] = {
    **dict.fromkeys(("Person", *FTM_KINDS), _entity),
    **dict.fromkeys(EDGE_FACTS, _edge),
    **dict.fromkeys(DOCUMENTS, _identification),
    "Address": _address,
    "Sanction": _sanction,
}


SOURCE = SourceDescription(
    id="ftm",
    exact_records=True,
    title="FollowTheMoney entities",
    title_zh="FollowTheMoney 实体",
    owner="third party, as the file's datasets say",
    mode="delta",
    coverage="whatever the file holds",
    licence="as the file's provider says",
    trust="reference",
    files=(
        SourceFile(
            pattern="*",
            columns=("id", "schema", "properties"),
            drafts=drafts,
            prepare=prepare,
            subjects=_sanctioned,
            decided_in=_decision,
            fields={
                "id": "known as ftm:entity; relationships name their ends by it",
                "schema": "Company, Organization, PublicBody, LegalEntity (an entity whose kind is not told), Person; "
                "Ownership, Control, Directorship, Employment, Membership, UnknownLink (only 分支机构, 供应商), "
                "Sanction, Address, Identification, Passport. Family and Associate are rejected, so is any other",
                "caption": "the name, when it is one of the names or there is none; else the first name",
                "referents": "ids under which it was known before it was merged",
                "datasets": "who says so, when properties.publisher does not",
                "last_seen": "day for which the row speaks; else last_change",
                "properties.name": "see caption; other names and aliases are not loaded. Without one a person is named by "
                "firstName, middleName and lastName (Chinese: the family name first), or by alias or weakAlias",
                "properties.previousName": "former names",
                "properties.uscCode": "credit code, when its check digit is right",
                "properties.registrationNumber": "also taxNumber, idNumber: a credit code or register number, when "
                "jurisdiction or country is cn; numbers of other countries are not loaded",
                "properties.ticker": "stock code, with its exchange: 600001.SH",
                "properties.classification": f"kind, when it is one of {', '.join(ENTITY_KINDS)}; else by code and schema",
                "properties.legalForm": "registered form",
                "properties.status": "registration status; else the day of dissolution. Of a sanction: one that is "
                f"over or under dispute ({', '.join(OVER)}, …) needs an endDate that has passed",
                "properties.incorporationDate": "day of registration",
                "properties.capital": "registered capital, in properties.currency",
                "properties.sector": "industry",
                "properties.address": "address of an entity; FtM does not tell a registered one from others",
                "properties.addressEntity": "the Address rows of the same file; those of persons are not kept",
                "properties.number": "of a person's document: masked; a valid Chinese id number identifies, hashed. "
                "So does idNumber of a Person",
                "properties.notes": "why an identity or owners are not told, when a note begins with these words as our "
                "export has them; others are not loaded",
                "properties.startDate": "first day; a year or month alone, or several days, are unknown",
                "properties.endDate": "last day; of a year or month the last one, of several the latest",
                "properties.percentage": "25, 25-50, >25 (25 belongs to it); several: from the least to the greatest",
                "properties.ownershipType": "none or direct: a shareholding; others: an interest of another sort",
                "properties.role": "post. Of a Directorship: our own terms and some others tell legal "
                "representative, principal, supervisor and manager; all others are directors",
                "properties.controlType": "kind of interest",
                "properties.authority": "organ of a sanction; its program is the title, provisions the content, "
                "reason the facts found, authorityId (else recordId, unscId) the number, listingDate the day of "
                "publication",
            },
        ),
    ),
)
