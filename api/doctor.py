"""Is everything in order here? The machine, the files, Neo4j, the graph and its ledger; nothing is changed.

Each finding is a sentence, and where something is not in order it says what to do.
"""

import os
import shutil
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, LiteralString, NamedTuple
from urllib.parse import urlsplit

from graph_model import cypher
from graph_model.errors import ConfigError, CreditGraphError, RuleError
from graph_model.rules import load_pack
from graph_model.store import local_neo4j
from graph_model.store.connect import CLOCK_PATIENCE, KEPT_FREE, Graph, instant
from graph_model.store.keys import key_file, load_keys
from graph_model.store.neo4j_jars import DEFAULT_VERSION
from graph_model.store.settings import Settings
from queries.read.derived import derived_with
from queries.supply import ledger

OLDEST_NEO4J = (5, 26)
ROOM_TO_WORK = 2_000_000_000
"""Bytes of free disk below which a load or an upgrade may not come to its end."""

TO_BE_ENDED = {
    "loading": "Load the file again: it goes on where it ended.",
    "received": "It waits for a review: creditgraph ledger review.",
    "reviewed": "It waits for its release: creditgraph ledger release.",
}
"""State of a run that is not over → what to do."""

DOCTOR_GRAPH: LiteralString = """
OPTIONAL MATCH (c:Clock {name: 'graph'})
CALL () { MATCH (n:Change) WHERE n.back IS NOT NULL RETURN count(n) AS back }
CALL () { OPTIONAL MATCH (s:Sanction) USING INDEX SEEK s:Sanction(dirty) WHERE s.dirty = true RETURN count(s) AS dirty }
CALL () { OPTIONAL MATCH (p:Party) USING INDEX SEEK p:Party(caches_dirty) WHERE p.caches_dirty = true RETURN count(p) AS waiting }
RETURN c {.*} AS clock, back, dirty, waiting, EXISTS { MATCH (:Consequence) } AS derived
"""


class Examined(NamedTuple):
    """One thing that was looked at. `todo`: what to do where it is not `ok`."""

    what: str
    ok: bool
    detail: str
    todo: str = ""


def examine_machine(settings: Settings, store: str | None = None) -> Iterator[Examined]:
    """What can be said without Neo4j: rules, key, files, disk, memory, the local stores, or the one that is named."""
    names = [name for name in local_neo4j.stores(settings) if store in (None, name)]
    yield from _rules(settings)
    yield from _key(settings)
    yield from _private_files(settings, names)
    yield from _disk(settings)
    yield from _memory(settings)
    yield from _local_stores(settings, names)
    yield from _address(settings)


def examine_graph(graph: Graph, settings: Settings) -> Iterator[Examined]:
    """What the graph says: versions, key, clock, derivation, ledger.

    Raises:
        StoreUnavailable: Neo4j does not answer.
    """
    agent = graph.driver.get_server_info().agent
    number = tuple(int(part) for part in agent.partition("/")[2].split(".")[:2] if part.isdigit())
    old = number < OLDEST_NEO4J
    yield Examined("neo4j", not old, f"{graph.name}: {agent}", "Use Neo4j 5.26 or newer." if old else "")
    state = graph.read(DOCTOR_GRAPH)[0]
    clock: dict[str, Any] = state["clock"] or {}
    yield _version(graph, clock)
    if clock.get("id_key") and (key_file(settings).exists() or settings.id_key.get_secret_value()):
        try:
            mine = load_keys(settings).fingerprint
        except ConfigError:  # told already
            mine = ""
        same = mine in ("", clock["id_key"])
        told = f"written with {clock['id_key']}" + (
            "" if same else f", and here it is {mine}: nobody is found by his number"
        )
        yield Examined("id key of the graph", same, told, "" if same else "Put the key of this graph back.")
    yield from _clock(clock, state["back"])
    yield from _derivation(graph, clock, state)
    yield from _ledger(graph)


# --- the machine ------------------------------------------------------------------------------------------


def _rules(settings: Settings) -> Iterator[Examined]:
    try:
        yield Examined("rules", True, f"{len(load_pack().rules)} rows pass schema and guards")
    except RuleError as error:
        yield Examined("rules", False, str(error), "Mend the row, or install creditgraph again.")


def _key(settings: Settings) -> Iterator[Examined]:
    if not settings.id_key.get_secret_value() and not key_file(settings).exists():
        yield Examined("id key", True, f"none yet: the first load makes it in {key_file(settings)}")
        return
    try:
        fingerprint = load_keys(settings).fingerprint
        yield Examined("id key", True, f"fingerprint {fingerprint}; is a copy of it kept elsewhere?")
    except ConfigError as error:
        yield Examined("id key", False, str(error), "The message says it.")


def _private_files(settings: Settings, names: Sequence[str]) -> Iterator[Examined]:
    data = settings.data_dir
    files = [
        data / "keys",
        key_file(settings),
        settings.api_keys_file,
        data / "last-fault.txt",
        data / "projections",
        settings.audit_dir,
    ]
    for folder in (data / "stores" / name for name in names):
        files += [folder, folder / "state.json", folder / "java.args", folder / "neo4j.log", folder / "projection"]
    inside = {path.parent for path in files if path.parent.name in names and _closed(path.parent)}
    open_ = [path for path in files if path.exists() and not _closed(path) and path.parent not in inside]
    for path in open_:
        yield Examined("permissions", False, f"others may read {path}", f"chmod go= {path}")
    if not open_:
        yield Examined("permissions", True, f"nobody else may read what is below {data}")


def _closed(path: Path) -> bool:
    return not path.stat().st_mode & 0o077


def _disk(settings: Settings) -> Iterator[Examined]:
    place = settings.data_dir
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    told = f"{free / 1e9:.1f} GB free where {place} lies"
    if free < KEPT_FREE:
        yield Examined("disk", False, told, f"Make room: below {KEPT_FREE // 1_000_000} MB nothing more is written.")
    elif free < ROOM_TO_WORK:
        yield Examined("disk", False, told, "Make room: a load or an upgrade may not come to its end.")
    else:
        yield Examined("disk", True, told)
    if not os.access(place, os.W_OK):
        yield Examined(
            "disk",
            False,
            f"{place} may not be written to",
            "Give it to the user of the service, or set CREDITGRAPH_HOME.",
        )


def _memory(settings: Settings) -> Iterator[Examined]:
    if settings.neo4j_uri:
        return
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    wanted = _bytes(settings.heap) + _bytes(settings.pagecache)
    told = f"Neo4j takes {wanted / 1e9:.1f} GB of {there / 1e9:.1f}"
    todo = "Lower CREDITGRAPH_HEAP or CREDITGRAPH_PAGECACHE: the copy in memory and loads need room too."
    yield Examined("memory", wanted <= 0.75 * there, told, "" if wanted <= 0.75 * there else todo)


def _bytes(text: str) -> int:
    unit = {"k": 10, "m": 20, "g": 30}.get(text[-1:].lower())
    return int(text[:-1]) << unit if unit and text[:-1].isdigit() else 0


def _local_stores(settings: Settings, names: Iterable[str]) -> Iterator[Examined]:
    for name in names:
        state = local_neo4j.status(settings, name)
        wanted = settings.neo4j_version or DEFAULT_VERSION
        if state.damaged:
            yield Examined(
                f"store {name}",
                False,
                "its state file, with the password, cannot be read",
                f"creditgraph db recover --store {name}",
            )
        elif state.version and state.version != wanted:
            todo = f"Keep it with CREDITGRAPH_NEO4J_VERSION={state.version} creditgraph backup, then restore it into a new store."
            yield Examined(f"store {name}", False, f"made by Neo4j {state.version}, and here it is {wanted}", todo)
        else:
            running = "runs" if state.running else "does not run"
            yield Examined(f"store {name}", True, f"{running}; {state.size / 1e6:,.0f} MB on disk")
        if state.running and (wide := _wide(state.pid)):
            yield Examined(
                f"ports of {name}",
                False,
                f"Neo4j listens on {', '.join(wide)}: others may reach it",
                "creditgraph db stop, and look into its neo4j.conf.",
            )


def _wide(pid: int) -> list[str]:
    """Addresses that a process listens on and that are not of this machine alone."""
    import psutil

    try:
        found = [c.laddr for c in psutil.Process(pid).net_connections("inet") if c.status == psutil.CONN_LISTEN]
    except psutil.Error:
        return []
    return [f"{a.ip}:{a.port}" for a in found if a.ip.removeprefix("::ffff:") not in ("127.0.0.1", "::1")]


def _address(settings: Settings) -> Iterator[Examined]:
    if not settings.neo4j_uri:
        return
    parts = urlsplit(settings.neo4j_uri)
    plain = "+" not in parts.scheme and parts.hostname not in ("localhost", "127.0.0.1", "::1", socket.gethostname())
    todo = "Write neo4j+s:// or bolt+s://, with a certificate on the server." if plain else ""
    told = "goes over a network, and is not encrypted" if plain else "is encrypted, or of this machine"
    yield Examined("address", not plain, f"what is asked of {parts.hostname} {told}", todo)


# --- the graph --------------------------------------------------------------------------------------------


def _version(graph: Graph, clock: dict[str, Any]) -> Examined:
    if not clock:
        return Examined("data version", True, "nothing was written to it yet")
    try:
        if graph.outdated():
            told = f"{clock.get('form') or 'an older one'}, and this creditgraph has {cypher.FORM}"
            return Examined(
                "data version", False, told, f"creditgraph backup, then creditgraph db upgrade --store {graph.name}"
            )
    except CreditGraphError as error:
        return Examined("data version", False, str(error), "The message says it.")
    return Examined("data version", True, f"{cypher.FORM}, at position {clock['seq']:,}")


def _clock(clock: dict[str, Any], back: int) -> Iterator[Examined]:
    now, last = time.time_ns() // 1_000_000, clock.get("at")
    if last is None:
        return
    ahead = last - now > CLOCK_PATIENCE
    told = f"this machine says {instant(now)}, the last change was {instant(last)}"
    yield Examined(
        "clock",
        not ahead,
        told,
        "One of the two is wrong: set the machine's clock (NTP) before anything is written." if ahead else "",
    )
    if back:
        told = f"{back} changes came after one with a later instant: a clock was wrong then"
        yield Examined(
            "clock of before",
            False,
            told,
            "Nothing is lost; what was known on a day goes by positions (docs/architecture.md).",
        )


def _derivation(graph: Graph, clock: dict[str, Any], told: Any) -> Iterator[Examined]:
    if told["waiting"]:
        yield Examined(
            "caches",
            False,
            f"{told['waiting']:,} parties wait for a load to end",
            "Run the load again that was ended: it goes on.",
        )
    if clock.get("pack") is None and not told["derived"]:
        yield Examined(
            "consequences", not told["dirty"], "none derived yet", "creditgraph derive" if told["dirty"] else ""
        )
    elif clock.get("pack") != derived_with(load_pack()):
        yield Examined(
            "consequences",
            False,
            "derived with other rules or other code than here",
            f"creditgraph derive --store {graph.name}",
        )
    elif told["dirty"]:
        yield Examined(
            "consequences",
            False,
            f"{told['dirty']:,} sanctions changed since",
            f"creditgraph derive --store {graph.name}",
        )
    else:
        yield Examined("consequences", True, "derived with the rules that are here")


def _ledger(graph: Graph) -> Iterator[Examined]:
    for r in ledger.runs(graph):
        detail = f"{r.rows_in} = {r.accepted} + {r.rejected} + {r.duplicate}, {r.state}"
        if r.rows_in != r.accepted + r.rejected + r.duplicate:
            todo = f"The sum is wrong, which must not be: creditgraph ledger show {r.run}"
        else:
            todo = TO_BE_ENDED.get(r.state, "")
        yield Examined(f"ledger {r.file}", not todo, detail, todo)
