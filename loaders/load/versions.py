"""Which version of a statement is believed: of several words on one record the greater counts, and none is lost.

Rows of one file that say otherwise of one record are versions too: the later line counts, the other one stays as a closed
version. A penalty may have several **parts**, each with a row of its own under one
number: those of one file are believed side by side, and a newer file takes the place of all of them.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any, NamedTuple

from msgspec import Struct

from graph_model import cypher
from graph_model.schema import FOREVER, Fact, ImposedOn, Relationship, Statement
from graph_model.store.connect import Tx
from loaders.identity.resolver import hashed


class Precedence(NamedTuple):
    """When something was said: of two words on one record, the greater one counts.

    Files of one day and delivery are in no order. Which of them counts is then decided by the hash in their run ids:
    for no reason, but always for the same one, in whatever order they are loaded.
    """

    day: date
    """For which it was said; the first there is: unknown, older than any."""
    file: date
    """For which its file speaks; that of the row, if the file does not tell."""
    delivery: int
    run: str

    def told(self) -> dict[str, Any]:
        """Properties of a fact that was said so; None: as the fact's day tells it."""
        file = self.file if self.file != self.day else None
        return {"file_date": file, "delivery": self.delivery if self.delivery > 1 else None}


def precedence_of(props: dict[str, Any]) -> Precedence:
    """When a version that is in the graph was said last."""
    day = (props.get("seen_on") or [props.get("data_date")])[-1]
    return _precedence(day, props.get("file_date"), props.get("delivery"), props.get("seen_in") or props["run"])


def _precedence(day: Any, file: Any, delivery: int | None, run: str) -> Precedence:
    """As the graph has it."""
    spoken = day.to_native() if day else date.min
    return Precedence(spoken, file.to_native() if file else spoken, delivery or 1, run)


class Believed(NamedTuple):
    """The version of a statement that is believed now."""

    fact_id: str
    content: str
    snapshot: date | None
    absent: date | None
    word: Precedence
    """The newest that said so."""
    parts: int = 1
    """How many parts its record has had at the most; told by the first part."""


class PlacedFact(NamedTuple):
    """A fact whose parties are found."""

    kind: Any
    props: dict[str, Any]
    start: str
    end: str | None
    ends: tuple[str, str]
    """Both as stated, before any name policy."""


class Spoken(Struct, frozen=True, gc=False):
    """What one row says of one statement."""

    row: int
    """Place of the row in its batch."""
    fact: PlacedFact
    word: Precedence
    known: bool
    """Whether the graph may hold a version."""
    parts: bool
    """Whether rows of one file that say otherwise are parts."""
    older: str | None
    """The id that the statement had before spellings were one."""


@dataclass
class Said:
    """What the rows of a batch say alike of one statement."""

    first: Spoken
    words: list[Precedence]
    """When they say so, oldest first."""
    place: int
    """Of the first of these rows."""

    @property
    def word(self) -> Precedence:
        """When they said so last."""
        return self.words[-1]

    @property
    def digest(self) -> str:
        """The hash of what they say."""
        return self.first.fact.props["digest"]


def _said_already(mine: list[Said], one: Spoken) -> Said | None:
    """What earlier rows of a batch say like this one: of parts any, else only what they said last."""
    digest = one.fact.props["digest"]
    if one.parts:
        return next((said for said in mine if said.digest == digest), None)
    now = max(mine, key=lambda said: (said.word, said.place))
    return now if now.digest == digest else None


def may_have_parts(kind: type[Fact], said: dict[str, Any]) -> bool:
    """Whether rows under one number may be parts of one decision, and stand side by side: of all else the later counts."""
    return kind is ImposedOn and said["kind"] == "penalty"


def part_id(statement: str, part: int) -> str:
    """The id of a part; that of the first is the statement's own."""
    return statement if part == 0 else hashed(f"{statement}\x1fpart\x1f{part}")


class Plan:
    """What a batch changes."""

    def __init__(self) -> None:
        self.seen: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        self.created: dict[type[Relationship] | type[Statement], list[dict[str, Any]]] = defaultdict(list)
        self.closed: dict[Any, list[str]] = defaultdict(list)
        self.contradicted: dict[Any, list[str]] = defaultdict(list)
        """Versions that stay, against a file of the same day and delivery."""
        self.parts: dict[Any, dict[str, int]] = defaultdict(dict)
        """Facts that are first parts → how many there are."""
        self.contested: set[int] = set()
        """Places of the rows of which another file of the same day and delivery says otherwise."""
        self.touched: set[str] = set()
        self.rows: set[int] = set()
        """Places of the rows that said anything new."""
        self.accepted = 0


@dataclass
class Versions:
    """Decides for one batch."""

    partition: str | None
    data_date: date | None
    planned: dict[str, Believed] | None
    """When nothing is written: what earlier batches would have written."""

    def plan(self, tx: Tx, said: list[Spoken]) -> Plan:
        """Which facts are new, which supersede a believed version, which are there already."""
        groups: dict[str, list[Said]] = defaultdict(list)
        for place, one in enumerate(said):
            mine = groups[one.fact.props["statement_id"]]
            same = _said_already(mine, one) if mine else None
            if same is None:
                mine.append(Said(one, [one.word], place))
            elif one.word > same.word:
                same.words.append(one.word)
        believed = self._believed(tx, said)
        plan = Plan()
        for sid, mine in groups.items():
            decide = self._decide_parts if mine[0].first.parts else self._decide
            decide(_Group(plan, tx.seq, sid, believed.get(sid, {})), mine)
        plan.accepted = len(plan.rows)
        return plan

    def _believed(self, tx: Tx, said: list[Spoken]) -> dict[str, dict[int, Believed]]:
        """Statement → its parts that are believed, by their number; what is no part is the first."""
        asked: dict[Any, dict[str, tuple[str, int]]] = defaultdict(dict)
        for one in said:
            if one.known:
                sid = one.fact.props["statement_id"]
                asked[one.fact.kind][sid] = sid, 0
                if one.older is not None:
                    asked[one.fact.kind].setdefault(one.older, (sid, 0))
        found = self._read(tx, asked)
        more: dict[Any, dict[str, tuple[str, int]]] = defaultdict(dict)
        for one in said:
            sid = one.fact.props["statement_id"]
            if one.parts and (first := found.get(sid, {}).get(0)) is not None:
                more[one.fact.kind] |= {part_id(sid, n): (sid, n) for n in range(1, first.parts)}
        for sid, parts in self._read(tx, more).items():
            found[sid] |= parts
        return found

    def _read(self, tx: Tx, asked: dict[Any, dict[str, tuple[str, int]]]) -> dict[str, dict[int, Believed]]:
        found: dict[str, dict[int, Believed]] = defaultdict(dict)
        for kind, ids in asked.items():
            rows = tx.run(cypher.believed(kind), ids=list(ids), forever=FOREVER)[0]["found"] if ids else ()
            for id, fact_id, content, snapshot, absent, day, file, delivery, run, parts in rows:
                sid, part = ids[id]
                days = (one.to_native() if one else None for one in (snapshot, absent))
                word = _precedence(day, file, delivery, run)
                if id == part_id(sid, part) or part not in found[sid]:
                    found[sid][part] = Believed(fact_id, content, *days, word, parts or 1)
            planned = self.planned or {}
            for id, (sid, part) in ids.items():
                if id in planned:
                    found[sid][part] = planned[id]
        return found

    # --- of one record ----------------------------------------------------------------------------------------

    def _decide(self, group: "_Group", mine: list[Said]) -> None:
        """The greater word counts, of one file the later line. All are written: what is not believed as a closed version."""
        for one in mine:
            before = group.slots.get(0)
            if before is not None and self._same(one, before):
                self._again(group, one, 0)
            else:
                self._write(group, one, 0, before)

    def _decide_parts(self, group: "_Group", mine: list[Said]) -> None:
        """All that the newest file says of a record are its parts, and nothing else is."""
        slots = group.slots
        newest = max([*(s.word for s in mine), *(b.word for b in slots.values())])
        left: list[Said] = []
        for one in mine:
            same = next((n for n, before in slots.items() if self._same(one, before)), None)
            # The first part is never the one that is missing: by it the others are found.
            first = slots.get(0)
            if same is None or (same > 0 and one.word == newest and first is not None and first.word < newest):
                left.append(one)
            else:
                self._again(group, one, same)
        old = sorted(n for n, before in slots.items() if before.word < newest)
        for one in left:
            if one.word < newest:
                self._write(group, one, 0, None, late=True)
            elif old:
                n = old.pop(0)
                self._write(group, one, n, slots[n])
            else:
                n = next(n for n in range(len(slots) + 1) if n not in slots)
                self._write(group, one, n, None)
        for n in old:
            group.close(mine[0].first.fact.kind, n)
            del slots[n]
        group.count_parts(mine[0].first.fact.kind)

    def _same(self, one: Said, before: Believed) -> bool:
        return one.digest == before.content and not self._back(before)

    def _back(self, before: Believed) -> bool:
        """Whether it is absent from an older snapshot than this one: then it is back, and that is a new version."""
        return before.absent is not None and self.data_date is not None and self.data_date >= before.absent

    def _write(self, group: "_Group", one: Said, part: int, before: Believed | None, *, late: bool = False) -> None:
        """A new version; whether it is believed from now on."""
        plan, spoken, words = group.plan, one.first, one.words
        kind, props, start, end, _ = spoken.fact
        plan.rows.add(spoken.row)
        props["statement_id"] = part_id(group.sid, part)
        props["fact_id"] = group.new_id(props["statement_id"])
        props["rec_from"], props["rec_to"] = group.seq, group.seq if late else FOREVER
        if len(words) > 1:
            props |= words[-1].told()
            props["seen_on"], props["seen_at"] = [w.day for w in words[1:]], [group.seq] * (len(words) - 1)
        if self.partition is not None:
            props["partition"], props["in_snapshot"] = self.partition, self.data_date
        if before is not None:
            word = words[-1]
            if before.content == props["digest"]:  # back in a snapshot; the newest day for which it was said stays
                if word < before.word:
                    words.append(before.word)
                    day = before.word.day if before.word.day > date.min else None
                    props |= {"data_date": day, **before.word.told(), "seen_in": before.word.run}
                    props.pop("seen_on", None), props.pop("seen_at", None)
                group.close(kind, part)
            else:
                contested = word[:3] == before.word[:3] and word.run != before.word.run
                if contested:
                    plan.contested.add(spoken.row)
                if word < before.word:  # it comes late: kept, but never the present view
                    props["rec_to"] = group.seq
                    if contested:
                        plan.contradicted[kind].append(before.fact_id)
                else:
                    if contested:
                        props["contested"] = True
                    group.close(kind, part)
        row: dict[str, Any] = {"start": start, "props": props}
        if end is not None:
            row["end"] = end
        plan.created[kind].append(row)
        plan.touched.update(key for key in (start, end) if key)
        if props["rec_to"] == FOREVER:
            now = Believed(props["fact_id"], props["digest"], props.get("in_snapshot"), None, words[-1])
            group.slots[part] = now._replace(parts=before.parts if before else 1)
            group.made[part] = props
            self._remember(group, part)

    def _again(self, group: "_Group", one: Said, part: int) -> Believed:
        """Note of a statement that says the same again: a later day, a later snapshot, a later file."""
        plan, before, word = group.plan, group.slots[part], one.word
        newer = word.day if word.day > before.word.day else None
        snapshot = before.snapshot
        if self.partition is not None and self.data_date is not None:
            snapshot = max(filter(None, (before.snapshot, self.data_date)))
        if word <= before.word and snapshot == before.snapshot:
            return before
        last = {**word.told(), "seen_in": word.run} if word > before.word else None
        kind = one.first.fact.kind
        plan.seen[kind].append({"id": before.fact_id, "day": newer, "snapshot": snapshot, "last": last})
        if newer or snapshot != before.snapshot:
            plan.touched.update(key for key in (one.first.fact.start, one.first.fact.end) if key)
        group.slots[part] = before._replace(snapshot=snapshot, word=max(word, before.word))
        self._remember(group, part)
        return group.slots[part]

    def _remember(self, group: "_Group", part: int) -> None:
        if self.planned is not None:
            self.planned[part_id(group.sid, part)] = group.slots[part]


@dataclass
class _Group:
    """What is known of one record while a batch decides on it."""

    plan: Plan
    seq: int
    sid: str
    slots: dict[int, Believed]
    """Its parts that are believed; what is no part is the first."""
    made: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Parts that this batch makes: their properties."""
    ids: set[str] = field(default_factory=set)

    def new_id(self, statement: str) -> str:
        """Of a version. Several of one batch are told apart."""
        fact = next(f for n in count() if (f := f"{statement}.{self.seq}{f'-{n}' if n else ''}") not in self.ids)
        self.ids.add(fact)
        return fact

    def close(self, kind: Any, part: int) -> None:
        """A part is believed no longer: one that this batch makes is closed from the beginning."""
        if part in self.made:
            self.made[part]["rec_to"] = self.seq
        else:
            self.plan.closed[kind].append(self.slots[part].fact_id)

    def count_parts(self, kind: Any) -> None:
        """By the first part the others are found."""
        first = self.slots.get(0)
        most = max([1, *(n + 1 for n in self.slots), *(b.parts for b in self.slots.values())])
        if first is None or most == 1:
            return
        self.slots[0] = first._replace(parts=most)
        if 0 in self.made:
            self.made[0]["parts"] = most
        elif most > first.parts:
            self.plan.parts[kind][first.fact_id] = most
