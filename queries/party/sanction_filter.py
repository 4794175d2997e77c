"""Which sanctions are asked about: of some lists, organs, kinds, acts or sectors only. One graph may hold several lists.

A sanction counts when one statement on it fits in all that was asked. What is narrower is not clear of the rest: answers
say what was looked at.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from graph_model.errors import BadRequest
from graph_model.rules import Codes
from graph_model.rules.model import Coded
from graph_model.schema import SanctionKind
from graph_model.sentences import say
from queries.answers import SanctionRef


@dataclass(frozen=True, slots=True)
class SanctionFilter:
    """What is asked for; an empty part asks for nothing. Acts and sectors hold what stands below them too."""

    lists: tuple[str, ...] = ()
    """Trigger codes, or whole titles of lists."""
    organs: tuple[str, ...] = ()
    """Parts of the name of the organ or court."""
    kinds: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != SanctionFilter()

    @staticmethod
    def of(
        codes: Codes,
        *,
        lists: Sequence[str] | None = None,
        organs: Sequence[str] | None = None,
        kinds: Sequence[str] | None = None,
        acts: Sequence[str] | None = None,
        sectors: Sequence[str] | None = None,
    ) -> "SanctionFilter":
        """From what a caller says.

        Args:
            codes: the code lists of the rule pack.
            lists: trigger codes, or whole titles of lists (名单名称).
            organs: parts of names of organs or courts.
            kinds: penalty, list_entry, court_order, decision, judgment, rating.
            acts, sectors: codes, or ids of requirements such as A01 and D01, which stand for all codes under them.

        Raises:
            BadRequest: a kind, act or sector that is none, or an empty text.
        """
        for kind in kinds or ():
            if kind not in get_args(SanctionKind):
                raise BadRequest(f"{kind!r} is no kind of sanction: choose from {', '.join(get_args(SanctionKind))}")
        for what, texts in (("list", lists), ("organ", organs)):
            if any(not text.strip() for text in texts or ()):
                raise BadRequest(f"the name of the {what} is empty")
        return SanctionFilter(
            tuple(text.strip() for text in lists or ()),
            tuple(text.strip() for text in organs or ()),
            tuple(kinds or ()),
            _below("act", acts or (), codes.acts),
            _below("sector", sectors or (), codes.sectors),
        )

    def fits_statement(self, props: Mapping[str, Any]) -> bool:
        """Whether one statement on a sanction says what is asked for. `EXPOSURE_FILTERED` says the same in Cypher."""
        return (
            (not self.lists or props.get("title") in self.lists or _share(self.lists, props.get("codes")))
            and (not self.organs or any(organ in (props.get("authority") or "") for organ in self.organs))
            and (not self.kinds or (props.get("kind") or "penalty") in self.kinds)
            and (not self.acts or _share(self.acts, props.get("acts")))
            and (not self.sectors or _share(self.sectors, props.get("sectors")))
        )

    def fits(self, sanction: SanctionRef) -> bool:
        """Whether a sanction counts."""
        return any(self.fits_statement(f.properties) for f in sanction.facts)

    def among(self, sanctions: Mapping[str, Iterable[SanctionRef]]) -> dict[str, list[SanctionRef]]:
        """Of the sanctions of each party those that count; parties that have none are left out."""
        found = {key: [s for s in some if self.fits(s)] for key, some in sanctions.items()}
        return {key: some for key, some in found.items() if some}

    @property
    def parameters(self) -> dict[str, list[str]]:
        """As a query takes them."""
        return {name: list(value) for name, value in self.parts()}

    def parts(self) -> list[tuple[str, tuple[str, ...]]]:
        """Each part with its name."""
        return [(name, getattr(self, name)) for name in ("lists", "organs", "kinds", "acts", "sectors")]

    @property
    def words(self) -> str | None:
        """What was looked at, for an answer; None: everything."""
        told = [say(name, **{name: "、".join(value)}) for name, value in self.parts() if value]
        return say("filtered", filter="; ".join(told)) if told else None


EVERYTHING = SanctionFilter()


def _share(wanted: tuple[str, ...], said: Iterable[str] | None) -> bool:
    return not set(wanted).isdisjoint(said or ())


def _below(what: str, wanted: Sequence[str], tree: Mapping[str, Coded]) -> tuple[str, ...]:
    """The codes asked for, and all below them."""
    found: dict[str, None] = {}
    for text in wanted:
        code = text.strip().upper()
        some = [code] if code in tree else [c for c, row in tree.items() if code in row.requirements]
        if not some:
            tops = ", ".join(c for c, row in tree.items() if row.parent is None)
            raise BadRequest(
                f"{text!r} is no code of a {what}: `creditgraph rules codes {what}s` shows them; on top are {tops}"
            )
        found.update(dict.fromkeys(some))
    for code in (queue := list(found)):
        new = [c for c, row in tree.items() if row.parent == code and c not in found]
        found.update(dict.fromkeys(new))
        queue += new
    return tuple(found)
