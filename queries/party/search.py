"""Who is meant? Everything by which an investigator may look for a party, the surest first, with how many there are."""

import re
from collections.abc import Iterator
from datetime import date
from typing import LiteralString

from graph_model.identifiers import KeyedHash, name_key, normalise_code
from graph_model.names import alike_key, simplified
from graph_model.schema import FOREVER
from graph_model.sentences import say
from graph_model.store.connect import Graph
from graph_model.text import clean
from queries.answers import Answer, Cut
from queries.party.parties import exact_keys, lucene_phrases, party_refs
from queries.read.moment import Moment, one_moment

MOST_FOUND = 1_000
"""Parties that are counted, of one search."""
SEARCH_SECONDS = 5.0
"""For names in which the text stands anywhere: all of them are read."""

BY_PART: LiteralString = """
CALL db.index.fulltext.queryNodes('party_names', $text, {limit: $limit}) YIELD node, score
WHERE EXISTS { (node)<-[:IDENTIFIES]-() }
RETURN node.key AS key ORDER BY score DESC, key
"""

BY_SPELLING: LiteralString = """
UNWIND $names AS name
CALL (name) {
  MATCH (p:Party {name_key: name})
  RETURN p
  UNION
  MATCH (p:Party {name_alike: name})
  RETURN p
}
WITH DISTINCT p WHERE EXISTS { (p)<-[:IDENTIFIES]-() }
RETURN p.key AS key ORDER BY key LIMIT $limit
"""

BY_CODE_BEGINNING: LiteralString = """
UNWIND ['uscc', 'cn-reg', 'cn-org', 'stock'] AS scheme
MATCH (i:Identifier)-[:IDENTIFIES]->(p:Party)
WHERE i.scheme = scheme AND i.value STARTS WITH $code
RETURN DISTINCT p.key AS key, i.value AS value ORDER BY value, key LIMIT $limit
"""

BY_DOCUMENT: LiteralString = """
UNWIND $numbers AS number
CALL (number) {
  MATCH (s:Sanction {document_number: number})-[i:IMPOSED_ON]->(p:Party)
  WHERE i.rec_to = $forever AND s.retired IS NULL AND NOT i.digest IN coalesce(s.retired_content, [])
  RETURN p
  UNION
  MATCH (c:Credential {document_number: number})<-[h:HOLDS]-(p:Party)
  WHERE h.rec_to = $forever
  RETURN p
}
RETURN DISTINCT p.key AS key ORDER BY key LIMIT $limit
"""

BY_ADDRESS: LiteralString = """
MATCH (:Address {key: $address})<-[r:REGISTERED_AT]-(p:Party)
WHERE r.rec_to = $forever
RETURN DISTINCT p.key AS key ORDER BY key LIMIT $limit
"""

BY_REPRESENTATIVE: LiteralString = """
UNWIND $names AS name
MATCH (p:Party {name_key: name})-[r:LEGAL_REPRESENTATIVE_OF]->(e:Party)
WHERE r.rec_to = $forever
RETURN DISTINCT e.key AS key ORDER BY key LIMIT $limit
"""

BY_INITIALS: LiteralString = """
MATCH (p:Party)
USING TEXT INDEX p:Party(initials)
WHERE p.initials CONTAINS $letters AND EXISTS { (p)<-[:IDENTIFIES]-() }
RETURN p.key AS key ORDER BY NOT p.initials STARTS WITH $letters, size(p.initials), key LIMIT $limit
"""

ANYWHERE: LiteralString = """
MATCH (p:Party)
WHERE p.name_key CONTAINS $part AND EXISTS { (p)<-[:IDENTIFIES]-() }
RETURN p.key AS key ORDER BY size(p.name_key), key LIMIT $limit
"""

_REPRESENTATIVE = re.compile(r"(?:法定代表人|法人代表|法人|legal representative)\s*[:：]?\s*(.+)", re.IGNORECASE)
_OPEN, _CLOSE = "〔[［【(（〈", "〕]］】)）〉"
_BRACKETED = re.compile(f"[{re.escape(_OPEN)}]([0-9]{{4}})[{re.escape(_CLOSE)}]")

NOT_FOUND = say("found_nothing")


@one_moment
def find(
    graph: Graph,
    text: str,
    *,
    as_of: "date | Moment",
    hash: KeyedHash | None = None,
    limit: int = 20,
    skip: int = 0,
) -> Answer:
    """Which parties answer to this text, and how many are there?

    Looked for, in this order: a key, a number, a full name (in either script, with or without brackets), the companies of
    whom somebody is the legal representative (`法定代表人 NAME`), a document number, a full address, the beginning of a
    number, a part of a name or former name; a single character and a part of a Latin word or number anywhere in a name;
    and the first letters of the pinyin of a name (hnxj: 湖南湘江…), from two of them on.

    Args:
        hash: for id numbers and addresses; None: they find nobody.
        limit, skip: which of the parties found are shown.
    """
    moment = Moment.of(graph, as_of)
    text, cut = clean(text), []
    keys: dict[str, None] = {}
    try:
        for found in _ways(graph, text, hash):
            keys.update(dict.fromkeys(found))
            if len(keys) > MOST_FOUND:
                break
    except TimeoutError:
        detail = say("time_names", seconds=SEARCH_SECONDS)
        cut.append(Cut(reason="time", detail=detail))
    shown = list(keys)[skip : skip + limit]
    many = say("more_than", limit=MOST_FOUND) if len(keys) > MOST_FOUND else str(len(keys))
    if len(shown) < len(keys):
        last = skip + len(shown)
        detail = say("limit_shown", first=skip + 1, last=last, total=many) if shown else say("none_shown", total=many)
        cut.append(Cut(reason="limit", detail=detail))
    return Answer(
        question="find",
        as_of=moment.as_of,
        position=moment.position,
        status="hit" if keys else "incomplete" if cut else "unknown",
        reason=None if keys else NOT_FOUND,
        candidates=list(party_refs(graph, shown, moment).values()),
        total=min(len(keys), MOST_FOUND),
        cut=cut,
        complete=not cut,
    )


def _ways(graph: Graph, text: str, hash: KeyedHash | None) -> Iterator[list[str]]:
    """Keys by each way of looking, the surest first."""
    limit = MOST_FOUND + 1
    texts = list(dict.fromkeys((text, simplified(text))))
    names = [name_key(one) for one in texts]

    def keys(query: LiteralString, timeout: float | None = None, **parameters: object) -> list[str]:
        return [r["key"] for r in graph.read(query, timeout=timeout, limit=limit, **parameters)]

    yield exact_keys(graph, text, hash, limit)
    yield keys(BY_SPELLING, names=list({*names, *(alike_key(name) or name for name in names)}))
    if match := _REPRESENTATIVE.fullmatch(text):
        yield keys(BY_REPRESENTATIVE, names=[name_key(match[1]), name_key(simplified(match[1]))], forever=FOREVER)
    if _BRACKETED.search(text):
        pairs = zip(_OPEN, _CLOSE, strict=True)
        numbers = [text, *(_BRACKETED.sub(rf"{a}\1{b}", text) for a, b in pairs)]
        yield keys(BY_DOCUMENT, numbers=numbers, forever=FOREVER)
    else:
        yield keys(BY_DOCUMENT, numbers=[text], forever=FOREVER)
    if hash is not None:
        address = f"a-{hash.of('address', name_key(text))[:20]}"
        yield keys(BY_ADDRESS, address=address, forever=FOREVER)
    code = normalise_code(text) or ""
    if 4 <= len(code) < 18 and code.isascii() and code.isalnum():
        yield keys(BY_CODE_BEGINNING, code=code)
    for one in texts:
        if phrases := lucene_phrases(one):
            yield keys(BY_PART, text=phrases)
    for name in dict.fromkeys(names):
        # The index of names knows pairs of Chinese characters and whole Latin words.
        if len(name) == 1 or (len(name) > 1 and re.search("[0-9A-Z]", name)):
            yield keys(ANYWHERE, SEARCH_SECONDS, part=name)
    if re.fullmatch("[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*", text) and len(text) > 1:
        yield keys(BY_INITIALS, SEARCH_SECONDS, letters=text.lower())
