"""What all commands share: consoles, options, progress bars, the store, and how an answer is printed."""

import json
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel
from rich.console import Console

from api.cli import show
from api.cli.exit_codes import exit_code
from graph_model.errors import BadRequest
from graph_model.identifiers import mask_ids_in
from graph_model.rules import RulePack, load_pack
from graph_model.store.connect import Graph, connect, today
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from queries.answers import Answer, PartyRef
from queries.party.parties import no_party, resolve
from queries.read.moment import Moment

if TYPE_CHECKING:
    from rich.progress import Progress

# Piped text is not squeezed into 80 columns: it is read by a file or a pager.
out = Console() if sys.stdout.isatty() else Console(width=160)
err = Console(stderr=True)


def day_of(text: str) -> date:
    """The day that an option gives.

    Raises:
        BadParameter: it is none.
    """
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it as 2024-12-31") from None


StoreOption = Annotated[
    str | None, typer.Option("--store", "-s", help="Local store: main (default), demo, or a name of yours.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON on standard output, nothing else there.")]
AsOfOption = Annotated[
    date | None,
    typer.Option("--as-of", parser=day_of, metavar="DATE", help="The day asked about; default today."),
]
KnownAtOption = Annotated[
    date | None,
    typer.Option("--known-at", parser=day_of, metavar="DATE", help="As was known at the end of this day."),
]
FailOption = Annotated[bool, typer.Option("--fail-on-hit", help="Exit 3 on a hit, 4 when it cannot be said.")]
HopsOption = Annotated[int, typer.Option("--hops", min=1, max=6, help="How far to look, in relationships.")]
UnconfirmedOption = Annotated[
    bool, typer.Option("--include-unconfirmed", help="Also across judgements `unsure` of the same person.")
]
AuthorOption = Annotated[str, typer.Option("--author", metavar="AUTHOR", help="Who decides; kept with the record.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept with the record.")]
DayOption = Annotated[
    date | None, typer.Option("--day", parser=day_of, metavar="DATE", help="When it happened; default today.")
]
ListOption = Annotated[
    list[str] | None,
    typer.Option("--list", metavar="CODE", help="Only sanctions of this list: trigger code or whole title."),
]
OrganOption = Annotated[
    list[str] | None, typer.Option("--organ", metavar="TEXT", help="Only sanctions of organs with this in their name.")
]
KindOption = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="KIND", help="Only: penalty, list_entry, court_order, decision, judgment, rating."),
]
ActOption = Annotated[
    list[str] | None, typer.Option("--act", metavar="CODE", help="Only sanctions for this act (A01, BRIBERY, …).")
]
SectorOption = Annotated[
    list[str] | None, typer.Option("--sector", metavar="CODE", help="Only sanctions of this sector (D06, TAX, …).")
]
PartiesArgument = Annotated[list[str], typer.Argument(metavar="PARTY", help="Keys, codes, numbers or full names.")]
PartyArgument = Annotated[str, typer.Argument(metavar="KEY_OR_NAME", help="Key, code, number or full name.")]


# --- plumbing ---------------------------------------------------------------------------------------------


@contextmanager
def progress() -> Generator["Progress"]:
    """A bar on standard error, where that is a terminal."""
    from api.cli.progress import bars  # here: most answers are there before a bar could be drawn

    with bars(err) as bar:
        yield bar


def told_by(bar: "Progress") -> Callable[[str, int, int], None]:
    """What long work tells of its stages, on bars."""
    tasks: dict[str, Any] = {}

    def told(stage: str, done: int, total: int) -> None:
        task = tasks.get(stage)
        if task is None:
            task = tasks[stage] = bar.add_task(stage)
        bar.update(task, completed=done, total=max(done, total))

    return told


@contextmanager
def start_progress() -> Generator[Callable[..., None]]:
    """What a start of Neo4j tells how far it is. No bar is made before it has something to tell."""
    labels = {"jars": "fetching Neo4j (MB)", "start": "starting Neo4j"}
    tasks: dict[str, Any] = {}
    with ExitStack() as stack:

        def told(stage: str, done: int, total: int) -> None:
            bar = tasks[""] = tasks.get("") or stack.enter_context(progress())
            scale = 1_000_000 if stage == "jars" else 1
            if stage not in tasks:
                tasks[stage] = bar.add_task(labels.get(stage, stage), total=max(total // scale, 1))
                if not err.is_terminal:
                    err.print(f"{labels.get(stage, stage)} …")
            bar.update(tasks[stage], completed=done // scale, total=max(total // scale, 1))

        yield told


@contextmanager
def graph_of(store: str | None, *, empty: bool = False, older: bool = False) -> Generator[Graph]:
    """The graph of a store; its Neo4j is started when it has to be.

    Args:
        empty: whoever fills it, or speaks of files and not of parties, may find it empty; a question may not.
        older: whoever brings it up may find that another version made it.

    Raises:
        ConfigError: it was written with another id key.
        StoreNotReady: it is empty, or another version made it.
    """
    with start_progress() as told:
        graph = connect(Settings(), store, progress=told)
    with graph:
        if not older:
            graph.require_data(load_keys(Settings()).fingerprint, empty=empty)
        yield graph


def one_party(graph: Graph, text: str) -> PartyRef:
    """The party that a command is about, by key, number or full name.

    Raises:
        BadRequest: nobody is meant, or several may be: their names and keys are told. No id number is repeated.
    """
    party, several = resolve(graph, text.strip(), hash=load_keys(Settings()).hash)
    if party is not None:
        return party
    if several:
        which = "; ".join(f"{c.name or c.label} ({c.key})" for c in several[:10])
        raise BadRequest(f"{mask_ids_in(text)!r} does not name exactly one party. Take a key: {which}")
    raise BadRequest(
        f"No party has the key, number or name {mask_ids_in(text)!r}: creditgraph find also looks for parts of names."
    )


def _plain(value: object) -> object:
    """What JSON has no word for: models, dataclasses, rows that are read when they are written; all else as text."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return list(value) if isinstance(value, Iterator) else str(value)


def print_json(value: Any, *, one_line: bool = False) -> None:
    """A value as JSON on standard output."""
    text = json.dumps(value, ensure_ascii=False, indent=None if one_line else 2, default=_plain)
    sys.stdout.write(text + "\n")


def tell(answer: Any, as_json: bool, show: Callable[[Any], object], *, one_line: bool = False) -> None:
    """The answer: as JSON alone, or as text for people.

    Args:
        answer: a shape, or shapes in lists and dictionaries. An iterator in it is read for JSON only.
        show: prints it for people.
        one_line: it is one of several answers, a line of JSON each, and is told at once.
    """
    if as_json:
        print_json(answer, one_line=one_line)
        if one_line:
            sys.stdout.flush()
    else:
        show(answer)


def end(status: str, complete: bool, fail: bool) -> None:
    """Ends as an answer came out, where that was asked for by `--fail-on-hit`."""
    if fail:
        raise typer.Exit(exit_code(status, complete))


def finish(answer: Answer, pack: RulePack, as_json: bool, fail: bool) -> None:
    """Tell an answer about a party, and end as it came out where that was asked for."""
    tell(answer, as_json, lambda found: show.show_answer(out, found, pack))
    end(answer.status, answer.complete, fail)


def ask(
    store: str | None, text: str, question: str, as_of: date | None, answer: Callable[..., Answer]
) -> tuple[Answer, RulePack]:
    """Resolve the party, then ask about it.

    Args:
        text: who is asked about.
        question: its name in the answer, where nobody is meant.
        as_of: None: today.
        answer: the question: (graph, pack, key, day) → answer.

    Returns:
        the answer, and the rules by which it was asked.
    """
    pack, day = load_pack(), as_of or today()
    with graph_of(store) as graph:
        party, candidates = resolve(graph, text, hash=load_keys(Settings()).hash)
        if party is None:
            return no_party(question, Moment.of(graph, day), candidates, text, graph), pack
        return answer(graph, pack, party.key, day), pack
