"""Where each requirement of the source documents, and each row of the draft of rules, is answered: docs/coverage.md.

The ids stand where the answer is: on rules, code lists, the register, lists, guards, deadlines, and in
`data/answered.yaml` for what is answered outside the rule pack. Remake the page: `python -m graph_model.docs.coverage`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from graph_model.docs.markdown import MADE, table
from graph_model.rules import RulePack, load_pack

_LISTS = ("documents", "lists", "guards", "deadlines", "publicity", "provisions")
_CODES = ("measures", "roles", "circumstances", "triggers", "acts", "penalty_kinds", "severities", "sectors")
_WORD = {
    "publicity": "period of publicity",
    "acts": "act",
    "penalty_kinds": "kind of penalty",
    "severities": "seriousness",
}


def places(pack: RulePack) -> dict[str, list[str]]:
    """Requirement id → where it is answered, in words."""
    out: dict[str, list[str]] = {}

    def add(ids: tuple[str, ...], place: str) -> None:
        for name in ids:
            if place not in out.setdefault(name, []):
                out[name].append(place)

    for rule in pack.rules:
        add(rule.requirements, f"rule {rule.id}" + ("" if rule.enabled else " (disabled)"))
    for name in _LISTS:
        for row in getattr(pack, name):
            add(row.requirements, f"{_WORD.get(name, name.rstrip('s'))} {row.id}")
    for name in _CODES:
        for code, row in getattr(pack.codes, name).items():
            add(row.requirements, f"{_WORD.get(name, name.rstrip('s'))} {code}")
    for row in pack.answered:
        add(row.requirements, f"{row.kind} {row.place}")
    return out


def unplaced(pack: RulePack) -> list[str]:
    """Requirements that are neither answered nor said not to be."""
    answered = places(pack)
    return [r.id for r in pack.requirements if r.id not in answered and r.not_yet is None]


def rows_of_the_draft(pack: RulePack) -> Iterator[tuple[str, str, str]]:
    """(id, title, place) of each rule, list, guard, deadline, period and provision."""
    for rule in pack.rules:
        place = "live" if rule.enabled else f"disabled: {rule.disabled or 'grade C, ' + rule.confidence.read}"
        for name in (rule.id, *rule.covers):
            via = "" if name == rule.id else f" (in {rule.id})"
            yield name, rule.title.zh, f"rule, {place}{via}"
    for row in pack.guards:
        yield row.id, row.title.zh, f"guard, enforced: {', '.join(row.enforced)}"
    for row in pack.lists:
        yield row.id, row.title.zh, f"list, grade {row.confidence.grade}"
    for row in pack.deadlines:
        yield row.id, row.title.zh, "deadline, told by `due`" if row.starts else "deadline, for reference"
    for row in pack.publicity:
        yield row.id, row.title.zh, f"publicity, {row.place}"
    for row in pack.provisions:
        yield row.id, row.title.zh, f"{row.kind.replace('_', ' ')}, {row.place}" + (f": {row.why}" if row.why else "")


def render(pack: RulePack) -> str:
    """The page `docs/coverage.md`."""
    answered = places(pack)
    done = [r for r in pack.requirements if r.id in answered]
    out = [MADE, "", "# Coverage", ""]
    out += [
        f"What the source documents ask of software, {len(pack.requirements)} rows, and where each is answered: "
        f"{len(done)} answered, {len(pack.requirements) - len(done)} not yet. ★ core, ◐ adjacent. "
        "`creditgraph rules coverage` says the same.",
        "",
        "## Requirements",
        "",
    ]
    mark = {"core": "★", "adjacent": "◐"}
    out += table(
        ("id", "", "中文", "English", "where"),
        (
            (
                r.id,
                mark[r.fit],
                r.zh,
                r.en,
                _some(answered[r.id]) if r.id in answered else f"**not yet**: {r.not_yet or 'no place'}",
            )
            for r in pack.requirements
        ),
    )
    out += ["## Rows of the rule pack", ""]
    out += table(("id", "中文", "place"), sorted(set(rows_of_the_draft(pack))))
    return "\n".join(out)


def _some(where: list[str], most: int = 6) -> str:
    return "; ".join(where[:most]) + (f"; and {len(where) - most} more" if len(where) > most else "")


def main(folder: Path) -> None:
    """Write the page into a folder."""
    (folder / "coverage.md").write_text(render(load_pack()), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs"))
