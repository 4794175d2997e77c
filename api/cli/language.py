"""In which language the terminal speaks: `--lang`, else CREDITGRAPH_LANG, else that of the system."""

import locale
import os
from typing import Literal

from graph_model.errors import BadRequest
from graph_model.sentences import told
from graph_model.store.settings import PREFIX, Settings

Language = Literal["zh", "en"]
SPEAKS: tuple[Language, ...] = ("zh", "en")


def speak(language: str) -> None:
    """From now on the terminal speaks this language, and so does whatever is started from here.

    Raises:
        BadRequest: we do not speak it.
    """
    if language not in SPEAKS:
        raise BadRequest(f"There is no language {language!r} here: use --lang zh or --lang en.")
    os.environ[f"{PREFIX}LANG"] = language


def spoken() -> Language:
    """The language of the terminal."""
    asked = Settings().lang.lower()
    if asked not in ("", *SPEAKS):
        raise BadRequest(f"{PREFIX}LANG is {asked!r}: set it to zh or en, or not at all.")
    if asked == "":
        system = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
        asked = system or locale.getlocale()[0] or ""
    return "zh" if asked.lower().startswith(("zh", "chinese")) else "en"


def either(zh: str, en: str) -> str:
    """A word in the language of the terminal."""
    return zh if spoken() == "zh" else en


def in_words(text: str | None) -> str:
    """A sentence of an answer in the language of the terminal; words of a source stay what they are."""
    one = told(text or "")
    return one.zh if spoken() == "zh" else one.en
