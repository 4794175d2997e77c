"""Statements of the Beneficial Ownership Data Standard 0.4, as a JSON array or JSON lines (source `bods`).

A statement says how one record stood on one day: of an entity, of a person, or of the interests of a party in an
entity. What registers of other countries publish is for reference here, never a trigger.

- Records are known by publisher and `recordId` (scheme `bods:record`), for two publishers may use one id. An entity is
  also known by a credit code or, of a Chinese one, a register number; a person by a valid Chinese id number, hashed.
- A later statement of a record is a new version. What an earlier one says and the next one of the same file no longer
  does, ended with the day from which the next interest of its kind runs, else with the day of the next statement. So
  did what a closed record still holds without an endDate. An endDate is the first day after.
- A share held directly is a shareholding. Board members and senior managers hold posts. All other interests, also
  shares held indirectly or not said to be direct, keep their kind as another interest (`HAS_INTEREST_IN`): the records
  through which they are held (`isComponent`) are facts of their own, and nothing is counted twice.
- That owners are not told, and why, is kept as a statement about the entity: it is not the same as no data. Nobody is
  invented for it. A person or entity who is known to be there and is not named is one of its own, without a name.
- Rings of owners and entities that hold their own shares are kept as they are.
"""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from graph_model.errors import SourceError
from graph_model.exchange import (
    BODS_INTERESTS,
    BODS_POSTS,
    BODS_REASONS,
    BODS_VERSION,
    BODS_WORDS,
    ENTITY_KINDS,
    NAMELESS,
    USCC_NAME,
    bounds,
    chinese_codes,
    exact_id,
)
from graph_model.identifiers import citizen_id_faults, mask_id, normalise_code, uscc_kind
from graph_model.schema import HasInterestIn, HoldsSharesIn, Profile, RegisteredAt, Relationship
from loaders.drafts import (
    AddressMention,
    Draft,
    EntityMention,
    PartyMention,
    PersonMention,
    Row,
    SourceDescription,
    SourceFile,
)
from loaders.reading.values import fault, parse_date, whole_at_most

BODS_SCHEME = "bods:record"
_ENTITY_TYPES = {"stateBody": "public_body", "state": "public_body", "arrangement": "other"}
_CORRECT = "Correct it at the source."

InterestTerm = tuple[str, str, str, str, int]
"""One run of an interest: kind, directness, subject, interested party, and its place among equal ones."""


class Version(NamedTuple):
    """One statement of a relationship record: its day and the first days of its interests."""

    order: tuple[str, int]
    day: date
    terms: dict[InterestTerm, date | None]


class BodsFile(NamedTuple):
    """What only the whole file tells."""

    parties: dict[str, PartyMention]
    """recordId → who it is."""
    versions: dict[str, list[Version]]
    """recordId of a relationship → its statements, in order."""


class BodsStatement(NamedTuple):
    """One BODS statement."""

    row: Row
    record: str
    kind: str
    day: date
    details: dict[str, Any]

    def fault(self, name: str, reason: str, *, code: str = "bad-value", todo: str = _CORRECT) -> SourceError:
        """A fault of one field of the record; nothing is quoted."""
        return fault(self.row, f"recordDetails.{name}", reason, code=code, todo=todo)

    def object(self, name: str) -> dict[str, Any]:
        """A part of the record that is an object; {} when it is not there."""
        found = self.details.get(name)
        if found is not None and not isinstance(found, dict):
            raise self.fault(name, "is no object", code="bad-json")
        return found or {}

    def objects(self, name: str) -> list[dict[str, Any]]:
        """A part of the record that is a list of objects."""
        found = self.details.get(name) or []
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise self.fault(name, "is no list of objects", code="bad-json")
        return found

    def day_of(self, within: dict[str, Any], name: str) -> date | None:
        """A date of the record."""
        try:
            return parse_date(str(within.get(name) or "")[:10])
        except ValueError as e:
            raise self.fault(name, str(e)) from e


def read(row: Row) -> BodsStatement:
    """The statement of a row."""
    record, kind, stated = row.need("recordId"), row.need("recordType"), row.need("statementDate")
    try:
        day = parse_date(stated[:10])
    except ValueError as e:
        raise fault(row, "statementDate", str(e), todo=_CORRECT) from e
    if day is None:
        raise fault(row, "statementDate", "is no date", todo=_CORRECT)
    details = _object(row, "recordDetails")
    version = _object(row, "publicationDetails").get("bodsVersion") if row.get("publicationDetails") else None
    if version not in (None, BODS_VERSION):
        raise fault(row, "publicationDetails", f"is not of BODS {BODS_VERSION}", code="wrong-version")
    return BodsStatement(row, record, kind, day, details)


def _object(row: Row, name: str) -> dict[str, Any]:
    try:
        found = json.loads(row.need(name))
    except ValueError as e:
        raise fault(row, name, "is no JSON object", code="bad-json", todo="Export it again.") from e
    if not isinstance(found, dict):
        raise fault(row, name, "is no JSON object", code="bad-json", todo="Export it again.")
    return found


# --- the whole file ---------------------------------------------------------------------------------------


def prepare(rows: Iterator[Row]) -> BodsFile:
    """Who is who, and how each relationship went on."""
    parties: dict[str, PartyMention] = {}
    versions: dict[str, list[Version]] = {}
    for row in rows:
        try:
            said = read(row)
            if said.kind in ("entity", "person"):
                if said.record not in parties:
                    parties[said.record] = _party(said)
            elif said.kind == "relationship":
                terms = {term: said.day_of(interest, "startDate") for term, interest in _terms(said)}
                order = (row.need("statementDate"), row.line)
                versions.setdefault(said.record, []).append(Version(order, said.day, terms))
        except SourceError:
            continue  # its own row is rejected for it
    for series in versions.values():
        series.sort()
    return BodsFile(parties, versions)


def _publisher(row: Row) -> str:
    if not row.get("publicationDetails"):
        return ""
    publisher = _object(row, "publicationDetails").get("publisher")
    return str(publisher.get("name") or publisher.get("url") or "") if isinstance(publisher, dict) else ""


def _party(said: BodsStatement) -> PartyMention:
    own = (BODS_SCHEME, exact_id(f"{_publisher(said.row)}|{said.record}"))
    numbers = said.objects("identifiers")
    if said.kind == "person":
        codes = [normalise_code(str(n.get("id") or "")) or "" for n in numbers]
        valid = list(dict.fromkeys(code for code in codes if not citizen_id_faults(code)))
        strong = (("cn-id", valid[0]),) if len(valid) == 1 else ()
        return PersonMention(_person_name(said), (*strong, own))
    jurisdiction = str(said.object("jurisdiction").get("code") or "")
    chinese = jurisdiction.split("-")[0].upper() == "CN"
    ids = [
        str(n.get("id") or "")
        for n in numbers
        if chinese or str(n.get("scheme") or "").startswith("CN-") or n.get("schemeName") == USCC_NAME
    ]
    codes = chinese_codes(ids, chinese=True)
    uscc = next((value for scheme, value in codes if scheme == "uscc"), None)
    form = said.object("entityType")
    details, sort = form.get("details"), str(form.get("type") or "")
    kind = details if details in ENTITY_KINDS else (uscc_kind(uscc) if uscc else None) or _ENTITY_TYPES.get(sort)
    name = said.details.get("name") or NAMELESS.get(sort)
    if not name:
        raise said.fault("name", "is empty, but required", code="missing-value", todo="Fill it in.")
    return EntityMention(str(name), (*codes, own), kind=kind)


def _person_name(said: BodsStatement) -> str:
    names = [n for n in said.objects("names") if n.get("fullName")]
    first = next((n for n in names if n.get("type") in (None, "legal")), next(iter(names), None))
    name = first["fullName"] if first else NAMELESS.get(str(said.details.get("personType")))
    if not name:
        raise said.fault("names", "is empty, but required of a known person", code="missing-value", todo="Fill it in.")
    return str(name)


def _terms(said: BodsStatement) -> Iterator[tuple[InterestTerm, dict[str, Any]]]:
    """The interests of a relationship, told apart. A relationship without any is one whose kind is not known."""
    subject, holder = (json.dumps(said.details.get(name)) for name in ("subject", "interestedParty"))
    seen: dict[tuple[str, str, str, str], int] = {}
    for interest in said.objects("interests") or [{}]:
        kind = str(interest.get("type") or "unknownInterest")
        term = (kind, str(interest.get("directOrIndirect") or "unknown"), subject, holder)
        seen[term] = place = seen.get(term, -1) + 1
        yield (*term, place), interest


# --- rows → facts -----------------------------------------------------------------------------------------


def drafts(row: Row, whole: BodsFile) -> Iterator[Draft]:
    """What one statement says."""
    said = read(row)
    reader = {"entity": _entity, "person": _person, "relationship": _relationship}.get(said.kind)
    if reader is None:
        raise fault(row, "recordType", "is no entity, person or relationship", code="unknown-code", todo=_CORRECT)
    if row.get("recordStatus") not in (None, "new", "updated", "closed"):
        raise fault(row, "recordStatus", "is none of new, updated, closed", code="unknown-code", todo=_CORRECT)
    for draft in reader(said, whole):
        yield Draft(draft.fact, draft.start, draft.end, draft.record, data_date=said.day, owner=_owner(row))


def _owner(row: Row) -> str | None:
    """Who asserts it; else who publishes it."""
    asserted = _object(row, "source").get("assertedBy") if row.get("source") else None
    names = [str(a["name"]) for a in asserted or () if isinstance(a, dict) and a.get("name")]
    return "; ".join(names) or _publisher(row) or None


def _same(said: BodsStatement, whole: BodsFile) -> PartyMention:
    """Who the record is: checked once more here, so that a row that cannot be read is rejected with its own reason."""
    here = _party(said)
    party = whole.parties.get(said.record, here)
    if type(party) is not type(here):
        raise fault(
            said.row,
            "recordType",
            "is a person in one statement and no person in another of the same record",
            code="contradiction",
            todo=_CORRECT,
        )
    return party


def _withheld(said: BodsStatement, name: str) -> dict[str, Any]:
    reason = said.object(name).get("reason")
    if reason is not None and reason not in BODS_REASONS:
        raise said.fault(f"{name}.reason", "is no reason of BODS", code="unknown-code")
    return {"undisclosed": reason, "undisclosed_note": said.object(name).get("description")}


def _entity(said: BodsStatement, whole: BodsFile) -> Iterator[Draft]:
    party, form = _same(said, whole), said.object("entityType")
    now = _party(said)
    details = form.get("details")
    dissolved = said.day_of(said.details, "dissolutionDate")
    yield Draft(
        Profile(
            name=None if now.name in NAMELESS.values() else now.name,
            kind=now.kind if isinstance(now, EntityMention) else None,
            legal_form=str(details) if details and details not in ENTITY_KINDS else None,
            status=f"dissolved {dissolved}" if dissolved else None,
            established_on=said.day_of(said.details, "foundingDate"),
            **_withheld(said, "unspecifiedEntityDetails"),
        ),
        party,
        record=said.record,
    )
    for address in said.objects("addresses"):
        if address.get("type") == "registered" and (text := str(address.get("address") or "").strip()):
            yield Draft(RegisteredAt(), party, AddressMention(text))


def _person(said: BodsStatement, whole: BodsFile) -> Iterator[Draft]:
    party, now = _same(said, whole), _party(said)
    former = [str(n["fullName"]) for n in said.objects("names") if n.get("type") == "former" and n.get("fullName")]
    numbers = [str(n["id"]) for n in said.objects("identifiers") if n.get("id")]
    yield Draft(
        Profile(
            name=None if now.name in NAMELESS.values() else now.name,
            former_names=former or None,
            id_masked=mask_id(numbers[0]) if numbers else None,
            **_withheld(said, "unspecifiedPersonDetails"),
        ),
        party,
        record=said.record,
    )


def _relationship(said: BodsStatement, whole: BodsFile) -> Iterator[Draft]:
    subject = _end(said, whole, "subject")
    if not isinstance(subject, EntityMention):
        raise said.fault("subject", "is a person, and must be an entity")
    holder = said.details.get("interestedParty")
    if isinstance(holder, dict):
        if (reason := holder.get("reason")) not in BODS_REASONS:
            raise said.fault("interestedParty.reason", "is no reason of BODS", code="unknown-code")
        note = Profile(owners_undisclosed=reason, undisclosed_note=holder.get("description"))
        yield Draft(note, subject, record=said.record)
        return
    party = _end(said, whole, "interestedParty")
    for term, interest in _terms(said):
        since, ended = said.day_of(interest, "startDate"), said.day_of(interest, "endDate")
        if since and ended and ended < since:
            raise said.fault("endDate", "is before startDate", code="contradiction")
        begun, over = _run(said, whole, term, since)
        fact = _interest(said, term, interest).model_copy(update={"since": since, "until": ended or over})
        # A run that begins later is another one; one whose dates or share are corrected is a new version.
        record = "|".join((said.record, *term[:2], str(term[4]), begun.isoformat() if begun else ""))
        yield Draft(fact, party, subject, record=record)


def _end(said: BodsStatement, whole: BodsFile, name: str) -> PartyMention:
    key = said.details.get(name)
    if isinstance(key, dict):
        raise said.fault(name, "is not told: there is no entity that this could be said of", code="unknown-party")
    if not isinstance(key, str) or key not in whole.parties:
        raise said.fault(
            name,
            "is the record of nobody in this file",
            code="unknown-party",
            todo="Put the statement about the entity or person into the same file.",
        )
    return whole.parties[key]


def _run(
    said: BodsStatement, whole: BodsFile, term: InterestTerm, since: date | None
) -> tuple[date | None, date | None]:
    """How an interest went on by later statements: (the first day that it has in the end, when it was over)."""
    order = (said.row.need("statementDate"), said.row.line)
    later = [v for v in whole.versions.get(said.record, ()) if v.order > order]
    for version in later:
        if term not in version.terms:
            return since, version.day
        begins = version.terms[term]
        if begins and since and begins > since:
            return since, begins  # another run; an earlier first day, or none, is a correction
        since = begins
    return since, said.day if said.row.get("recordStatus") == "closed" and not later else None


def _interest(said: BodsStatement, term: InterestTerm, interest: dict[str, Any]) -> Relationship:
    kind, directness = term[:2]
    if kind not in BODS_INTERESTS:
        raise said.fault("interests.type", "is no type of interest of BODS", code="unknown-code")
    if directness not in ("direct", "indirect", "unknown"):
        raise said.fault("interests.directOrIndirect", "is none of direct, indirect, unknown", code="unknown-code")
    details = str(interest["details"]) if interest.get("details") else None
    word, _, post = (details or "").partition(": ")
    if word in BODS_WORDS and BODS_WORDS[word][0] == kind:
        own = BODS_WORDS[word][1]
        return own.model_validate({"post": post or None} if "post" in own.model_fields else {})
    beneficial = interest.get("beneficialOwnershipOrControl")
    if beneficial not in (None, True, False):
        raise said.fault("interests.beneficialOwnershipOrControl", "is neither true nor false")
    share = _share(said, interest)
    if kind == "shareholding" and directness == "direct":
        return HoldsSharesIn(beneficial=beneficial, **share)
    if kind in BODS_POSTS and directness != "indirect":
        post = details or ("board chair" if kind == "boardChair" else None)
        return BODS_POSTS[kind].model_validate({"post": post})
    components = [str(c) for c in said.details.get("componentRecords") or ()]
    return HasInterestIn.model_validate(
        {
            "interest": kind,
            "directness": directness,
            "beneficial": beneficial,
            "details": details,
            "components": components or None if directness == "indirect" else None,
            **share,
        }
    )


def _share(said: BodsStatement, interest: dict[str, Any]) -> dict[str, Any]:
    """The closed interval that holds every share that the statement allows."""
    stated = interest.get("share") or {}
    if not isinstance(stated, dict):
        raise said.fault("interests.share", "is no object", code="bad-json")
    try:
        found = {name: whole_at_most(Decimal(str(value))) for name, value in stated.items() if value is not None}
    except InvalidOperation as e:
        raise said.fault("interests.share", "is no number") from e
    if unknown := set(found) - {"exact", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"}:
        raise said.fault("interests.share", f"has an unknown part: {min(unknown)}", code="unknown-code")
    lows = [found[n] for n in ("exact", "minimum", "exclusiveMinimum") if n in found]
    highs = [found[n] for n in ("exact", "maximum", "exclusiveMaximum") if n in found]
    low, high = max(lows, default=None), min(highs, default=None)
    above, below = found.get("exclusiveMinimum"), found.get("exclusiveMaximum")
    empty = (above is not None and high is not None and above >= high) or (
        below is not None and low is not None and below <= low
    )
    if empty or any(part < 0 for part in found.values()) or (low is not None and high is not None and low > high):
        raise said.fault("interests.share", "is below 0, or contradicts itself", code="contradiction")
    return bounds(low, high)


SOURCE = SourceDescription(
    id="bods",
    exact_records=True,
    title="Beneficial ownership statements (BODS 0.4)",
    title_zh="受益所有权声明(BODS 0.4)",
    owner="third party, as the statements say",
    mode="delta",
    coverage="whatever the file holds",
    licence="as the publisher says",
    trust="reference",
    files=(
        SourceFile(
            pattern="*",
            columns=("statementId", "statementDate", "recordId", "recordType", "recordDetails"),
            drafts=drafts,
            prepare=prepare,
            fields={
                "statementDate": "day for which the row speaks",
                "publicationDetails": "bodsVersion must be 0.4; the publisher is part of what a record is known by",
                "source": "assertedBy: who says so; else the publisher",
                "declarationSubject": "not loaded, nor declaration and annotations",
                "recordId": "known as bods:record, with its publisher",
                "recordType": "entity, person, relationship",
                "recordStatus": "new, updated; closed: an interest without endDate is over on the day of the statement",
                "recordDetails.isComponent": "a component is loaded like any other record",
                "recordDetails.componentRecords": "kept with the indirect interest",
                "recordDetails.entityType": "kind; its details are the registered form",
                "recordDetails.name": "name; an anonymous or unknown entity has none. alternateNames are not loaded",
                "recordDetails.names": "legal name, else the first; former ones as former names; others not loaded",
                "recordDetails.identifiers": "Chinese credit codes and register numbers; numbers of persons masked, a "
                "valid Chinese id number also hashed; other numbers are not loaded",
                "recordDetails.foundingDate": "day of registration; it may be rounded to the first of a month",
                "recordDetails.dissolutionDate": "as registration status",
                "recordDetails.addresses": "registered addresses of entities; others, and those of persons, are not "
                "loaded",
                "recordDetails.unspecifiedPersonDetails": "why a person is not named; unspecifiedEntityDetails likewise",
                "recordDetails.birthDate": "not loaded, nor nationalities, tax residencies and political exposure",
                "recordDetails.subject": "entity in which the interest is held",
                "recordDetails.interestedParty": "who holds it; or the reason why that is not told",
                "recordDetails.interests": "type, directOrIndirect, beneficialOwnershipOrControl (not of posts), "
                "details, startDate (it may be rounded), endDate; share: the closed interval from exact, minimum, "
                "exclusiveMinimum to exact, maximum, exclusiveMaximum",
            },
        ),
    ),
)
