"""Masking in one place: what of an answer leaves, by the role of who asks, its openness and whom it tells of.

It works on the JSON that is about to leave, whatever question it answers, and knows nodes and facts by their shape. It takes away and
never says that something is not there: the status of an answer stays, and `X-Withheld` says how many places were taken out of it.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, LiteralString

import msgspec
from starlette.types import Message

from api.http.caller import Caller
from graph_model.access import QuestionRow, RoleRow
from graph_model.schema import PERSONAL, RELATIONSHIPS, Profile
from graph_model.sentences import say, told
from graph_model.store.connect import Graph, today

WITHHELD = "withheld"
"""What stands for the source of a fact that is not shown."""
_OF_PERSONS = frozenset(
    name
    for kind in (Profile, *RELATIONSHIPS)
    for name, field in kind.model_fields.items()
    if name != "name" and isinstance(extra := field.json_schema_extra, dict) and extra["sensitivity"] == PERSONAL.value
)
"""Properties of facts by which somebody may be known; the name of a body is none."""

MINORS: LiteralString = """
MATCH (p:Party) WHERE p.key IN $keys AND p.adult_year >= $year
RETURN p.key AS key
"""


def minors_among(graph: Graph, keys: Iterable[str]) -> set[str]:
    """Who of these is a minor, or comes of age in this year: the day is not kept."""
    asked = sorted(keys)
    return {row["key"] for row in graph.read(MINORS, keys=asked, year=today().year)} if asked else set()


class HeldAnswer:
    """An answer that is held back until something else is done."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.body = bytearray()
        self.status = 500

    async def take(self, message: Message) -> None:
        """Keeps a piece of it."""
        self.messages.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self.body.extend(message.get("body", b""))

    def replace(self, body: bytes, withheld: int) -> None:
        """Another body in its place."""
        start: Message = next(message for message in self.messages if message["type"] == "http.response.start")
        headers: list[tuple[bytes, bytes]] = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        headers += [(b"content-length", b"%d" % len(body)), (b"x-withheld", b"%d" % withheld)]
        self.messages = [{**start, "headers": headers}, {"type": "http.response.body", "body": body}]


def persons_asked_about(answer: Any, question: QuestionRow) -> bool:
    """Whether a natural person is who was asked about, or may be."""
    places = ("party", "parties", "about", *(("candidates",) if question.names else ()))
    if not isinstance(answer, dict):
        return False
    for part in (answer, *_dicts(answer.get("answers"))):
        for place in places:
            found = part.get(place)
            if any(node.get("label") == "Person" for node in _dicts(found if isinstance(found, list) else [found])):
                return True
    return False


def _dicts(values: Any) -> Iterator[dict[str, Any]]:
    return (value for value in values or () if isinstance(value, dict))


def without_persons(answer: dict[str, Any]) -> None:
    """Takes the natural persons out of those who may be meant; whether there were any is not told."""
    answer["candidates"] = stay = [node for node in answer.get("candidates", []) if node.get("label") != "Person"]
    answer["total"] = None
    answer["reason"] = told(say("no_persons"))._asdict()
    answer["complete"] = False
    if not stay and answer.get("status") == "hit":
        answer["status"] = "unknown"


class Mask:
    """What one caller does not see.

    Args:
        minors: who of these keys is a minor.
    """

    def __init__(self, role: RoleRow, who: Caller, minors: Callable[[set[str]], set[str]]) -> None:
        self.role, self.who, self._minors = role, who, minors
        self.withheld = 0
        self._hidden: set[str] = set()
        self._names: set[str] = set()

    @property
    def sees_all(self) -> bool:
        """Whether nothing can be masked for this role."""
        role = self.role
        return role.persons and role.minors and set(role.openness) == {"open", "on_request", "internal"}

    def apply(self, answer: Any) -> Any:
        """The answer as it may leave. It is changed in place."""
        persons = {node["key"]: node.get("name") for node in _nodes(answer) if node["label"] == "Person"}
        if self.who.party:
            persons.pop(self.who.party, None)
        if not self.role.persons:
            self._hidden = set(persons)
        elif not self.role.minors:
            self._hidden = self._minors(set(persons))
        self._names = {name for key in self._hidden if (name := persons[key]) and len(name) > 1}
        shown = self._value(answer, "")
        if self.withheld and isinstance(shown, dict) and shown.get("certificate"):
            shown["certificate"] = None  # it would name what is withheld, and certify another answer than this
        return shown

    def _value(self, value: Any, place: str) -> Any:
        if isinstance(value, dict):
            return self._dict(value)
        if isinstance(value, list):
            if place == "facts":
                seen = [one for one in value if not (_is_fact(one) and not self._may_see(one))]
                self.withheld += len(value) - len(seen)
                value = seen
            return [self._value(one, "") for one in value]
        if isinstance(value, str) and self._names:
            for name in self._names:
                if name in value:
                    self.withheld += 1
                    value = value.replace(name, masked_name(name))
        return value

    def _dict(self, value: dict[str, Any]) -> dict[str, Any]:
        if _is_fact(value):
            self._fact(value)
        elif value.get("label") == "Person" and value.get("key") in self._hidden:
            self.withheld += 1
            value["name"] = masked_name(value.get("name") or "")
            value.update({name: [] for name in ("former_names", "identifiers") if name in value})
        elif value.get("label") == "Address" and not self.role.persons:
            self.withheld += 1
            value["name"] = None
        if "internal" not in self.role.openness:  # they are of all that is known, whatever its openness
            value.update({name: None for name in ("sanctioned", "had_sanctions") if name in value})
            if value.get("facts") and "authority" in value and not any(self._may_see(f) for f in value["facts"]):
                value.update(dict.fromkeys(("title", "authority", "document_number", "ended_by")))
                value.update(codes=[], listing=[])
        return {name: self._value(one, name) for name, one in value.items()}

    def _fact(self, fact: dict[str, Any]) -> None:
        properties = fact.get("properties") or {}
        if not self._may_see(fact):
            self.withheld += 1
            fact.update(source=WITHHELD, record=None, owner=None, properties={}, corrections=[])
        elif not self.role.persons or self._hidden & {fact.get("from"), fact.get("to")}:
            kept = {name: one for name, one in properties.items() if name not in _OF_PERSONS}
            self.withheld += len(properties) - len(kept)
            fact["properties"] = kept

    def _may_see(self, fact: dict[str, Any]) -> bool:
        openness = fact.get("openness", "open")
        own = bool(self.who.organ) and fact.get("owner") == self.who.organ
        return openness in self.role.openness or (own and openness in self.role.own_organ)


def _is_fact(value: Any) -> bool:
    return isinstance(value, dict) and "fact_id" in value and "from" in value


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """All nodes in an answer."""
    if isinstance(value, dict):
        if isinstance(value.get("label"), str) and isinstance(value.get("key"), str):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _nodes(one)


def masked_name(name: str) -> str:
    """The first character, and that there is more.

    >>> masked_name("王小明")
    '王**'
    """
    return name[:1] + "**" if name else ""


def read_json(body: bytes) -> Any:
    """The answer as a value; None where it is no JSON."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None


def write_json(answer: Any) -> bytes:
    """The value as it leaves."""
    return msgspec.json.encode(answer)
