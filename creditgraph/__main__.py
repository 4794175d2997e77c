"""Starts the command line, if the packages that it would import are its own.

`api` and `queries` are names that others use too: a folder of that name where `python -m` is started, or an installed
package, would be imported in place of ours and break in words that nobody understands.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("api", "loaders", "queries", "graph_model")


def main() -> None:
    """Run the command line, or say in a sentence what stands in its way. Exit 2 then."""
    if wrong := shadowed():
        sys.stderr.write(f"{wrong}\n")
        sys.exit(2)
    from api.cli.root import main as run

    run()


def shadowed() -> str | None:
    """Which package would be imported in place of ours, from where, and what to do; None when all are ours."""
    ours = Path(__file__).resolve().parents[1]
    for name in PACKAGES:
        spec = find_spec(name)
        if spec is None:
            return f"creditgraph is not whole: its package {name!r} is missing. Install creditgraph again."
        places = [Path(place).resolve() for place in spec.submodule_search_locations or [spec.origin or ""]]
        if places != [ours / name]:
            return (
                f"Here {name!r} is {places[0]}, and not the one of creditgraph ({ours / name}). Start creditgraph in another "
                f"folder, and not with PYTHONPATH; if another distribution installed it, use an environment of its own."
            )
    return None


if __name__ == "__main__":
    main()
