"""Random histories of loads and of recorded events, applied to a real graph."""

import csv
import json
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from graph_model.derivation import CONFIRM, derive
from graph_model.errors import BadRequest
from graph_model.events import FLOWS, MAY, Event
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.decisions.confirmations import Wanted, decide
from loaders.decisions.events import record
from loaders.load.engine import load
from loaders.sample.forms import SAMPLE_FILES
from loaders.sources import SOURCES
from queries.law.consequences import consequences_from
from queries.read.events import all_events, cases_of
from queries.read.facts import all_sanctions, cases
from tests.support.graphs import wipe
from tests.support.invented import citizen, code, company, decision

TODAY = date(2026, 11, 22)
LAST = date(2099, 1, 1)
A, B = "长沙甲食品有限公司", "长沙乙贸易有限公司"
HEADS = {"张三": citizen(1), "李四": citizen(2)}


def registers(head: str, other: str, since: str) -> list[dict[str, Any]]:
    return [
        company(A, 1, head, HEADS[head], 任职日期=since),
        company(B, 2, other, HEADS[other], 任职日期="2024-06-01"),
    ]


def officer(head: str, until: str) -> dict[str, Any]:
    row = {"统一社会信用代码": code(1), "企业名称": A, "姓名": head, "证件号码": HEADS[head], "职务": "董事"}
    return row | {"任职日期": "2019-01-01", "离任日期": until, "数据日期": "2026-06-30"}


LOADS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "register 张": ("register.csv", registers("张三", "李四", "2018-01-01")),
    "register 李": ("register.csv", registers("李四", "张三", "2024-02-01")),
    "officers": ("officers.csv", [officer("张三", ""), officer("李四", "2024-02-01")]),
    "food": ("decisions.csv", [decision(A, 1)]),
    "food, more": ("decisions.csv", [decision(A, 1, 内容="并处罚款")]),
    "tax": ("decisions.csv", [decision(A, 1, "TAX_D", 决定类别="rating", 决定文号="税2026-1", 决定日期="2025-08-01")]),
    "both": ("decisions.csv", [decision(A, 1, "REVOKE_BUSINESS_LICENCE", 决定文号="市监2"), decision(B, 2, "LIST-05")]),
}
DATES = ("2026-05-31", "2026-06-30", "2026-07-31")
STEP = st.one_of(
    st.tuples(st.just("load"), st.sampled_from(sorted(LOADS)), st.sampled_from(DATES)),
    st.tuples(st.just("flow"), st.sampled_from(["objection", "repair"]), st.integers(0, 40)),
    st.tuples(st.just("decide"), st.sampled_from(["confirmed", "refused"]), st.integers(0, 9)),
    st.tuples(
        st.just("say"), st.sampled_from(["finding", "named", "ordered", "lifted", "withdrawn"]), st.integers(0, 9)
    ),
)


def write(folder: Path, name: str, rows: list[dict[str, Any]], day: str) -> Path:
    (folder / "manifest.json").write_text(json.dumps({"data_date": day}))
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, SAMPLE_FILES[name].columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


class History:
    """One graph, and the steps that are applied to it."""

    def __init__(self, graph: Graph, keys: Keys, pack: RulePack) -> None:
        self.graph, self.keys, self.pack = graph, keys, pack
        self.day = date(2026, 8, 1)
        self.files: list[tuple[str, list[dict[str, Any]], str]] = []
        self.wipe()

    def wipe(self) -> None:
        wipe(self.graph, self.keys)

    def load(self, name: str, rows: list[dict[str, Any]], day: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            load(self.graph, self.keys, SOURCES["sample"], write(Path(folder), name, rows, day))

    def apply(self, step: tuple[str, str, Any]) -> None:
        kind, what, more = step
        self.day += timedelta(days=1)
        try:
            if kind == "load":
                name, rows = LOADS[what]
                self.load(name, rows, more)
                self.files.append((name, rows, more))
            elif kind == "flow":
                self.flow(what, more)
            elif kind == "decide":
                self.decide(what, more)
            else:
                self.say(what, more)
        except BadRequest:
            pass  # refused: then nothing may have changed, and the comparison below holds all the same

    def sanction(self, choice: int) -> str:
        found = all_sanctions(self.graph)
        if not found:
            raise BadRequest("nothing is loaded yet")
        return found[choice % len(found)]

    def flow(self, kind: str, choice: int) -> None:
        sanction = self.sanction(choice)
        number = f"{kind}-{choice % 3}-{sanction}"
        steps = cases_of(all_events(self.graph, kind), kind).get(number)
        after = FLOWS[kind][steps[-1].stage if steps else None]
        if not after:
            raise BadRequest("over")
        taken: list[Event] = []
        while after and len(taken) < 1 + choice % 3:  # sometimes several steps at once
            stage = after[choice % len(after)]
            details = {"type": ("fulfilled", "bankruptcy")[choice % 2]} if stage == "applied" else {}
            role = MAY[kind, stage][0]
            taken.append(
                Event("", kind, stage, sanction, self.day, case=number, role=role, reason="按程序", details=details)
            )
            after = FLOWS[kind][stage]
        record(self.graph, taken, today=TODAY)

    def decide(self, decision: str, choice: int) -> None:
        shown = consequences_from(self.graph, self.pack, self.sanction(choice), as_of=LAST).consequences
        some = [c for c in shown if decision == "refused" or c.missing == [CONFIRM]]
        if some:
            wanted = [Wanted(c.key, c.digest) for c in some[:: 1 + choice % 2]]
            decide(
                self.graph, self.pack, wanted, decision=decision, day=self.day, role="source_organ", reason="核对",
                today=TODAY,
            )  # fmt: skip

    def say(self, what: str, choice: int) -> None:
        sanction = self.sanction(choice)
        persons = [r["k"] for r in self.graph.read("MATCH (p:Person) RETURN p.key AS k ORDER BY k")]
        kind = {"lifted": "lifting", "withdrawn": "withdrawal"}.get(what, "finding")
        subject = persons[choice % len(persons)] if persons and kind != "withdrawal" else None
        details = {"capacity": ("LR", "DRP", "DRM")[choice % 3]} if kind == "finding" else {}
        said = Event(
            "", kind, what, sanction, self.day, subject=subject, role="source_organ", reason="文书", details=details
        )
        record(self.graph, [said], today=TODAY)

    def stored(self) -> dict[str, Any]:
        rows = self.graph.read("MATCH (c:Consequence) RETURN properties(c) AS c")
        told = ("digest", "timeline", "missing", "reading", "basis", "fact_ids", "retired")
        return {r["c"]["key"]: [r["c"].get(name) for name in told] for r in rows}

    def whole(self) -> set[str]:
        around = cases(self.graph, all_sanctions(self.graph), self.pack, position=self.graph.position())
        return {c.key for c in derive(around, self.pack)}

    def told(self) -> list[str]:
        """Consequences with status and evidence, without what the clock numbers."""
        rows = []
        for key in all_sanctions(self.graph):
            for c in consequences_from(self.graph, self.pack, key, as_of=LAST, retired=True).consequences:
                facts = [(f.type, f.from_, f.to, f.since, f.until, f.source, f.record) for f in c.evidence]
                rows.append(str([c.key, c.timeline, c.missing, c.reading, c.legal_basis, c.digest, c.retired, facts]))
        return sorted(rows)
