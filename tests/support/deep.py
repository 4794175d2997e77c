"""How deep the random tests go: some examples in an ordinary run, many by `make deep`."""

import os

DEEP = os.environ.get("DEEP") == "1"


def so_many(usual: int, many: int) -> int:
    """So many examples; a test that asks carries the mark `deep`."""
    return many if DEEP else usual
