"""Files that are held before they count: received → reviewed → released, or refused (审核).

A held file is kept whole and encrypted beside the keys; of what it says nothing is in the graph, only its line in the
ledger. Releasing loads it, as if it had come that moment, and deletes the copy.
"""

import json
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, LiteralString

from cryptography.fernet import InvalidToken

from graph_model.errors import BadRequest
from graph_model.store.connect import Graph, Tx
from graph_model.store.keys import Keys
from graph_model.store.settings import Settings
from loaders.drafts import SourceDescription
from loaders.load.engine import Loaded, LoadProgress, load, start_run
from loaders.load.files import FileRun, day_of, delivery_of, find_files, open_file
from loaders.reading.lines import named

REVIEW_STEPS = {
    "review": ("received", "reviewed"),
    "refuse": ("received", "reviewed"),
    "release": ("reviewed", "loading"),
}
"""Step → the states in which it may be taken. A release that was killed is taken again."""

READ: LiteralString = """
MATCH (r:Run {id: $run})
RETURN r.state AS state, r.source AS source, r.file AS file, r.sheet AS sheet, r.data_date AS data_date,
  r.delivery AS delivery,
  r.steps AS steps
"""

STEP: LiteralString = """
MATCH (r:Run {id: $run}) SET r.state = $state, r.steps = coalesce(r.steps, []) + $step
"""


@dataclass(frozen=True)
class Held:
    """One step on the way of a held file."""

    run: str
    source: str
    file: str
    state: str


def hold(
    graph: Graph,
    keys: Keys,
    settings: Settings,
    description: SourceDescription,
    path: Path,
    *,
    by: str,
    reason: str,
    data_date: date | None = None,
    delivery: int | None = None,
) -> list[Held]:
    """Take a file or folder in without letting it count.

    Args:
        by: who takes it in.
        reason: why it is held.
        data_date, delivery: as `load`.

    Raises:
        SourceError: as `load` would; nothing is held then.
        BadRequest: a snapshot on several sheets: released one by one, each would be taken for all of it.
    """
    graph.prepare(keys.fingerprint)
    day, delivery = data_date or day_of(description, path), delivery or delivery_of(description, path)
    opened = [open_file(graph, description, part, file, day, delivery) for file, part in find_files(description, path)]
    if description.mode == "snapshot" and any(run.part.place.sheet for run in opened):
        raise BadRequest(f"{path.name} is one snapshot on several sheets: hold it with all its rows on one sheet.")
    for run in opened:
        if run.state is None:
            _keep(keys, settings, run)
            step = _step("received", by, reason)

            def receive(tx: Tx, run: FileRun = run, step: str = step) -> None:
                start_run(tx, description, run, state="received")
                tx.run(STEP, run=run.id, state="received", step=step)

            graph.write("hold", receive)
    # What is loaded already needs no review any more.
    return [Held(run.id, description.id, run.name, run.state or "received") for run in opened]


def review(graph: Graph, run: str, *, by: str, reason: str) -> Held:
    """Somebody looked at a held file and found it fit to be released."""
    return _take(graph, run, "review", "reviewed", by, reason)


def refuse(graph: Graph, run: str, *, by: str, reason: str) -> Held:
    """A held file is not to count. Its copy is kept."""
    return _take(graph, run, "refuse", "refused", by, reason)


def release(
    graph: Graph,
    keys: Keys,
    settings: Settings,
    description: SourceDescription,
    run: str,
    *,
    by: str,
    reason: str,
    progress: LoadProgress | None = None,
) -> Loaded:
    """Load a held file that was reviewed.

    Args:
        description: the source, or the mapping under which it was received.
        run: id of the run that holds it.
        by: who releases it.
        reason: why.
        progress: gets (file, rows done, rejected).

    Raises:
        BadRequest: it was not reviewed, or its copy is not on this machine.
    """
    found = _allowed(graph, run, "release")
    if found["source"] != description.id:
        raise BadRequest(f"{run} is a file of source {found['source']}, not of {description.id}.")
    kept = _place(settings, run)
    if not kept.exists():
        raise BadRequest(f"The held copy of {run} is not on this machine: release it where it was received.")
    try:
        content = keys.cipher.decrypt(kept.read_bytes())
    except InvalidToken as error:
        raise BadRequest("It was held under another id key: put it back to release it.") from error
    graph.write("hold", lambda tx: tx.run(STEP, run=run, state="loading", step=_step("released", by, reason)))
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:  # only its owner may look into it
        path = Path(folder) / found["file"]
        path.write_bytes(content)
        day = found["data_date"].to_native() if found["data_date"] else None
        (loaded,) = load(
            *(graph, keys, description, path),
            data_date=day,
            delivery=found["delivery"] or 1,
            sheet=found["sheet"],
            progress=progress,
        )
    kept.unlink()
    return loaded


def _take(graph: Graph, run: str, step: str, state: str, by: str, reason: str) -> Held:
    found = _allowed(graph, run, step)
    graph.write("hold", lambda tx: tx.run(STEP, run=run, state=state, step=_step(state, by, reason)))
    return Held(run, found["source"], named(Path(found["file"]), found["sheet"]), state)


def _allowed(graph: Graph, run: str, step: str) -> Any:
    found = graph.read(READ, run=run)
    if not found:
        raise BadRequest(f"There is no run {run!r}: creditgraph ledger lists them.")
    state, allowed = found[0]["state"], REVIEW_STEPS[step]
    if state not in allowed or found[0]["steps"] is None:
        raise BadRequest(f"{run} is {state}: {step} takes what is {' or '.join(allowed)}.")
    return found[0]


def _step(step: str, by: str, reason: str) -> str:
    return json.dumps({"step": step, "by": by, "reason": reason}, ensure_ascii=False)


def _place(settings: Settings, run: str) -> Path:
    return settings.data_dir / "held" / f"{run}.bin"


def _keep(keys: Keys, settings: Settings, run: FileRun) -> None:
    place = _place(settings, run.id)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    place.touch(mode=0o600)
    place.write_bytes(keys.cipher.encrypt(run.path.read_bytes()))
