"""What the fixtures hand to a test."""

from collections.abc import Callable
from pathlib import Path

from loaders.load.engine import Loaded

Put = Callable[..., Path]
"""(file name, rows, data_date) → a file in a folder of its own, with a manifest that dates it."""
LoadFile = Callable[..., list[Loaded]]
"""(source, path) → its lines in the ledger."""
Cli = Callable[..., tuple[int, str, str]]
"""Arguments → (exit code, standard output, standard error)."""
