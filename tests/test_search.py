"""Whatever an investigator types finds the party, says how many there are, and what was not looked for."""

from datetime import date

import pytest

from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from queries.answers import Answer
from queries.party.search import find
from tests.support.invented import citizen, code, company, decision
from tests.support.types import LoadFile, Put

DAY = date(2026, 7, 1)
NAME = "长沙寻见ABC2000食品有限公司"
ADDRESS = "湖南省长沙市寻见路8号"


@pytest.fixture
def searched(graph: Graph, keys: Keys, load_file: LoadFile, put: Put) -> Graph:
    rows = [
        company(NAME, 1, "张三", citizen(1), 注册地址=ADDRESS),
        company("衡阳（龘）贸易有限公司", 2, "李四", citizen(2)),
        company("衡陽龍門實業有限公司", 3, "王五", citizen(3)),
        *(company(f"湘潭同类{n}号有限公司", 10 + n, "", "") for n in range(30)),
    ]
    load_file("sample", put("register.csv", rows))
    load_file("sample", put("decisions.csv", [decision(NAME, 1, 决定文号="长市监罚〔2024〕77号")]))
    return graph


def names(answer: Answer) -> list[str | None]:
    return [party.name for party in answer.candidates]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (code(1), NAME),
        (code(1)[:10], NAME),
        (code(1)[8:16] + "-" + code(1)[16], NAME),
        (NAME, NAME),
        ("寻见", NAME),
        ("BC200", NAME),
        ("abc2000", NAME),
        ("法定代表人 张三", NAME),
        ("法定代表人：张三", NAME),
        ("长市监罚〔2024〕77号", NAME),
        ("长市监罚[2024]77号", NAME),
        ("长市监罚（2024）77号", NAME),
        (ADDRESS, NAME),
        ("龘", "衡阳（龘）贸易有限公司"),
        ("衡陽龘貿易有限公司", "衡阳（龘）贸易有限公司"),
        ("衡阳龙门实业有限公司", "衡陽龍門實業有限公司"),
        ("csxjabc", NAME),
        ("XJABC2", NAME),
        ("hylmsy", "衡陽龍門實業有限公司"),
    ],
)
def test_it_is_found(searched: Graph, keys: Keys, text: str, name: str) -> None:
    answer = find(searched, text, as_of=DAY, hash=keys.hash)
    assert (answer.status, names(answer)[:1]) == ("hit", [name])


def test_how_many_there_are_is_told_and_the_rest_can_be_asked_for(searched: Graph, keys: Keys) -> None:
    first = find(searched, "同类", as_of=DAY, hash=keys.hash)
    assert (len(first.candidates), first.total, first.complete) == (20, 30, False)
    assert first.cut[0].detail == "1 to 20 of 30 are shown"
    rest = find(searched, "同类", as_of=DAY, hash=keys.hash, skip=20)
    assert len({*names(first), *names(rest)}) == 30
    assert find(searched, "同类", as_of=DAY, hash=keys.hash, limit=30).complete


def test_what_was_not_looked_for_is_said(searched: Graph, keys: Keys) -> None:
    answer = find(searched, "xunjian", as_of=DAY, hash=keys.hash)
    assert (answer.status, answer.total) == ("unknown", 0)
    assert "not looked for: whole syllables of pinyin, parts of an address" in (answer.reason or "")


def test_first_letters_find_with_how_many_there_are(searched: Graph, keys: Keys) -> None:
    first = find(searched, "xttl", as_of=DAY, hash=keys.hash, limit=20)
    rest = find(searched, "xttl", as_of=DAY, hash=keys.hash, limit=20, skip=20)
    assert (first.total, len(first.candidates), len(rest.candidates), first.complete) == (30, 20, 10, False)
    assert len({*names(first), *names(rest)}) == 30
