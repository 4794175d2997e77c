"""By which names rows call a party in passing: the bearer of a number, of which they state nothing else.

A penalty, an officer or a court file names a company with its code, and says nothing about it. Such a name is no
statement of its own: one for every party and source would add four nodes to every ten.
It stands on the identifier by which the party was found (`Identifier.called`): for each name and kind the newest day
on which a source said so, and which source and run that was. So it follows the number through merges and splits,
and comes out the same in whatever order the rows come.

`refresh.py` makes the present view of it: a name in passing is the name of a party of which no statement tells one,
and otherwise one of its further names, by which it is found.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, LiteralString, NamedTuple

import msgspec

from graph_model.identifiers import mask_persons_in, name_key, normalise_code
from graph_model.names import is_masked
from graph_model.schema import Profile
from graph_model.store.connect import Tx
from loaders.drafts import Draft, Mention, PartyMention
from loaders.identity.resolver import Pairs, behind

PassingName = tuple[str | None, str | None]
"""(name, kind) as a reference has them; None: not told, or told by a statement of the same row."""

NamesTold = dict[tuple[PartyMention, str | None, str | None], date | None]
"""(who, name, kind) → newest day for which a batch says so."""

NamesByIdentifier = dict[tuple[str, str], dict[PassingName, date | None]]
"""Identifier → names → newest day for which a batch says so."""

READ_CALLED: LiteralString = """
UNWIND $ids AS id
MATCH (i:Identifier {scheme: id[0], value: id[1]})-[:IDENTIFIES]->(p:Party)
USING INDEX SEEK i:Identifier(scheme, value)
RETURN collect([id[0], id[1], p.key, i.called]) AS found
"""

CALLED_BY_RUN: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})<-[:IDENTIFIES]-(i:Identifier)
USING INDEX SEEK p:Party(key)
WHERE any(entry IN i.called WHERE entry CONTAINS $run)
RETURN DISTINCT i.scheme AS scheme, i.value AS value, p.key AS key, i.called AS called
"""

SET_CALLED: LiteralString = """
UNWIND $rows AS row
MATCH (i:Identifier {scheme: row.scheme, value: row.value})
USING INDEX SEEK i:Identifier(scheme, value)
SET i.called = row.called
"""


class NameOrigin(NamedTuple):
    """When, and by whom, a name was said. The later one of two counts, as tuples compare; the run is only shown."""

    day: str
    """YYYY-MM-DD; empty when the source tells no day."""
    official: bool
    source: str
    run: str


def collect_names(drafts: Iterable[Draft], day: date | None, into: NamesTold) -> None:
    """Adds whom the drafts of one row name with a number, without a statement of the row that tells the name (or kind).

    Args:
        day: for which the file speaks.
    """
    told = {d.start: d.fact for d in drafts if isinstance(d.fact, Profile)}
    for draft in drafts:
        said = draft.data_date or day
        for end in (draft.start, draft.end):
            ref = end
            while ref is not None:
                if isinstance(ref, PartyMention) and ref.identifiers and not getattr(ref, "organ", False):
                    name, kind = ref.name, getattr(ref, "kind", None)
                    if told and (fact := told.get(ref)) is not None:
                        name, kind = None if fact.name else name, None if fact.kind else kind
                    key = ref, name, kind
                    into[key] = newer(into.get(key), said)
                ref = behind(ref)


def by_identifier(mentioned: NamesTold, refs: dict[Mention, Pairs]) -> NamesByIdentifier:
    """The mentions of a batch, by the strongest number of each who is named."""
    called: NamesByIdentifier = {}
    for (ref, name, kind), day in mentioned.items():
        pairs = refs[ref]
        if name is not None and not _is_name(name, ref.identifiers):
            name = None
        if name is None and kind is None:
            continue
        names = called.setdefault(pairs[0], {})
        names[name, kind] = newer(names.get((name, kind)), day)
    return called


def newer(day: date | None, other: date | None) -> date | None:
    """The later one of two data dates; an unknown one is older than any."""
    return other if day is None or (other is not None and other > day) else day


def _is_name(name: str, numbers: Iterable[tuple[str, str]]) -> bool:
    """A name that was masked tells nothing, and whoever has no name in a file goes by his number."""
    if is_masked(name) or mask_persons_in(name) != name:
        return False
    number = normalise_code(name) or name
    return all(number != (normalise_code(value) or value) for _, value in numbers)


def note(
    tx: Tx, called: NamesByIdentifier, new: Sequence[dict[str, Any]], official: bool, source: str, run: str
) -> set[str]:
    """Keep what a batch called whom; on identifiers that are created now (`new`), as one more property of theirs.

    Args:
        called: identifier → by which names it was called.
        new: rows of the identifiers that are created now.
        official: whether an official source says so.
        source, run: which source, in which run.

    Returns:
        keys of the parties, known before, of which anything was told that is new.
    """
    if not called:
        return set()
    made = {(row["scheme"], row["value"]): row for row in new}
    known = []
    for pair, names in called.items():
        if pair in made:
            made[pair]["called"] = joined((), _entries(names, official, source, run))
        else:
            known.append(pair)
    changed, rows = set(), []
    found = tx.run(READ_CALLED, ids=[list(pair) for pair in known])[0]["found"] if known else ()
    for scheme, value, key, before in found:
        after = joined(before or (), _entries(called[scheme, value], official, source, run))
        if after != before:
            rows.append({"scheme": scheme, "value": value, "called": after})
            changed.add(key)
    if rows:
        tx.run(SET_CALLED, rows=rows)
    return changed


def _entries(
    names: dict[PassingName, date | None], official: bool, source: str, run: str
) -> Iterator[tuple[PassingName, NameOrigin]]:
    for name, day in names.items():
        yield name, NameOrigin("" if day is None else str(day), official, source, run)


def joined(before: Iterable[str], more: Iterable[tuple[PassingName, NameOrigin]]) -> list[str]:
    """`Identifier.called` with further entries: of each name and kind the newest, in one order."""
    newest = dict(map(read, before))
    for name, said in more:
        if name not in newest or said[:3] > newest[name][:3]:
            newest[name] = said
    return sorted([written(name, said) for name, said in newest.items()])


def written(name: PassingName, said: NameOrigin) -> str:
    """One entry as it stands in the graph: [name, kind, day, official, source, run] in JSON."""
    return msgspec.json.encode((*name, *said)).decode()


def read(entry: str) -> tuple[PassingName, NameOrigin]:
    """The same, back."""
    name, kind, *said = msgspec.json.decode(entry)
    return (name, kind), NameOrigin(*said)


def forget(tx: Tx, keys: Iterable[str], run: str) -> set[str]:
    """What a run called these parties is taken back. Returns the keys of those that it called anything.

    A name that an older row had said before goes with it, until a row says it again.
    """
    rows, changed = [], set()
    for r in tx.run(CALLED_BY_RUN, keys=sorted(keys), run=run):
        left = [entry for entry in r["called"] if read(entry)[1].run != run]
        rows.append({"scheme": r["scheme"], "value": r["value"], "called": left})
        changed.add(r["key"])
    if rows:
        tx.run(SET_CALLED, rows=rows)
    return changed


def add_to_view(view: dict[str, Any], former: set[str], called: Iterable[tuple[str | None, str]]) -> None:
    """Name and kind of a party, where no statement tells them; and its further names.

    Args:
        view, former: what statements make of it.
        called: (the party that brought it by a merge, if one did; entry).
    """
    entries = [(merged, *read(entry)) for merged, entry in called]
    # Newest data first; among equals official before others; the rest only to be the same every time.
    entries.sort(key=lambda e: (str(e[1][0]), str(e[1][1]), e[2].source))
    entries.sort(key=lambda e: e[2][:2], reverse=True)
    for merged, (name, kind), _ in entries:
        if name and not merged:  # whoever stays keeps its own name
            view.setdefault("name", name)
        if kind:
            view.setdefault("kind", kind)
    known = {name_key(name) for name in (*former, *([view["name"]] if "name" in view else []))}
    for _, (name, _), _ in entries:
        if name and name_key(name) not in known:
            known.add(name_key(name))
            former.add(name)
