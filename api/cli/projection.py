"""The command line: the copy of the graph in memory-mapped files, for batches and for whoever serves."""

import shutil

from api.cli.lazy import command_group
from api.cli.terminal import JsonOption, StoreOption, graph_of, out, progress, tell
from graph_model.store.settings import Settings

# `queries.projection` is imported where it is used: its compiler takes a second that no other command should pay.

projection = command_group("The copy of the graph that answers many questions at once.")


@projection.command("build")
def build_command(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Build a new version now. `screen` and `serve` build one by themselves when there is none.

    Example: creditgraph projection build
    """
    from queries.projection.current import opened, root_of, status

    with graph_of(store, empty=True) as graph, progress() as bar:
        task = bar.add_task("projection", total=None)
        made = opened(
            graph,
            root_of(Settings(), graph),
            lambda done, total: bar.update(task, completed=done, total=total),
            anew=True,
        )
        told = status(made)
    tell(told, as_json, _show)


@projection.command("status")
def status_command(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Which version is there, how large, and is it whole? Every file is read and its hash compared.

    Example: creditgraph projection status --json
    """
    from queries.projection.current import root_of, status
    from queries.projection.follow import Projection
    from queries.projection.format import BadProjection

    with graph_of(store, empty=True) as graph:
        root = root_of(Settings(), graph)
        try:
            made = Projection((root / (root / "current").read_text(encoding="utf-8").strip()), graph.store_id())
        except OSError:
            raise BadProjection("there is no projection yet: creditgraph projection build") from None
        told = status(made) | {"clock": graph.position()}
    tell(told, as_json, _show)


@projection.command("drop")
def drop_command(store: StoreOption = None) -> None:
    """Delete it, with all that it holds. The graph stays.

    Example: creditgraph projection drop
    """
    from queries.projection.current import root_of

    with graph_of(store, empty=True) as graph:
        root = root_of(Settings(), graph)
    found = root.exists()
    shutil.rmtree(root, ignore_errors=True)
    out.print("deleted" if found else "there was none")


def _show(told: dict[str, object]) -> None:
    for name, value in told.items():
        shown = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value
        out.print(f"{name:14} {shown}", highlight=False)
