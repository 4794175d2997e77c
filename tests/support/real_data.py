"""Real files, beside the project and never in it."""

from pathlib import Path

DATA = Path(__file__).parents[3] / "shared" / "data"
