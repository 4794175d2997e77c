"""Names of persons: a table that a reader can check, and what must hold for all of them."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from graph_model.names import COMPOUND_SURNAMES, SURNAME_READINGS, agreement, han_readings, parse_name, simplified
from graph_model.same_person import tokens

ROWS = yaml.safe_load((Path(__file__).parent / "name_pairs.yaml").read_text(encoding="utf-8"))
WORDS = sorted({text for row in ROWS for text in (row["a"], row["b"])})
PIECES = st.sampled_from(
    ["王", "伟", "鄧", "暉", "邓晖", "单", "欧阳", "Hui", "Deng", " ", ",", "(", ")", "大", "曾用名", "·", "ü"]
)
NAMES = st.one_of(st.sampled_from(WORDS), st.lists(PIECES, min_size=1, max_size=6).map("".join), st.text(max_size=12))


def how(a: str, b: str) -> str:
    return agreement([parse_name(a)], [parse_name(b)]) or "none"


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r['a']} / {r['b']}")
def test_by_what_two_names_agree(row: dict[str, str]) -> None:
    assert how(row["a"], row["b"]) == row["by"]


@given(NAMES, NAMES)
def test_agreement_is_mutual_and_found_by_its_tokens(a: str, b: str) -> None:
    assert how(a, b) == how(b, a)
    assert how(a, a) == "same"
    if how(a, b) != "none":
        assert tokens([parse_name(a)]) & tokens([parse_name(b)])


@given(NAMES)
def test_a_mark_never_joins(text: str) -> None:
    assert how(f"{text}(大)", text) != "same"
    assert parse_name(f"杨光({text})").form != "杨光" or parse_name(f"杨光({text})").aliases


def test_a_former_name_counts_as_an_alias() -> None:
    now, before, other = parse_name("李明"), parse_name("张明"), parse_name("張明")
    assert agreement([now, before], [other]) == "alias"
    assert agreement([other], [now, before]) == "alias"
    assert agreement([now], [other]) is None
    assert agreement([], [other]) is None


def test_simplifying_twice_is_simplifying_once() -> None:
    for word in WORDS:
        assert simplified(simplified(word)) == simplified(word)


def test_every_surname_of_the_table_is_read_as_it_says() -> None:
    for surname, readings in {**SURNAME_READINGS, **COMPOUND_SURNAMES}.items():
        assert len(surname) == (2 if surname in COMPOUND_SURNAMES else 1)
        found = han_readings(f"{surname}明")
        assert found
        assert all(f"{reading} ming" in found for reading in readings)
        assert simplified(surname) == surname, "the table is looked up after simplifying"
