"""The law as data: rule rows in YAML, read into strict models, with the guards that no row may break.

A rule says: when a decision with such a code is made against such a subject, this measure reaches holders of these
roles at that moment, by itself or only with a finding or an order, for so long, by these articles. No rule becomes
query text; `derivation` applies the rows to facts.

`*.yaml` here hold rules, one file for each field of law; `data/` holds the register of documents, the code lists,
lists, guards, deadlines, periods of publicity, definitions, and the requirements that all of them answer.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from graph_model.errors import RuleError
from graph_model.rules.model import (
    ANY_SANCTION,
    STATUTORY,
    Answered,
    Area,
    Automaticity,
    Basis,
    Bilingual,
    Cited,
    Codes,
    Confidence,
    Deadline,
    Document,
    Duration,
    Guard,
    InForce,
    ListAbout,
    PackRow,
    Provision,
    Publicity,
    Requirement,
    RoleTime,
    Rule,
    RulePack,
    Term,
)
from graph_model.rules.pack_cache import kept_pack

__all__ = [
    "ANY_SANCTION",
    "STATUTORY",
    "Area",
    "Automaticity",
    "Basis",
    "Bilingual",
    "Codes",
    "Confidence",
    "Deadline",
    "Document",
    "Duration",
    "InForce",
    "RoleTime",
    "Rule",
    "RulePack",
    "Term",
    "build_pack",
    "load_codes",
    "load_documents",
    "load_pack",
    "load_pack_from",
    "parse_pack",
    "read_rules",
]

R = TypeVar("R", bound=PackRow)

_FOLDER = "graph_model.rules"
_DATA: dict[str, type[PackRow]] = {
    "lists": ListAbout,
    "guards": Guard,
    "deadlines": Deadline,
    "publicity": Publicity,
    "provisions": Provision,
    "requirements": Requirement,
    "answered": Answered,
}


# --- reading ----------------------------------------------------------------------------------------------


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in out:
            raise RuleError(f"line {key_node.start_mark.line + 1}: the key {key!r} stands twice")
        out[key] = loader.construct_object(value_node, deep=True)
    return out


@cache
def _line_loader() -> type[Any]:
    """Keeps the line of every mapping, so that a message can name it. By libyaml where it is there: seven times faster."""
    import yaml  # here: a pack that is kept needs none

    loader = type("LineLoader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
    loader.add_constructor("tag:yaml.org,2002:map", _mapping)
    return loader


def _rows(text: str, file: str) -> list[tuple[int, Any]]:
    """(line, row) of a YAML list."""
    import yaml

    try:
        loader = _line_loader()(text)
        try:
            root = loader.get_single_node()
            if root is None:
                return []
            if not isinstance(root, yaml.SequenceNode):
                raise RuleError(f"{file}: a rule file is a list of rules")
            lines = [node.start_mark.line + 1 for node in root.value]
            rows = [loader.construct_object(node, deep=True) for node in root.value]
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise RuleError(f"{file}: not readable as YAML: {error}") from error
    except RuleError as error:
        raise RuleError(f"{file}: {error}" if file not in str(error) else str(error)) from None
    return list(zip(lines, rows, strict=True))


def _read(kind: type[R], text: str, file: str, documents: dict[str, Document]) -> list[R]:
    what = "rule" if kind is Rule else "row"
    out = []
    for line, row in _rows(text, file):
        name = row.get("id", "?") if isinstance(row, dict) else "?"
        where = f"{file}, line {line}, {what} {name}"
        if kind is not Area and isinstance(row, dict):
            for key in ("jurisdiction", "area"):
                if isinstance(row.get(key), dict):
                    row[key] = {**row[key], "parts": _prefectures().get(str(row[key].get("code")), ())}
        if isinstance(row, dict) and isinstance(row.get("legal_basis"), list):
            row["legal_basis"] = [_cited(where, n, item, documents) for n, item in enumerate(row["legal_basis"])]
        try:
            out.append(kind.model_validate(row))
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(p) for p in first["loc"])
            raise RuleError(f"{where}, key {key}: {first['msg']}") from error
    return out


def _cited(where: str, number: int, item: Any, documents: dict[str, Document]) -> Basis:
    """An article, looked up in the register; its own days and area, where it has some, go before the document's."""
    try:
        cited = Cited.model_validate(item)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(p) for p in ("legal_basis", number, *first["loc"]))
        raise RuleError(f"{where}, key {key}: {first['msg']}") from error
    document = documents.get(cited.doc)
    if document is None:
        raise RuleError(
            f"{where}, key legal_basis.{number}.doc: {cited.doc!r} is not in the register of documents; "
            "add it to data/documents.yaml, or use one of its ids (creditgraph rules documents)"
        )
    return Basis(
        doc=document.id,
        document=document.name,
        article=cited.article,
        level=document.level,
        since=cited.since or document.since,
        until=cited.until or document.until,
        area=cited.area or document.area,
        first=cited.first or document.first,
    )


def read_rules(text: str, file: str, documents: Iterable[Document] | None = None) -> list[Rule]:
    """The rules of one YAML text.

    Args:
        documents: the register that they cite; None: the one that comes with the product.

    Raises:
        RuleError: with file, line and key, when the text is not YAML or a row breaks the schema.
    """
    known = load_documents() if documents is None else documents
    return _read(Rule, text, file, {d.id: d for d in known})


# --- checking ---------------------------------------------------------------------------------------------


def build_pack(
    rules: list[Rule],
    codes: Codes,
    documents: tuple[Document, ...] = (),
    about: dict[str, tuple[Any, ...]] | None = None,
) -> RulePack:
    """Checks the rows against the code lists, the register and the guards.

    Args:
        about: the law around the rules, by the names of `RulePack`'s fields (lists, guards, deadlines, …).

    Raises:
        RuleError: an unknown code, a doubled id, two wordings for one day, or a guard is broken.
    """
    about = about or {}
    versions: dict[str, list[Rule]] = {}
    for rule in rules:
        versions.setdefault(rule.id, []).append(rule)
        _check_codes(rule, codes)
        _check_guards(rule, codes)
        _check_subject(rule, codes, about.get("lists", ()))
    for name, rows in versions.items():
        _check_versions(name, rows)
    _check_lists(codes, about.get("lists", ()))
    named = (row.id for name, rows in about.items() if name not in ("requirements", "answered") for row in rows)
    _check_ids([*versions, *named], "row")
    _check_ids([row.id for row in about.get("requirements", ())], "requirement")
    _check_ids([d.id for d in documents], "document")
    _check_register(documents)
    ordered = tuple(sorted(rules, key=lambda r: (r.id, r.version)))
    pack = RulePack.model_validate({"codes": codes, "rules": ordered, "documents": documents, **about})
    wording = "\n".join(r.model_dump_json() for r in ordered) + codes.model_dump_json()
    return pack.model_copy(update={"digest": hashlib.sha256(wording.encode()).hexdigest()[:16]})


def _check_ids(ids: list[str], what: str) -> None:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            raise RuleError(f"{what} {name}: the id stands twice")
        seen.add(name)


def _check_versions(name: str, rows: list[Rule]) -> None:
    """Of the rows under one id, one at most is in force on a day and in a place."""
    rows = sorted(rows, key=lambda r: str(r.in_force.since or ""))
    for one, other in pairwise(rows):
        if one.in_force.until is None or other.in_force.since is None or other.in_force.since < one.in_force.until:
            raise RuleError(
                f"rule {name}: the id stands twice, and both wordings are in force from "
                f"{other.in_force.since or 'the beginning'}; end the older one (in_force.to) on the day that the newer begins"
            )


def _check_register(documents: tuple[Document, ...]) -> None:
    followers = {d.id: d.replaced_by for d in documents}
    for document in documents:
        _check_chain(document.id, followers, f"document {document.id}: replaced_by", "is not in the register")


def _check_chain(first: str, after: Mapping[str, str | None], about: str, unknown: str) -> None:
    """Whoever goes on from one to the next comes to an end."""
    seen, follower = {first}, after[first]
    while follower is not None:
        if follower not in after:
            raise RuleError(f"{about} {follower!r} {unknown}")
        if follower in seen:
            raise RuleError(f"{about} runs in a circle")
        seen.add(follower)
        follower = after[follower]


def _check_lists(codes: Codes, lists: tuple[ListAbout, ...]) -> None:
    known = {row.id for row in lists}
    for code, about in codes.triggers.items():
        if lists and about.list_id is not None and about.list_id not in known:
            raise RuleError(f"trigger {code}: there is no list {about.list_id!r}")
        for sector in about.sectors:
            if sector not in codes.sectors:
                raise RuleError(f"trigger {code}: unknown sector {sector!r}")
    for group, members in codes.groups.items():
        for member in members:
            if member in codes.groups:
                raise RuleError(f"group {group}: {member} is itself a group; groups hold trigger codes only")
            if member not in codes.triggers:
                raise RuleError(f"group {group}: unknown trigger code {member!r}")
    for name in ("acts", "sectors"):
        parents = {code: row.parent for code, row in getattr(codes, name).items()}
        for code in parents:
            _check_chain(code, parents, f"{name} {code}: parent", "is unknown")


def _check_codes(rule: Rule, codes: Codes) -> None:
    via = (*rule.via.roles, *rule.via.candidates, *rule.via.onward) if rule.via else ()
    for what, used, known in (
        ("measure", rule.measures, codes.measures),
        ("role", (*rule.reach, *via), codes.roles),
        ("trigger code", rule.trigger.codes, {ANY_SANCTION, *codes.triggers, *codes.groups}),
        ("circumstance", (*rule.trigger.requires, *rule.trigger.unless), codes.circumstances),
        ("case", [c.when for c in rule.duration.cases], {**codes.circumstances, **codes.triggers}),
        ("sector", rule.sectors, codes.sectors),
    ):
        for code in used:
            if code not in known:
                raise RuleError(f"rule {rule.id}: unknown {what} {code!r}; known are {', '.join(sorted(known))}")


def _check_subject(rule: Rule, codes: Codes, lists: tuple[ListAbout, ...]) -> None:
    """A row that asks for units on a list on which only natural persons can stand, or the other way, never applies."""
    only = {row.id: row.only for row in lists if row.only}
    asks = {"entity": "unit", "branch": "unit", "person": "person"}.get(rule.trigger.subject)
    meant = [c for named in rule.trigger.codes for c in codes.groups.get(named, (named,))]
    known = [codes.triggers[c].list_id for c in meant if c in codes.triggers]
    wrong = [name for name in known if name in only and asks is not None and only[name] != asks]
    if wrong and len(wrong) == len(meant):
        raise RuleError(
            f"rule {rule.id}: only a {only[wrong[0]]} can stand on {', '.join(map(str, wrong))}, and the row asks for a {asks} "
            f"(subject: {rule.trigger.subject}): it would never apply"
        )


def _check_guards(rule: Rule, codes: Codes) -> None:
    groups = {codes.measures[m].group for m in rule.measures}
    takes_right = not groups.isdisjoint((1, "penalty"))
    if ("incentive" in groups) != (rule.effect == "incentive") or (rule.effect == "incentive" and len(groups) > 1):
        raise RuleError(f"rule {rule.id}: incentives and measures that burden do not stand in one row")
    binding = rule.automaticity not in ("record_only", "advisory")
    if takes_right and binding and not any(b.level in STATUTORY and b.article for b in rule.legal_basis):
        raise RuleError(
            f"rule {rule.id}: a measure that takes a right needs an article of a law, regulation or central document "
            "(国办发〔2020〕49号); make the row advisory or cite one"
        )
    codes_meant = {c for code in rule.trigger.codes for c in codes.groups.get(code, (code,))}
    persons_reached = set(rule.reach) - {"SELF_ENTITY", "PARENT"}
    defaulters = "LIST-01" in codes_meant and rule.trigger.subject != "person"
    if defaulters and persons_reached and set(rule.measures) != {"CONSUMPTION"}:
        raise RuleError(
            f"rule {rule.id}: a unit on the 失信被执行人 list reaches its persons by a limit on consumption alone"
        )
    if "SH" in rule.reach and not (rule.automaticity == "fault_gated" and rule.without_finding == "none"):
        raise RuleError(
            f"rule {rule.id}: a shareholding alone reaches nobody; require a finding (without_finding: none)"
        )
    if spared := sorted({c.when for c in rule.duration.cases} & {*rule.trigger.unless}):
        raise RuleError(
            f"rule {rule.id}: {', '.join(spared)} spares everybody (unless), so no other term can hang on it"
        )
    if rule.trigger.subject in ("person", "any") and rule.via is None and not {"SELF", "JUDGED"} & {*rule.reach}:
        raise RuleError(
            f"rule {rule.id}: a decision against a person himself reaches nobody; reach SELF, or let the row ask for units "
            "(subject: entity)"
        )
    if (rule.role_time == "after_event") != (rule.via is not None):
        raise RuleError(f"rule {rule.id}: a second hop needs `via` and role_time after_event, both or neither")
    if "PARENT" in rule.reach and rule.trigger.subject != "branch":
        raise RuleError(f"rule {rule.id}: only from a branch does a row reach the company behind it (subject: branch)")
    if rule.automaticity == "record_only" and set(rule.measures) != {"RECORD"}:
        raise RuleError(f"rule {rule.id}: a record_only row can only record")
    recommended = [m for m in rule.measures if codes.measures[m].force == "recommended"]
    if recommended and rule.automaticity in ("ex_lege", "fault_gated", "order"):
        raise RuleError(
            f"rule {rule.id}: {', '.join(recommended)} is a recommended measure (推荐性): never applied by itself; "
            "make the row named, discretionary or advisory"
        )
    if rule.clean_years is not None and rule.effect != "incentive":
        raise RuleError(f"rule {rule.id}: clean_years belongs to incentives")


# --- loading ----------------------------------------------------------------------------------------------


def _text(*path: str) -> str:
    return resources.files(_FOLDER).joinpath(*path).read_text(encoding="utf-8")


@cache
def _prefectures() -> dict[str, tuple[str, ...]]:
    """Division code of a province → its prefectures."""
    return {a.code: a.parts for a in _read(Area, _text("data", "areas.yaml"), "data/areas.yaml", {})}


@cache
def load_documents() -> tuple[Document, ...]:
    """The register of legal bases that comes with the product."""
    return tuple(_read(Document, _text("data", "documents.yaml"), "data/documents.yaml", {}))


@cache
def load_codes() -> Codes:
    """The code lists that come with the product, one file each (`data/codes/`)."""
    lists = {}
    for name in Codes.model_fields:
        loader = _line_loader()(_text("data", "codes", f"{name}.yaml"))
        try:
            lists[name] = loader.get_single_data()
        except RuleError as error:
            raise RuleError(f"data/codes/{name}.yaml: {error}") from None
        finally:
            loader.dispose()
    try:
        return Codes.model_validate(lists)
    except ValidationError as error:
        first = error.errors()[0]
        name, *key = (str(p) for p in first["loc"])
        raise RuleError(f"data/codes/{name}.yaml, key {'.'.join(key)}: {first['msg']}") from error


@cache
def _about() -> dict[str, tuple[Any, ...]]:
    documents = {d.id: d for d in load_documents()}
    return {
        name: tuple(_read(kind, _text("data", f"{name}.yaml"), f"data/{name}.yaml", documents))
        for name, kind in _DATA.items()
    }


@cache
def load_pack() -> RulePack:
    """The rule pack that comes with the product. Parsed once, then it is kept in the cache folder."""
    return kept_pack(parse_pack)


def parse_pack() -> RulePack:
    """The rule pack that comes with the product, from its files, with every guard."""
    rules: list[Rule] = []
    for item in sorted(resources.files(_FOLDER).iterdir(), key=lambda p: p.name):
        if item.name.endswith(".yaml"):
            rules += read_rules(item.read_text(encoding="utf-8"), item.name)
    return build_pack(rules, load_codes(), load_documents(), _about())


def load_pack_from(path: Path) -> RulePack:
    """A rule pack of your own: one YAML file of rules, or a folder of them.

    It cites the product's register of documents, and what a `documents.yaml` beside the rules adds to it.

    Raises:
        RuleError: no such file, no rules in it, or a row breaks the schema or a guard; with file, line and reason.
    """
    if not path.exists():
        raise RuleError(f"{path.name}: there is no such file or folder")
    files = [path] if path.is_file() else sorted(path.glob("*.yaml"))
    own = next((f for f in files if f.name == "documents.yaml"), None)
    documents = load_documents()
    if own is not None:
        documents += tuple(_read(Document, own.read_text(encoding="utf-8"), own.name, {}))
    rules: list[Rule] = []
    places: dict[str, list[str]] = {}
    for file in files:
        if file.name not in ("documents.yaml", "codes.yaml"):
            text = file.read_text(encoding="utf-8")
            rules += read_rules(text, file.name, documents)
            for line, row in _rows(text, file.name):
                places.setdefault(row["id"], []).append(f"{file.name}, line {line}")
    if not rules:
        raise RuleError(f"{path.name}: holds no rules (*.yaml)")
    try:
        return build_pack(rules, load_codes(), documents, _about())
    except RuleError as error:
        # A guard looks at the whole row, and at its other wordings: say where they all stand.
        name = str(error).removeprefix("rule ").partition(":")[0]
        raise RuleError(f"{'; '.join(places[name])}: {error}" if name in places else str(error)) from error
