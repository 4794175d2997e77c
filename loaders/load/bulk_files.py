"""A first load, the process that writes: who is meant, which statements are new, and the import files.

The store being empty, memory answers what the database would be asked.
"""

import pickle
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np

from graph_model.branches import is_branch_name
from graph_model.hubs import hub_tag
from graph_model.identifiers import uscc_org_code
from graph_model.names import alike_key
from graph_model.record_classes import is_third_party
from graph_model.schema import (
    HUB_DEGREE,
    RELATIONSHIP_BY_TYPE,
    RELATIONSHIPS,
    Entity,
    Fact,
    ImposedOn,
    Organ,
    Person,
    Profile,
    Relationship,
    Statement,
)
from graph_model.schema import NODE_BY_LABEL as NODES
from graph_model.store.connect import Tx
from graph_model.store.keys import Keys
from graph_model.store.settings import Settings
from loaders.drafts import Mention, SourceDescription
from loaders.identity.names_in_passing import NameOrigin, PassingName, joined
from loaders.identity.resolver import (
    CHECKED,
    FIND_CODED_ENTITIES,
    FIND_CODED_PERSONS,
    NewNodes,
    Pairs,
    Resolved,
    Resolver,
    claim_id,
    day_text,
    statement_id,
)
from loaders.load.bulk_format import FACT_TYPES, LIST_DIVIDER, PROFILE, RESOLVED, SAID, SAME, SEQ, column_type, line_of
from loaders.load.bulk_read import Block, Readers, ReadingTask
from loaders.load.engine import ROWS_AT_ONCE, LoadProgress
from loaders.load.files import FileRun
from loaders.load.writer import CONTENT

_RUNS = 20
"""Bits for the place of a run among all of a load."""


CODED_POSTS = frozenset(
    FACT_TYPES.index(RELATIONSHIP_BY_TYPE[kind])
    for kind in (
        "LEGAL_REPRESENTATIVE_OF",
        "PRINCIPAL_OF",
        "DIRECTOR_OF",
        "SUPERVISOR_OF",
        "SENIOR_MANAGER_OF",
        "ACTUAL_CONTROLLER_OF",
    )
)
"""As in FIND_CODED_PERSONS."""


WALKED_TYPES = frozenset(i for i, kind in enumerate(RELATIONSHIPS) if kind.WALK is not None)


CACHED = ("degree", "hub", "hub_tag", "sanctioned", "caches_dirty", "doubts")
"""What is known of a party when all facts are."""


_OF_PARTIES = {name: kind for kind in (Entity, Person, Organ) for name in kind.model_fields}


MADE_WITH = tuple(name for name in _OF_PARTIES if name not in CACHED)


PARTY_COLUMNS = {name: _OF_PARTIES[name] for name in (*MADE_WITH, *CACHED)}
"""Properties of parties, and whose."""


@dataclass
class RunCount:
    """A run's line in the ledger, as far as the import files go."""

    rows_in: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    deferred: list[int] = field(default_factory=list)
    """Places in the file of the rows that are left to the ordinary load."""


class Names(Tx):
    """What the resolver asks an open transaction, answered from what was written so far."""

    def __init__(self) -> None:
        self.seq = SEQ
        self.entities: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
        """Normalised name → key and kind of the entities with an identifier."""
        self.persons: dict[tuple[str, str], set[str]] = {}
        """Key of an entity and name → the persons with an identifier who hold a post there."""

    def run(self, query: str, **parameters: Any) -> list[Any]:
        """What the same query would find."""
        if query is FIND_CODED_ENTITIES:
            return [
                {"name": name, "key": key, "kind": kind, "former": False}
                for name in parameters["names"]
                for key, kind in self.entities.get(name, ())
            ]
        assert query is FIND_CODED_PERSONS
        return [
            {"entity": entity, "name": name, "keys": sorted(self.persons[entity, name])}
            for entity, name in parameters["scopes"]
            if (entity, name) in self.persons
        ]


class Output:
    """One of the import files: its lines, written block by block. Without a line there is no file."""

    def __init__(self, folder: Path, name: str, header: Iterable[str]) -> None:
        self.path = folder / f"{name}.csv"
        self.lines: list[str] = []
        """What is to be written next."""
        self.count = 0
        self.multiline = False
        self._header, self._file = ",".join(header), None

    def flush(self) -> None:
        """Write the lines."""
        if not self.lines:
            return
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", buffering=1 << 20)
            self._file.write(self._header + "\n")
        text = "".join(self.lines)
        self.multiline |= text.count("\n") != len(self.lines) or "\r" in text
        self.count += len(self.lines)
        self.lines.clear()
        self._file.write(text)

    def close(self) -> None:
        """Write what is left."""
        self.flush()
        if self._file:
            self._file.close()


def _header(kind: type[Fact]) -> tuple[str, ...]:
    ends = (":ID",) if kind is Profile else (":START_ID", ":END_ID")
    return (*ends, *(f"{n}:{column_type(kind, n)}" for n in (*RESOLVED, *SAID, *CONTENT[kind], *SAME)))


class Remembering(Resolver):
    """In an empty store there is nothing to look up: all that there is, is known."""

    def _look_up(self, tx: Tx, ids: list[tuple[str, str]]) -> None:
        pass

    def _look_up_numbered(self, tx: Tx, wanted: dict[Mention, Pairs]) -> None:
        pass


class ImportFiles:
    """The files for the import, and what has to be known of what is in them."""

    def __init__(self, folder: Path, settings: Settings, keys: Keys, runs: Iterable[str]) -> None:
        self.folder, self.settings, self.keys = folder, settings, keys
        # Of two files that say the same for the same day, that with the greater run id said it last: writer.Precedence.
        self._places = {run: place for place, run in enumerate(sorted(set(runs)))}
        self.said_last: dict[tuple[type[Relationship] | type[Statement], str], list[str]] = defaultdict(list)
        """Type and run → ids of the facts that another file brought, and that this one said last."""
        self.counts: dict[str, RunCount] = {}
        self.nodes: dict[str, int] = {}
        self.edges: dict[str, int] = {}
        self.empty: dict[tuple[type[Relationship] | type[Statement], str], list[str]] = defaultdict(list)
        ends = (":START_ID", ":END_ID")
        self._parties = Output(
            folder, "Party", (":ID", ":LABEL", *(f"{n}:{column_type(k, n)}" for n, k in PARTY_COLUMNS.items()))
        )
        self._identifiers = Output(
            folder, "Identifier", (":ID", "scheme", "value", "valid:boolean", "org", "called:string[]")
        )
        self._identifies = Output(folder, "IDENTIFIES", (*ends, "policy", "stated", "rec_from:long"))
        self._about = Output(folder, "ABOUT", ends)
        names = ["Statement" if kind is Profile else kind.TYPE for kind in FACT_TYPES]
        self._facts = [Output(folder, name, _header(kind)) for name, kind in zip(names, FACT_TYPES, strict=True)]
        self._former = Output(folder, "FormerName", (":ID", "name_key", "party"))
        self._outputs = [self._parties, self._identifiers, self._identifies, self._about, self._former, *self._facts]
        self._known: dict[tuple[str, str], Resolved] = {}
        self._numbered: set[tuple[str, str]] = set()
        self._names = Names()
        self._numbers = count()  # of all nodes
        self._ids: dict[str, int] = {}  # those of parties and things
        self._seen: dict[int, int] = {}
        self._labels: dict[str, set[str]] = defaultdict(set)
        self._things: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self._name_of: dict[str, str] = {}  # parties: the normalised name with which they were made
        self._made_as: dict[
            str, PassingName
        ] = {}  # name and kind with which they were made, if that is more than the above
        self._called: dict[
            tuple[str, str], tuple[PassingName, NameOrigin]
        ] = {}  # identifiers: the first name in passing
        self._also_called: dict[tuple[str, str], dict[PassingName, NameOrigin]] = {}  # further ones; hardly any has
        self._coded: set[str] = set()
        self._unnamed: list[tuple[str, str | None, str | None]] = []  # known by name only: key, scope, kind
        self._linked: dict[str, str] = {}
        self._views: dict[str, dict[str, Any]] = {}
        self._profiled: set[str] = set()
        self._dirty: set[str] = set()
        self._late: dict[str, dict[str, Any]] = defaultdict(dict)
        self.also_stated: list[dict[str, Any]] = []
        self.joined: dict[str, tuple[str, str]] = {}
        """Party → the one that it is, and the run that says so: put together afterwards."""
        self._sanctioned: set[str] = set()
        self._pairs = array("Q")  # both ends of each walkable fact
        self._made = (folder / "parties.bin").open("wb")
        self._rejected = (folder / "rejected.bin").open("wb")

    def load(
        self, readers: Readers, description: SourceDescription, run: FileRun, progress: LoadProgress | None
    ) -> None:
        """All rows of one file."""
        count = self.counts[run.id] = RunCount()
        part = replace(run.part, prepare=None, dated=None)  # they did what they are for
        told = replace(description, files=(), dated_by=None, numbered_by=None)
        task = ReadingTask(self.settings, told, run.id, run.day, run.partition, part, run.context, run.path)
        task = replace(task, delivery=run.delivery)
        said_by = task.writer().said_by
        if description.partition:
            task = replace(task, description=replace(told, partition=None))
        days: dict[date | None, NameOrigin] = {}
        for block in readers.read(task):
            for other, keep in self._block(description.id, said_by, run.id, block, count).items():
                self.joined[other] = keep, run.id
            for pair, name, day in block.called:
                if day not in days:
                    told = "" if day is None else day_text(day)
                    days[day] = NameOrigin(told, description.trust == "official", description.id, run.id)
                self._call(pair, name, days[day])
            for output in self._outputs:
                output.flush()
            if progress:
                progress(run.name, count.rows_in, count.rejected)

    def _block(self, source: str, said_by: str, run: str, block: Block, counted: RunCount) -> dict[str, str]:
        """Write the rows of a block; returns the parties of which a row gives numbers of two."""
        place = self._places[run]
        resolver = Remembering(source, self.keys.hash, {}, fresh=self._known, numbered=self._numbered)
        refs = block.refs()
        found = resolver.resolve(self._names, refs)
        self._write_nodes(resolver.new)
        places = [found[ref] for ref in refs]
        # As the ordinary load has it: the party as stated, before any name policy, is part of what a statement is.
        stated = [party.stated or party.key for party in places]
        places.append(Resolved(""))  # -1: no end
        stated.append("")
        types = [kind.TYPE for kind in FACT_TYPES]
        facts = zip(*block.facts, strict=True)
        for facts_of_row in block.rows:
            counted.rows_in += 1
            if facts_of_row < 0:
                counted.rejected += 1
                continue
            new: list[tuple[tuple[Any, ...], str]] = []
            later: list[tuple[int, str]] = []
            met: dict[int, int] = {}
            simple = True
            for fact in islice(facts, facts_of_row):
                kind, start, end, record, said, _, version, _, _ = fact
                sid = statement_id(said_by, types[kind], record, (stated[start], stated[end]), said)
                short = int(sid[:16], 16)
                word = version << _RUNS | place
                before = met.get(short, self._seen.get(short))
                if before is None:
                    new.append((fact, sid))
                elif before >> _RUNS != version:
                    simple = False
                elif before < word:
                    later.append((kind, sid))
                else:
                    word = before
                met[short] = word
            if not simple:
                # It says another thing than before, or the same for another day: that makes versions. Whatever is
                # said later of any of its statements has to come after it.
                counted.deferred.append(counted.rows_in - 1)
                self._seen.update(dict.fromkeys(met, -1))
                continue
            self._seen.update(met)
            for kind, sid in later:
                self.said_last[Statement if kind == PROFILE else RELATIONSHIPS[kind], run].append(f"{sid}.{SEQ}")
            if not new:
                counted.duplicate += 1
                continue
            counted.accepted += 1
            for fact, sid in new:
                self._fact(fact, sid, places)
        if block.rejected:
            pickle.dump(block.rejected, self._rejected)
        return resolver.joined

    def _fact(self, fact: tuple[Any, ...], sid: str, places: list[Resolved]) -> None:
        number, at, to, _, _, since, _, columns, more = fact
        kind, start, end = FACT_TYPES[number], places[at], places[to]
        claim = claim_id(kind.TYPE, start.key, end.key, since or None)
        matched = f"{start.match or ''},{start.stated}," if start.stated else ",,"
        matched += f"{end.match or ''},{end.stated}," if end.stated else ",,"
        line = f"{sid}.{SEQ},{sid},{claim},{matched}{columns}"
        place = self._ids[start.key]
        if number == PROFILE:
            node = next(self._numbers)
            self._facts[number].lines.append(f"{node},{line}")
            self._about.lines.append(f"{node},{place}\n")
        else:
            other = self._ids[end.key]
            self._facts[number].lines.append(f"{place},{other},{line}")
            if number in WALKED_TYPES and place != other:
                self._pairs.append(place << 32 | other if place < other else other << 32 | place)
            if kind is ImposedOn:
                self._sanctioned.add(end.key)
            elif number in CODED_POSTS and start.match is None and start.key[0] == "p" and start.key in self._coded:
                self._names.persons.setdefault((end.key, self._name_of[start.key]), set()).add(start.key)
        if more is not None:
            empty, view = more
            for name in empty:
                self.empty[Statement if number == PROFILE else kind, name].append(f"{sid}.{SEQ}")
            if view is not None:
                self._profile(start.key, view)

    def _call(self, pair: tuple[str, str], name: PassingName, said: NameOrigin) -> None:
        """Somebody is called so in passing. Who has another name already is left to `refresh`."""
        key = self._known[pair].key
        made = self._made_as.get(key) or (self._name_of[key], None)
        if name[0] not in (None, made[0]) or name[1] not in (None, made[1]):
            self._dirty.add(key)
        elif name == made:
            name = made  # one in memory is enough
        first = self._called.setdefault(pair, (name, said))
        if first[0] == name:
            if said[:3] > first[1][:3]:
                self._called[pair] = name, said
        else:
            more = self._also_called.setdefault(pair, {})
            if name not in more or said[:3] > more[name][:3]:
                more[name] = said

    def _profile(self, key: str, view: dict[str, Any]) -> None:
        if key in self._profiled:  # of several, the newest and most official word counts
            self._dirty.add(key)
            return
        self._profiled.add(key)
        if "name" not in view and view["former_names"]:  # unless one of them is the name that it has
            self._dirty.add(key)
        if view.get("name_key", self._name_of[key]) == self._name_of[key]:
            view.pop("name_key", None)
            view.pop("name_alike", None)
            view.pop("initials", None)
        else:
            self._dirty.add(key)
        if view["former_names"] is None:
            del view["former_names"]
        for name in ("kind", "status", "region"):
            if isinstance(view.get(name), str):
                view[name] = sys.intern(view[name])
        if view:
            self._views[key] = view

    def _write_nodes(self, new: NewNodes) -> None:
        self._keep_parties(new)
        self._keep_labels(new)
        for row in new.identifiers:
            if row["stated"]:
                self._linked[row["stated"]] = row["party"]
        for label, things in new.things.items():
            for key, row in things.items():
                there = self._things[label].setdefault(key, row)
                if there is row:
                    self._ids[key] = next(self._numbers)
                elif there.get("title") is None and row.get("title") is not None:
                    there["title"] = row["title"]

    def _keep_parties(self, new: NewNodes) -> None:
        """Parties that are new: what is asked of them later stays in memory, the rest goes to a file."""
        made = []
        for label, rows in new.parties.items():
            for row in rows:
                key, name = row["key"], row["name_key"]
                self._ids[key] = next(self._numbers)
                self._name_of[key] = name
                if (made_as := (row["name"], row.get("kind"))) != (name, None):
                    self._made_as[key] = made_as
                if row["coded"]:
                    self._coded.add(key)
                    if label == "Entity":
                        self._names.entities[name].append((key, row.get("kind")))
                elif label != "Organ":
                    self._unnamed.append((key, row.get("scope"), row.get("kind")))
                if label == "Organ" and is_third_party(row["name"] or ""):
                    self._dirty.add(key)
                made.append((label, tuple(map(row.get, MADE_WITH))))
        if made:
            pickle.dump(made, self._made)

    def _keep_labels(self, new: NewNodes) -> None:
        """What is told of parties after they were made: that they are something else too, that they have a number."""
        self.also_stated += new.also_stated
        for label, more in new.labels.items():
            for key in more:
                if label == "Entity" and label not in self._labels[key]:
                    if key in self._coded:
                        self._names.entities[self._name_of[key]].append((key, None))
                    else:
                        self._unnamed.append((key, None, None))
                self._labels[key].add(label)
        for key, told in new.late.items():
            self._late[key].update(told)
            if told.get("coded") and key not in self._coded:
                self._coded.add(key)
                if "Entity" in self._labels[key]:
                    self._names.entities[self._name_of[key]].append((key, None))

    # -- the end --------------------------------------------------------------------------------------------

    def close(self) -> list[str]:
        """Write the nodes with what they cache; the arguments of the import."""
        self._mark_links()
        self._mark_doubts()
        degrees = self._degrees()
        self._write_parties(degrees)
        self._write_identifiers()
        for key in self._coded.intersection(self._views) - self._dirty:
            self._former.lines += [f"{next(self._numbers)},{line_of((name, key))}\n" for name in self._former_of(key)]
        for label, rows in self._things.items():
            self._write_things(label, rows, degrees)
        self._rejected.close()
        arguments = ["--id-type=integer", "--array-delimiter=U+001F", "--bad-tolerance=0"]
        arguments += [f"--report-file={self.folder / 'report.txt'}"]
        for output in self._outputs:
            output.close()
            if output.count:
                name = output.path.stem
                node = name in NODES
                (self.nodes if node else self.edges)[name] = output.count
                labels = "" if output is self._parties else f"{name}="  # parties have theirs in a column
                arguments.append(f"--{'nodes' if node else 'relationships'}={labels}{output.path}")
        if any(output.multiline for output in self._outputs):
            arguments.append("--multiline-fields=true")
        return arguments

    def rejected(self) -> Iterator[list[dict[str, Any]]]:
        """The rows that were not taken, as they came."""
        return _pickled(self.folder / "rejected.bin")

    def _degrees(self) -> list[int]:
        pairs = np.unique(np.frombuffer(self._pairs, np.uint64))
        ends = np.concatenate((pairs >> np.uint64(32), pairs & np.uint64(0xFFFFFFFF))).astype(np.int64)
        return np.bincount(ends, minlength=next(self._numbers)).tolist()

    def _write_parties(self, degrees: list[int]) -> None:
        self._made.close()
        key_at, name_at = MADE_WITH.index("key"), MADE_WITH.index("name")
        for made in _pickled(self.folder / "parties.bin"):
            for label, values in made:
                key = values[key_at]
                number = self._ids[key]
                for told in (self._late.get(key), self._views.get(key)):
                    if told:
                        values = [told.get(name, value) for name, value in zip(MADE_WITH, values, strict=True)]
                labels = LIST_DIVIDER.join(sorted({label, *self._labels[key]})) if key in self._labels else label
                hub = _hub(values[name_at], degrees[number])
                cached = (*hub, key in self._sanctioned, True if key in self._dirty else None, None)
                self._parties.lines.append(f"{number},Party{LIST_DIVIDER}{labels},{line_of((*values, *cached))}\n")
            self._parties.flush()

    def _write_identifiers(self) -> None:
        for (scheme, value), found in self._known.items():
            node, called = next(self._numbers), None
            if first := self._called.get((scheme, value)):
                called = joined((), (first, *self._also_called.get((scheme, value), {}).items()))
            valid = True if scheme in CHECKED else None
            org = uscc_org_code(value) if scheme == "uscc" else None
            self._identifiers.lines.append(f"{node},{line_of((scheme, value, valid, org, called))}\n")
            policy = f"{found.policy},{found.stated}" if found.stated else ","
            self._identifies.lines.append(f"{node},{self._ids[found.key]},{policy},{SEQ}\n")
            if len(self._identifies.lines) >= ROWS_AT_ONCE:
                self._identifiers.flush()
                self._identifies.flush()

    def _write_things(self, label: str, rows: dict[str, dict[str, Any]], degrees: list[int]) -> None:
        names = list(NODES[label].model_fields)
        output = Output(self.folder, label, (":ID", *(f"{n}:{column_type(NODES[label], n)}" for n in names)))
        self._outputs.append(output)
        for key, row in rows.items():
            number = self._ids[key]
            if label == "Address":
                cached = dict(zip(CACHED, _hub(row["name"], degrees[number]), strict=False))
                row = {**row, **cached, "caches_dirty": None}
            elif label == "Sanction":
                row = {**row, "dirty": True}
            output.lines.append(f"{number},{line_of(map(row.get, names))}\n")

    def _former_of(self, key: str) -> set[str]:
        """Names that an entity bore before, normalised, as far as one profile tells."""
        view = self._views.get(key, {})
        return view.get("borne", set()) - {view.get("name_key", self._name_of[key])}

    def _mark_links(self) -> None:
        """Whoever is known by name only and stands elsewhere than `refresh` would have it is left to it."""
        bearers: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
        former: set[str] = set()
        for every in self._names.entities.values():
            for key, kind in every:
                view = self._views.get(key, {})
                bearers[view.get("name_key", self._name_of[key])].append((key, view.get("kind", kind)))
                for name in self._former_of(key):
                    bearers[name].append((key, view.get("kind", kind)))
                    former.add(name)
        around: dict[tuple[str, str], list[tuple[bool, str]]] = defaultdict(list)
        for key, scope, kind in self._unnamed:
            view = self._views.get(key, {})
            name = view.get("name_key", self._name_of[key])
            if scope is not None:
                entity = self._linked.get(scope, scope)
                around[entity, name].append((scope != entity, key))
            elif coded := bearers.get(name):
                one = coded[0][0] if len(coded) == 1 and coded[0][1] != "individual_business" else None
                own = view.get("kind", kind) == "individual_business"
                # All links here are by the names with which parties were made: which of them are former ones, it says.
                if self._linked.get(key, key) != (key if one is None or own else one) or name in former:
                    self._dirty.add(key)
        for (entity, name), named in around.items():
            holders = self._names.persons.get((entity, name), ())
            target = next(iter(holders)) if len(holders) == 1 else min(named)[1]
            self._dirty.update(key for _, key in named if self._linked.get(key, key) != target)

    def _mark_doubts(self) -> None:
        """Bodies that share a name or an organisation code and are not all told apart by credit codes, and those that are
        branches by their names: `refresh` looks.
        """
        bearers: dict[str, list[str]] = defaultdict(list)
        entities = (key for every in self._names.entities.values() for key, _ in every)
        for key in {*entities, *(key for key, scope, _ in self._unnamed if scope is None)}:
            name = self._views.get(key, {}).get("name_key", self._name_of[key])
            if is_branch_name(name):
                self._dirty.add(key)
            for one in {name, *self._former_of(key)}:
                bearers[alike_key(one) or one].append(key)
        for found in bearers.values():
            if len(found) > 1 and sum(("uscc", key) in self._numbered for key in found) < len(found):
                self._dirty.update(found)
        first: dict[str, str] = {}
        for (scheme, value), found in self._known.items():
            if scheme in ("uscc", "cn-org"):
                other = first.setdefault(uscc_org_code(value) if scheme == "uscc" else value, found.key)
                if other != found.key:
                    self._dirty.update((other, found.key))


def _hub(name: str | None, degree: int) -> tuple[int, bool, str | None]:
    """The first three of CACHED."""
    tag = hub_tag(name)
    return degree, degree > HUB_DEGREE or tag is not None, tag


def _pickled(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        while True:
            try:
                yield pickle.load(file)
            except EOFError:
                return
