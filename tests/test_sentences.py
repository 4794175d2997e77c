"""Sentences of answers: each declared once, in two languages, and read back for certain."""

import ast
import re
from datetime import date
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_model.schema import RELATIONSHIP_BY_TYPE
from graph_model.schema.values import Judgement, Trust
from graph_model.sentences import FREE_TEXT, SENTENCES, SEVERAL, pattern_of, say, told
from graph_model.sentences.words import word

ROOT = Path(__file__).parents[1]
DAYS = st.dates().map(date.isoformat)
PLAIN = st.text("澧橘园食品有限公司甲乙丙A1", min_size=1, max_size=8)


def parameters_of(sentence: str) -> dict[str, str]:
    return {name: spec or "" for _, name, spec, _ in Formatter().parse(sentence) if name}


def said_in_code() -> list[tuple[str, str, set[str] | None]]:
    """Each `say(…)` with a literal code: where, which, with which parameters (None: it hands over more than it names)."""
    found = []
    for folder in ("graph_model", "queries", "loaders", "api"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"):
                    continue
                names = {k.arg for k in node.keywords}
                given = None if None in names else {name for name in names if name}
                code = node.args[0]
                for one in [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]:
                    if isinstance(one, ast.Constant):
                        found.append((f"{path.relative_to(ROOT)}:{node.lineno}", str(one.value), given))
    return found


def test_every_sentence_that_is_said_is_in_the_table_with_just_its_parameters() -> None:
    said = said_in_code()
    assert len(said) > 100
    for where, code, handed in said:
        assert code in SENTENCES, f"{where}: no sentence {code}"
        wanted = set(parameters_of(SENTENCES[code][0]))
        assert handed is None or handed == wanted, f"{where}: {code} takes {sorted(wanted)}, not {sorted(handed)}"


def test_every_sentence_of_the_table_is_said_somewhere() -> None:
    text = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("graph_model", "queries", "loaders", "api")
        for path in (ROOT / folder).rglob("*.py")
        if path.parent.name != "sentences"
    )
    filters = {"lists", "organs", "kinds", "acts", "sectors"}  # named like the parts of the filter
    assert {code for code in SENTENCES if f'"{code}"' not in text} - filters == set()


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_the_two_languages_of_a_sentence_say_the_same_things(code: str) -> None:
    en, zh = SENTENCES[code]
    assert set(parameters_of(zh)) <= set(parameters_of(en)), "Chinese names something that English does not"
    bare_en, bare_zh = (re.sub(r"`[^`]*`|\{[^}]*\}", "", text) for text in (en, zh))
    assert not re.findall(r"[A-Za-z]{3,}", bare_zh), f"English words in the Chinese sentence: {bare_zh}"
    assert not re.search(r"[A-Za-z]{3,}", bare_en) or re.search(r"[\u4e00-\u9fff]", bare_zh)


@pytest.mark.parametrize("code", sorted(SENTENCES))
@settings(max_examples=3)
@given(data=st.data())
def test_a_sentence_is_read_back_as_itself(code: str, data: st.DataObject) -> None:
    """Whatever its parameters are: what it was made of comes back, and no other sentence takes it for its own."""
    given: dict[str, object] = {}
    for name, spec in parameters_of(SENTENCES[code][0]).items():
        if spec:
            given[name] = data.draw(st.integers(0, 99)) / 100
        elif re.fullmatch(pattern_of(f"{{{name}}}"), "2024-03-01") and not re.fullmatch(
            pattern_of(f"{{{name}}}"), "甲"
        ):
            given[name] = data.draw(DAYS)
        elif not re.fullmatch(pattern_of(f"{{{name}}}"), "甲"):
            given[name] = data.draw(st.integers(1, 9999)) if name != "share" else "12.50%"
        else:
            given[name] = data.draw(PLAIN)
    text = say(code, **given)
    back = told(text)
    assert back.code == code, text
    assert back.en == text
    formats = parameters_of(SENTENCES[code][0])
    assert back.parameters == {name: format(value, formats[name]) for name, value in given.items()}


def test_numbers_sources_and_types_have_words() -> None:
    for value in (*get_args(Trust), *get_args(Judgement), "uscc", "cn-org", "cn-reg", *RELATIONSHIP_BY_TYPE):
        known = word(value)
        assert known is not None, value
        assert re.search(r"[\u4e00-\u9fff]", known[0])
    borne = say("record_bears", name="甲公司", key="e-1", scheme="cn-org", value="XN370878-8")
    assert told(borne).zh == "甲公司(e-1)有相同的组织机构代码:XN370878-8"


def test_words_of_a_clerk_stay_what_they_are() -> None:
    for text in ("经办人说明:材料齐全", "as the clerk wrote; and more", "resume", ""):
        assert told(text) == (FREE_TEXT, {}, text, text)


def test_sentences_that_were_joined_are_told_one_by_one() -> None:
    text = f"{say('day_of_act')}; {say('confirmation')}"
    assert told(text).code == SEVERAL
    assert told(text).zh == "行为日期;人工确认(个人信息保护法第24条)"


def test_types_and_words_inside_a_sentence_are_told_in_the_same_language() -> None:
    inside = say("last_stated", day=date(2023, 1, 1))
    text = say("post_held_on", what="the act", day=date(2024, 3, 1), why=inside)
    assert told(text).zh == "2024-03-01(行为日)是否任职:最后载明于2023-01-01,终止日不明"
    assert told(say("post_held", post="LEGAL_REPRESENTATIVE_OF")).zh == "当时是否任职(法定代表人)"
    assert (
        told(say("post_held", post="LEGAL_REPRESENTATIVE_OF")).en
        == "whether the post was held (legal representative of)"
    )
