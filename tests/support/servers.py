"""What makes a Neo4j of the tests cheap, and which statements of ours one was sent.

`QUERIES_SENT=FILE pytest -m graph`, then `python -m tests.support.servers missing FILE`: which Cypher in the code is in none
of the texts that the tests have sent? There must be none: what a version of Neo4j was never sent, nobody knows of it.
`cover FILE` names some of the tests, as few as it can, that have sent all that was sent: enough for another version.
"""

import ast
import json
import re
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import neo4j

from graph_model.store import neo4j_home, neo4j_process

ROOT = Path(__file__).parents[2]
CODE = ("graph_model", "loaders", "queries", "api")

JAVA = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""Our graphs are small: Java's better compiler would cost more than it could save, 40 % of all that the servers did,
and its collector that works beside the others 15 %."""

CONF = """\
dbms.cypher.min_replan_interval=1h
internal.cypher.use_parameter_size=false
"""
"""Emptied and filled for each test, a graph never has the statistics that a plan was made with: every query would be
planned anew all ten seconds. Nor do our tests need a plan of its own for each length of a list."""


def cheap(put: Callable[[Any, str, Any], object] = setattr) -> None:
    """Servers that this process starts from now on cost less."""
    options = neo4j_process.java_options
    for module in (neo4j_process, neo4j_home):
        put(module, "java_options", lambda *a: [*JAVA, *options(*a)])
    put(neo4j_process, "CONF", neo4j_process.CONF + CONF)


sending = {"test": ""}
"""Which test sends now."""


@contextmanager
def written_down(file: Path) -> Generator[None]:
    """At the end, `file` tells as JSON, test by test, every text that this process sent to a Neo4j."""
    texts: dict[str, set[str]] = {}

    def heard(run: Any) -> Any:
        def wrapped(self: Any, query: Any, *args: Any, **more: Any) -> Any:
            texts.setdefault(sending["test"], set()).add(str(query))
            return run(self, query, *args, **more)

        return wrapped

    with ExitStack() as patched:
        for place in (neo4j.Session, neo4j.Transaction, neo4j.ManagedTransaction):
            patched.enter_context(patch.object(place, "run", heard(place.run)))
        yield
    sent = {test: sorted(some) for test, some in texts.items()}
    file.write_text(json.dumps(sent, ensure_ascii=False, indent=0), encoding="utf-8")


# --- what is in the code ----------------------------------------------------------------------------------

CYPHER = re.compile(r"\b(MATCH|MERGE|UNWIND|CREATE|DELETE|RETURN|CALL|SHOW|REMOVE)\s+[\w({`$]")

SQL = re.compile(r"\b(CREATE TABLE|DELETE FROM|INSERT INTO|SELECT .* FROM)\b")
"""What is sent to a file beside the graph, and to no Neo4j."""


def pieces() -> Iterator[tuple[str, str]]:
    """(file:line, text) of every string in the code that is Cypher, or the constant part of one that is built."""
    for path in sorted(p for folder in CODE for p in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        for node in ast.walk(tree):
            match node:
                case ast.Constant(value=str(text), lineno=line) if (
                    id(node) not in said and CYPHER.search(text) and not SQL.search(text)
                ):
                    yield f"{path.relative_to(ROOT)}:{line}", text


def plain(text: str) -> str:
    return " ".join(text.split())


def sent_in(file: Path) -> dict[str, str]:
    """Test → all that it sent, as one text."""
    found: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return {test: "\n".join(plain(text) for text in texts) for test, texts in found.items()}


def never_sent(file: Path) -> list[str]:
    """The places of statements that are in none of the texts."""
    sent = "\n".join(sent_in(file).values())
    return [f"{place}  {plain(text)[:100]}" for place, text in pieces() if plain(text) not in sent]


def covering(file: Path) -> list[str]:
    """A few tests that together sent every statement that any of them sent: always the one that adds most."""
    wanted = {plain(text) for _, text in pieces()}
    sends = {test: {text for text in wanted if text in sent} for test, sent in sent_in(file).items() if test}
    chosen = []
    while added := max(sends.values(), key=len, default=set()):
        test = next(test for test, texts in sends.items() if texts is added)
        chosen.append(test)
        sends = {other: rest for other, texts in sends.items() if (rest := texts - added)}
    return chosen


if __name__ == "__main__":
    what, file = sys.argv[1], Path(sys.argv[2])
    lines = {"cover": covering, "missing": never_sent}[what](file)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.exit(what == "missing" and bool(lines))
