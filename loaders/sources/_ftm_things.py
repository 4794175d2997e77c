"""FtM entities as they stand in a file: their properties, their names, and who is who in the whole of it (for `ftm.py`)."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from msgspec import structs

from graph_model.errors import SourceError
from graph_model.exchange import (
    ENTITY_KINDS,
    FTM_KINDS,
    chinese_codes,
    exact_id,
)
from graph_model.identifiers import citizen_id_faults, normalise_code, uscc_kind
from graph_model.schema import (
    LegalRepresentativeOf,
    Relationship,
    SeniorManagerOf,
    SupervisorOf,
)
from loaders.drafts import (
    EntityMention,
    Identifiers,
    PartyMention,
    PersonMention,
    Row,
)
from loaders.reading.values import fault, parse_date

FTM_SCHEME = "ftm:entity"
FTM_ROLES: dict[str, type[Relationship]] = {
    **dict.fromkeys(("supervisor", "member of the supervisory board", "监事会主席", "职工监事"), SupervisorOf),
    **dict.fromkeys(("legal representative", "法人代表", "法人"), LegalRepresentativeOf),
    **dict.fromkeys(("general manager", "chief executive officer", "ceo", "总经理", "经理"), SeniorManagerOf),
    **dict.fromkeys(("副总经理", "财务负责人", "董事会秘书"), SeniorManagerOf),
}
"""Roles of a Directorship, in lower case, that are not a director's. Any other role is one, as its schema says."""

OVER = ("inactive", "expired", "suspended", "delisted", "revoked", "terminated", "lifted", "removed", "ended", "former")
OVER += (
    "excluded",
    "cancelled",
    "canceled",
    "annulled",
    "withdrawn",
    "deleted",
    "archived",
    "ceased",
    "closed",
    "repealed",
)
OVER += (
    "disputed",
    "historic",
    "past",
    "zrušen",
    "ukončen",
    "aufgehoben",
    "beendet",
    "abgelaufen",
    "levée",
    "radié",
    "levantad",
)
OVER += ("已移出", "移出", "解除", "撤销", "失效", "终止", "注销", "期满")
"""How a status says that a sanction is over, or under dispute: what the word begins with, in lower case."""
NOT = re.compile(r"\b(not|no longer|non|never|un)\b|^(不再|已不)")
STANDS = (
    "active",
    "in force",
    "in_force",
    "in effect",
    "effective",
    "current",
    "valid",
    "listed",
    "sanctioned",
    "debarred",
    "designated",
)
STANDS += (
    "new",
    "amended",
    "modified",
    "updated",
    "permanent",
    "ongoing",
    "open",
    "blocked",
    "frozen",
    "vigente",
    "gültig",
)
STANDS += ("有效", "生效", "在列", "执行中")
"""How it says that the sanction is in force. Any other word leaves it open."""
RELATIVES = ("Family", "Associate")
DOCUMENTS = ("Identification", "Passport")
FTM_NUMBERS = ("uscCode", "registrationNumber", "taxNumber", "idNumber")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·]{2,}")
_COARSE = re.compile(r"\d{4}(-\d{1,2})?", re.ASCII)
PAIR = re.compile(r"(\d+(?:\.\d+)?)\s*%?(?:\s*(?:-|–|to)\s*(\d+(?:\.\d+)?)\s*%?)?", re.ASCII)
LEAST = re.compile(r"(?:>=?|≥)\s*(\d+(?:\.\d+)?)\s*%?", re.ASCII)
AT_MOST = re.compile(r"(?:<=?|≤)\s*(\d+(?:\.\d+)?)\s*%?", re.ASCII)

_CORRECT = "Correct it at the source."


class FtmFile(NamedTuple):
    """What only the whole file tells."""

    parties: dict[str, PartyMention]
    """FtM id → who it is."""
    addressed: dict[str, list[str]]
    """FtM id of an address → the parties that are there."""
    numbers: dict[str, list[str]]
    """FtM id of a person → the numbers of his documents."""


class Thing(NamedTuple):
    """One FtM entity: its row, and its properties as lists of text."""

    row: Row
    id: str
    schema: str
    properties: dict[str, list[str]]

    def all(self, *names: str) -> list[str]:
        """All values of these properties, in order, each once."""
        return list(dict.fromkeys(v for name in names for v in self.properties.get(name, ())))

    def text(self, name: str) -> str | None:
        """The values of a property as one text."""
        return "; ".join(self.all(name)) or None

    def day(self, name: str) -> date | None:
        """The one day that is stated; None when there is none, only a year or month, or several."""
        try:
            days = {parse_date(value) for value in self.all(name) if not _COARSE.fullmatch(value)}
        except ValueError as e:
            raise fault_of(self.row, name, str(e)) from e
        return next(iter(days)) if len(days) == 1 else None

    def last_day(self, name: str) -> date | None:
        """The last day that an end can mean: of a year or month its last one, of several the latest."""
        days = [self._end_of(name, value) for value in self.all(name)]
        return max((day for day in days if day is not None), default=None)

    def _end_of(self, name: str, value: str) -> date | None:
        try:
            if not _COARSE.fullmatch(value):
                return parse_date(value)
            year, _, month = value.partition("-")
            after = date(int(year) + (month in ("", "12")), int(month or 12) % 12 + 1, 1)
        except ValueError as e:
            raise fault_of(self.row, name, str(e)) from e
        return after - timedelta(days=1)


def fault_of(row: Row, name: str, reason: str, *, code: str = "bad-value", todo: str = _CORRECT) -> SourceError:
    """A fault of one property; nothing is quoted, for `properties` holds everything.

    Args:
        name: of the property.
        reason: what is wrong.
        code: the kind of fault.
        todo: what to do.
    """
    return fault(row, f"properties.{name}", reason, code=code, todo=todo)


def read(row: Row) -> Thing:
    """The entity of a row."""
    key, schema = row.need("id"), row.need("schema")
    try:
        values = json.loads(row.need("properties"))
    except ValueError as e:
        raise fault(row, "properties", "is no JSON object", code="bad-json", todo="Export it again.") from e
    properties: dict[str, list[str]] = {}
    for name, value in values.items() if isinstance(values, dict) else [("", None)]:
        items = value if isinstance(value, list) else [value]
        if not name or not all(isinstance(item, str | int | float) for item in items):
            raise fault_of(row, name or "all", "is no list of texts", code="bad-json", todo="Export it again.")
        properties[name] = [text for item in items if (text := str(item).strip())]
    return Thing(row, key, schema, properties)


def prepare(rows: Iterator[Row]) -> FtmFile:
    """Who is who, which parties are at an address, and the numbers of persons' documents."""
    parties: dict[str, PartyMention] = {}
    addressed: dict[str, list[str]] = {}
    numbers: dict[str, list[str]] = {}
    for row in rows:
        try:
            thing = read(row)
        except SourceError:
            continue  # its own row is rejected for it
        if thing.schema in DOCUMENTS:
            for holder in thing.all("holder"):
                numbers.setdefault(holder, []).extend(thing.all("number"))
        elif (thing.schema == "Person" or thing.schema in FTM_KINDS) and (name := name_of(thing)):
            for address in thing.all("addressEntity"):
                addressed.setdefault(address, []).append(thing.id)
            if thing.id in parties:
                continue
            # Under these ids it was known before it was merged: so it stays one party.
            own = tuple((FTM_SCHEME, exact_id(key)) for key in (thing.id, *_referents(row)))
            if thing.schema == "Person":
                parties[thing.id] = PersonMention(name, own)
                numbers.setdefault(thing.id, []).extend(thing.all("idNumber"))
            else:
                parties[thing.id] = _entity_ref(thing, name, own)
    alone = Counter(key for party in parties.values() for scheme, key in party.identifiers if scheme == FTM_SCHEME)
    for key, party in parties.items():
        # An id that two have was one's before, or is the other's again: it tells nobody.
        mine = (FTM_SCHEME, exact_id(key))
        ids = tuple(pair for pair in party.identifiers if pair[0] != FTM_SCHEME or pair == mine or alone[pair[1]] == 1)
        party = parties[key] = structs.replace(party, identifiers=ids)
        if isinstance(party, PersonMention):
            codes = (normalise_code(number) or "" for number in numbers.get(key, ()))
            valid = list(dict.fromkeys(code for code in codes if not citizen_id_faults(code)))
            if len(valid) == 1:  # several would make one person of two
                parties[key] = PersonMention(party.name, (("cn-id", valid[0]), *party.identifiers))
    return FtmFile(parties, addressed, numbers)


def name_of(thing: Thing) -> str | None:
    """The caption when it is one of the names or there is none, else the first name; a person's may come in parts."""
    caption, names = thing.row.get("caption"), thing.all("name")
    if caption in names:
        return caption
    if names:
        return names[0]
    if thing.schema != "Person":
        return None
    first, middle, last = ([*thing.all(name), ""][0] for name in ("firstName", "middleName", "lastName"))
    last = last or [*thing.all("fatherName"), ""][0]
    whole = last + first if _HAN.fullmatch(last + first) else " ".join(filter(None, (first, middle, last)))
    if first and last:
        return whole
    told = caption if caption not in (None, thing.id, thing.schema) else None
    return told or whole or next(iter(thing.all("alias", "weakAlias", "previousName")), None)


def _entity_ref(thing: Thing, name: str, own: Identifiers) -> EntityMention:
    chinese = "cn" in [v.lower() for v in thing.all("jurisdiction", "country", "mainCountry")]
    codes = chinese_codes(thing.all("uscCode"), chinese=True) + chinese_codes(thing.all(*FTM_NUMBERS), chinese=chinese)
    stocks = [("stock", t) for t in thing.all("ticker") if re.fullmatch(r"\d{6}\.(SH|SZ|BJ)", t, re.ASCII)]
    found = tuple(dict.fromkeys((*codes, *stocks)))
    uscc = next((value for scheme, value in found if scheme == "uscc"), None)
    stated = next((kind for kind in thing.all("classification") if kind in ENTITY_KINDS), None)
    kind = stated or (uscc_kind(uscc) if uscc else None) or FTM_KINDS[thing.schema]
    return EntityMention(name, (*found, *own), kind=kind)


def _referents(row: Row) -> list[str]:
    return [key for key in texts_of(row, "referents") if key != row.get("id")]


def texts_of(row: Row, field: str) -> list[str]:
    """The texts of a field that holds a JSON list; none where it holds something else."""
    try:
        found = json.loads(row.get(field) or "[]")
    except ValueError:
        return []
    return [str(name) for name in found] if isinstance(found, list) else []
