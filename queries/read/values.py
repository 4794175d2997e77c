"""Values of the driver as plain Python."""

from typing import Any

from graph_model.store.driver import neo4j


def native(value: Any) -> Any:
    """A driver value as plain Python."""
    return value.to_native() if isinstance(value, neo4j.time.Date) else value
