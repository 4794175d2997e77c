"""Random files about the same few companies: registers that rename them, orders of courts, penalties with some numbers."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.load.engine import load
from loaders.sources import SOURCES
from tests.support.graphs import balanced, present_view, wipe
from tests.support.histories import write as write_csv
from tests.support.invented import citizen, code
from tests.support.rows import company, order, penalty, reg

NAMES = [f"长沙{sign}食品有限公司" for sign in "甲乙丙"]
DAYS = ("2026-04-30", "2026-05-31", "2026-06-30")
HEADS = {"张三": citizen(1), "李四": citizen(2)}


def org(number: int) -> str:
    """The organisation code that stands in the credit code."""
    return code(number)[8:17]


name = st.sampled_from(NAMES)
day = st.sampled_from(DAYS)
head = st.sampled_from(["", *HEADS, "John Li", "JOHN LI"])
spelt = st.sampled_from(["长沙ABC有限公司", "长沙Abc有限公司"])
"""Known to nobody but the courts, who are in no agreement on how to write it."""


@st.composite
def companies(draw: Any) -> list[dict[str, Any]]:
    """A whole register: two companies and an individual business; what changes are their names."""
    rows = []
    for number, who in enumerate(("张三", "李四", ""), 1):
        told = {"曾用名": ";".join(draw(st.lists(name, max_size=1)))}
        kind = "92" if number == 3 else "91"
        told |= {"企业类型": "个体工商户"} if kind == "92" else {}
        rows.append(company(draw(name), number, who, HEADS.get(who, ""), kind, **told))
    return rows


REGISTER = st.tuples(st.just("sample"), st.just("register.csv"), companies(), day)
ORDERS = st.tuples(
    st.just("court-limits"),
    st.just("orders.json"),
    st.lists(st.builds(order, name | spelt, st.integers(1, 9), head), min_size=1, max_size=3, unique_by=str),
    day,
)
NUMBERS = {"CF_XDR_SHXYM": code, "CF_XDR_GSZC": reg, "CF_XDR_ZZJG": org}


@st.composite
def penalties(draw: Any) -> list[dict[str, Any]]:
    """Companies named by some of their numbers; what one number says of another comes in any file, or in none."""
    rows = []
    for number in draw(st.lists(st.integers(1, 2), min_size=1, max_size=3)):
        told = draw(st.lists(st.sampled_from(sorted(NUMBERS)), min_size=1, max_size=2, unique=True))
        own = {field: NUMBERS[field](number) for field in told}
        rows.append(penalty(draw(name), f"长市监罚〔2024〕{draw(st.integers(1, 9))}号", **own))
    return rows


PENALTIES = st.tuples(st.just("shuanggongshi"), st.just("penalties.json"), penalties(), day)
FILES = st.lists(
    st.one_of(REGISTER, ORDERS, PENALTIES),
    min_size=2,
    max_size=6,
)


def put(folder: Path, file: str, rows: list[dict[str, Any]], data_date: str) -> Path:
    """A file in a folder of its own, with its data date beside it."""
    folder.mkdir()
    if not file.endswith(".json"):
        return write_csv(folder, file, rows, data_date)
    (folder / "manifest.json").write_text(json.dumps({"data_date": data_date}))
    (folder / file).write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return folder / file


def loaded(graph: Graph, keys: Keys, folder: Path, files: list[Any]) -> dict[str, list[str]]:
    wipe(graph, keys)
    for place, (source, file, rows, data_date) in enumerate(files):
        load(graph, keys, SOURCES[source], put(folder / str(place), file, rows, data_date))
    balanced(graph)
    return present_view(graph, origin=False)
