"""The described sources: what can be loaded by `creditgraph load ID`. One module each."""

from collections.abc import Collection
from importlib import import_module
from importlib.util import find_spec

from loaders.drafts import SourceDescription

_MODULES = ("sample", "shuanggongshi", "court_limits", "nfra", "ashare2020")

SOURCES: dict[str, SourceDescription] = {
    source.id: source
    for name in _MODULES
    if find_spec(f"{__name__}.{name}")
    for source in (import_module(f"{__name__}.{name}").SOURCE,)
}
"""By id."""


def fitting(columns: Collection[str]) -> list[str]:
    """The ids of the sources that have a file with these columns: for the hint when the wrong one was named."""
    return [
        source.id
        for source in SOURCES.values()
        if any(set(columns) >= set(part.columns) for part in source.files)
    ]
