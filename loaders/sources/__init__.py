"""The described sources: what can be loaded by `creditgraph load ID`. One module each."""

from collections.abc import Collection

from loaders.drafts import SourceDescription
from loaders.sources import (
    ashare2018,
    ashare2020,
    bods,
    commitments,
    court_limits,
    credentials,
    ftm,
    inspections,
    judgments,
    listed_names,
    lists,
    nfra,
    organs,
    registry,
    sample,
    shixin,
    shuanggongshi,
    subsidiaries,
    tenders,
)

SOURCES: dict[str, SourceDescription] = {
    module.SOURCE.id: module.SOURCE
    for module in (
        *(sample, shuanggongshi, shixin, court_limits, nfra),
        *(lists, credentials, inspections, commitments, judgments, tenders),
        *(registry, listed_names, ashare2018, ashare2020, subsidiaries),
        organs,
        *(ftm, bods),
    )
}
"""By id."""


def fitting(columns: Collection[str]) -> list[str]:
    """The ids of the sources that have a file with these columns: for the hint when the wrong one was named."""
    return [source.id for source in SOURCES.values() if any(set(columns) >= set(part.columns) for part in source.files)]
