"""Many parties at once: who is each, is it sanctioned, what reaches it, who near it is sanctioned and by which path?

The same answers as `queries.party.parties.resolve`, the stored consequences and `queries.network.exposure.exposure` give for one
party, read from the copy of the graph in memory (`queries.projection`), without shapes and each party once. A row is
matched by its numbers and full names only, never by a part of a name; when they mean different parties it is a
contradiction, and nothing is chosen. What is unknown, ambiguous, contradictory, incomplete or stale is never `clear`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, LiteralString

from pydantic import Field

from graph_model.facts import FactRow
from graph_model.hubs import why_hub
from graph_model.identifiers import (
    KeyedHash,
    name_key,
    normalise_code,
    normalise_org_code,
    own_number,
)
from graph_model.rules import RulePack
from graph_model.schema import RELATIONSHIP_BY_TYPE
from graph_model.store.connect import Graph
from graph_model.text import clean
from graph_model.timeline import status_on
from graph_model.walk import JUDGED, Steps, Walk
from queries.answers import AnswerShape, SanctionRef, overall_status
from queries.law.consequences import read_timeline, status_among
from queries.network.exposure import MAX_HITS, levels_of, searches, uncertain_of, weight_of
from queries.network.listed_owners import listed_owners
from queries.network.ownership import MAX_PARTIES
from queries.party.doubts import rejected_of_texts
from queries.party.list_cells import fault_of, name_in, says_nothing, schemes_of
from queries.party.parties import _KEY, SHOWN_SCHEMES, lucene_phrases, standing_status, unofficial_cut
from queries.party.records import kept_promises_status
from queries.party.sanction_filter import EVERYTHING, SanctionFilter
from queries.projection.format import ORG
from queries.read.derived import stale
from queries.read.facts import crossing

if TYPE_CHECKING:
    from queries.projection.reader import ProjectionReader


class Screening(AnswerShape):
    """What became of the rows of a list of parties; the answers themselves stand in the file that was written."""

    question: Literal["screen"] = "screen"
    as_of: date
    position: int = Field(description="clock position for which all rows are true")
    hops: int
    input: str
    output: str
    columns: dict[str, list[str]] = Field(description="code, number, name → the columns that say who is meant")
    rows: int = Field(description="rows in, and rows out")
    results: dict[str, int] = Field(description="result → rows")
    only: str | None = Field(
        None, description="which sanctions were looked at; null = all. Measures are never left out"
    )
    stale: str | None = Field(None, description="why consequences may be out of date; null = they are not")
    resumed_at: int = Field(0, description="rows that an earlier run of the same command had done, which was ended")


MAX_ROW_CANDIDATES = 20
"""Of an ambiguous row; how many there are is told."""
LIKE = 5
"""Candidates of a name that nobody bears in full."""
LOOKED_FOR = 200
"""Unknown names of one call for which candidates are looked for: the graph is asked for each."""
KEPT = 200_000
"""Answers that are kept for rows to come."""
NOT_LOOKED_FOR = "candidates were not looked for"
HUBS_SHOWN = 3
DOUBTS_WITHIN = Walk.of(1)
"""How far the doubts reach that a measure may hang on."""

CELL_ROLES = ("code", "number", "name")
"""What a cell may say of a party: its credit code, another number or key, its full name."""

BY_TEXTS: LiteralString = """
UNWIND $texts AS text
CALL (text) {
  CALL db.index.fulltext.queryNodes('party_names', text[1], {limit: $limit}) YIELD node, score
  WHERE EXISTS { (node)<-[:IDENTIFIES]-() }
  RETURN node.key AS key, score ORDER BY score DESC, key
}
RETURN text[0] AS text, collect(key) AS keys
"""


@dataclass(slots=True)
class Who:
    """Whom a row means."""

    match: str
    """matched, unknown, ambiguous, contradiction, invalid"""
    node: int | None = None
    by: str = ""
    candidates: list[int] = field(default_factory=list)
    note: str = ""


SCREEN_COLUMNS: tuple[str, ...] = (
    "result",
    "match",
    "matched_by",
    "key",
    "name",
    "candidates",
    "own_in_force",
    "own_ended",
    "consequences",
    "measures_active",
    "measures_candidate",
    "measures_other",
    "promises",
    "exposure",
    "surrounding",
    "historical",
    "nearest",
    "distance",
    "path",
    "path_facts",
    "uncertain",
    "listed_low",
    "listed_high",
    "listed_half",
    "listed_owners",
    "complete",
    "cut",
    "note",
    "as_of",
    "position",
)
"""What is told of each row; `distance`, `surrounding`, `historical`, `position` are numbers, `complete` yes or no."""
NUMBERS = ("surrounding", "historical", "distance", "listed_low", "listed_high", "position")
FLAGS = ("complete",)

Told = dict[str, Any]


class Screener:
    """Answers rows, all as at one position of the graph. For one thread."""

    def __init__(
        self,
        graph: Graph,
        reader: "ProjectionReader",
        pack: RulePack,
        *,
        hops: int = 3,
        as_of: date,
        hash: KeyedHash | None = None,
        only: SanctionFilter = EVERYTHING,
    ) -> None:
        """
        Args:
            hops: 1 to 6, over all walkable relationships.
            as_of: the day for relationships, sanctions and measures.
            only: sanctions of some lists, organs, kinds, acts or sectors; measures are never left out.
            hash: for id numbers; None: they find nobody.

        Raises:
            BadRequest: a depth out of bounds.
        """
        self.graph, self.reader, self.base, self.state = graph, reader, reader.base, reader.state
        self.walk, self.day, self.hash, self.pack, self.only = Walk.of(hops), as_of, hash, pack, only
        self.position = reader.position
        self.stale = stale(self.state.pack, self.state.underived, pack)
        self.when: Told = {"as_of": as_of.isoformat(), "position": self.position}
        """What stands beside every answer."""
        self.stands = {
            "position": self.position,
            "store": self.base.manifest["store"],
            "rules": pack.digest,
            "derived": [self.state.pack, self.state.underived],
            "only": only.parameters,
        }
        """What answers depend on, beside the question."""
        self.levels = levels_of(reader.judgements, False)
        self._found: dict[str, list[int]] = {}
        self._told: dict[int, Told] = {}
        self._sanctions: dict[int, list[SanctionRef]] = {}
        self._facts: dict[int, FactRow] = {}
        self._hub_names: dict[int, str] = {}

    def screen(self, rows: Sequence[Sequence[tuple[str, str]]]) -> list[Told]:
        """The answers to rows of (role, text), in their order; by `SCREEN_COLUMNS`, what is not known left out."""
        rows = [[(role, clean(text)) for role, text in row if not says_nothing(text)] for row in rows]
        self._find({text.strip() for row in rows for _, text in row})
        who = [self._who(row) for row in rows]
        like = self._like(row for row, w in zip(rows, who, strict=True) if w.match in ("unknown", "invalid"))
        told = [self._row(row, w, like) for row, w in zip(rows, who, strict=True)]
        asked = [[text for _, text in row] if w.match == "unknown" else [] for row, w in zip(rows, who, strict=True)]
        return [one | why for one, why in zip(told, rejected_of_texts(self.graph, asked), strict=True)]

    # --- who is it? ---------------------------------------------------------------------------------------

    def _find(self, texts: Iterable[str]) -> None:
        """Fills `_found`: exactly whom `queries.party.parties.resolve` finds by a key, a number or a full name."""
        if len(self._found) > KEPT:
            self._found.clear()
        new = [text for text in texts if text not in self._found]
        keys = [text for text in new if _KEY.fullmatch(text)]
        for key, standing in zip(keys, self._bearers(f"key\n{key}" for key in keys), strict=True):
            node = self.base.node_of(self.state, key)
            # Merged or linked by a name, it stands at another party.
            self._found[key] = [] if node is None else standing[:1] or [node]
        numbers: list[tuple[str, str]] = []
        for text in new:
            if text not in self._found:
                numbers += [(text, wanted) for wanted in self._numbers(text)]
        for (text, _), nodes in zip(numbers, self._bearers(wanted for _, wanted in numbers), strict=True):
            if nodes:
                self._found[text] = sorted({*self._found.get(text, ()), *nodes})
        named = [text for text in new if text not in self._found]
        for text, nodes in zip(named, self._bearers(f"name\n{name_key(text)}" for text in named), strict=True):
            self._found[text] = nodes

    def _bearers(self, texts: Iterable[str]) -> list[list[int]]:
        return self.base.bearers_of(self.state, list(texts))

    def _numbers(self, text: str) -> list[str]:
        """As `queries.party.parties` asks for the identifiers of a text."""
        code = normalise_code(text)
        if not code:
            return []
        org = normalise_org_code(text) or code
        wanted = [f"{scheme}\n{org if scheme == 'cn-org' else code}" for scheme in SHOWN_SCHEMES]
        wanted.append(f"{ORG}\n{org}")
        if len(code) == 6 and code.isdecimal():
            wanted += [f"stock\n{code}.{exchange}" for exchange in ("SH", "SZ", "BJ")]
        if self.hash is not None and len(code) in (15, 18):
            wanted.append(f"cn-id\n{self.hash.of('cn-id', code)}")
        if (own := own_number(text)) is not None:
            wanted += ["\n".join(own), *(["\n".join((own[0], self.hash.of(*own)))] if self.hash is not None else [])]
        return wanted

    def _who(self, row: Sequence[tuple[str, str]]) -> Who:
        if not row:
            return Who("unknown", note="the row names nobody")
        found = [(role, text, nodes) for role, text in row if (nodes := self._found[text.strip()])]
        missing = [(role, text) for role, text in row if not self._found[text.strip()]]
        wrong = [fault for role, text in missing if role != "name" and (fault := fault_of(role, text))]
        by = "+".join(dict.fromkeys(role for role, _, _ in found))
        if not found:
            return Who("invalid", note="; ".join(wrong)) if wrong else Who("unknown")
        common = sorted(set.intersection(*(set(nodes) for _, _, nodes in found)))
        if not common:
            every = sorted({n for _, _, nodes in found for n in nodes})
            return Who("contradiction", by=by, candidates=every, note=f"{by.replace('+', ' and ')} mean other parties")
        if len(common) > 1:
            return Who("ambiguous", by=by, candidates=common, note=f"{len(common)} parties have this {by}")
        (node,) = common
        numbers = [text for role, text in missing if role != "name"]
        if by == "name" and numbers:
            return self._by_name_only(node, numbers, wrong)
        notes = ["another number of the row is not known"] if numbers else []
        unknown = [name_key(text) for role, text in missing if role == "name"]
        if unknown:
            party = self.base.party(self.state, node)[0]
            names = {name_key(n) for n in (party["name"], *(party["former_names"] or ())) if n}
            if not names.issuperset(unknown):
                notes.append("the name in the row is not the party's name")
        return Who("matched", node, by, note="; ".join(notes))

    def _by_name_only(self, node: int, numbers: Sequence[str], wrong: Sequence[str]) -> Who:
        """A number that is given and not known is not overruled by a name."""
        if wrong:
            return Who("invalid", by="name", candidates=[node], note="; ".join(wrong))
        _, labels, identifiers, _ = self.base.party(self.state, node)
        schemes = {i["scheme"] for i in identifiers}
        if any(schemes & schemes_of(text) for text in numbers):
            note = "the party of this name has another number"
            return Who("contradiction", by="name", candidates=[node], note=note)
        if "Person" in labels:
            note = "a person is not taken by the name alone when the number is not known"
            return Who("ambiguous", by="name", candidates=[node], note=note)
        return Who("matched", node, "name", note="the number of the row is not known")

    def _like(self, rows: Iterable[Sequence[tuple[str, str]]]) -> dict[str, list[int] | None]:
        """Text → parties whose name contains it; None where it was not looked for."""
        texts = dict.fromkeys(text for row in rows if (text := name_in(row)))
        wanted = [[text, phrases] for text in texts if (phrases := lucene_phrases(text))]
        out: dict[str, list[int] | None] = dict.fromkeys(texts, None)
        out.update((text, []) for text, _ in wanted[:LOOKED_FOR])
        for r in self.graph.read(BY_TEXTS, texts=wanted[:LOOKED_FOR], limit=LIKE) if wanted else ():
            nodes = (self.base.node_of(self.state, key) for key in r["keys"])
            out[r["text"]] = [n for n in nodes if n is not None]
        return out

    def _candidate(self, node: int) -> str:
        party, _, identifiers, _ = self.base.party(self.state, node)
        shown = [i["value"] for i in identifiers if i["scheme"] in SHOWN_SCHEMES]
        masked = party.get("id_masked")
        return f"{party['name'] or '(无名称)'} ({', '.join([*shown, *([masked] if masked else []), party['key']])})"

    def _row(self, row: Sequence[tuple[str, str]], who: Who, like: Mapping[str, list[int] | None]) -> Told:
        told: Told = {"match": who.match, "matched_by": who.by, **self.when}
        if who.node is not None:
            note = "; ".join(text for text in (who.note, self.only.words) if text)
            return {**told, **self._party(who.node), "note": note}
        nodes, note = who.candidates, who.note
        if not nodes and (text := name_in(row)):
            looked = like.get(text)
            if looked is None:
                note = f"{note}; {NOT_LOOKED_FOR}" if note else NOT_LOOKED_FOR
            nodes = looked or []
        some = [self._candidate(n) for n in nodes[:MAX_ROW_CANDIDATES]]
        if len(nodes) > MAX_ROW_CANDIDATES:
            some.append(f"… {len(nodes)} in all")
        return {**told, "result": who.match, "candidates": "; ".join(some), "note": note}

    # --- what of it? --------------------------------------------------------------------------------------

    def _party(self, node: int) -> Told:
        told = self._told.get(node)
        if told is None:
            if len(self._told) > KEPT:
                self._told.clear()
            own = self._sanctions_of(node)
            told = {"key": self.base.key_of(self.state, node), "name": self._name(node)}
            told["own_in_force"] = "; ".join(_sanction(s) for s in own if s.may_stand)
            told["own_ended"] = "; ".join(_sanction(s) for s in own if not s.may_stand)
            told |= self._consequences(node) | self._exposure(node, own) | self._listed_owners(node)
            told["promises"] = kept_promises_status(self.base.listed(self.state, node, "promises"), self.day)
            parts = (told["consequences"], self._for_others(node), told["exposure"], told["promises"])
            result = overall_status(parts)
            told["result"] = "stale" if result == "clear" and self.stale else result
            self._told[node] = told
        return told

    def _name_by_key(self, key: str) -> str:
        node = self.base.node_of(self.state, key)
        return "" if node is None else self._name(node)

    def _name(self, node: int) -> str:
        return self.base.name_of(self.state, node)

    def _sanctions_of(self, node: int) -> list[SanctionRef]:
        if not self.state.sanctioned.goal[node]:
            return []
        if node not in self._sanctions:
            key = self.base.key_of(self.state, node)
            some = self.reader.sanctions([key], self.day).get(key, [])
            self._sanctions[node] = [s for s in some if self.only.fits(s)] if self.only else some
        return self._sanctions[node]

    def _consequences(self, node: int) -> Told:
        by_status: dict[str, dict[str, None]] = {}
        for c in self.base.listed(self.state, node, "consequences"):
            status = status_on(read_timeline(c["timeline"]), self.day)
            if status is not None and status != "ended":
                by_status.setdefault(status, {})[c["measure"]] = None
        others = [f"{self._measure(m)} ({s})" for s, ms in by_status.items() for m in ms if s not in _PLAIN]
        status = status_among(by_status)
        if status == "clear" and self._doubted_beside(node):
            status = "incomplete"
        return {
            "consequences": "stale" if self.stale else status,
            "measures_active": "; ".join(map(self._measure, by_status.get("active", ()))),
            "measures_candidate": "; ".join(map(self._measure, by_status.get("candidate", ()))),
            "measures_other": "; ".join(others),
        }

    def _for_others(self, node: int) -> str:
        """What the measures say that its own sanctions have for others."""
        begun = (
            status_on(read_timeline(c["timeline"]), self.day) for c in self.base.listed(self.state, node, "others")
        )
        return status_among({one for one in begun if one is not None})

    def _measure(self, code: str) -> str:
        measure = self.pack.codes.measures.get(code)
        return f"{code} {measure.zh}" if measure else code

    def _exposure(self, node: int, own: Sequence[SanctionRef]) -> Told:
        """As `queries.network.exposure.exposure` counts and chooses; no measured bound is looked behind where it says none."""
        walk, state = self.walk, self.state
        cut: list[str] = []
        leads: dict[int, tuple[int, bool]] = {}
        near: list[_Near] = []
        if state.sanctioned.goal[node] or state.sanctioned.near[node] <= walk.hops:
            for present, cross in searches(self.levels, True):
                more = self._search(node, present, cross, leads, near, cut)
                if more:
                    cut.append(f"more than {MAX_HITS} sanctioned parties")
                    break
        if walk.hops > 1 and state.hubs.near[node] <= walk.hops - 1:
            cut += self._hubs(node)
        if state.doubted.near[node] <= walk.hops:
            cut += self._doubts(node)
        rings = [present and self._in_force(n) for n, (_, present) in leads.items() if self._sanctions_of(n)]
        surrounding = sum(rings)
        around = [s for n, (_, present) in leads.items() if present for s in self._sanctions_of(n)]
        cut += [one.detail for one in unofficial_cut(around, own)]
        if over := sum(s.status == "term_over" for s in (*own, *around)):
            cut.append(f"the term of {over} list entries is over and no removal is known (期满, 未见移出)")
        told: Told = {
            "exposure": overall_status([standing_status([*own, *around]), "incomplete" if cut else "clear"]),
            "surrounding": surrounding,
            "historical": len(rings) - surrounding,
            "complete": not cut,
            "cut": "; ".join(cut),
        }
        return told | self._nearest(node, near)

    def _listed_owners(self, node: int) -> Told:
        """As `queries.network.listed_owners` answers; it is asked only where anybody above is listed or in doubt."""
        state, key = self.state, self.base.key_of(self.state, node)
        if state.person[node]:
            return {}
        above, whole = self.reader.owners_of(node, self.day, MAX_PARTIES)
        if whole and not any(state.doubted.goal[n] or self._in_force(n) for n in (node, *above)):
            return {"listed_low": 0.0, "listed_high": 0.0, "listed_half": "no"}
        found = listed_owners(self.graph, key, as_of=self.day, only=self.only, reader=self.reader)
        names = [f"{o.party.name or ''} ({o.party.key})" for o in found.owners[:MAX_ROW_CANDIDATES]]
        if len(found.owners) > MAX_ROW_CANDIDATES:
            names.append(f"… {len(found.owners)} in all")
        half = "incomplete" if found.half == "no" and not found.complete else found.half
        return {
            "listed_low": found.low,
            "listed_high": found.high,
            "listed_half": half,
            "listed_owners": "; ".join(names),
        }

    def _doubted_beside(self, node: int) -> bool:
        """Whether it, or whoever is one relationship away, bears the name or number of a record that was not linked."""
        near = self.state.doubted.near[node]
        return near == 0 or (near == 1 and bool(self.reader.doubts_near(node, DOUBTS_WITHIN, self.day, cross=[])))

    def _doubts(self, node: int) -> list[str]:
        """Whose name or number a record bears that was not linked to it, the party itself first."""
        near = self.reader.doubts_near(node, self.walk, self.day, cross=self.levels[-1])
        near.sort(key=lambda found: (found[1], self.base.key_of(self.state, found[0])))
        told = [f"{self._name(n)} ({self.base.key_of(self.state, n)})" for n, _ in near[:HUBS_SHOWN]]
        told += [f"… {len(near)} in all"] * (len(near) > HUBS_SHOWN)
        return [f"records not linked, or rows not taken, bear names or numbers of {', '.join(told)}"] if near else []

    def _in_force(self, node: int) -> bool:
        return standing_status(self._sanctions_of(node)) != "clear"

    def _search(
        self,
        node: int,
        present: bool,
        cross: tuple[str, ...],
        leads: dict[int, tuple[int, bool]],
        near: list["_Near"],
        cut: list[str],
    ) -> bool:
        """One search; what it is the first to find goes into `leads`, the nearest in force into `near`."""
        more = False
        nearest: list[tuple[int, int]] = []

        def wanted(hits: list[tuple[int, int]]) -> list[int]:
            nonlocal more, nearest
            if self.only:
                hits = [(n, d) for n, d in hits if self.reader.fits(n, self.only)]
            if len(hits) > MAX_HITS:
                more = True
                hits = sorted(hits, key=lambda h: (h[1], self.base.key_of(self.state, h[0])))[:MAX_HITS]
            fresh = [(n, d) for n, d in hits if n not in leads]
            leads.update((n, (d, present)) for n, d in fresh)
            if present:
                known = near[0].distance if near else None
                some = [(n, d) for n, d in fresh if (known is None or d <= known) and self._in_force(n)]
                least = min((d for _, d in some), default=None)
                nearest = [(n, d) for n, d in some if d == least]
            return [n for n, _ in nearest]

        _, ways, over = self.reader.reach(node, self.walk, self.day, now=present, cross=cross, wanted=wanted)
        if over:
            cut.append("more nodes were reached than one search may")
        if nearest:
            if near and nearest[0][1] < near[0].distance:
                near.clear()
            near.append(_Near(nearest[0][1], [n for n, _ in nearest], ways))
        return more

    def _nearest(self, node: int, near: Sequence["_Near"]) -> Told:
        """The first of the surrounding hits as `exposure` orders them, and the first of its paths."""
        if not near:
            return {}
        end, path, distance = self._only_way(node, near) or self._best_way(node, near)
        key = self.base.key_of(self.state, end)
        names = {k: self._name_by_key(k) for f in path for k in (f.start, f.end)}
        notes = uncertain_of(path, self.walk.min_share) + [crossing(f) for f in path if f.type == JUDGED]
        return {
            "nearest": f"{names[key]} ({key})",
            "distance": distance,
            "path": _words(self.base.key_of(self.state, node), path, names),
            "path_facts": " ".join(f.fact_id for f in path),
            "uncertain": "; ".join(notes),
        }

    def _only_way(self, node: int, near: Sequence["_Near"]) -> tuple[int, list[FactRow], int] | None:
        """One hit, to which one path leads, as is most often so: there is nothing to choose."""
        group = near[0]
        if len(near) > 1 or len(group.nodes) > 1 or len(group.ways) > group.distance:
            return None
        onward = {a: (edge, b) for a, edge, b in group.ways}
        path, at = [], node
        while at != group.nodes[0]:
            edge, at = onward[at]
            path.append(self._fact(edge))
        return at, path, group.distance

    def _best_way(self, node: int, near: Sequence["_Near"]) -> tuple[int, list[FactRow], int]:
        facts = {f.fact_id: f for group in near for _, edge, _ in group.ways for f in [self._fact(edge)]}
        weights = {fact_id: weight_of(f) for fact_id, f in facts.items()}
        best: tuple[float, str, int, Steps] | None = None
        for group in near:
            steps = Steps(str(node), ((str(a), self._fact(e).fact_id, str(b)) for a, e, b in group.ways))
            for n in group.nodes:
                strength = -round(steps.strongest(str(n), weights.__getitem__), 4)
                if best is None or strength <= best[0]:
                    order = (strength, self.base.key_of(self.state, n))
                    if best is None or order < best[:2]:
                        best = (*order, n, steps)
        assert best is not None
        _, _, end, steps = best
        return end, [facts[f] for f in steps.paths(str(end), 1)[0][0]], near[0].distance

    def _fact(self, edge: int) -> FactRow:
        fact = self._facts.get(edge)
        if fact is None:
            if len(self._facts) > KEPT:
                self._facts.clear()
            fact = self._facts[edge] = self.base.fact(self.state, edge)
        return fact

    def _hubs(self, node: int) -> list[str]:
        hubs = self.reader.hubs_near(node, self.walk, self.day, cross=self.levels[-1])
        if not hubs:
            return []
        least = sorted(hubs, key=lambda h: (h[1], self.base.key_of(self.state, h[0])))[:HUBS_SHOWN]
        more = f" and {len(hubs) - HUBS_SHOWN} more" if len(hubs) > HUBS_SHOWN else ""
        return [f"not walked through: {', '.join(self._hub(n) for n, _ in least)}{more}"]

    def _hub(self, node: int) -> str:
        if node not in self._hub_names:
            party, _, _, tag = self.base.party(self.state, node)
            why = why_hub(tag, party["degree"]).removeprefix("has ")
            self._hub_names[node] = f"{party['name'] or party['key']} ({why})"
        return self._hub_names[node]


@dataclass(slots=True)
class _Near:
    """Parties with a sanction in force at one distance, and the steps that lead to them."""

    distance: int
    nodes: list[int]
    ways: list[tuple[int, int, int]]


_PLAIN = ("active", "candidate")


def _sanction(s: SanctionRef) -> str:
    day = s.decided_on.isoformat() if s.decided_on else None
    words = " ".join(w for w in (s.title or s.kind, s.authority, s.document_number, day) if w)
    if s.codes:
        words += f" [{', '.join(s.codes)}]"
    if s.status == "unknown":
        words += " (dates not known)"
    if s.trust != "official":
        words += f" ({s.trust.replace('_', '-')}: no official source states it)"
    if s.status == "term_over":
        words += " (期满, 未见移出 term over, no removal known)"
    return words + (f" ({s.disputed})" if s.disputed else "")


def _words(start: str, path: Sequence[FactRow], names: Mapping[str, str]) -> str:
    """A path in words: name —relationship (dates)→ name …; the arrow points as the relationship does."""
    parts, at = [names.get(start) or start], start
    for f in path:
        along = f.start == at
        at = f.end if along else f.start
        if f.type == JUDGED:
            said = "判定同一人 same person"
        else:
            held = f"{f.since or '?'} → {f.until or '…'}"
            said = f"{f.props.get('post') or RELATIONSHIP_BY_TYPE[f.type].ZH} {held}"
        parts += [f"—{said}→" if along else f"←{said}—", names.get(at) or at]
    return " ".join(parts)
