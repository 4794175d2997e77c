"""What a wrong code should probably be: codes that exist here and are one error away, or that a body of that name has."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, LiteralString

from graph_model.identifiers import name_key, reg_number_valid, uscc_faults, uscc_kind
from graph_model.store.connect import Graph
from queries.party.parties import party_refs
from queries.supply.code_findings import CodeProposal, GatheredFinding, names_alike

_ALPHABET = {"uscc": "0123456789ABCDEFGHJKLMNPQRTUWXY", "cn-reg": "0123456789"}

_LENGTH = {"uscc": 18, "cn-reg": 15}
LOOK_UP = 20_000
"""Codes that are looked for in one query."""

BY_CODE: LiteralString = """
UNWIND $codes AS code
MATCH (i:Identifier {scheme: $scheme, value: code})-[:IDENTIFIES]->(p:Party)
USING INDEX SEEK i:Identifier(scheme, value)
RETURN code, p.key AS key, p.name AS name, p.former_names AS former
"""

CODED_BY_NAME: LiteralString = """
UNWIND $names AS name
MATCH (p:Party {name_key: name})
USING INDEX SEEK p:Party(name_key)
WHERE p:Entity AND p.coded
MATCH (i:Identifier)-[l:IDENTIFIES]->(p)
WHERE i.scheme = 'uscc'
RETURN name, p.key AS key, collect(i.value) AS codes
"""

BY_NUMBER: LiteralString = """
UNWIND $numbers AS number
MATCH (i:Identifier {scheme: 'cn-reg', value: number})-[:IDENTIFIES]->(p:Party)
USING INDEX SEEK i:Identifier(scheme, value)
RETURN number, p.key AS key
"""


def codes_nearby(code: str, scheme: str) -> dict[str, str]:
    """Valid codes that one wrong character or one swap of neighbours turns into this one → which error it was.

    >>> codes_nearby("91430100MA4T0001U9", "uscc")["91430100MA4T00019U"]
    'two neighbours swapped (characters 17 and 18)'
    """
    if len(code) != _LENGTH.get(scheme):
        return {}
    valid = (lambda c: not uscc_faults(c)) if scheme == "uscc" else reg_number_valid
    found: dict[str, str] = {}
    for i in range(len(code) - 1):
        swapped = code[:i] + code[i + 1] + code[i] + code[i + 2 :]
        if swapped != code and valid(swapped):
            found[swapped] = f"two neighbours swapped (characters {i + 1} and {i + 2})"
    for i, was in enumerate(code):
        for character in _ALPHABET[scheme]:
            other = code[:i] + character + code[i + 1 :]
            if character != was and valid(other):
                found.setdefault(other, f"one wrong character (character {i + 1})")
    return found


def add_proposals(graph: Graph, found: Sequence[GatheredFinding]) -> None:
    """Codes that exist here and would be one error away, or that a body of exactly this name has."""
    wanted = [f for f in found if f.kind in ("invalid", "placeholder")]
    nearby = {f.ref: codes_nearby(f.code, f.scheme) for f in wanted}
    known: dict[tuple[str, str], Any] = {}
    for scheme in _ALPHABET:
        all_ = sorted({c for f in wanted if f.scheme == scheme for c in nearby.get(f.ref, ())})
        for start in range(0, len(all_), LOOK_UP):
            for r in graph.read(BY_CODE, scheme=scheme, codes=all_[start : start + LOOK_UP]):
                known[scheme, r["code"]] = r
    names = sorted({name_key(f.name) for f in wanted if f.name})
    bearers: dict[str, list[Any]] = defaultdict(list)
    for r in graph.read(CODED_BY_NAME, names=names) if names else ():
        bearers[r["name"]].append(r)
    numbers = sorted({f.number for f in wanted if f.number})
    holders = {r["number"]: r["key"] for r in graph.read(BY_NUMBER, numbers=numbers)} if numbers else {}
    parties = party_refs(
        graph, [*(r["key"] for r in known.values()), *(r["key"] for some in bearers.values() for r in some)]
    )
    for f in wanted:
        options: list[CodeProposal] = []
        mine = {r["key"] for r in bearers.get(name_key(f.name), ())} if f.name else set()
        for code, error in nearby.get(f.ref, {}).items():
            if (r := known.get((f.scheme, code))) is None:
                continue
            score, reasons = _agreement(f, r["key"], r["name"], r["former"] or [], holders, mine)
            options.append(
                CodeProposal(code=code, party=parties.get(r["key"]), reasons=[error, *reasons], score=2 + score)
            )
        listed = {o.code for o in options}
        for r in bearers.get(name_key(f.name), ()) if f.name else ():
            for code in r["codes"]:
                if code in listed or f.scheme != "uscc":
                    continue
                away = "" if f.kind == "placeholder" else "; its code is more than one error away"
                reasons = [f"a body of exactly this name has this code{away}"]
                if uscc_kind(code) == "individual_business":
                    reasons.append("an individual business (个体工商户): many share a name")
                options.append(CodeProposal(code=code, party=parties.get(r["key"]), reasons=reasons, score=1))
        f.proposals = tuple(sorted(options, key=lambda o: (-o.score, o.code or "")))


def _agreement(
    f: GatheredFinding, key: str, name: str | None, former: Sequence[str], holders: dict[str, str], bearers: set[str]
) -> tuple[int, list[str]]:
    score, reasons = 0, []
    if f.name:
        mine, theirs = name_key(f.name), name_key(name or "")
        if mine == theirs or key in bearers:
            score, reasons = 4, ["the same name"]
        elif mine in map(name_key, former):
            score, reasons = 4, ["a former name of it"]
        elif names_alike(f.name, name or "") >= 0.8:
            score, reasons = 2, ["a similar name"]
        else:
            score, reasons = -1, ["another name"]
    if f.number and holders.get(f.number):
        agrees = holders[f.number] == key
        score += 3 if agrees else -1
        reasons.append("the same registration number" if agrees else "another registration number")
    return score, reasons
