"""By what stored consequences were derived: the rules, and the code that gathers facts and applies them."""

import hashlib
from functools import cache
from pathlib import Path

import graph_model
from graph_model.rules import RulePack

CODE = (
    *("calendar.py", "events.py", "facts.py", "list_terms.py", "timeline.py", "sentences/law.py", "derivation/*.py"),
    *("../queries/read/facts.py", "../queries/read/events.py"),
)
"""The files whose text counts, from `graph_model` on. They are read and not imported: most questions derive nothing."""


def derived_with(pack: RulePack) -> str:
    """What the store keeps beside its consequences. Where it is another one now, they are derived anew.

    Any change of that code counts, also of a comment: to derive once more what is the same costs time, to go on with what
    older code derived could be wrong.
    """
    return f"{pack.digest}.{code_digest(CODE)}"


def stale(derived: str | None, underived: int, pack: RulePack) -> str | None:
    """Why stored consequences may be out of date, if they may be."""
    if derived != derived_with(pack):
        return "consequences were derived with other rules, or never: run creditgraph derive"
    if underived:
        return f"{underived} sanctions wait for creditgraph derive"
    return None


@cache
def code_digest(patterns: tuple[str, ...]) -> str:
    """A short digest of the text of some files.

    Raises:
        FileNotFoundError: a pattern finds none.
    """
    here = Path(*graph_model.__path__)
    total = hashlib.blake2s(digest_size=6)
    for pattern in patterns:
        found = sorted((here / pattern).resolve().parent.glob(Path(pattern).name))
        if not found:
            raise FileNotFoundError(f"{pattern} is no file of ours")
        for file in found:
            total.update(file.read_bytes() + b"\0")
    return total.hexdigest()
