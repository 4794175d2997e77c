"""Which two persons of a graph may be one? Evidence, blocks and a score; the judgement is a human's.

Pure: it works on lists of records, gathered elsewhere by one query. The score is nothing but the sum of the points of
`PARTS` that apply, and the answer lists each of them. How often a name is borne is told as a count and is no part of
the score. A pair is proposed from `PROPOSE_FROM` points on: agreeing names (2 at the most) never suffice, so a frequent
name costs and says nothing by itself.

Whoever has two different valid id numbers is two persons: such a pair is never proposed, whatever else agrees.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, combinations, groupby
from typing import NamedTuple

from graph_model.names import Agreement, Name, agreement, han_readings, parse_name

PROPOSE_FROM = 4
"""Points from which on a pair is proposed."""

BOARD_NAME_PLACES = 20
"""A name with more places than this (entities of each who bears it, added up) says nothing of two boards."""

MOST_BOARD_NAMES = 3
"""So many further names that stand at both entities count."""

MOST_IN_BLOCK = 200
"""A block (one name, one thing that agrees) of more persons is not compared, but told."""


class Part(NamedTuple):
    """One measure: its points, and what it says."""

    points: int
    zh: str
    en: str


PARTS: dict[str, Part] = {
    "same_name": Part(2, "姓名相同", "the names are written alike"),
    "alias": Part(2, "一方姓名为另一方的别名或曾用名", "one bears the other's name as a second or former one"),
    "other_script": Part(1, "姓名繁简转换后相同", "the names are alike once traditional characters are simplified"),
    "latin_reading": Part(1, "拉丁字母姓名与拼音相符", "a name in Latin letters can be the other's pinyin"),
    "representative_and_address": Part(
        4, "均任法定代表人且注册地址相同", "legal representatives of two entities that are registered at one address"
    ),
    "same_entity": Part(3, "在同一单位任职或持股", "both have a post or shares in one entity"),
    "near_entity": Part(2, "所在单位直接关联", "their entities are directly related, or to one and the same entity"),
    "address": Part(2, "所在单位注册地址相同", "their entities are registered at one address"),
    "shared_board": Part(
        2, "两单位另有同名人员(每名)", "further names that stand at both their entities, for each up to three"
    ),
    "birth_year": Part(1, "出生年份相符", "the years of birth agree"),
    "region": Part(1, "地区相同", "the same region"),
    "told_apart": Part(-3, "同一来源分列两人", "one source knows them under two ids of its own"),
    "listed_together": Part(-4, "同一来源同时在同一单位分列", "one source lists both at one entity at one time"),
    "id_digits": Part(-6, "脱敏证件号码不符", "what both id numbers show differs"),
    "birth_year_differs": Part(-6, "出生年份不符", "the years of birth differ"),
    "sex_differs": Part(-6, "性别不符", "the sexes differ"),
}
"""Every measure that there is. Below zero: a reason against."""

_NAME_PARTS: dict[Agreement, str] = {
    "same": "same_name",
    "script": "other_script",
    "alias": "alias",
    "reading": "latin_reading",
}


class Tie(NamedTuple):
    """A post or shareholding of a person, as one source states it; dates half-open, None unknown."""

    entity: str
    source: str
    since: date | None = None
    until: date | None = None
    represents: bool = False


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """What is known of one person node.

    `names`: current first, then former ones. `id_hashes`: of valid id numbers. `own_ids`: (scheme, value) under which
    a source itself tells persons apart. `id_mask`: an id number of 18 characters with hidden ones as `*`.
    `born`: first and last year of birth that are possible.
    """

    key: str
    names: tuple[str, ...]
    ties: tuple[Tie, ...] = ()
    id_hashes: frozenset[str] = frozenset()
    own_ids: frozenset[tuple[str, str]] = frozenset()
    id_mask: str | None = None
    born: tuple[int, int] | None = None
    sex: str | None = None


@dataclass(frozen=True, slots=True)
class EntityRecord:
    """What is known of an entity: `addresses` that are no hubs, `near` the directly related entities that are none."""

    key: str
    region: str | None = None
    addresses: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    hub: bool = False


class Reason(NamedTuple):
    """One part that applies. `count`: how many things agree. `keys`: of the entities or addresses that do, some."""

    part: str
    points: int
    count: int = 1
    keys: tuple[str, ...] = ()


class Pair(NamedTuple):
    """Two persons who may be one; `a` < `b`. `bearers`: how many persons of this graph bear the more frequent name."""

    a: str
    b: str
    score: int
    reasons: tuple[Reason, ...]
    bearers: int


class Skipped(NamedTuple):
    """A block that was too large to compare: the name, and how many persons stand in it."""

    name: str
    persons: int


class ComparedPairs(NamedTuple):
    """Pairs, highest score first, and what was not compared."""

    pairs: list[Pair]
    skipped: list[Skipped]


class Frequency(NamedTuple):
    """How often a form of a name stands in the whole graph."""

    persons: int
    places: int


def frequencies(rows: Iterable[tuple[Sequence[str], int]]) -> dict[str, Frequency]:
    """Form of a name → how often it stands, from (names of a person, number of his entities)."""
    persons: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for names, entities in rows:
        for form in frozenset().union(*(parse_name(n).forms for n in names)):
            persons[form] += 1
            places[form] += entities
    return {form: Frequency(n, places[form]) for form, n in persons.items()}


def candidates(
    persons: Sequence[PersonRecord],
    entities: Iterable[EntityRecord],
    *,
    party: str | None = None,
    frequency: Mapping[str, Frequency] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ComparedPairs:
    """The pairs that reach `PROPOSE_FROM`, each once.

    Args:
        party: only pairs with this person.
        frequency: of the whole graph, where `persons` are only a part of it.
        progress: told (names done, names in all).
    """
    world = _World(persons, entities, frequency)
    wanted: set[tuple[int, int]] = set()
    skipped: dict[str, int] = {}
    groups = world.groups(party)
    for number, (token, group) in enumerate(groups):
        if number % 2000 == 0:
            progress(number, len(groups))
        for block in world.blocks(group):
            if len(block) > MOST_IN_BLOCK:
                skipped[token] = max(skipped.get(token, 0), len(block))
            else:
                wanted.update(combinations(block, 2))
    wanted.update(world.board_pairs())
    progress(len(groups), len(groups))
    pairs = []
    for i, j in wanted:
        if party is None or party in (persons[i].key, persons[j].key):
            pair = world.compare(i, j)
            if pair is not None and pair.score >= PROPOSE_FROM:
                pairs.append(pair)
    pairs.sort(key=lambda p: (-p.score, p.a, p.b))
    return ComparedPairs(pairs, [Skipped(token.removeprefix("~"), n) for token, n in sorted(skipped.items())])


def compared(
    persons: Sequence[PersonRecord],
    entities: Iterable[EntityRecord],
    one: str,
    other: str,
    *,
    frequency: Mapping[str, Frequency] | None = None,
) -> Pair | None:
    """The score of two persons with its reasons, proposed or not; None when nothing lets them be one person: their
    names do not agree, or they have different id numbers.

    Args:
        persons: the two, and with them all whose names are counted.
        entities: the bodies at which they hold posts.
        one, other: keys of the two.
        frequency: of the whole graph, where `persons` are only a part of it.
    """
    world = _World(persons, entities, frequency)
    index = {p.key: n for n, p in enumerate(persons)}
    return world.compare(index[one], index[other])


def tokens(names: Iterable[Name], latin: frozenset[str] | None = None) -> frozenset[str]:
    """Under what a person is looked for: forms of his names, and readings behind `~`.

    Args:
        latin: the readings that count, those of names in Latin letters; None: all.
    """
    names = list(names)
    forms = frozenset().union(*(n.forms for n in names))
    readings = frozenset().union(*(n.readings for n in names))
    if latin is None or latin:
        han = frozenset(chain.from_iterable(map(han_readings, forms)))
        readings |= han if latin is None else han & latin
    return forms | {f"~{reading}" for reading in readings}


# --- one set of records -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Person:
    """A record with what every comparison asks of it."""

    key: str
    record: PersonRecord
    names: tuple[Name, ...]
    forms: frozenset[str]
    tokens: frozenset[str]
    entities: frozenset[str]
    around: frozenset[str]
    addresses: dict[str, set[str]]
    represents_at: dict[str, set[str]]
    regions: frozenset[str]


class _World:
    """Records with their indexes. A person is a number here: its place in the list."""

    def __init__(
        self,
        persons: Sequence[PersonRecord],
        entities: Iterable[EntityRecord],
        frequency: Mapping[str, Frequency] | None,
    ) -> None:
        self.entities = {e.key: e for e in entities}
        names = [tuple(parse_name(n) for n in p.names) for p in persons]
        latin = frozenset(chain.from_iterable(n.readings for some in names for n in some))
        self.persons = [self._person(p, some, latin) for p, some in zip(persons, names, strict=True)]
        self.frequency = frequency if frequency is not None else self._frequency()
        self.at: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, person in enumerate(self.persons):
            for entity in person.entities:
                for token in person.tokens:
                    self.at[entity][token].append(number)
        self.boards = self._boards()

    def _person(self, record: PersonRecord, names: tuple[Name, ...], latin: frozenset[str]) -> _Person:
        known = {t.entity: self.entities[t.entity] for t in record.ties if t.entity in self.entities}
        # At an entity with a thousand people two of one name are two people, as a rule: it proves nothing.
        usable = {key: e for key, e in known.items() if not e.hub}
        represented = {t.entity for t in record.ties if t.represents}
        addresses: dict[str, set[str]] = defaultdict(set)
        represents_at: dict[str, set[str]] = defaultdict(set)
        for key, entity in known.items():
            for address in entity.addresses:
                addresses[address].add(key)
                if key in represented:
                    represents_at[address].add(key)
        regions = {e.region for e in known.values() if e.region}
        return _Person(
            key=record.key,
            record=record,
            names=names,
            forms=frozenset().union(*(n.forms for n in names)),
            tokens=tokens(names, latin),
            entities=frozenset(usable),
            around=frozenset(usable).union(*(e.near for e in usable.values())),
            addresses=dict(addresses),
            represents_at=dict(represents_at),
            regions=frozenset(regions),
        )

    def _frequency(self) -> dict[str, Frequency]:
        return frequencies((p.record.names, len({t.entity for t in p.record.ties})) for p in self.persons)

    def _rare(self, token: str) -> bool:
        """Whether two boards that share this name share something that few do. A reading is no name."""
        return not token.startswith("~") and self.frequency[token].places <= BOARD_NAME_PLACES

    def _boards(self) -> dict[tuple[str, str], frozenset[str]]:
        """Two entities at which two names or more stand alike → those of them that are rare."""
        order = sorted(self.at)
        number = {key: n for n, key in enumerate(order)}
        places: dict[str, list[int]] = defaultdict(list)
        for key in order:
            for token in self.at[key]:
                if self._rare(token):
                    places[token].append(number[key])
        # As plain numbers, sorted: a dictionary of millions of pairs would not fit.
        met = sorted(x * len(order) + y for some in places.values() for x, y in combinations(some, 2))
        boards = {}
        for packed, _ in groupby(met):
            x, y = (order[n] for n in divmod(packed, len(order)))
            common = self.at[x].keys() & self.at[y].keys()
            if len(common) > 1:
                boards[x, y] = frozenset(filter(self._rare, common))
        return boards

    # -- blocks -------------------------------------------------------------------------------------------

    def groups(self, party: str | None) -> list[tuple[str, list[int]]]:
        """Persons by what they are looked for, where there are several."""
        found: dict[str, list[int]] = defaultdict(list)
        only = None if party is None else frozenset().union(*(p.tokens for p in self.persons if p.key == party))
        for number, person in enumerate(self.persons):
            for token in person.tokens if only is None else person.tokens & only:
                found[token].append(number)
        return [(token, group) for token, group in found.items() if len(group) > 1]

    def blocks(self, group: Sequence[int]) -> Iterator[list[int]]:
        """Those of a group who agree in something besides the name."""
        found: dict[object, list[int]] = defaultdict(list)
        for number in group:
            for context in self._contexts(self.persons[number]):
                found[context].append(number)
        return (block for block in found.values() if len(block) > 1)

    @staticmethod
    def _contexts(person: _Person) -> Iterator[object]:
        yield from (("entity", e) for e in person.around)
        yield from (("address", a) for a in person.addresses)
        if person.record.born:
            first, last = person.record.born
            yield from ((year, region) for year in range(first, last + 1) for region in person.regions)

    def board_pairs(self) -> Iterator[tuple[int, int]]:
        """Those who stand under one name at two entities that share a further, rare one."""
        for (x, y), rare in self.boards.items():
            for token in self.at[x].keys() & self.at[y].keys():
                if rare - {token}:
                    for i in self.at[x][token]:
                        for j in self.at[y][token]:
                            if i != j:
                                yield min(i, j), max(i, j)

    # -- the score ----------------------------------------------------------------------------------------

    def compare(self, i: int, j: int) -> Pair | None:
        """Score and reasons of two persons; None when they cannot be one by name, or have different id numbers."""
        a, b = sorted((self.persons[i], self.persons[j]), key=lambda p: p.key)
        how = agreement(a.names, b.names)
        hashes = a.record.id_hashes, b.record.id_hashes
        if how is None or (all(hashes) and hashes[0].isdisjoint(hashes[1])):
            return None
        name = _NAME_PARTS[how]
        reasons = (Reason(name, PARTS[name].points), *self._places(a, b), *_attributes(a, b))
        often = max(self.frequency[p.names[0].form].persons for p in (a, b))
        return Pair(a.key, b.key, sum(r.points for r in reasons), reasons, often)

    def _places(self, a: _Person, b: _Person) -> Iterator[Reason]:
        if same := a.entities & b.entities:
            yield _reason("same_entity", same)
        elif near := a.around & b.around:
            yield _reason("near_entity", near)
        if at := _two_at_one(a.represents_at, b.represents_at):
            yield _reason("representative_and_address", at)
        elif at := _two_at_one(a.addresses, b.addresses):
            yield _reason("address", at)
        if shared := self._shared_board(a, b):
            count, x, y = shared
            yield Reason("shared_board", PARTS["shared_board"].points * min(count, MOST_BOARD_NAMES), count, (x, y))
        if not same and (regions := a.regions & b.regions):
            yield Reason("region", PARTS["region"].points, len(regions))

    def _shared_board(self, a: _Person, b: _Person) -> tuple[int, str, str] | None:
        """The most further names that stand at an entity of each, and at which two."""
        own = a.forms | b.forms
        best: tuple[int, str, str] | None = None
        for one in a.entities:
            for other in b.entities:
                x, y = (one, other) if one < other else (other, one)
                names = self.boards.get((x, y))
                if names and (count := len(names - own)) and (best is None or (-count, x, y) < (-best[0], *best[1:])):
                    best = count, x, y
        return best


def _reason(part: str, keys: Iterable[str]) -> Reason:
    found = sorted(keys)
    return Reason(part, PARTS[part].points, len(found), tuple(found[:3]))


def _two_at_one(one: dict[str, set[str]], other: dict[str, set[str]]) -> list[str]:
    """Addresses at which each of two persons has an entity, and not only the same one."""
    return [a for a in one.keys() & other.keys() if len(one[a] | other[a]) > 1]


def _attributes(a: _Person, b: _Person) -> Iterator[Reason]:
    """What a source says of the persons themselves, for and against."""
    one, other = a.record, b.record
    found = []
    if one.born and other.born:
        agree = max(one.born[0], other.born[0]) <= min(one.born[1], other.born[1])
        found.append("birth_year" if agree else "birth_year_differs")
    mine, theirs = _by_scheme(one), _by_scheme(other)
    if any(mine[scheme].isdisjoint(theirs[scheme]) for scheme in mine.keys() & theirs.keys()):
        found.append("told_apart")
    if _has_id(one) and _has_id(other) and any(_overlap(s, t) for s in one.ties for t in other.ties):
        found.append("listed_together")
    masks = (one.id_mask or "", other.id_mask or "")
    if list(map(len, masks)) == [18, 18] and any(x != y and "*" not in (x, y) for x, y in zip(*masks, strict=True)):
        found.append("id_digits")
    if one.sex and other.sex and one.sex != other.sex:
        found.append("sex_differs")
    return (Reason(part, PARTS[part].points) for part in found)


def _by_scheme(record: PersonRecord) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for scheme, value in record.own_ids:
        found[scheme].add(value)
    return found


def _has_id(record: PersonRecord) -> bool:
    """A name alone may be listed beside the number of the same person."""
    return bool(record.id_hashes or record.own_ids)


def _overlap(s: Tie, t: Tie) -> bool:
    """Whether one source has both at one entity at one time, as far as its dates tell."""
    if (s.entity, s.source) != (t.entity, t.source):
        return False
    first = max(s.since or date.min, t.since or date.min)
    return first < min(s.until or date.max, t.until or date.max)
