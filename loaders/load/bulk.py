"""The first load of millions: files for Neo4j's offline import instead of transactions, into a new home of the store.

Reading, checks, identity and ids are those of the ordinary load (`engine`, `identity`); the store being empty, what
those would ask it is answered from memory. Some processes read and prepare (`bulk_read`), another resolves and writes
(`bulk_files`, in the form of `bulk_format`). What import files cannot say is done afterwards, in transactions, on the
new home: ledger, rejected rows, and, through the ordinary load, the rows that say another thing of a statement than an
earlier row did. Only when all of it agrees with the ledger the new home takes the place of the old one. Killed before,
the store is as it was.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain, islice
from pathlib import Path

from graph_model import cypher
from graph_model.errors import BadRequest, ConfigError, SourceError, StoreUnavailable
from graph_model.schema import Relationship
from graph_model.store import local_neo4j
from graph_model.store.connect import Graph, Tx, connect, connect_to
from graph_model.store.keys import Keys
from graph_model.store.neo4j_home import NewHome, new_home
from graph_model.store.settings import Settings
from loaders.drafts import Row, SourceDescription, SourceFile
from loaders.identity.caches import refresh
from loaders.identity.joining import join
from loaders.load.bulk_files import ImportFiles, RunCount
from loaders.load.bulk_format import SEQ
from loaders.load.bulk_read import Readers
from loaders.load.engine import (
    FINISH_RUNS,
    ROWS_AT_ONCE,
    Loaded,
    LoadProgress,
    load_runs,
    loaded,
    rare_collections,
    start_run,
)
from loaders.load.files import FileRun, day_of, delivery_of, find_files, open_file, same_again
from loaders.load.snapshots import NO_DAY, SWEPT
from loaders.load.writer import COUNT, BatchWriter, Memory, reject


def _check_local(settings: Settings) -> None:
    if settings.neo4j_uri:
        raise ConfigError(
            "a bulk load makes the files of a store anew, and that of CREDITGRAPH_NEO4J_URI is not ours to replace: "
            "unset it for a local store, or load without --bulk"
        )


def _opened(
    found: Iterable[tuple[SourceDescription, Path, Path, SourceFile]], data_date: date | None, delivery: int | None
) -> list[tuple[SourceDescription, FileRun]]:
    """Every file with its run."""
    opened: list[tuple[SourceDescription, FileRun]] = []
    for description, path, file, part in found:
        day, number = data_date or day_of(description, path), delivery or delivery_of(description, path)
        opened.append((description, _new_run(open_file(None, description, part, file, day, number), opened)))
    return opened


def _fill(
    new: NewHome,
    files: ImportFiles,
    readers: Readers,
    first: Sequence[tuple[SourceDescription, FileRun]],
    progress: LoadProgress | None,
) -> None:
    """Read the files, write import files, and import them."""
    for description, run in first:
        if run.state is None:
            files.load(readers, description, run, progress)
    readers.close()
    new.fill(files.close(), (lambda done: progress("import", done, 0)) if progress else None)


@rare_collections()
def bulk_load(
    settings: Settings,
    keys: Keys,
    items: Sequence[tuple[SourceDescription, Path]],
    *,
    store: str | None = None,
    data_date: date | None = None,
    delivery: int | None = None,
    projection: bool = False,
    progress: LoadProgress | None = None,
) -> list[Loaded]:
    """Load files, or folders with the files of a source, into an empty local store.

    The present view is that of the ordinary load. Versions may differ: everything has one clock position, but for
    the later words of a row on what an earlier one said. Of several snapshots of one partition the oldest goes into
    the import files; the newer ones are loaded in the ordinary way, into the new home.

    Args:
        items: (source, file or folder), in the order in which they are to be loaded.
        projection: write the copy of the graph too, from the same files (`queries/projection/from_import.py`).
        progress: told the rows of each file; then `import` (0 to 400, its four steps in percent), `check`, `caches`
            and `projection`.

    Returns:
        one `Loaded` for each file.

    Raises:
        ConfigError: the store is not a managed local one, or another bulk load into it is running.
        BadRequest: the store holds something.
        SourceError: as the ordinary load.
        StoreUnavailable: the import failed, or its result does not agree with what was written; the store is as it was.
    """
    _check_local(settings)
    found = [(description, path, *one) for description, path in items for one in find_files(description, path)]
    readers = Readers()  # they get ready while the files are opened
    old = None
    try:
        old = connect(settings, store) if local_neo4j.status(settings, store).version else None
        check_empty(old, keys)
        opened = _opened(found, data_date, delivery)
        first, newer = _parted(opened)
        with new_home(settings, store) as new:
            files = ImportFiles(new.files, settings, keys, [run.id for _, run in first])
            _fill(new, files, readers, first, progress)
            with connect_to(new.start(), settings.author) as graph:
                _complete(graph, keys, files, first, progress)
                for description, some in _snapshots(newer):
                    load_runs(graph, keys, description, some, progress)
                done = [loaded(graph, run, description) for description, run in opened]
                if projection and files.nodes["Party"]:
                    _project(settings, graph, files, progress)
            new.swap(lambda: check_empty(old, keys))
            if old is not None:
                old.close()
            with connect(settings, store):  # as after any other load, its server runs
                return done
    finally:
        readers.close()
        if old is not None:
            old.close()


def check_empty(graph: Graph | None, keys: Keys) -> None:
    """A store may be made anew only while nothing was ever written to it."""
    if graph is None:
        return
    graph.prepare(keys.fingerprint)
    if graph.position():
        raise BadRequest("A bulk load is for an empty store, and this one has been written to: load without --bulk.")


def _new_run(run: FileRun, before: list[tuple[SourceDescription, FileRun]]) -> FileRun:
    """The same bytes again: for another day they are a run of their own, for the same day there is nothing to do."""
    there = {other.id: other for _, other in before}
    if (same := there.get(run.id)) and ((run.day is not None and run.day != same.day) or run.delivery != same.delivery):
        run = replace(run, id=same_again(run.id, run.day, run.delivery))
    return replace(run, state="complete") if run.id in there else run


Opened = list[tuple[SourceDescription, FileRun]]


def _parted(opened: Opened) -> tuple[Opened, Opened]:
    """The files to be imported, and those of newer snapshots: the import files hold one of each partition, with which
    nothing is compared."""
    oldest: dict[tuple[str, str], date] = {}
    for description, run in opened:
        if run.partition is not None:
            key, day = (description.id, run.partition), run.day or date.min
            oldest[key] = min(day, oldest.get(key, day))
    parted: tuple[Opened, Opened] = ([], [])
    for description, run in opened:
        newer = run.partition is not None and (run.day or date.min) != oldest[description.id, run.partition]
        parted[newer].append((description, run))
    return parted


def _snapshots(
    newer: list[tuple[SourceDescription, FileRun]],
) -> list[tuple[SourceDescription, list[FileRun]]]:
    """The files of each source and day together, oldest first: as they would be loaded one after the other."""
    together: dict[tuple[date, str], tuple[SourceDescription, list[FileRun]]] = {}
    for description, run in newer:
        together.setdefault((run.day or date.min, description.id), (description, []))[1].append(run)
    return [together[key] for key in sorted(together)]


# --- on the new home --------------------------------------------------------------------------------------


def _complete(
    graph: Graph,
    keys: Keys,
    files: ImportFiles,
    opened: list[tuple[SourceDescription, FileRun]],
    progress: LoadProgress | None,
) -> None:
    """Constraints, ledger, what import files cannot say, caches; then everything is compared."""
    told: Callable[[str, int, int], None] = progress or (lambda phase, done, extra: None)
    told("check", 0, 0)
    graph.prepare(keys.fingerprint)
    _check_counts(graph, files)
    new = [(description, run) for description, run in opened if run.state is None]
    graph.write("load", lambda tx: _ledger(tx, new, files.counts))
    rejected = chain.from_iterable(files.rejected())
    while part := list(islice(rejected, ROWS_AT_ONCE)):
        graph.write("load", lambda tx, part=part: reject(tx, part))
    for (kind, name), ids in files.empty.items():
        for start in range(0, len(ids), ROWS_AT_ONCE):
            text = cypher.set_empty(kind, name)
            graph.write("load", lambda tx, text=text, part=ids[start : start + ROWS_AT_ONCE]: tx.run(text, ids=part))
    for (kind, run), ids in files.said_last.items():
        for start in range(0, len(ids), ROWS_AT_ONCE):
            text, part = cypher.seen_in(kind), ids[start : start + ROWS_AT_ONCE]
            graph.write("load", lambda tx, text=text, part=part, run=run: tx.run(text, ids=part, run=run))
    if files.also_stated:
        graph.write("load", lambda tx: tx.run(cypher.ALSO_STATED, rows=files.also_stated))
    if files.joined:

        def put_together(tx: Tx) -> None:
            for other, (keep, run) in files.joined.items():
                join(tx, keep, other, f"a row of {run} gives numbers of both")

        graph.write("load", put_together)
    for description, run in new:
        _load_deferred(graph, keys, description, run, files.counts[run.id].deferred)
    told("check", 1, 0)
    for snapshot in {(d.id, r.partition, r.day) for d, r in new if r.partition is not None}:
        _, _, day = snapshot
        ids = [r.id for d, r in new if (d.id, r.partition, r.day) == snapshot]
        held = NO_DAY if day is None else None  # there is no older one, so nothing can be absent
        graph.write(
            "absent", lambda tx, ids=ids, held=held: tx.run(SWEPT, runs=ids, swept=not held, held=held, absent=0)
        )
    refresh(graph, lambda done, total: told("caches", done, 0))
    graph.write("load", lambda tx: tx.run(FINISH_RUNS, runs=[run.id for _, run in new], seq=tx.seq))
    graph.await_names()
    done = [loaded(graph, run, description) for description, run in opened]
    for one in done:
        if one.changed and (
            one.rows_in != one.accepted + one.rejected + one.duplicate or one.rows_in != files.counts[one.run].rows_in
        ):
            raise StoreUnavailable(f"The ledger of {one.file} does not balance after the import: {one}")


def _project(settings: Settings, graph: Graph, files: ImportFiles, progress: LoadProgress | None) -> None:
    from queries.projection.current import root_of
    from queries.projection.from_import import (
        build_from_files,  # here: its libraries take a second that no other load should pay
    )

    if progress:
        progress("projection", 0, 0)
    empty = {(kind.TYPE, name): ids for (kind, name), ids in files.empty.items() if issubclass(kind, Relationship)}
    build_from_files(graph, root_of(settings, graph), files.folder, empty)
    if progress:
        progress("projection", 1, 0)


def _ledger(tx: Tx, new: list[tuple[SourceDescription, FileRun]], counts: dict[str, RunCount]) -> None:
    assert tx.seq == SEQ, "the first transaction of a store"
    for description, run in new:
        start_run(tx, description, run, state="loading")
        count = counts[run.id]
        rows = {"accepted": count.accepted, "rejected": count.rejected, "duplicate": count.duplicate}
        tx.run(COUNT, run=run.id, rows_in=sum(rows.values()), contested=0, **rows)


def _check_counts(graph: Graph, files: ImportFiles) -> None:
    for label, wanted in files.nodes.items():
        if (there := graph.read(cypher.count_of(label))[0]["n"]) != wanted:
            raise StoreUnavailable(f"The import made {there} {label} nodes of {wanted}")
    for kind, wanted in files.edges.items():
        if (there := graph.read(cypher.count_of_type(kind))[0]["n"]) != wanted:
            raise StoreUnavailable(f"The import made {there} {kind} relationships of {wanted}")


def _load_deferred(graph: Graph, keys: Keys, description: SourceDescription, run: FileRun, places: list[int]) -> None:
    """The ordinary load of single rows of a file."""
    if not places:
        return
    writer = BatchWriter(graph, keys, description, run.id, run.day, Memory(), run.partition, delivery=run.delivery)
    wanted = set(places)
    every: Iterator[Row | SourceError] = run.rows()
    rows = (row for place, row in enumerate(every) if place in wanted)
    while items := list(islice(rows, ROWS_AT_ONCE)):
        writer.write(writer.prepare(items, run.part, run.context))
