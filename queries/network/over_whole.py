"""Of which companies is more held than there is? Told at the company, beside the shares that were worked out."""

from collections.abc import Iterable, Mapping

from pydantic import Field

from graph_model.facts import FactRow
from graph_model.ownership import Shares
from graph_model.sentences import say
from queries.answers import AnswerShape, NodeRef


class OverWhole(AnswerShape):
    """A company whose holders are said to have more than the whole: their shares were scaled down.

    Whoever alone is said to have more than the whole has an unknown share.
    """

    party: NodeRef
    total: float
    alone: list[NodeRef] = Field([], description="who alone is said to have more than the whole")

    def __str__(self) -> str:
        if not self.alone:
            return say("over_scaled", name=self.party.name, total=self.total)
        names = "; ".join(one.name or one.key for one in self.alone)
        return say("over_alone", name=self.party.name, total=self.total, holders=names)


def over_whole(shares: Shares, above: Iterable[FactRow], nodes: Mapping[str, NodeRef]) -> list[OverWhole]:
    """The companies of which more is held than there is, as it is stated.

    Args:
        above: the statements that say of one holder alone that he has more than the whole.
    """
    stated: dict[str, dict[str, float]] = {}
    for fact in above:
        alone = stated.setdefault(fact.end, {})
        alone[fact.start] = max(alone.get(fact.start, 0.0), fact.props["share_above"])
    found = []
    for company in sorted({*shares.over, *stated}):
        alone = stated.get(company, {})
        rest = shares.over.get(company, shares.known.get(company, 0.0))
        told = [nodes[who] for who in sorted(alone)]
        total = round(rest + sum(alone.values()), 6)
        found.append(OverWhole(party=nodes[company], total=total, alone=told))
    return found
