"""Where a code is wrong or doubled: the findings of each kind, with their evidence.

`queries.supply.codes` says what the kinds are. Codes of companies are public, and shown. What could be somebody's id
number is masked, with the name beside it left out.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any, Literal, LiteralString

from cryptography.fernet import Fernet, InvalidToken
from pydantic import Field

from graph_model.errors import BadRequest
from graph_model.facts import FactRow
from graph_model.identifiers import is_placeholder, mask_id, mask_ids_in, name_key, normalise_code, reg_number_valid
from graph_model.schema import FOREVER
from graph_model.store.connect import Graph
from queries.answers import AnswerShape, PartyRef
from queries.party.parties import party_refs
from queries.read.facts import fact_row

CodeKind = Literal["invalid", "placeholder", "duplicate-code", "duplicate-entity", "foreign-region"]


class RowRef(AnswerShape):
    """A row that was not taken, as the ledger has it."""

    run: str
    source: str
    file: str
    line: int
    field: str


class CodeProposal(AnswerShape):
    """What a wrong code should probably be, or with whom an entity should probably be merged. A human decides."""

    code: str | None = Field(None, description="the code that it probably is; null: nothing to type, see the party")
    party: PartyRef | None = Field(None, description="who has this code, or the entity that would stay")
    reasons: list[str]
    score: int = Field(description="more is more likely; only to put them in order")


PROVINCES: dict[str, str] = {
    "11": "北京",
    "12": "天津",
    "13": "河北",
    "14": "山西",
    "15": "内蒙古",
    "21": "辽宁",
    "22": "吉林",
    "23": "黑龙江",
    "31": "上海",
    "32": "江苏",
    "33": "浙江",
    "34": "安徽",
    "35": "福建",
    "36": "江西",
    "37": "山东",
    "41": "河南",
    "42": "湖北",
    "43": "湖南",
    "44": "广东",
    "45": "广西",
    "46": "海南",
    "50": "重庆",
    "51": "四川",
    "52": "贵州",
    "53": "云南",
    "54": "西藏",
    "61": "陕西",
    "62": "甘肃",
    "63": "青海",
    "64": "宁夏",
    "65": "新疆",
}
"""First two digits of a division code (GB/T 2260) → the short name of the province."""

FULL_NAMES = [
    n + end for n in PROVINCES.values() for end in ("省", "市", "自治区", "壮族自治区", "回族自治区", "维吾尔自治区")
]
"""How an address begins that names its province. The short name will not do: 北京路 is a street, 海南州 lies in 青海."""

NAME_COLUMNS: dict[str, str] = {
    "统一社会信用代码": "企业名称",
    "CF_XDR_SHXYM": "CF_XDR_MC",
    "CF_XDR_GSZC": "CF_XDR_MC",
    "CF_XDR_GSDJ": "CF_XDR_MC",
    "XK_XDR_SHXYM": "XK_XDR_MC",
    "XK_XDR_GSZC": "XK_XDR_MC",
    "cardNum": "iname",
    "主体证件号码": "主体名称",
    "当事人证件号码": "当事人名称",
    "股东证件号码": "股东名称",
    "列入机关代码": "列入机关",
}
"""Column of a code → the column that names whose code it is."""

OTHER_NAME_COLUMNS = ("企业名称", "单位名称", "主体名称", "名称")

NO_NAME_COLUMNS = ("隶属单位代码",)
"""Code columns of a third party that the row does not name."""

ORGAN_COLUMNS = ("CF_SJLY", "CF_CFJG", "XK_LYDW", "XK_XKJG", "列入机关", "决定机关", "courtName")
"""Columns that say whose row it is, the first that is filled; else the owner of the source."""

NUMBER_COLUMNS = ("CF_XDR_GSZC", "CF_XDR_GSDJ", "XK_XDR_GSZC", "工商注册号", "注册号")
REJECTED_CODES: LiteralString = """
MATCH (x:RejectedRow)-[:REJECTED_IN]->(r:Run)
WHERE x.code IN ['invalid-code', 'misplaced-id', 'missing-value']
OPTIONAL MATCH (r)-[:OF_SOURCE]->(s:Source)
RETURN x.run AS run, x.line AS line, x.field AS field, x.code AS code, x.reason AS reason, x.payload AS payload,
  r.source AS source, r.file + coalesce(' [' + r.sheet + ']', '') AS file, s.owner AS owner
ORDER BY r.started_seq, coalesce(r.place, 0), r.id, x.line
"""

STORED_INVALID: LiteralString = """
MATCH (i:Identifier)-[:IDENTIFIES]->(p:Entity)
WHERE i.valid = false AND i.scheme IN ['uscc', 'cn-reg', 'cn-org']
RETURN i.scheme AS scheme, i.value AS code, p.key AS key
ORDER BY code
"""


# What is stated under one code, and by whom. Versions count too: two of one day are two accounts, not two times.
SEVERAL_NAMES: LiteralString = """
MATCH (s:Statement)-[:ABOUT]->(p:Entity)
WHERE s.name IS NOT NULL
WITH p, coalesce(s.start_stated, p.key) AS own, collect(s) AS said, count(DISTINCT s.name) AS names
WHERE names > 1
MATCH (i:Identifier)-[l:IDENTIFIES]->(p)
WHERE i.scheme IN ['uscc', 'cn-reg'] AND coalesce(l.stated, p.key) = own
RETURN p.key AS key, own, [s IN said | properties(s)] AS said,
  collect(DISTINCT CASE i.scheme WHEN 'uscc' THEN i.value END) AS codes,
  collect(DISTINCT CASE i.scheme WHEN 'cn-reg' THEN i.value END) AS numbers
ORDER BY key, own
"""


# The organisation code is part of a credit code (characters 9 to 17): it is given once.
SAME_ORG_CODE: LiteralString = """
CALL () {
  MATCH (i:Identifier)-[:IDENTIFIES]->(p:Entity)
  WHERE i.scheme = 'uscc' AND i.value > ''
  RETURN substring(i.value, 8, 9) AS org, p
  UNION
  MATCH (i:Identifier)-[:IDENTIFIES]->(p:Entity)
  WHERE i.scheme = 'cn-org' AND i.value > ''
  RETURN i.value AS org, p
}
WITH org, p WHERE NOT p:Organ
WITH org, collect(DISTINCT p.key) AS keys
WHERE size(keys) > 1
RETURN org, keys ORDER BY org
"""

SAME_NAME: LiteralString = """
MATCH (p:Entity)
WHERE p.coded AND p.merged_into IS NULL AND NOT p:Organ
WITH p.name_key AS name, collect(p) AS bearers
WHERE size(bearers) > 1
UNWIND bearers AS p
CALL (p) {
  MATCH (p)-[r:REGISTERED_AT]->(a:Address) WHERE r.rec_to = $forever
  RETURN 'address' AS what, a.key AS value, null AS person
  UNION
  MATCH (p)<-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF]-(x:Party) WHERE r.rec_to = $forever
  RETURN 'head' AS what, x.name_key AS value, CASE WHEN x.coded THEN x.key END AS person
  UNION
  MATCH (s:Statement)-[:ABOUT]->(p) WHERE s.rec_to = $forever AND s.stock_code IS NOT NULL
  RETURN 'stock' AS what, s.stock_code AS value, null AS person
}
WITH name, what, value, collect(DISTINCT [p.key, person]) AS who
WHERE size(who) > 1
RETURN name, what, who ORDER BY name, what, value
"""

RELATED: LiteralString = """
UNWIND $pairs AS pair
MATCH (a:Party {key: pair[0]})-[r]-(b:Party {key: pair[1]})
WHERE r.rec_to = $forever
RETURN pair, collect(DISTINCT type(r)) AS types
"""

ABOUT_BOTH: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
CALL (p) {
  MATCH (p)-[r:REGISTERED_AT|LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF]-() WHERE r.rec_to = $forever
  RETURN type(r) AS type, properties(r) AS props, startNode(r).key AS start, endNode(r).key AS end
  UNION ALL
  MATCH (s:Statement)-[:ABOUT]->(p) WHERE s.rec_to = $forever
  RETURN 'ABOUT' AS type, properties(s) AS props, p.key AS start, p.key AS end
}
RETURN key, type, props, start, end ORDER BY key, type, props.fact_id
"""

OTHER_REGION: LiteralString = """
MATCH (i:Identifier)-[l:IDENTIFIES]->(p:Entity)
WHERE i.scheme = 'uscc' AND i.value > '' AND NOT p:Organ
WITH p, coalesce(l.stated, p.key) AS own, i.value AS code, substring(i.value, 2, 2) AS area
WITH p, own, code, area, $provinces[area] AS name
WHERE name IS NOT NULL
CALL (p, own, area, name) {
  MATCH (s:Statement)-[:ABOUT]->(p)
  WHERE s.rec_to = $forever AND coalesce(s.start_stated, p.key) = own AND s.region IS NOT NULL
    AND NOT s.region STARTS WITH name
    AND any(n IN $names WHERE s.region STARTS WITH n AND NOT substring(s.region, size(n), 1) IN ['州', '县', '藏', '蒙'])
  RETURN 'ABOUT' AS type, properties(s) AS props, p.key AS end, s.region AS stated
  UNION ALL
  MATCH (s:Statement)-[:ABOUT]->(p)
  WHERE s.rec_to = $forever AND coalesce(s.start_stated, p.key) = own
    AND s.region =~ '\\\\d{6}' AND NOT s.region STARTS WITH area
  RETURN 'ABOUT' AS type, properties(s) AS props, p.key AS end, s.region AS stated
  UNION ALL
  MATCH (p)-[r:REGISTERED_AT]->(a:Address)
  WHERE r.rec_to = $forever AND coalesce(r.start_stated, p.key) = own
    AND NOT a.name STARTS WITH name AND any(n IN $full WHERE a.name STARTS WITH n)
  RETURN 'REGISTERED_AT' AS type, properties(r) AS props, a.key AS end, a.name AS stated
}
RETURN p.key AS key, code, name, type, props, end, stated
ORDER BY key, code, type, props.fact_id
"""


@dataclass
class GatheredFinding:
    """One finding, while it is being gathered."""

    kind: str
    ref: str
    code: str
    scheme: str
    reasons: list[str]
    name: str | None = None
    owner: str | None = None
    row: RowRef | None = None
    number: str | None = None
    secret: bool = False
    keys: tuple[str, ...] = ()
    facts: tuple[FactRow, ...] = ()
    proposals: tuple[CodeProposal, ...] = ()


def scheme_of(reason: str) -> str | None:
    """Which code of a body a row was rejected for; None when it was something else, such as a person's number."""
    if "unified social credit code" in reason or "credit code" in reason:
        return "uscc"
    return "cn-reg" if "registration number" in reason else None


def rejected_codes(graph: Graph, cipher: Fernet) -> Iterator[GatheredFinding]:
    """Rows that were rejected for their code, opened with the key under which they are kept."""
    for r in graph.read(REJECTED_CODES):
        field = r["field"] or ""
        values = _opened(cipher, r["payload"])
        code = normalise_code(values.get(field)) or ""
        if r["code"] != "missing-value":
            kind, scheme = "invalid", scheme_of(r["reason"])
            reasons = [mask_ids_in(r["reason"])]
        else:
            # Only where a code stands that says "none": an empty cell is no code at all.
            kind, scheme = "placeholder", "uscc" if code and is_placeholder(code) else None
            reasons = ["it says that there is no code (占位码), where one is required"]
        if scheme is None or not code:
            continue
        secret = could_be_personal(code)
        number = next((n for c in NUMBER_COLUMNS if (n := normalise_code(values.get(c))) and reg_number_valid(n)), None)
        yield GatheredFinding(
            kind=kind,
            ref=f"{r['run']}:{r['line']}",
            code=code,
            scheme=scheme,
            reasons=[*reasons, *(["it could be somebody's id number in the wrong column"] if secret else [])],
            name=row_name(values, field),
            secret=secret,
            owner=row_owner(values) or r["owner"],
            row=RowRef(run=r["run"], source=r["source"], file=r["file"], line=r["line"], field=field),
            number=number,
        )


def _opened(cipher: Fernet, payload: Any) -> dict[str, str]:
    try:
        values = json.loads(cipher.decrypt(bytes(payload)))
    except InvalidToken as error:
        raise BadRequest("Rejected rows were kept under another id key: put it back to read them.") from error
    return {k: v for k, v in values.items() if v}


def row_name(values: dict[str, str], field: str) -> str | None:
    """Whose code a column of a row holds, as the row names it."""
    if field in NO_NAME_COLUMNS:
        return None
    columns = (NAME_COLUMNS[field],) if field in NAME_COLUMNS else OTHER_NAME_COLUMNS
    name = next((values[c].strip() for c in columns if values.get(c, "").strip()), None)
    return mask_ids_in(name) if name else None


def row_owner(values: dict[str, str]) -> str | None:
    """The organ that a row names as its own."""
    return next((values[c].strip() for c in ORGAN_COLUMNS if values.get(c, "").strip()), None)


_TYPED = str.maketrans("OILZSB", "011258")


def could_be_personal(code: str) -> bool:
    """Whether a faulty code could be a citizen id number, whole or mistyped: then it is never shown, nor is the name.

    Rather too much than too little: a wrong code of a public body that is all digits is masked too. No id number of a
    citizen begins with 9, as the codes of companies do.

    >>> could_be_personal("430102198001010011"), could_be_personal("43O1021980010100"), could_be_personal("91430102198001010X")
    (True, True, False)
    """
    digits = code.translate(_TYPED)
    if is_placeholder(code) or reg_number_valid(code):
        return False
    return bool(re.fullmatch(r"(?:[0-8]\d|9[04-8])\d{12,16}[\dX]", digits))


def code_shown(code: str) -> str:
    """A code as it may be shown: masked when it could be somebody's id number."""
    return mask_id(code) if could_be_personal(code) else code


def stored_codes(graph: Graph) -> Iterator[GatheredFinding]:
    """Codes by which a party is known although their check digits do not agree."""
    for r in graph.read(STORED_INVALID):
        yield GatheredFinding(
            kind="invalid",
            ref=r["key"],
            code=r["code"],
            scheme=r["scheme"],
            reasons=["a party is known by it, and its check digits do not agree"],
            keys=(r["key"],),
        )


_FORM = re.compile(r"\(.*?\)|有限责任公司|股份有限公司|有限公司|分公司|公司|合作社|事务所")


def names_alike(a: str, b: str) -> float:
    """How alike two names are without their legal form, 0 to 1."""
    a, b = (_FORM.sub("", name_key(x)) or name_key(x) for x in (a, b))
    return SequenceMatcher(None, a, b).ratio()


def duplicate_codes(graph: Graph) -> Iterator[GatheredFinding]:
    """One code, stated of clearly different bodies (一码多主体)."""
    for r in graph.read(SEVERAL_NAMES):
        rows = [(s, fact_row("ABOUT", r["key"], r["key"], s)) for s in r["said"]]
        codes_, numbers = [c for c in r["codes"] if c], [n for n in r["numbers"] if n]
        evidence: dict[str, FactRow] = {}
        reasons: list[str] = []
        for (a, fact), (b, other) in combinations(sorted(rows, key=lambda x: x[0]["fact_id"]), 2):
            if why := _contradiction(a, b, numbers):
                evidence |= {fact.fact_id: fact, other.fact_id: other}
                reasons += [why] if why not in reasons else []
        if evidence:
            owners = sorted({f.owner for f in evidence.values() if f.owner})
            yield GatheredFinding(
                kind="duplicate-code",
                ref=r["own"],
                code=(codes_ or numbers)[0],
                scheme="uscc" if codes_ else "cn-reg",
                reasons=reasons,
                owner="、".join(owners) or None,
                keys=(r["key"],),
                facts=tuple(evidence.values()),
            )


def _contradiction(a: dict[str, Any], b: dict[str, Any], numbers: Sequence[str]) -> str | None:
    """Why two statements under one code cannot well be about one body; None when they can."""
    one, two = a["name"], b["name"]
    if not one or not two or name_key(one) == name_key(two):
        return None
    former = {name_key(n) for s in (a, b) for n in s.get("former_names") or ()}
    if former & {name_key(one), name_key(two)}:
        return None
    believed = a["rec_to"] == b["rec_to"] == FOREVER
    if a["statement_id"] == b["statement_id"]:
        # A later version is a change of name; one of the same day contradicts.
        if a.get("data_date") is None or a.get("data_date") != b.get("data_date"):
            return None
        who = "two rows of one source for one day"
    elif believed:
        who = "two sources" if a["source"] != b["source"] else "two records of one source"
    else:
        return None
    founded = a.get("established_on"), b.get("established_on")
    if None not in founded and founded[0] != founded[1]:
        return f"{who} state different names and different days of registration"
    if len(numbers) > 1:
        return f"{who} state different names, and there are {len(numbers)} registration numbers"
    if names_alike(one, two) < 0.5:
        return f"{who} state names that have little in common"
    return None


_SAME = {
    "org": "the same organisation code, which is given once (组织机构代码, characters 9 to 17)",
    "name": "exactly the same name",
    "address": "the same registered address",
    "head": "a legal representative or principal of the same name",
    "person": "the same legal representative or principal",
    "stock": "the same stock code",
}


def duplicate_entities(graph: Graph) -> list[GatheredFinding]:
    """One body under two codes (一主体多码), those with the most reasons first."""
    pairs: dict[tuple[str, str], list[str]] = {}

    def add(one: str, two: str, what: str) -> None:
        reasons = pairs.setdefault((min(one, two), max(one, two)), [])
        reasons += [_SAME[what]] if _SAME[what] not in reasons else []

    for r in graph.read(SAME_ORG_CODE):
        first, *others = sorted(r["keys"])
        for key in others:
            add(first, key, "org")
    for r in graph.read(SAME_NAME, forever=FOREVER):
        # Each with the first: a value that hundreds share makes no square of pairs.
        who: list[tuple[str, str | None]] = sorted((tuple(w) for w in r["who"]), key=str)
        (first, person), *others = who
        for key, other in others:
            if key == first or (person and other and person != other):
                continue  # two persons of one name are known to be two
            add(first, key, "name")
            add(first, key, "person" if person and person == other else r["what"])
    related = {
        tuple(r["pair"]): r["types"] for r in graph.read(RELATED, pairs=[list(p) for p in pairs], forever=FOREVER)
    }
    keys = sorted({k for pair in pairs for k in pair})
    parties = party_refs(graph, keys)
    facts: dict[str, list[FactRow]] = defaultdict(list)
    for r in graph.read(ABOUT_BOTH, keys=keys, forever=FOREVER):
        facts[r["key"]].append(fact_row(r["type"], r["start"], r["end"], r["props"]))
    out = []
    for pair, reasons in pairs.items():
        # The one to keep: with a credit code, then the one of which more is said.
        def rank(key: str) -> tuple[bool, int, str]:
            schemes = {i.scheme for i in parties[key].identifiers}
            return "uscc" not in schemes, -len(facts[key]), key

        keep, other = sorted(pair, key=rank)
        code = next((i for i in parties[other].identifiers if i.scheme in ("uscc", "cn-reg", "cn-org")), None)
        proposals: tuple[CodeProposal, ...] = ()
        if types := related.get(pair):
            reasons = [*reasons, f"a source relates the two ({', '.join(sorted(types))}), so they are two"]
        else:
            why = [f"merge it into {keep}, which stays", "ask the registrar of the code first"]
            proposals = (CodeProposal(code=None, party=parties[keep], reasons=why, score=len(reasons)),)
        out.append(
            GatheredFinding(
                kind="duplicate-entity",
                ref=f"{keep}/{other}",
                code=code.value if code else "",
                scheme=code.scheme if code else "",
                reasons=reasons,
                name=parties[other].name,
                keys=(keep, other),
                facts=tuple({f.fact_id: f for key in (keep, other) for f in facts[key]}.values()),
                proposals=proposals,
            )
        )
    return sorted(out, key=lambda f: (-len(f.reasons), f.ref))


def foreign_regions(graph: Graph) -> list[GatheredFinding]:
    """Codes whose area is not the one stated of the body."""
    found: dict[tuple[str, str], GatheredFinding] = {}
    names = list(PROVINCES.values())
    rows = graph.read(OTHER_REGION, provinces=PROVINCES, names=names, full=FULL_NAMES, forever=FOREVER)
    for r in rows:
        fact = fact_row(r["type"], r["key"], r["end"], r["props"])
        one = found.setdefault(
            (r["key"], r["code"]),
            GatheredFinding(
                kind="foreign-region",
                ref=r["key"],
                code=r["code"],
                scheme="uscc",
                reasons=[
                    f"its characters 3 to 8 stand for {r['name']}, where it was first registered; it may have moved "
                    "since (仅供参考)"
                ],
                keys=(r["key"],),
            ),
        )
        what = "region" if r["type"] == "ABOUT" else "registered address"
        text = f"the {what} stated is elsewhere"
        one.reasons += [text] if text not in one.reasons else []
        one.facts = (*one.facts, fact)
        one.owner = one.owner or fact.owner
    return list(found.values())
