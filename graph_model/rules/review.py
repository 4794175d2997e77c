"""What a rule pack leaves open, though it breaks no guard: for `creditgraph rules check`."""

from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path

import yaml

from graph_model.rules import ANY_SANCTION, Rule, RulePack
from graph_model.schema import ROLE_TYPES


def review(
    pack: RulePack, *, emitted: Collection[str] | None = None, cases: Path | None = None
) -> dict[str, list[str]]:
    """What should somebody look at?

    Args:
        emitted: trigger codes that sources can report; None: any.
        cases: folder of rule cases (YAML); None: not looked at.

    Returns:
        heading → lines: clauses that are not confirmed, rules that no fact can ever trigger, and, with `cases`, rules
        without a positive or a negative case.
    """
    found = {
        "clause not confirmed, so disabled": [
            f"{r.id} {r.version}: {r.confidence.read}" for r in pack.rules if r.confidence.grade == "C"
        ],
        "confirmed, but not applied": [f"{r.id}: {r.disabled}" for r in pack.rules if r.disabled],
        "no fact can ever trigger it": [f"{r.id}: {why}" for r in pack.enabled if (why := _never(pack, r, emitted))],
        "document without a day in force": [d.id for d in pack.documents if d.since is None],
    }
    if cases is not None:
        have = _cases(cases)
        found["no positive case"] = [
            r.id for r in pack.enabled if r.effect == "sanction" and not have.get(r.id, set()) - {"none"}
        ]
        found["no negative case"] = [
            r.id for r in pack.enabled if r.effect == "sanction" and "none" not in have.get(r.id, set())
        ]
    return {title: sorted(set(lines)) for title, lines in found.items()}


def _never(pack: RulePack, rule: Rule, emitted: Collection[str] | None) -> str | None:
    codes = pack.triggered_by(rule)
    if emitted is not None and ANY_SANCTION not in codes and codes.isdisjoint(emitted):
        return f"no source reports {', '.join(sorted(codes))}"
    days = [b.since or date.min for b in rule.legal_basis]
    days += [rule.in_force.since or date.min, date.max - timedelta(days=1)]
    if not any(rule.in_force.on(day) and any(b.on(day) for b in rule.legal_basis) for day in days):
        return "no article is in force while the rule is"
    if rule.trigger.subject == "person" and not any(r == "SELF" or r not in ROLE_TYPES for r in rule.reach):
        return "against a person, and reaches only posts at a unit"
    return None


def _cases(folder: Path) -> dict[str, set[str]]:
    """Rule → the statuses that its cases expect of somebody."""
    out: dict[str, set[str]] = {}
    for path in sorted(folder.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")) or ():
            days = [case["expect"]] if "as_of" in case else list(case["expect"].values())
            for people in days:
                for expected in people.values():
                    status = expected["status"] if isinstance(expected, dict) else expected
                    out.setdefault(case["rule"], set()).add(status)
    return out
