"""What an exposure may walk, and which of the shortest paths it shows. Pure: live and projection share it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from graph_model.errors import BadRequest
from graph_model.schema import HUB_DEGREE, WALKABLE, SamePersonAs

MAX_HOPS = 6

JUDGED = SamePersonAs.TYPE
"""What joins two entries of one person; walked, and named as what it is."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Which relationships are walked, how far, and where a search stops.

    `both`, `along` and `against` hold relationship types by the direction in which they may be walked. `min_share`:
    shareholdings and interests that are certainly less are not walked. A node with more than `hub_degree` neighbours, or
    with a tag (`graph_model.hubs`), is reached and not walked through.
    """

    hops: int = 3
    both: tuple[str, ...] = WALKABLE
    along: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    min_share: float = 0.0
    hub_degree: int = HUB_DEGREE

    @property
    def plain(self) -> bool:
        """Nothing but the depth was chosen."""
        return self == Walk(hops=self.hops)

    @staticmethod
    def of(
        hops: int, types: Sequence[str] | None = None, min_share: float = 0.0, hub_degree: int = HUB_DEGREE
    ) -> "Walk":
        """From what a caller says. `types`: `X` both ways, `X>` along its direction only, `<X` against it only.

        Raises:
            BadRequest: a depth, type, share or degree that is none.

        >>> Walk.of(2, ["HOLDS_SHARES_IN>", "branch_of"]).along
        ('HOLDS_SHARES_IN',)
        """
        if not 1 <= hops <= MAX_HOPS:
            raise BadRequest(f"hops must be from 1 to {MAX_HOPS}, not {hops}")
        if not 0.0 <= min_share <= 1.0:
            raise BadRequest(f"a share is from 0 to 1, not {min_share:g}: 25 % is 0.25")
        if hub_degree < 1:
            raise BadRequest(f"the number of neighbours from which a node is a hub must be 1 or more, not {hub_degree}")
        sorted_by: dict[str, set[str]] = {"both": set(), "along": set(), "against": set()}
        for said in types or WALKABLE:
            name = said.strip().strip("<>").upper()
            if name not in WALKABLE:
                raise BadRequest(f"{said!r} is no relationship that exposure walks: choose from {', '.join(WALKABLE)}")
            along, against = said.strip().endswith(">"), said.strip().startswith("<")
            sorted_by["both" if along == against else "along" if along else "against"].add(name)
        both = sorted_by["both"] | sorted_by["along"] & sorted_by["against"]
        ways = {name: tuple(t for t in WALKABLE if t in chosen - both) for name, chosen in sorted_by.items()}
        return Walk(
            hops=hops,
            both=tuple(t for t in WALKABLE if t in both),
            along=ways["along"],
            against=ways["against"],
            min_share=min_share,
            hub_degree=hub_degree,
        )


Step = tuple[str, str, str]
"""(key of the node it comes from, id of the fact, key of the node it leads to): one step nearer to a hit."""


class Steps:
    """All steps of all shortest paths from one start. A step leads from distance d to distance d + 1."""

    def __init__(self, start: str, steps: Iterable[Step]) -> None:
        self.start = start
        self._into: dict[str, list[tuple[str, str]]] = {}
        for before, fact, after in set(steps):
            self._into.setdefault(after, []).append((before, fact))

    def _leading_to(self, end: str) -> tuple[dict[str, list[tuple[str, str]]], list[str]]:
        """The steps that lead to `end`, by where they begin and in the order of their facts; nodes, farthest last."""
        onward: dict[str, list[tuple[str, str]]] = {}
        order, seen = [end], {end}
        for node in order:
            for before, fact in self._into.get(node, ()):
                onward.setdefault(before, []).append((fact, node))
                if before not in seen:
                    seen.add(before)
                    order.append(before)
        for steps in onward.values():
            steps.sort()
        return onward, order

    def paths(self, end: str, most: int) -> tuple[list[list[str]], int]:
        """The first `most` shortest paths to `end` as lists of facts, ordered by their ids; and how many there are."""
        onward, order = self._leading_to(end)
        count = {end: 1}
        for node in order[1:]:  # by distance from the end: whatever follows a node was counted before it
            count[node] = sum(count[after] for _, after in onward[node])

        def walk(node: str, so_far: list[str]) -> Iterator[list[str]]:
            if node == end:
                yield so_far
                return
            for fact, after in onward.get(node, ()):
                yield from walk(after, [*so_far, fact])

        shown = []
        for path in walk(self.start, []):
            shown.append(path)
            if len(shown) == most:
                break
        return shown, count.get(self.start, 0)

    def strongest(self, end: str, weight: Callable[[str], float]) -> float:
        """The greatest product of the weights of the facts on a shortest path to `end`."""
        onward, order = self._leading_to(end)
        best = {end: 1.0}
        for node in order[1:]:
            best[node] = max(weight(fact) * best[after] for fact, after in onward[node])
        return best[self.start]
