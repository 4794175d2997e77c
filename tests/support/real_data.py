"""What stands beside the project and never in it: real files, and the papers that the law was read from."""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared"
DATA = SHARED / "data"


def there(path: Path) -> Path:
    """The path, if something is there. Where nothing is, the test that needs it is skipped; in CI it fails."""
    if not path.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"{path.name} is not beside this checkout")
    return path
