"""What is wrong with a mapping that its shape alone cannot say: names that nothing bears, codes that do not exist."""

import difflib
from collections.abc import Iterator
from typing import get_args

from graph_model.identifiers import normalise_code, uscc_faults
from graph_model.rules import load_codes, load_pack
from graph_model.rules.model import ListClass
from graph_model.schema import SanctionKind
from loaders.mapping.posts import POST_TYPES
from loaders.mapping.shape import (
    AnyFact,
    CredentialFact,
    FileShape,
    Mapping,
    PartyShape,
    PostFact,
    ResponsibleFact,
    SanctionFact,
    Shape,
    TextCell,
    WordsCell,
    cells,
    inside_brackets,
    mentioned,
)
from loaders.sources import SOURCES
from loaders.sources._forms import CAPACITIES

PARTY_KINDS = ("entity", "individual_business", "organ", "person")


CREDENTIALS = ("licence", "honour", "red_list", "grade", "commitment")


BASES = ("finding", "named", "ordered")


ShapeFault = tuple[tuple[int | str, ...], str]


def faults(mapping: Mapping) -> Iterator[ShapeFault]:
    """Where in the mapping, and what."""
    if mapping.id in SOURCES:
        yield ("id",), f"{mapping.id!r} is a source that is built in; choose another id"
    for n, file in enumerate(mapping.files):
        for where, reason in _file_faults(file):
            yield ("files", n, *where), reason


def _file_faults(file: FileShape) -> Iterator[ShapeFault]:
    read = mentioned(file)
    for n, name in enumerate(file.ignore):
        if name in read:
            yield ("ignore", n), f"the column {name!r} is ignored here and read by {read[name][0][1]}"
    for n, name in enumerate(file.may_lack):
        if name not in read and name not in file.ignore:
            yield ("may_lack", n), f"no field reads the column {name!r}"
    for name, party in file.parties.items():
        for where, reason in _party_faults(file, party):
            yield ("parties", name, *where), reason
    for n, fact in enumerate(file.facts):
        for where, reason in _fact_faults(file, fact):
            yield ("facts", n, *where), reason
    used = {name for fact in file.facts for name in fact.names.values()}
    used |= {party.at for party in file.parties.values() if party.at}
    for name in file.parties:
        if name not in used:
            yield ("parties", name), f"no fact names the party {name!r}"


def _party_faults(file: FileShape, party: PartyShape) -> Iterator[ShapeFault]:
    yield from _choice("is", party.is_, PARTY_KINDS)
    person = "person" in (party.is_.values or ())
    if person and party.citizen_id is None and party.number is None and party.at is None:
        yield (
            ("is",),
            "a person is nobody by name alone: give citizen_id or number, or with `at` the party at which he is known",
        )
    if party.several:
        yield from _several_faults(file, party)
    if party.at is not None and (reason := _no_unit(file, party.at)):
        yield ("at",), reason
    if party.uscc is not None and party.uscc.constant and uscc_faults(normalise_code(party.uscc.constant) or ""):
        yield ("uscc",), "is no unified social credit code"


def _several_faults(file: FileShape, party: PartyShape) -> Iterator[ShapeFault]:
    key = "split" if party.split is not None else "brackets"
    if party.is_.constant != "person":
        yield (key,), "is for persons only: brackets and 、 may be part of the name of an entity"
    if party.name.column is None or party.name.codes is not None:
        yield ("name",), f"with {key} has to be a column alone"
    if party.split is not None and (party.citizen_id or party.number):
        yield (key,), "several persons in one cell cannot share a number: leave citizen_id and number out"
    if party.brackets is None:
        return
    parts: list[tuple[Shape, str]] = [(part, key) for part in (file, *file.parties.values()) for key, _ in cells(part)]
    if [one.brackets for one in file.parties.values()].count(party.brackets) > 1 or any(
        party.brackets in dict(cells(part))[key].names for part, key in parts
    ):
        yield ("brackets",), f"{party.brackets!r} is the name of a column, or of other brackets: choose another"


def _no_unit(file: FileShape, name: str) -> str | None:
    if name not in file.parties:
        return f"there is no party {name!r} in this file"
    kinds = file.parties[name].is_.values or ()
    return f"{name!r} is a person, where an entity is needed" if set(kinds) == {"person"} else None


def _lists(*classes: ListClass) -> Iterator[str]:
    """The lists of the rule pack that are of one of these classes, whether anything follows from them or not."""
    return (about.id for about in load_pack().lists if not set(classes).isdisjoint(about.classes))


def _fact_faults(file: FileShape, fact: AnyFact) -> Iterator[ShapeFault]:
    for key, name in fact.names.items():
        if name not in file.parties:
            yield (key,), f"there is no party {name!r} in this file"
        elif key == "by" and set(file.parties[name].is_.values or ()) != {"organ"}:
            yield (key,), f"{name!r} is no organ"
        elif key == "of" and not isinstance(fact, CredentialFact) and (reason := _no_unit(file, name)):
            yield (key,), reason
    yield from _bracket_faults(file, fact)
    codes = load_codes()
    match fact:
        case SanctionFact():
            yield from _choice("kind", fact.kind, get_args(SanctionKind))
            yield from _coded("triggers", fact.triggers, (*codes.triggers, *_lists("black", "watch")))
            yield from _coded("circumstances", fact.circumstances, tuple(codes.circumstances))
            yield from _coded("circumstances_not", fact.circumstances_not, tuple(codes.circumstances))
            yield from _coded("acts", fact.acts, tuple(codes.acts))
            yield from _coded("sectors", fact.sectors, tuple(codes.sectors))
            yield from _choice("severity", fact.severity, tuple(codes.severities), ignored=True)
        case CredentialFact():
            yield from _choice("kind", fact.kind, CREDENTIALS)
            yield from _coded("triggers", fact.triggers, (*codes.triggers, *_lists("red")))
        case ResponsibleFact():
            yield from _choice("capacity", fact.capacity, CAPACITIES)
            yield from _choice("basis", fact.basis, BASES)
            if fact.who in file.parties and set(file.parties[fact.who].is_.values or ()) != {"person"}:
                yield ("who",), f"{fact.who!r} is no person"
        case PostFact():
            yield from _choice("post", fact.post, tuple(POST_TYPES), ignored=True)


def _bracket_faults(file: FileShape, fact: AnyFact) -> Iterator[ShapeFault]:
    """What stands in the brackets behind a person is read by facts about him, and by nothing else."""
    apart = [key for key, name in fact.names.items() if name in file.parties and file.parties[name].several]
    if len(apart) > 1:
        yield (apart[1],), "is the second party of which a cell holds several: a fact can name only one such"
    own = [file.parties[fact.names[key]].brackets for key in apart]
    for key, cell in cells(fact):
        for name in cell.names:
            if name in inside_brackets(file) and name not in own:
                yield (key,), f"{name!r} stands in brackets behind a person whom this fact does not name"


def _choice(key: str, cell: TextCell | None, known: tuple[str, ...], *, ignored: bool = False) -> Iterator[ShapeFault]:
    """`ignored`: a fact can be stated, or left out, without it."""
    yield from _coded(key, cell, known)
    if cell is not None and cell.unknown == "ignore" and not ignored:
        yield (key,), "cannot be ignored: the fact has to say it (unknown: reject)"
    if cell is not None and cell.columns:
        yield (key,), "is one of few words: it cannot be joined from several columns"


def _coded(key: str, cell: TextCell | WordsCell | None, known: tuple[str, ...]) -> Iterator[ShapeFault]:
    if cell is None:
        return
    if cell.values is None:
        yield (key,), f"needs codes (value of the cell → one of {_some(known)}), with unknown: reject or ignore"
        return
    for value in cell.values:
        if value not in known:
            near = difflib.get_close_matches(value, known, 1)
            yield (key,), f"{value!r} is none of {_some(known)}" + (f"; is {near[0]} meant?" if near else "")


def _some(known: tuple[str, ...]) -> str:
    return ", ".join(known) if len(known) <= 25 else f"the {len(known)} codes of the rule pack (creditgraph rules list)"
