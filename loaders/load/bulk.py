"""The first load of millions: files for Neo4j's offline import instead of transactions, into a new home of the store.

Reading, checks, identity and ids are those of the ordinary load (`engine`, `identity`); the store being empty, what
those would ask it is answered from memory. Some processes read and prepare (`bulk_read`), another resolves and writes
(`bulk_files`, in the form of `bulk_format`). What import files cannot say is done afterwards, in transactions, on the
new home: ledger, rejected rows, and, through the ordinary load, the rows that say another thing of a statement than an
earlier row did. Only when all of it agrees with the ledger the new home takes the place of the old one. Killed before,
the store is as it was.
"""

from collections.abc import Callable, Iterator, Sequence
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
from graph_model.store.neo4j_home import new_home
from graph_model.store.settings import Settings
from loaders.drafts import Row, SourceDescription
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
from loaders.load.writer import COUNT, REJECT, BatchWriter, Memory


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
    if settings.neo4j_uri:
        raise ConfigError(
            "a bulk load makes the files of a store anew, and that of CREDITGRAPH_NEO4J_URI is not ours to replace: "
            "unset it for a local store, or load without --bulk"
        )
    found = [(description, path, *one) for description, path in items for one in find_files(description, path)]
    readers = Readers()  # they get ready while the files are opened
    old = None
    try:
        old = connect(settings, store) if local_neo4j.status(settings, store).version else None
        check_empty(old, keys)
        opened: list[tuple[SourceDescription, FileRun]] = []
        for description, path, file, part in found:
            day, number = data_date or day_of(description, path), delivery or delivery_of(description, path)
            opened.append((description, _new_run(open_file(None, description, part, file, day, number), opened)))
        newer = _newer(opened)
        later = {run.id for _, run in newer}
        first = [(description, run) for description, run in opened if run.id not in later]
        with new_home(settings, store) as new:
            files = ImportFiles(new.files, settings, keys, [run.id for _, run in first])
            for description, run in first:
                if run.state is None:
                    files.load(readers, description, run, progress)
            readers.close()
            arguments = files.close()
            new.fill(arguments, (lambda done: progress("import", done, 0)) if progress else None)
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


def _newer(opened: list[tuple[SourceDescription, FileRun]]) -> list[tuple[SourceDescription, FileRun]]:
    """The files of newer snapshots: the import files hold one of each partition, with which nothing is compared."""
    oldest: dict[tuple[str, str], date] = {}
    for description, run in opened:
        if run.partition is not None:
            key, day = (description.id, run.partition), run.day or date.min
            oldest[key] = min(day, oldest.get(key, day))
    return [
        (description, run)
        for description, run in opened
        if run.partition is not None and (run.day or date.min) != oldest[description.id, run.partition]
    ]


def _snapshots(
    newer: list[tuple[SourceDescription, FileRun]],
) -> list[tuple[SourceDescription, list[FileRun]]]:
    """The files of each source and day together, oldest first: as they would be loaded one after the other."""
    together: dict[tuple[date, str], tuple[SourceDescription, list[FileRun]]] = {}
    for description, run in newer:
        together.setdefault((run.day or date.min, description.id), (description, []))[1].append(run)
    return [together[key] for key in sorted(together)]


# --- some processes read and prepare -----------------------------------------------------------------------


class Block(NamedTuple):
    """Rows of a file, prepared. In columns, and references as tuples: so sending them costs least."""

    rows: list[int]
    """How many facts each row has; -1: it is the next one of `rejected`."""
    rejected: list[dict[str, Any]]
    """Rows that were not taken, as they stand in the ledger."""
    facts: list[Sequence[Any]]
    """Columns of facts, as far as they are known without their parties: kind (a place in KINDS), start and end (places
    among those named; -1: no end), record, what it states if it is nobody's record, first day as text, a hash of all
    that makes it another version, its columns but for RESOLVED as CSV, and `More`."""
    entities: list[tuple[Any, ...]]
    persons: list[tuple[Any, ...]]
    """Who is named, in this order: fields of EntityMention, of PersonMention with the place of its scope, and the others."""
    others: Sequence[Mention]
    pairs: list[Pairs]
    called: list[tuple[tuple[str, str], PassingName, date | None]]
    """By which names the rows call whom in passing: identifier, name and kind, newest day."""

    def refs(self) -> dict[Mention, Pairs]:
        """Who is named, and the identifiers of each."""
        entities = [EntityMention(*fields) for fields in self.entities]
        persons = [PersonMention(n, i, None if at is None else entities[at]) for n, i, at in self.persons]
        return dict(zip((*entities, *persons, *self.others), self.pairs, strict=True))


More = tuple[tuple[str, ...], dict[str, Any] | None] | None
"""Names of the lists that are there and empty (import files have no way to say so), and the view that a profile gives."""


@dataclass(frozen=True)
class ReadingTask:
    """A file to be read, as it can be handed to another process."""

    settings: Settings
    description: SourceDescription
    run: str
    day: date | None
    partition: str | None
    part: SourceFile
    context: Any
    path: Path
    turn: int = 0
    turns: int = 1
    """Several processes read a file, and take turns with its blocks."""
    delivery: int = 1

    def writer(self) -> BatchWriter:
        """What prepares the rows. It has no graph: it never writes."""
        nobody: Any = None
        keys = load_keys(self.settings)
        return BatchWriter(
            nobody, keys, self.description, self.run, self.day, Memory(), self.partition, delivery=self.delivery
        )


def _blocks(task: ReadingTask) -> Generator[Block]:
    """The rows of a file, prepared: the blocks that it is this task's turn to prepare."""
    writer = task.writer()
    formats = {kind: FactFormat(kind, writer) for kind in FACT_TYPES}
    rows = rows_of(task.path, task.part)
    turn = 0
    while items := list(islice(rows, ROWS_AT_ONCE)):
        if turn == task.turn:
            yield _block(writer, formats, writer.prepare(items, task.part, task.context))
        turn = (turn + 1) % task.turns


def _block(writer: BatchWriter, formats: dict[type[Fact], "FactFormat"], batch: Batch) -> Block:
    prepared, refs, called = batch
    entities = [ref for ref in refs if isinstance(ref, EntityMention)]
    persons = [ref for ref in refs if isinstance(ref, PersonMention)]
    others = [ref for ref in refs if not isinstance(ref, PartyMention)]
    place: dict[Mention | None, int] = {ref: i for i, ref in enumerate((*entities, *persons, *others))}
    place[None] = -1
    rows, rejected, facts = [], [], []
    for item, every in prepared:
        if isinstance(item, SourceError):
            rows.append(-1)
            rejected.append(writer.rejected(item))
            continue
        rows.append(len(every))
        for said in every:
            stated = said.stated if said.record is None else ""
            form = formats[said.kind]
            facts.append((form.number, place[said.start], place[said.end], said.record, stated, *form.of(said)))
    return Block(
        rows,
        rejected,
        list(zip(*facts, strict=True)),
        [(ref.name, ref.identifiers, ref.kind, ref.organ) for ref in entities],
        [(ref.name, ref.identifiers, None if ref.scope is None else place[ref.scope]) for ref in persons],
        others,
        [refs[ref] for ref in (*entities, *persons, *others)],
        [(pair, name, day) for pair, names in called.items() for name, day in names.items()],
    )


class FactFormat:
    """One type of fact as columns of an import file."""

    def __init__(self, kind: type[Fact], writer: BatchWriter) -> None:
        self.number = FACT_TYPES.index(kind)
        self._names = CONTENT[kind]
        self._lists = [name for name in CONTENT[kind] if _type(kind, name) == "string[]"]
        source = writer.description
        same = (source.id, writer.run, source.trust, source.openness, source.published, SEQ, FOREVER)
        snapshot = writer.data_date if writer.partition is not None else None
        delivery = writer.delivery if writer.delivery > 1 else None
        self._same = line_of((*same, delivery, writer.partition, snapshot))
        self._snapshot, self._word = snapshot, writer.word
        self._days: dict[date | None, tuple[str, int]] = {}

    def of(self, said: PreparedFact) -> tuple[str, int, str, More]:
        """The last four columns of `Block.facts`."""
        content = said.content
        since = "" if said.since is None else day_text(said.since)
        until = "" if said.until is None else day_text(said.until)
        if said.day not in self._days:
            word, told = self._word(said.day)
            file = told.get("file_date")
            day = f"{'' if said.day is None else day_text(said.day)},{'' if file is None else day_text(file)}"
            self._days[said.day] = day, int(hashed(f"{day} {word.delivery} {self._snapshot}")[:15], 16)
        day, version = self._days[said.day]
        line = f"{since},{until},{day},{said.digest},{said.line},"
        line = f"{line}{line_of((said.owner, *map(content.get, self._names)))},{self._same}\n"
        empty = tuple([name for name in self._lists if content.get(name) == []]) if self._lists else ()
        view = _view(content) if self.number == PROFILE else None
        return since, int(said.digest[:15], 16) ^ version, line, (empty, view) if empty or view else None


def _view(content: dict[str, Any]) -> dict[str, Any]:
    """What a profile alone makes of its party."""
    profile = {name: content.get(name) for name in VIEWED}
    profile |= {"trust": "official", "rec_to": FOREVER, "statement_id": "", "data_date": None}
    view = current_view(None, [profile])
    if view["former_names"] is not None:
        view["borne"] = names_borne([profile])
    return view


def line_of(values: Iterable[Any]) -> str:
    """Values as the import tool reads them; an empty text is quoted, else it would be none."""
    texts = [
        "" if v is None else (v or _NOTHING) if v.__class__ is str else _TEXTS.get(v.__class__, str)(v) for v in values
    ]
    line = ",".join(texts)
    if '"' in line or line.count(",") >= len(texts) or "\n" in line or "\r" in line:
        line = ",".join([_quoted(text) for text in texts])
    return line


_NOTHING = '""'
_QUOTED = re.compile('[",\r\n]')
_TEXTS: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    date: day_text,
    list: LIST_DIVIDER.join,
}


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if text is not _NOTHING and _QUOTED.search(text) else text


def _type(kind: type[Fact] | type[Node], name: str) -> str:
    """The column type of a property, from its annotation."""
    annotation = kind.model_fields[name].annotation
    for said in (annotation, *get_args(annotation)):
        if get_origin(said) is list:
            return "string[]"
        if said in COLUMN_TYPES:
            return COLUMN_TYPES[said]
    return "string"


@rare_collections()
def work() -> None:
    """The reading process: tasks from standard input; of each its blocks to standard output, then None or an error."""
    into = sys.stdout.buffer
    while True:
        try:
            task = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        last: Exception | None = None
        try:
            for block in _blocks(task):
                pickle.dump(block, into, pickle.HIGHEST_PROTOCOL)
                into.flush()
        except BrokenPipeError:  # nobody waits for it any more
            os._exit(1)
        except Exception as error:  # raised again where somebody waits for it
            last = error
        pickle.dump(last, into)
        into.flush()


class Readers:
    """The reading processes, as the one that writes sees them."""

    def __init__(self) -> None:
        # No `multiprocessing`: that would run the program of whoever calls us once more.
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-c", "from loaders.load.bulk import work; work()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            for _ in range(min(os.cpu_count() or 1, MOST_READERS))
        ]

    def read(self, task: ReadingTask) -> Generator[Block]:
        """The rows of a file, prepared. To be read to its end."""
        # A workbook is unpacked whole: once is enough.
        readers = self._processes[:1] if is_workbook(task.path) else self._processes
        try:
            sent = [pickle.dumps(replace(task, turn=turn, turns=len(readers))) for turn in range(len(readers))]
        except (pickle.PicklingError, AttributeError, TypeError):  # a source that is no module, made while we run
            yield from _blocks(task)
            return
        try:
            for reader, text in zip(readers, sent, strict=True):
                assert reader.stdin
                reader.stdin.write(text)
                reader.stdin.flush()
            reading = deque(readers)
            while reading:
                assert reading[0].stdout
                block = pickle.load(reading[0].stdout)
                if isinstance(block, Exception):
                    raise block
                if block is None:  # no more: and so it is with the others, which would be next
                    reading.popleft()
                    continue
                reading.rotate(-1)
                yield block
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise StoreUnavailable("a process that reads the files was ended from outside: load again") from None

    def close(self) -> None:
        """End the processes."""
        for reader in self._processes:
            reader.kill()
        while self._processes:
            self._processes.pop().communicate()


# --- the other resolves and writes ------------------------------------------------------------------------


@dataclass
class RunCount:
    """A run's line in the ledger, as far as the import files go."""

    rows_in: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    deferred: list[int] = field(default_factory=list)
    """Places in the file of the rows that are left to the ordinary load."""


class Names(Tx):
    """What the resolver asks an open transaction, answered from what was written so far."""

    def __init__(self) -> None:
        self.seq = SEQ
        self.entities: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
        """Normalised name → key and kind of the entities with an identifier."""
        self.persons: dict[tuple[str, str], set[str]] = {}
        """Key of an entity and name → the persons with an identifier who hold a post there."""

    def run(self, query: str, **parameters: Any) -> list[Any]:
        """What the same query would find."""
        if query is FIND_CODED_ENTITIES:
            return [
                {"name": name, "key": key, "kind": kind, "former": False}
                for name in parameters["names"]
                for key, kind in self.entities.get(name, ())
            ]
        assert query is FIND_CODED_PERSONS
        return [
            {"entity": entity, "name": name, "keys": sorted(self.persons[entity, name])}
            for entity, name in parameters["scopes"]
            if (entity, name) in self.persons
        ]


class Output:
    """One of the import files: its lines, written block by block. Without a line there is no file."""

    def __init__(self, folder: Path, name: str, header: Iterable[str]) -> None:
        self.path = folder / f"{name}.csv"
        self.lines: list[str] = []
        """What is to be written next."""
        self.count = 0
        self.multiline = False
        self._header, self._file = ",".join(header), None

    def flush(self) -> None:
        """Write the lines."""
        if not self.lines:
            return
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", buffering=1 << 20)
            self._file.write(self._header + "\n")
        text = "".join(self.lines)
        self.multiline |= text.count("\n") != len(self.lines) or "\r" in text
        self.count += len(self.lines)
        self.lines.clear()
        self._file.write(text)

    def close(self) -> None:
        """Write what is left."""
        self.flush()
        if self._file:
            self._file.close()


def _header(kind: type[Fact]) -> tuple[str, ...]:
    ends = (":ID",) if kind is Profile else (":START_ID", ":END_ID")
    return (*ends, *(f"{n}:{_type(kind, n)}" for n in (*RESOLVED, *SAID, *CONTENT[kind], *SAME)))


class Remembering(Resolver):
    """In an empty store there is nothing to look up: all that there is, is known."""

    def _look_up(self, tx: Tx, ids: list[tuple[str, str]]) -> None:
        pass

    def _look_up_numbered(self, tx: Tx, wanted: dict[Mention, Pairs]) -> None:
        pass


class ImportFiles:
    """The files for the import, and what has to be known of what is in them."""

    def __init__(self, folder: Path, settings: Settings, keys: Keys, runs: Iterable[str]) -> None:
        self.folder, self.settings, self.keys = folder, settings, keys
        # Of two files that say the same for the same day, that with the greater run id said it last: versions.Precedence.
        self._places = {run: place for place, run in enumerate(sorted(set(runs)))}
        self.said_last: dict[tuple[type[Relationship] | type[Statement], str], list[str]] = defaultdict(list)
        """Type and run → ids of the facts that another file brought, and that this one said last."""
        self.counts: dict[str, RunCount] = {}
        self.nodes: dict[str, int] = {}
        self.edges: dict[str, int] = {}
        self.empty: dict[tuple[type[Relationship] | type[Statement], str], list[str]] = defaultdict(list)
        ends = (":START_ID", ":END_ID")
        self._parties = Output(
            folder, "Party", (":ID", ":LABEL", *(f"{n}:{_type(k, n)}" for n, k in PARTY_COLUMNS.items()))
        )
        self._identifiers = Output(folder, "Identifier", (":ID", "scheme", "value", "valid:boolean", "called:string[]"))
        self._identifies = Output(folder, "IDENTIFIES", (*ends, "policy", "stated", "rec_from:long"))
        self._about = Output(folder, "ABOUT", ends)
        names = ["Statement" if kind is Profile else kind.TYPE for kind in FACT_TYPES]
        self._facts = [Output(folder, name, _header(kind)) for name, kind in zip(names, FACT_TYPES, strict=True)]
        self._former = Output(folder, "FormerName", (":ID", "name_key", "party"))
        self._outputs = [self._parties, self._identifiers, self._identifies, self._about, self._former, *self._facts]
        self._known: dict[tuple[str, str], Resolved] = {}
        self._numbered: set[tuple[str, str]] = set()
        self._names = Names()
        self._numbers = count()  # of all nodes
        self._ids: dict[str, int] = {}  # those of parties and things
        self._seen: dict[int, int] = {}
        self._labels: dict[str, set[str]] = defaultdict(set)
        self._things: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self._name_of: dict[str, str] = {}  # parties: the normalised name with which they were made
        self._made_as: dict[
            str, PassingName
        ] = {}  # name and kind with which they were made, if that is more than the above
        self._called: dict[
            tuple[str, str], tuple[PassingName, NameOrigin]
        ] = {}  # identifiers: the first name in passing
        self._also_called: dict[tuple[str, str], dict[PassingName, NameOrigin]] = {}  # further ones; hardly any has
        self._coded: set[str] = set()
        self._unnamed: list[tuple[str, str | None, str | None]] = []  # known by name only: key, scope, kind
        self._linked: dict[str, str] = {}
        self._views: dict[str, dict[str, Any]] = {}
        self._profiled: set[str] = set()
        self._dirty: set[str] = set()
        self._late: dict[str, dict[str, Any]] = defaultdict(dict)
        self.joined: dict[str, tuple[str, str]] = {}
        """Party → the one that it is, and the run that says so: put together afterwards."""
        self._sanctioned: set[str] = set()
        self._pairs = array("Q")  # both ends of each walkable fact
        self._made = (folder / "parties.bin").open("wb")
        self._rejected = (folder / "rejected.bin").open("wb")

    def load(
        self, readers: Readers, description: SourceDescription, run: FileRun, progress: LoadProgress | None
    ) -> None:
        """All rows of one file."""
        count = self.counts[run.id] = RunCount()
        part = replace(run.part, prepare=None, dated=None)  # they did what they are for
        told = replace(description, files=(), dated_by=None, numbered_by=None)
        task = ReadingTask(self.settings, told, run.id, run.day, run.partition, part, run.context, run.path)
        task = replace(task, delivery=run.delivery)
        said_by = task.writer().said_by
        if description.partition:
            task = replace(task, description=replace(told, partition=None))
        days: dict[date | None, NameOrigin] = {}
        for block in readers.read(task):
            for other, keep in self._block(description.id, said_by, run.id, block, count).items():
                self.joined[other] = keep, run.id
            for pair, name, day in block.called:
                if day not in days:
                    told = "" if day is None else day_text(day)
                    days[day] = NameOrigin(told, description.trust == "official", description.id, run.id)
                self._call(pair, name, days[day])
            for output in self._outputs:
                output.flush()
            if progress:
                progress(run.name, count.rows_in, count.rejected)

    def _block(self, source: str, said_by: str, run: str, block: Block, counted: RunCount) -> dict[str, str]:
        """Write the rows of a block; returns the parties of which a row gives numbers of two."""
        place = self._places[run]
        resolver = Remembering(source, self.keys.hash, {}, fresh=self._known, numbered=self._numbered)
        refs = block.refs()
        found = resolver.resolve(self._names, refs)
        self._write_nodes(resolver)
        places = [found[ref] for ref in refs]
        # As the ordinary load has it: the party as stated, before any name policy, is part of what a statement is.
        stated = [party.stated or party.key for party in places]
        places.append(Resolved(""))  # -1: no end
        stated.append("")
        types = [kind.TYPE for kind in FACT_TYPES]
        facts = zip(*block.facts, strict=True)
        for facts_of_row in block.rows:
            counted.rows_in += 1
            if facts_of_row < 0:
                counted.rejected += 1
                continue
            new: list[tuple[tuple[Any, ...], str]] = []
            later: list[tuple[int, str]] = []
            met: dict[int, int] = {}
            simple = True
            for fact in islice(facts, facts_of_row):
                kind, start, end, record, said, _, version, _, _ = fact
                sid = statement_id(said_by, types[kind], record, (stated[start], stated[end]), said)
                short = int(sid[:16], 16)
                word = version << _RUNS | place
                before = met.get(short, self._seen.get(short))
                if before is None:
                    new.append((fact, sid))
                elif before >> _RUNS != version:
                    simple = False
                elif before < word:
                    later.append((kind, sid))
                else:
                    word = before
                met[short] = word
            if not simple:
                # It says another thing than before, or the same for another day: that makes versions. Whatever is
                # said later of any of its statements has to come after it.
                counted.deferred.append(counted.rows_in - 1)
                self._seen.update(dict.fromkeys(met, -1))
                continue
            self._seen.update(met)
            for kind, sid in later:
                self.said_last[Statement if kind == PROFILE else RELATIONSHIPS[kind], run].append(f"{sid}.{SEQ}")
            if not new:
                counted.duplicate += 1
                continue
            counted.accepted += 1
            for fact, sid in new:
                self._fact(fact, sid, places)
        if block.rejected:
            pickle.dump(block.rejected, self._rejected)
        return resolver.joined

    def _fact(self, fact: tuple[Any, ...], sid: str, places: list[Resolved]) -> None:
        number, at, to, _, _, since, _, columns, more = fact
        kind, start, end = FACT_TYPES[number], places[at], places[to]
        claim = claim_id(kind.TYPE, start.key, end.key, since or None)
        matched = f"{start.match or ''},{start.stated}," if start.stated else ",,"
        matched += f"{end.match or ''},{end.stated}," if end.stated else ",,"
        line = f"{sid}.{SEQ},{sid},{claim},{matched}{columns}"
        place = self._ids[start.key]
        if number == PROFILE:
            node = next(self._numbers)
            self._facts[number].lines.append(f"{node},{line}")
            self._about.lines.append(f"{node},{place}\n")
        else:
            other = self._ids[end.key]
            self._facts[number].lines.append(f"{place},{other},{line}")
            if number in WALKED_TYPES and place != other:
                self._pairs.append(place << 32 | other if place < other else other << 32 | place)
            if kind is ImposedOn:
                self._sanctioned.add(end.key)
            elif number in CODED_POSTS and start.match is None and start.key[0] == "p" and start.key in self._coded:
                self._names.persons.setdefault((end.key, self._name_of[start.key]), set()).add(start.key)
        if more is not None:
            empty, view = more
            for name in empty:
                self.empty[Statement if number == PROFILE else kind, name].append(f"{sid}.{SEQ}")
            if view is not None:
                self._profile(start.key, view)

    def _call(self, pair: tuple[str, str], name: PassingName, said: NameOrigin) -> None:
        """Somebody is called so in passing. Who has another name already is left to `refresh`."""
        key = self._known[pair].key
        made = self._made_as.get(key) or (self._name_of[key], None)
        if name[0] not in (None, made[0]) or name[1] not in (None, made[1]):
            self._dirty.add(key)
        elif name == made:
            name = made  # one in memory is enough
        first = self._called.setdefault(pair, (name, said))
        if first[0] == name:
            if said[:3] > first[1][:3]:
                self._called[pair] = name, said
        else:
            more = self._also_called.setdefault(pair, {})
            if name not in more or said[:3] > more[name][:3]:
                more[name] = said

    def _profile(self, key: str, view: dict[str, Any]) -> None:
        if key in self._profiled:  # of several, the newest and most official word counts
            self._dirty.add(key)
            return
        self._profiled.add(key)
        if "name" not in view and view["former_names"]:  # unless one of them is the name that it has
            self._dirty.add(key)
        if view.get("name_key", self._name_of[key]) == self._name_of[key]:
            view.pop("name_key", None)
        else:
            self._dirty.add(key)
        if view["former_names"] is None:
            del view["former_names"]
        for name in ("kind", "status", "region"):
            if isinstance(view.get(name), str):
                view[name] = sys.intern(view[name])
        if view:
            self._views[key] = view

    def _write_nodes(self, resolver: Resolver) -> None:
        new = resolver.new
        made = []
        for label, rows in new.parties.items():
            for row in rows:
                key, name = row["key"], row["name_key"]
                self._ids[key] = next(self._numbers)
                self._name_of[key] = name
                if (made_as := (row["name"], row.get("kind"))) != (name, None):
                    self._made_as[key] = made_as
                if row["coded"]:
                    self._coded.add(key)
                    if label == "Entity":
                        self._names.entities[name].append((key, row.get("kind")))
                elif label != "Organ":
                    self._unnamed.append((key, row.get("scope"), row.get("kind")))
                made.append((label, tuple(map(row.get, MADE_WITH))))
        if made:
            pickle.dump(made, self._made)
        for label, more in new.labels.items():
            for key in more:
                if label == "Entity" and label not in self._labels[key]:
                    if key in self._coded:
                        self._names.entities[self._name_of[key]].append((key, None))
                    else:
                        self._unnamed.append((key, None, None))
                self._labels[key].add(label)
        for key, told in new.late.items():
            self._late[key].update(told)
            if told.get("coded") and key not in self._coded:
                self._coded.add(key)
                if "Entity" in self._labels[key]:
                    self._names.entities[self._name_of[key]].append((key, None))
        for row in new.identifiers:
            if row["stated"]:
                self._linked[row["stated"]] = row["party"]
        for label, things in new.things.items():
            for key, row in things.items():
                there = self._things[label].setdefault(key, row)
                if there is row:
                    self._ids[key] = next(self._numbers)
                elif there.get("title") is None and row.get("title") is not None:
                    there["title"] = row["title"]

    # -- the end --------------------------------------------------------------------------------------------

    def close(self) -> list[str]:
        """Write the nodes with what they cache; the arguments of the import."""
        self._mark_links()
        degrees = self._degrees()
        self._write_parties(degrees)
        self._write_identifiers()
        for key in self._coded.intersection(self._views) - self._dirty:
            self._former.lines += [f"{next(self._numbers)},{line_of((name, key))}\n" for name in self._former_of(key)]
        for label, rows in self._things.items():
            self._write_things(label, rows, degrees)
        self._rejected.close()
        arguments = ["--id-type=integer", "--array-delimiter=U+001F", "--bad-tolerance=0"]
        arguments += [f"--report-file={self.folder / 'report.txt'}"]
        for output in self._outputs:
            output.close()
            if output.count:
                name = output.path.stem
                node = name in NODES
                (self.nodes if node else self.edges)[name] = output.count
                labels = "" if output is self._parties else f"{name}="  # parties have theirs in a column
                arguments.append(f"--{'nodes' if node else 'relationships'}={labels}{output.path}")
        if any(output.multiline for output in self._outputs):
            arguments.append("--multiline-fields=true")
        return arguments

    def rejected(self) -> Iterator[list[dict[str, Any]]]:
        """The rows that were not taken, as they came."""
        return _pickled(self.folder / "rejected.bin")

    def _degrees(self) -> list[int]:
        pairs = np.unique(np.frombuffer(self._pairs, np.uint64))
        ends = np.concatenate((pairs >> np.uint64(32), pairs & np.uint64(0xFFFFFFFF))).astype(np.int64)
        return np.bincount(ends, minlength=next(self._numbers)).tolist()

    def _write_parties(self, degrees: list[int]) -> None:
        self._made.close()
        key_at, name_at = MADE_WITH.index("key"), MADE_WITH.index("name")
        for made in _pickled(self.folder / "parties.bin"):
            for label, values in made:
                key = values[key_at]
                number = self._ids[key]
                for told in (self._late.get(key), self._views.get(key)):
                    if told:
                        values = [told.get(name, value) for name, value in zip(MADE_WITH, values, strict=True)]
                labels = LIST_DIVIDER.join(sorted({label, *self._labels[key]})) if key in self._labels else label
                hub = _hub(values[name_at], degrees[number])
                cached = (*hub, key in self._sanctioned, True if key in self._dirty else None)
                self._parties.lines.append(f"{number},Party{LIST_DIVIDER}{labels},{line_of((*values, *cached))}\n")
            self._parties.flush()

    def _write_identifiers(self) -> None:
        for (scheme, value), found in self._known.items():
            node, called = next(self._numbers), None
            if first := self._called.get((scheme, value)):
                called = joined((), (first, *self._also_called.get((scheme, value), {}).items()))
            valid = True if scheme in CHECKED else None
            self._identifiers.lines.append(f"{node},{line_of((scheme, value, valid, called))}\n")
            policy = f"{found.policy},{found.stated}" if found.stated else ","
            self._identifies.lines.append(f"{node},{self._ids[found.key]},{policy},{SEQ}\n")
            if len(self._identifies.lines) >= ROWS_AT_ONCE:
                self._identifiers.flush()
                self._identifies.flush()

    def _write_things(self, label: str, rows: dict[str, dict[str, Any]], degrees: list[int]) -> None:
        names = list(NODES[label].model_fields)
        output = Output(self.folder, label, (":ID", *(f"{n}:{_type(NODES[label], n)}" for n in names)))
        self._outputs.append(output)
        for key, row in rows.items():
            number = self._ids[key]
            if label == "Address":
                cached = dict(zip(CACHED, _hub(row["name"], degrees[number]), strict=False))
                row = {**row, **cached, "caches_dirty": None}
            elif label == "Sanction":
                row = {**row, "dirty": True}
            output.lines.append(f"{number},{line_of(map(row.get, names))}\n")

    def _former_of(self, key: str) -> set[str]:
        """Names that an entity bore before, normalised, as far as one profile tells."""
        view = self._views.get(key, {})
        return view.get("borne", set()) - {view.get("name_key", self._name_of[key])}

    def _mark_links(self) -> None:
        """Whoever is known by name only and stands elsewhere than `refresh` would have it is left to it."""
        bearers: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
        former: set[str] = set()
        for every in self._names.entities.values():
            for key, kind in every:
                view = self._views.get(key, {})
                bearers[view.get("name_key", self._name_of[key])].append((key, view.get("kind", kind)))
                for name in self._former_of(key):
                    bearers[name].append((key, view.get("kind", kind)))
                    former.add(name)
        around: dict[tuple[str, str], list[tuple[bool, str]]] = defaultdict(list)
        for key, scope, kind in self._unnamed:
            view = self._views.get(key, {})
            name = view.get("name_key", self._name_of[key])
            if scope is not None:
                entity = self._linked.get(scope, scope)
                around[entity, name].append((scope != entity, key))
            elif coded := bearers.get(name):
                one = coded[0][0] if len(coded) == 1 and coded[0][1] != "individual_business" else None
                own = view.get("kind", kind) == "individual_business"
                # All links here are by the names with which parties were made: which of them are former ones, it says.
                if self._linked.get(key, key) != (key if one is None or own else one) or name in former:
                    self._dirty.add(key)
        for (entity, name), named in around.items():
            holders = self._names.persons.get((entity, name), ())
            target = next(iter(holders)) if len(holders) == 1 else min(named)[1]
            self._dirty.update(key for _, key in named if self._linked.get(key, key) != target)


def _hub(name: str | None, degree: int) -> tuple[int, bool, str | None]:
    """The first three of CACHED."""
    tag = hub_tag(name)
    return degree, degree > HUB_DEGREE or tag is not None, tag


def _pickled(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        while True:
            try:
                yield pickle.load(file)
            except EOFError:
                return


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
        graph.write("load", lambda tx, part=part: tx.run(REJECT, rows=part))
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
