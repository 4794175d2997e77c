"""Screening a file without a graph."""

import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from api.cli.screen import screen_file
from queries.party.sanction_filter import EVERYTHING

DAY = date(2026, 11, 22)


class Invented:
    """A screener that knows nobody's file: it answers with what it was asked."""

    def __init__(self, position: int = 7, pause: float = 0.0) -> None:
        self.position, self.day, self.stale, self.pause = position, DAY, None, pause
        self.walk, self.only = SimpleNamespace(hops=3), EVERYTHING
        self.when = {"as_of": DAY.isoformat(), "position": position}
        self.stands = {"position": position, "store": "s", "rules": "r", "derived": ["r", 0]}
        self.asked: list[Any] = []

    def screen(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        time.sleep(self.pause)
        self.asked += rows
        told = []
        for row in rows:
            said = "|".join(f"{role}={text}" for role, text in row)
            told.append({"result": "clear", "match": "matched", "note": said, "complete": True, "surrounding": 0})
        return [{**t, **self.when} for t in told]


def run(path: Path, to: Path, screener: Any = None, **more: Any) -> Any:
    asked: Any = screener or Invented()
    return screen_file(asked, path, to, more.pop("given", {}), **more)
