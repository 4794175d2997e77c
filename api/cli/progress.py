"""Bars for long work; lines where nobody looks."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Event, Thread

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text


class RateColumn(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> Text:
        """What is shown."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


SECONDS = 10.0
"""So often a line tells how far long work is, where there is no terminal."""


@contextmanager
def bars(console: Console) -> Generator[Progress]:
    """Bars that go when the work is done; where nobody looks, a line every ten seconds."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
    )
    seen = console.is_terminal
    with Progress(*columns, console=console, transient=not seen, disable=not seen) as bar:
        if seen:
            yield bar
            return
        done = Event()
        teller = Thread(target=_lines, args=(bar, done, lambda line: console.print(line, highlight=False)), daemon=True)
        teller.start()
        try:
            yield bar
        finally:
            done.set()
            teller.join()


def _lines(bar: Progress, done: Event, tell: Callable[[str], None]) -> None:
    """What changed, now and then; the same thing once."""
    told, began = "", time.monotonic()
    while not done.wait(SECONDS):
        line = "; ".join(how_far(task) for task in bar.tasks if not task.finished)
        if line and line != told:
            tell(f"{line} ({time.monotonic() - began:.0f} s)")
            told = line


def how_far(task: Task) -> str:
    """A task as a line tells it."""
    of = f" of {task.total:,.0f}" if task.total else ""
    return f"{task.description} {task.completed:,.0f}{of}"
