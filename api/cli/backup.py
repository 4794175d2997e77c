"""The whole store in one file, and back."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.terminal import JsonOption, StoreOption, err, graph_of, out, progress, tell
from graph_model.errors import BadRequest, ConfigError, StoreUnavailable
from graph_model.rules import load_pack
from graph_model.store.keys import bring_key, key_file, key_text, load_keys
from graph_model.store.settings import Settings
from loaders.backup.passphrase import seal, unseal
from loaders.backup.restore import check_version
from loaders.backup.restore import restore as fill
from loaders.backup.save import Backup, back_up, look, next_file, sealed_key, sweep_old
from loaders.derive import derive_into
from loaders.upgrade import upgrade

if TYPE_CHECKING:
    from rich.progress import Progress

PassphraseOption = Annotated[
    bool,
    typer.Option(
        "--with-key",
        help="Keep the id key in it too, under a passphrase (CREDITGRAPH_PASSPHRASE, else it is asked for).",
    ),
]


def backup(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="File to write; or a folder, which gets one with a name of its own.")
    ],
    with_key: PassphraseOption = False,
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=1, metavar="N", help="In a folder: delete all but the newest N of this store."),
    ] = None,
    every: Annotated[
        float | None,
        typer.Option("--every", min=0.01, metavar="HOURS", help="Into a folder: again and again, until it is stopped."),
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep the whole store in one file, at one position, while it is in use: whoever writes meanwhile waits.

    Also of your own Neo4j (CREDITGRAPH_NEO4J_URI). Names of persons are in it: it can be read by its owner only. The id key is
    not, unless you ask for it: keep it elsewhere.

    Example: creditgraph backup main.backup
    """
    if (keep or every) and not file.is_dir():
        raise BadRequest(f"--keep and --every are for a folder, and {file} is none.")
    settings = Settings()
    sealed = None
    if with_key:
        load_keys(settings)  # what is no key is said now
        sealed = seal(key_text(settings)[0], _passphrase(settings, confirm=True))
    while True:
        began = time.monotonic()
        try:
            _once(store, file, sealed, keep, as_json)
        except (StoreUnavailable, OSError) as error:
            if every is None:
                raise
            err.print(f"No backup this time: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        if every is None:
            return
        time.sleep(max(every * 3600 - (time.monotonic() - began), 0))


def _once(store: str | None, file: Path, sealed: dict[str, Any] | None, keep: int | None, as_json: bool) -> None:
    with graph_of(store, older=True) as graph:
        path = next_file(graph, file) if file.is_dir() else file
        with progress() as bar:
            task = bar.add_task("backup", total=None)
            made = back_up(graph, path, sealed_key=sealed, progress=partial(_update, bar, task))
        tell(made._asdict(), as_json, _show)
        for old in sweep_old(graph, file, keep) if keep else ():
            err.print(f"deleted: {old}", highlight=False, soft_wrap=True)


def _update(bar: "Progress", task: Any, done: int, total: int) -> None:
    bar.update(task, completed=done, total=total)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    check: Annotated[bool, typer.Option("--check", help="Only look whether it is whole, and what is in it.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fill an empty store with a backup, and prove that it holds the same.

    A file that is not as it was written is refused before anything is done, and so are a store that holds something, another
    id key, and what a newer version made. What an older version made is brought up.

    Example: creditgraph restore main.backup --store again
    """
    with progress() as bar:
        task = bar.add_task("reading", total=None)
        kept = look(file, partial(_update, bar, task))
    if check:
        tell(kept._asdict(), as_json, _show)
        return
    check_version(kept)
    settings = Settings()
    _same_key(settings, kept)
    with graph_of(store, older=True) as graph, progress() as bar:
        told = _bars(bar)
        fill(graph, kept, told)
        if graph.outdated():
            upgrade(graph, lambda done, total: told("upgrade", done, total))
            derive_into(graph, load_pack(), progress=lambda done, total: told("derive", done, total))
    tell(kept._asdict(), as_json, _show)


def _bars(bar: "Progress") -> Callable[[str, int, int], None]:
    """One bar for each stage, made when it begins."""
    tasks: dict[str, Any] = {}

    def told(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bar.add_task(stage, total=None)
        _update(bar, tasks[stage], done, total)

    return told


def _show(kept: dict[str, Any]) -> None:
    """The file in lines for people: how many there are of each label and type only JSON says."""
    for name, value in kept.items():
        if name not in ("labels", "types"):
            shown = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value
            out.print(f"{name:14} {shown}", highlight=False, soft_wrap=True)


def _passphrase(settings: Settings, *, confirm: bool = False) -> str:
    told = settings.passphrase.get_secret_value()
    return told or typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)


def _same_key(settings: Settings, kept: Backup) -> None:
    """The key with which the backup was written is here, or comes out of it now.

    Raises:
        ConfigError: there is another one, or none.
        BadRequest: that is not the passphrase.
    """
    if kept.id_key is None:
        return
    here = settings.id_key.get_secret_value() or key_file(settings).exists()
    if here and (mine := load_keys(settings).fingerprint) != kept.id_key:
        raise ConfigError(
            f"{kept.file} was written with id key {kept.id_key}, and here it is {mine}: nobody in it would be found by his "
            f"number. Put that key here (CREDITGRAPH_ID_KEY, or the file {key_file(settings)}) for the store to be restored, or use "
            "another CREDITGRAPH_HOME."
        )
    if here:
        return
    sealed = sealed_key(Path(kept.file))
    if sealed is None:
        raise ConfigError(
            f"There is no id key here, and {kept.file} was written with the one whose fingerprint is {kept.id_key}: put it into "
            f"{key_file(settings)} (chmod 600), or set CREDITGRAPH_ID_KEY."
        )
    bring_key(settings, unseal(sealed, _passphrase(settings)))
