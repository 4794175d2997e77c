"""Where each requirement of the source documents, and each row of the draft of rules, is answered: docs/coverage.md.

The ids stand where the answer is: on rules, code lists, the register, lists, guards, deadlines, and in
`data/answered.yaml` for what is answered outside the rule pack. A row is **answered** only when a user can do it: a place of
it acts (`CoveragePlace.test` says which test goes through that). What is recorded and acts on nothing makes it **partly** answered.
Remake the page: `python -m graph_model.docs.coverage`.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from graph_model.docs.markdown import MADE, table
from graph_model.rules import RulePack, load_pack
from graph_model.rules.model import Requirement, Rule

_LISTS = ("documents", "lists", "guards", "deadlines", "publicity", "provisions")
_CODES = ("measures", "roles", "circumstances", "triggers", "acts", "penalty_kinds", "severities", "sectors")
_WORD = {
    "publicity": "period of publicity",
    "acts": "act",
    "penalty_kinds": "kind of penalty",
    "severities": "seriousness",
}
RULE_CASES = "tests/rule_cases"
CoverageState = Literal["answered", "partly", "not yet"]


class CoveragePlace(NamedTuple):
    """Where a requirement is answered, or stands recorded."""

    where: str
    """In words: `rule PR-021`, `command creditgraph screen`."""
    by: str | None = None
    """By which command, route or source a user does it; None: it is recorded, and nothing acts on it."""
    test: str | None = None
    """The test file or folder that goes through it."""


def places(pack: RulePack) -> dict[str, list[CoveragePlace]]:
    """Requirement id → where it is answered."""
    out: dict[str, list[CoveragePlace]] = {}
    acting = _acting_codes(pack)

    def add(ids: tuple[str, ...], place: CoveragePlace) -> None:
        for name in ids:
            if place not in out.setdefault(name, []):
                out[name].append(place)

    for rule in pack.rules:
        word = f"rule {rule.id}" + ("" if rule.enabled else " (disabled)")
        add(rule.requirements, CoveragePlace(word, *(_of_rule(rule) if rule.enabled else (None, None))))
    for name in _LISTS:
        for row in getattr(pack, name):
            add(
                row.requirements,
                CoveragePlace(f"{_WORD.get(name, name.rstrip('s'))} {row.id}", *_acts(pack, name, row)),
            )
    for name in _CODES:
        for code, row in getattr(pack.codes, name).items():
            word = f"{_WORD.get(name, name.rstrip('s'))} {code}"
            add(row.requirements, CoveragePlace(word, *acting.get(name, {}).get(code, (None, None))))
    for row in pack.answered:
        by = row.by or (f"{row.kind} {row.place}" if row.test else None)
        add(row.requirements, CoveragePlace(f"{row.kind} {row.place}", by, row.test))
    return out


Acts = tuple[str | None, str | None]
"""By what a user does it, and which test goes through that."""


def _of_rule(rule: Rule) -> Acts:
    """By what a rule in force comes into an answer."""
    if rule.effect == "incentive":
        return "command creditgraph incentives", "tests/test_incentives.py"
    return "command creditgraph consequences", RULE_CASES


def _acts(pack: RulePack, name: str, row: object) -> Acts:
    """Whether a row of the law around the rules acts."""
    if name == "documents":
        cited = {b.doc for rule in pack.rules if rule.enabled for b in rule.legal_basis}
        used = getattr(row, "id", "") in cited
        return (
            ("command creditgraph explain", RULE_CASES)
            if used
            else ("command creditgraph rules documents", "tests/test_rules.py")
        )
    if name == "lists":
        return "source lists; --list of exposure and screen", "tests/test_supplied.py"
    if name == "guards":
        return "command creditgraph rules check", "tests/test_rules.py"
    if name == "deadlines":
        return ("command creditgraph due", "tests/test_casework.py") if getattr(row, "starts", None) else (None, None)
    place = getattr(row, "place", "")
    if name == "publicity":
        return ("command creditgraph repair", "tests/test_casework.py") if place == "live" else (None, None)
    return ("command creditgraph check", "tests/test_checks.py") if place == "check" else (None, None)


def _acting_codes(pack: RulePack) -> dict[str, dict[str, Acts]]:
    """Code list → code → by what it comes into an answer."""
    enabled = [rule for rule in pack.rules if rule.enabled]

    def of_rules(codes: Callable[[Rule], Iterable[str]]) -> dict[str, Acts]:
        return {code: _of_rule(rule) for rule in reversed(enabled) for code in codes(rule)}

    stated: Acts = (
        "sources lists, judgments, mappings; --act and --sector of exposure and screen",
        "tests/test_listed_owners.py",
    )
    return {
        "measures": of_rules(lambda rule: rule.measures),
        "roles": of_rules(lambda rule: rule.reach),
        "triggers": of_rules(lambda rule: rule.trigger.codes),
        "circumstances": of_rules(lambda rule: (*rule.trigger.requires, *rule.trigger.unless)),
        "acts": dict.fromkeys(pack.codes.acts, stated),
        "sectors": dict.fromkeys(pack.codes.sectors, stated),
        "severities": dict.fromkeys(pack.codes.severities, ("command creditgraph repair", "tests/test_casework.py")),
        "penalty_kinds": dict.fromkeys(pack.codes.penalty_kinds, ("source shuanggongshi", "tests/test_sources.py")),
    }


def state_of(row: Requirement, where: list[CoveragePlace]) -> CoverageState:
    """Whether a user can do what is asked, a part of it, or nothing."""
    acting = [place for place in where if place.test]
    if row.not_yet is not None or (not acting and all(_is_code(place) for place in where)):
        return "not yet"
    return "answered" if acting and row.partly is None and not _idle(where) else "partly"


def reason_of(row: Requirement, where: list[CoveragePlace]) -> str | None:
    """What is missing; None: nothing."""
    if state_of(row, where) == "answered":
        return None
    idle = f"no rule in force brings {', '.join(_idle(where))} into an answer" if _idle(where) else None
    return row.not_yet or row.partly or idle or "it is recorded; no command, route or source acts on it"


def _is_code(place: CoveragePlace) -> bool:
    return place.where.split(" ")[0] in ("measure", "role", "circumstance", "trigger")


def _idle(where: list[CoveragePlace]) -> list[str]:
    """Measures that stand in the code list and come into no answer."""
    return [
        place.where.removeprefix("measure ") for place in where if place.where.startswith("measure ") and not place.test
    ]


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


def source_in_words(pack: RulePack, source: str) -> str:
    """The documents and clauses of a requirement, by number where a document has one, else by title."""
    for document in pack.documents:
        if document.id in source:
            source = source.replace(document.id, document.number or document.title)
    return source


def render(pack: RulePack) -> str:
    """The page `docs/coverage.md`."""
    found = places(pack)
    counts = dict.fromkeys(("answered", "partly", "not yet"), 0)
    rows = []
    mark = {"core": "★", "adjacent": "◐"}
    for r in pack.requirements:
        where = found.get(r.id, [])
        state = state_of(r, where)
        counts[state] += 1
        reason = reason_of(r, where)
        told = "answered" if state == "answered" else f"**{state}**: {reason}"
        asked = source_in_words(pack, r.source)
        rows.append(
            (r.id, mark[r.fit], r.zh, r.en, asked, told, _some(p.where for p in where), _by(where), _tests(where))
        )
    out = [MADE, "", "# Coverage", ""]
    out += [
        f"What the source documents ask of software, {len(pack.requirements)} rows: {counts['answered']} answered, "
        f"{counts['partly']} partly, {counts['not yet']} not yet. ★ core, ◐ adjacent. `creditgraph rules coverage` says the same.",
        "",
        "- **answered**: a user can do it, by what stands under *by*; the test under *test* goes through that.",
        "- **partly**: what is recorded acts on nothing yet, or a part of what is asked can not be done; the reason says which.",
        "- **not yet**: nothing of it can be done; the reason says what is missing.",
        "",
        "## Requirements",
        "",
    ]
    out += table(("id", "", "中文", "English", "document and clause", "state", "where", "by", "test"), rows)
    out += ["## Rows of the rule pack", ""]
    out += table(("id", "中文", "place"), sorted(set(rows_of_the_draft(pack))))
    return "\n".join(out)


def _by(where: list[CoveragePlace]) -> str:
    return _some((p.by for p in where if p.by), 3)


def _tests(where: list[CoveragePlace]) -> str:
    return _some((p.test for p in where if p.test), 3)


def _some(words: Iterable[str], most: int = 4) -> str:
    where = list(dict.fromkeys(words))
    return "; ".join(where[:most]) + (f"; and {len(where) - most} more" if len(where) > most else "")


def main(folder: Path) -> None:
    """Write the page into a folder."""
    (folder / "coverage.md").write_text(render(load_pack()), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs"))
