"""The worked example: an invented province, what people decide there, and what is shown of it.

Shown are one consequence of each status, one "why not", one exposure. Everybody here is invented
(`loaders.sample.story.STORY`).
"""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.cli import show
from api.cli.language import in_words
from api.cli.law import derive_all
from api.cli.loading import load_files, runs_table
from api.cli.terminal import JsonOption, StoreOption, err, graph_of, out, progress, tell
from graph_model.derivation import CONFIRM
from graph_model.errors import ConfigError
from graph_model.events import Event
from graph_model.rules import RulePack, load_pack
from graph_model.store.connect import Graph, today
from graph_model.store.keys import Keys, load_keys
from graph_model.store.settings import Settings
from loaders.decisions.confirmations import Wanted, decide
from loaders.decisions.events import record
from loaders.derive import derive_into
from loaders.load.catalogue import load_catalogue, read_catalogue
from loaders.load.engine import Loaded
from loaders.mapping.source import load_mapping
from loaders.sample import province
from loaders.sample.forms import SAMPLE_PARTS
from loaders.sample.story import STORY
from loaders.sample.supplied import LOT, MAPPING, SECOND_BANK, SUPPLIED_PARTS
from loaders.sources import SOURCES
from queries.answers import ConsequenceRef
from queries.law.consequences import consequences_of
from queries.law.why_not import why_not
from queries.network.exposure import exposure
from queries.party.parties import resolve
from queries.read.events import all_events
from queries.supply import ledger

# --- commands ---------------------------------------------------------------------------------------------


def demo(
    size: Annotated[int, typer.Option(help="Companies in the sample.")] = province.DEFAULT_SIZE,
    seed: Annotated[int, typer.Option(help="The same seed gives the same sample.")] = 1,
    supplied: Annotated[
        bool,
        typer.Option(
            "--supplied",
            help="Also load what departments supply besides: a tender with bidders, commitments, inspections, grades, organs, a "
            "catalogue, practitioners, a bank with branches, nominees, a circle.",
        ),
    ] = False,
    store: StoreOption = "demo",
) -> None:
    """A worked example on an invented province: fetch, start, load, derive, decide, answer.

    Run again it changes nothing.

    Example: creditgraph demo
    """
    settings, pack = Settings(), load_pack()
    keys = load_keys(settings)
    if settings.neo4j_uri:
        raise ConfigError(
            "The demo never writes invented people into your own Neo4j: unset CREDITGRAPH_NEO4J_URI for it."
        )
    folder = settings.data_dir / "sample" / f"{size}-{seed}"
    with graph_of(store, empty=True) as graph:
        err.print(f"1  sample: {size} invented companies → {folder}")
        _generate(size, seed, folder)
        err.print("2  load")
        before = graph.position()
        runs = _load_sample(graph, keys, folder)
        out.print(runs_table([asdict(r) for r in runs]))
        err.print("3  derive")
        derived = derive_all(graph, pack, everything=False)
        out.print(_counts_table(ledger.counts(graph)))
        err.print("4  people decide: confirmations, an objection, a lifting")
        decide_once(graph, pack, keys, today=today())
        show_story(out, graph, pack, keys, today=today())
        if supplied:
            err.print("5  load what departments supply besides")
            out.print(runs_table([asdict(r) for r in _load_supplied(graph, keys, folder / "supplied")]))
            derive_all(graph, pack, everything=False)
        changes = graph.position() - before
        out.rule("下一步 What to type next")
        name = province.STORY.far.name
        out.print(
            f"changes written: {changes}; sanctions derived: {derived.sanctions}\n"
            f"  .venv/bin/creditgraph lookup {name} --store {store}\n"
            f"  .venv/bin/creditgraph find 食品 --store {store}\n"
            f"  .venv/bin/creditgraph due --within 20wd --store {store}\n"
            f"  .venv/bin/creditgraph serve --store {store}      the explorer, in a browser\n"
            f"  .venv/bin/creditgraph db stop --store {store}    stop its Neo4j",
            highlight=False,
        )
        if supplied:
            out.print("\n".join(f"  .venv/bin/creditgraph {line} --store {store}" for line in TO_TRY), highlight=False)


def sample(
    size: Annotated[int, typer.Option(help="Companies.")] = province.DEFAULT_SIZE,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 1,
    folder: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("sample"),
    as_json: JsonOption = False,
) -> None:
    """Write an invented province as source files.

    Example: creditgraph sample --size 3000 --seed 1 --out sample
    """
    counts = _generate(size, seed, folder)
    tell(counts, as_json, out.print)


def _generate(size: int, seed: int, folder: Path) -> dict[str, Any]:
    with progress() as bar:
        task = bar.add_task("sample", total=None)
        return province.generate(
            size, seed, folder, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )


def _load_sample(graph: Graph, keys: Keys, folder: Path) -> list[Loaded]:
    return [run for source, file in SAMPLE_PARTS for run in load_files(graph, keys, SOURCES[source], folder / file)]


TO_TRY = (
    f"check tender {LOT}",
    "overview branches",
    "overview circles",
    f"ownership {SECOND_BANK.number} --listed",
    "due --within 20wd",
    "catalogue due",
)
"""What to ask once the supplied files are loaded."""


def _load_supplied(graph: Graph, keys: Keys, folder: Path) -> list[Loaded]:
    """The catalogue last: with one, rows of owners that it does not list are not taken."""
    by_mapping = load_mapping(folder / MAPPING)
    done = [
        run
        for source, file in SUPPLIED_PARTS
        for run in load_files(graph, keys, by_mapping if source == MAPPING else SOURCES[source], folder / file)
    ]
    load_catalogue(graph, read_catalogue(folder / "catalogue.csv"))
    return done


def _counts_table(counts: dict[str, int]) -> Table:
    table = Table(*counts, box=None)
    table.add_row(*(str(n) for n in counts.values()))
    return table


# --- the story --------------------------------------------------------------------------------------------


class Shown(NamedTuple):
    """One consequence of the story, and what the demo records of it."""

    status: str
    number: str
    rule: str
    measure: str


SHOWN_MEASURES = (
    Shown("candidate", STORY.food_lr.number, "PR-021", "MARKET_BAN"),
    Shown("active", STORY.revoked_lr.number, "PR-007", "OFFICE_BAN"),
    Shown("suspended", STORY.listed_lr.number, "PR-045", "BID_BAN"),
    Shown("ended", STORY.limited_lr.number, "PR-001", "CONSUMPTION"),
)


def party_key(graph: Graph, keys: Keys, number: str) -> str:
    """The key of somebody in the story."""
    party, _ = resolve(graph, number, hash=keys.hash)
    if party is None:
        raise ConfigError("The demo store lacks the sample's story: run creditgraph db reset --store demo, then again.")
    return party.key


def _of(graph: Graph, pack: RulePack, keys: Keys, one: Shown, day: date) -> ConsequenceRef:
    found = consequences_of(graph, pack, party_key(graph, keys, one.number), as_of=day).consequences
    for c in found:
        if (c.rule, c.measure) == (one.rule, one.measure):
            return c
    raise ConfigError("The demo store lacks the sample's story: run creditgraph db reset --store demo, then again.")


def decide_once(graph: Graph, pack: RulePack, keys: Keys, *, today: date) -> int:
    """What officers record in the story: two confirmations, an objection, a lifting. Once; returns how many events."""
    if all_events(graph):
        return 0
    _, active, suspended, ended = SHOWN_MEASURES
    done: list[Event] = []
    for one in (active, suspended, ended):
        c = _of(graph, pack, keys, one, today)
        if c.missing == [CONFIRM]:
            done += decide(
                graph,
                pack,
                [Wanted(c.key, c.digest)],
                decision="confirmed",
                day=date(2026, 7, 1),
                role="credit_authority",
                reason="核对决定书原件",
                today=today,
            )
    objected = _of(graph, pack, keys, suspended, today).sanction.key
    lifted = _of(graph, pack, keys, ended, today)
    form = {"trigger": "objection", "form": "objection"}
    steps: list[tuple[str, str, date, str, dict[str, str]]] = [
        ("received", "subject", date(2026, 7, 6), "称工资已全部支付", form),
        ("marked", "credit_authority", date(2026, 7, 7), "标注异议", {}),
        ("notified", "credit_authority", date(2026, 7, 8), "送达核查通知", {}),
    ]
    events = [
        Event("", "objection", stage, objected, day, case="异议2026-1", role=role, reason=reason, details=details)
        for stage, role, day, reason, details in steps
    ]
    why, day = "已履行完毕, 解除限制消费", date(2026, 7, 20)
    subject, sanction = lifted.subject.key, lifted.sanction.key
    events.append(Event("", "lifting", "lifted", sanction, day, subject=subject, role="source_organ", reason=why))
    done += record(graph, events, today=today)
    derive_into(graph, pack)
    return len(done)


def show_story(console: Console, graph: Graph, pack: RulePack, keys: Keys, *, today: date) -> None:
    """One consequence of each status, one rule that does not reach somebody, and what stands near a company.

    Args:
        console: where it is printed.
        keys: by which a person of the story is found.
        today: the day asked about.
    """
    console.rule("后果 Consequences: which measure reaches this person, by which clause and path")
    for one in SHOWN_MEASURES:
        console.print(show.consequence_panel(_of(graph, pack, keys, one, today), pack))
    console.rule("为何不及于 Why not: a shareholder of the company whose licence was revoked")
    key = party_key(graph, keys, STORY.food_shareholder.number)
    answer = why_not(graph, pack, key, "PR-021", as_of=today)
    console.print(
        Text(f"{STORY.food_shareholder.name} · {answer.rule} {answer.rule_title['zh']}: {in_words(answer.reason)}")
    )
    console.rule("关联风险 Exposure: who near this company is blacklisted")
    near = exposure(graph, party_key(graph, keys, STORY.far.number), hops=3, as_of=today)
    show.show_answer(console, near, pack, limit=2)
