"""What is asked of every row, whatever its source: does it speak of somebody, are its names names and its days possible?

A name that says who is meant only to whoever masked it would join all who are masked alike: what is said of nobody is left out.
"""

from datetime import date, timedelta

from graph_model.errors import SourceError
from graph_model.identifiers import mask_ids_in, mask_persons_in
from graph_model.list_terms import cannot_stand
from graph_model.names import is_nobody
from graph_model.rules import load_pack
from graph_model.schema import ImposedOn
from loaders.drafts import (
    CredentialMention,
    Draft,
    EntityMention,
    InspectionMention,
    Mention,
    PartyMention,
    PersonMention,
    Row,
    SanctionMention,
    TenderMention,
)

MAX_NAME = 1_000
"""Characters of a name or number. An index takes no more than 8 KB, and would stop the whole load."""

SHORTEST_ID = 15
"""Characters of an id number: 15 or 18. A shorter text holds none."""
SHORTEST_MASKED = 9
"""Characters of a passport. A shorter text holds nothing by which a person is known."""

FOUNDED = date(1949, 10, 1)
"""No decision of an authority is older."""
DECIDED = ("decided_on", "published_on", "act_on", "inspected_on")
"""Days of what has been done: they lie after `FOUNDED` and not in the future."""
OLDEST_HELD, OLDEST = date(1900, 1, 2), date(1500, 1, 1)
"""Nothing that is held, and no body that stands, began before; 1900-01-01 is how some programs write that there is no day."""
YEARS_AHEAD = 10
"""So far ahead something may begin that was decided."""


def about_somebody(row: Row, drafts: list[Draft], named: dict[Mention, None]) -> list[Draft]:
    """The drafts of a row without those about nobody.

    Args:
        named: mentions that have been seen to name somebody.

    Raises:
        SourceError: nothing else is said.
    """
    every = ((d, mention) for d in drafts for mention in (d.start, d.end) if mention is not None)
    nobody = [(d, name) for d, m in every if m not in named and (name := _unnamed(m)) is not None]
    if not nobody:
        return drafts
    left_out = {id(draft) for draft, _ in nobody}
    if kept := [draft for draft in drafts if id(draft) not in left_out]:
        return kept
    name = nobody[0][1]
    raise SourceError(
        "is masked, or a word that stands for a name: nobody is known by it",
        file=row.file,
        line=row.line,
        field=next((field for field, cell in row.values.items() if cell and name in cell), ""),
        value=mask_ids_in(name),
        code="no-identity",
        todo="Give the full name, or the number.",
    )


def _unnamed(mention: Mention | None) -> str | None:
    """The name that is nobody's, where nothing but the name says who is meant."""
    match mention:
        case EntityMention() | PersonMention():
            if not mention.identifiers and is_nobody(mention.name):
                return mention.name
            return _unnamed(mention.scope) if isinstance(mention, PersonMention) else None
        case SanctionMention() | InspectionMention():
            return _unnamed(mention.subject)
        case CredentialMention():
            return _unnamed(mention.holder)
        case TenderMention():
            return _unnamed(mention.purchaser)
    return None


def checked(row: Row, drafts: list[Draft], named: dict[Mention, None], today: date) -> list[Draft]:
    """The drafts of a row that are taken: those about somebody.

    Args:
        named: mentions that have been seen to be right; those of this row are not added.

    Raises:
        SourceError: a name is none, a day cannot be, somebody cannot stand on a list, or nothing is said of anybody.
    """
    drafts = about_somebody(row, drafts, named)
    check_days(row, drafts, today)
    check_subjects(row, drafts)
    for draft in drafts:
        for mention in (draft.start, draft.end):
            if mention is not None and mention not in named:
                check_name(row, mention)
    return drafts


def check_name(row: Row, mention: Mention) -> None:
    """Raises SourceError for what is no name, or nothing that an index could take."""
    if not isinstance(mention, PartyMention):
        texts = [value for value in (getattr(mention, name, None) for name in _NUMBERS) if value]
        _check_length(row, max(map(len, texts), default=0))
        return
    name = mention.name
    if len(name) >= SHORTEST_MASKED and mask_persons_in(name) != name:
        raise SourceError(
            "an id number, a passport or a phone stands where a name belongs",
            file=row.file,
            line=row.line,
            code="misplaced-id",
            todo="Put the columns right at the source.",
        )
    _check_length(row, max(len(name), *(len(value) for _, value in mention.identifiers), 0))


_NUMBERS = ("document_number", "number", "authority")
"""What decisions, certificates, checks and tenders are called by."""


def _check_length(row: Row, length: int) -> None:
    if length > MAX_NAME:
        raise SourceError(
            f"a name or number of more than {MAX_NAME} characters",
            file=row.file,
            line=row.line,
            field=next((field for field, cell in row.values.items() if cell and len(cell) >= length), ""),
            code="too-long",
            todo="Was a whole text put into one cell? Put the columns right at the source.",
        )


def check_subjects(row: Row, drafts: list[Draft]) -> None:
    """Raises SourceError for who cannot stand on a list: a company on one of natural persons, and the reverse."""
    for draft in drafts:
        if isinstance(draft.fact, ImposedOn) and draft.fact.kind == "list_entry" and draft.fact.codes:
            kind = "person" if isinstance(draft.end, PersonMention) else "unit"
            known = load_pack().list_of
            why = next((w for c in draft.fact.codes if c in known and (w := cannot_stand(known[c], kind))), None)
            if why:
                raise SourceError(
                    f"cannot stand on this list: {why}",
                    file=row.file,
                    line=row.line,
                    field=next((f for f, cell in row.values.items() if cell in draft.fact.codes), ""),
                    value="、".join(draft.fact.codes),
                    code="wrong-subject",
                    todo="Correct the kind of party, or the list, at the source.",
                )


def check_days(row: Row, drafts: list[Draft], today: date) -> None:
    """Raises SourceError for a day that cannot be: of a decision before 1949 or after today, of any beginning ages away."""
    tomorrow = today + timedelta(days=1)
    asked = [(name, FOUNDED, tomorrow) for name in DECIDED]
    asked += [("since", OLDEST_HELD, today + timedelta(days=YEARS_AHEAD * 366)), ("established_on", OLDEST, tomorrow)]
    for draft in drafts:
        values = draft.fact.__dict__
        for name, first, last in asked:
            day = values.get(name)
            if day is not None and not first <= day <= last:
                written = (f for f, cell in row.values.items() if cell and str(day.year) in cell)
                when = ("after today" if last == tomorrow else f"after {last}") if day > last else f"before {first}"
                raise SourceError(
                    f"is {day}, {when}: no plausible day of what {'was done' if name in DECIDED else 'began'}",
                    file=row.file,
                    line=row.line,
                    field=next(written, name),
                    value=str(day),
                    code="implausible-day",
                    todo="Correct the day at the source. If the day is unknown, leave the cell empty.",
                )
