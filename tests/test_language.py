"""The terminal speaks one language: that of `--lang`, of CREDITGRAPH_LANG, or of the system."""

import re

import pytest

from api.cli.language import either, in_words, spoken
from graph_model.errors import BadRequest
from graph_model.sentences import say
from graph_model.store.connect import Graph
from graph_model.store.neo4j_process import Server
from loaders.sample.story import STORY
from tests.support.types import Cli

NO_WORDS = {
    "lookup",
    "exposure",
    "uscc",
    "sample",
    "shuanggongshi",
    "creditgraph",
    "line",
    "json",
    "csv",
    "cn-reg",
    "licence",
}
"""Names of questions, sources, schemes and files, and words that sources wrote: they are the same in every language."""


@pytest.mark.parametrize(
    ("told", "system", "language"),
    [
        ("zh", "en_GB.UTF-8", "zh"),
        ("en", "zh_CN.UTF-8", "en"),
        ("", "zh_CN.UTF-8", "zh"),
        ("", "de_DE", "en"),
        ("", "C", "en"),
    ],
)
def test_what_is_set_goes_before_the_system(
    told: str, system: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITGRAPH_LANG", told)
    monkeypatch.setenv("LC_ALL", system)
    assert (spoken(), either("中文", "English")) == (language, {"zh": "中文", "en": "English"}[language])
    assert in_words(say("day_of_act")) == {"zh": "行为日期", "en": "day of the act (行为日期)"}[language]


def test_a_language_that_is_not_spoken_is_refused(monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    monkeypatch.setenv("CREDITGRAPH_LANG", "fr")
    with pytest.raises(BadRequest, match="CREDITGRAPH_LANG is 'fr'"):
        spoken()
    monkeypatch.setenv("CREDITGRAPH_LANG", "en")
    status, _, error = cli("--lang", "fr", "rules", "list")
    assert (status, "--lang zh or --lang en" in error) == (2, True)


@pytest.mark.parametrize("question", ["lookup", "exposure"])
def test_a_chinese_answer_has_no_english_words(
    question: str, sample_graph: Graph, sample_server: Server, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITGRAPH_LANG", "en")  # what --lang sets is taken back after the test
    number = STORY.food.number
    status, told, error = cli("--lang", "zh", question, number, "--as-of", "2026-06-30", "--store", sample_server.store)
    assert status == 0, error
    assert "有结果" in told
    words = {word.lower() for word in re.findall(r"(?<![\w.-])[A-Za-z]{4,}(?![\w.-])", told)}
    assert words - NO_WORDS == set()
