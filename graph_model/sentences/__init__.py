"""What answers say in words: every sentence once, in English and in Chinese, under a code, with its parameters.

Inside the product a sentence is its English text: that is what is stored, compared and joined. `say` makes it, and `told`
reads it back into code, parameters and both languages, for whoever shows it. A text that no sentence has (the reason that
a person gave, for example) is told as it is, with the code `text`.

The tables: `law` (derivation, events, timelines, why-not), `answers` (gaps, cuts, reasons of look-ups and of the network),
`checks` (checks, publication, repair, organs, tasks).
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from string import Formatter
from typing import NamedTuple

from graph_model.sentences.answers import ANSWER_SENTENCES
from graph_model.sentences.checks import CHECK_SENTENCES
from graph_model.sentences.law import LAW_SENTENCES
from graph_model.sentences.words import word

SENTENCES: dict[str, tuple[str, str]] = {**LAW_SENTENCES, **ANSWER_SENTENCES, **CHECK_SENTENCES}
"""Code → the sentence in English and in Chinese; `{name}` stands for a parameter."""

FREE_TEXT = "text"
"""The code of what is nobody's sentence here: words of a source or of a person."""

SEVERAL = "several"
"""The code of sentences that were joined by `; `: its parameters are numbered."""


class Told(NamedTuple):
    """A sentence: its code, its parameters as text, and what it says in both languages."""

    code: str
    parameters: dict[str, str]
    zh: str
    en: str


def say(code: str, **parameters: object) -> str:
    """A sentence in English.

    >>> say("limit_relationships", limit=60)
    'only 60 relationships are shown'
    """
    return SENTENCES[code][0].format_map(parameters)


@lru_cache(8192)
def told(text: str) -> Told:
    """What a text says, in both languages.

    >>> told("only 60 relationships are shown")
    Told(code='limit_relationships', parameters={'limit': '60'}, zh='只显示前60条关系', en='only 60 relationships are shown')
    >>> told("as the clerk wrote").code
    'text'
    """
    for code, pattern in _candidates(text):
        if found := pattern.fullmatch(text):
            return _rendered(code, found.groupdict())
    parts = [told(part) for part in text.split("; ")] if "; " in text else []
    if parts and all(part.code != FREE_TEXT for part in parts):
        numbered = {str(n): part.en for n, part in enumerate(parts, 1)}
        return Told(SEVERAL, numbered, ";".join(p.zh for p in parts), "; ".join(p.en for p in parts))
    return Told(FREE_TEXT, {}, text, text)


def chinese(text: str) -> str:
    """The same in Chinese."""
    return told(text).zh


def _rendered(code: str, parameters: dict[str, str]) -> Told:
    en, zh = SENTENCES[code]
    both = {name: _both(value) for name, value in parameters.items()}
    return Told(
        code,
        parameters,
        _PLAIN.sub("{\\1}", zh).format_map({name: z for name, (z, _) in both.items()}),
        _PLAIN.sub("{\\1}", en).format_map({name: e for name, (_, e) in both.items()}),
    )


_PLAIN = re.compile(r"\{(\w+):[^}]*\}")


def _both(value: str) -> tuple[str, str]:
    """A parameter in Chinese and English: a word of ours, a sentence, or what it is."""
    if known := word(value):
        return known
    one = told(value)
    return one.zh, one.en


def _candidates(text: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """The sentences that a text may be: those that begin with its first word, then those that begin with a parameter."""
    table = _by_first_word()
    yield from table.get(text.partition(" ")[0].rstrip(",:;"), ())
    yield from table.get("", ())


@cache
def _by_first_word() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """First word → code and pattern; of two that fit the one with more words of its own comes first."""
    table: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for code, (english, _) in sorted(SENTENCES.items(), key=lambda item: -len(_PARAMETER.sub("", item[1][0]))):
        first = english.partition(" ")[0]
        table.setdefault("" if "{" in first else first.rstrip(",:;"), []).append((code, pattern_of(english)))
    return table


_PARAMETER = re.compile(r"\{[^}]*\}")

_DAY, _NUMBER = r"\d{4}-\d\d-\d\d", r"[\d,.]+"
_SHAPES = {
    **dict.fromkeys(("day", "begin", "over"), _DAY),
    **dict.fromkeys(
        ("limit", "degree", "years", "year", "count", "depth", "seconds", "tries", "persons", "pairs"), _NUMBER
    ),
    "share": r"[\d.]+%?(?: to [\d.]+%)?",
}


def pattern_of(english: str) -> re.Pattern[str]:
    """The texts that a sentence can be: days, numbers and shares look like such, other parameters are any text."""
    out = ""
    for literal, name, _, _ in Formatter().parse(english):
        out += re.escape(literal)
        if name is not None:
            out += f"(?P<{name}>{_SHAPES.get(name, '.+?')})"
    return re.compile(out, re.DOTALL)
