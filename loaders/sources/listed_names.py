"""Full names of listed companies by stock code, as JSON lines (source `listed-names`).

A compilation by a third party: for reference, never a trigger. It gives the registered name to a stock code of which
other sources know the short name only.

- It has some codes twice, with an old name and a new one, or with the name of another company. Which one is right is
  not said: all rows of such a code are rejected.
- The day of the file is not given. It speaks for the newest day of listing in it, at least.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from graph_model.identifiers import name_key
from graph_model.schema import Profile
from loaders.drafts import Draft, EntityMention, Row, SourceDescription, SourceFile
from loaders.reading.values import cell, fault, parse_date, parse_stock_code

_REMARK = re.compile(r"[(（]简称[:：].*[)）]$")


class ListedNames(NamedTuple):
    """What only the whole file tells."""

    doubled: frozenset[str]
    """Codes that have several full names."""
    newest: date | None


def _name(row: Row) -> str:
    return _REMARK.sub("", row.need("fullname"))


def prepare(rows: Iterator[Row]) -> ListedNames:
    """The codes with several names, and the newest day of listing."""
    names: dict[str, set[str]] = defaultdict(set)
    newest: date | None = None
    for row in rows:
        try:
            if (code := parse_stock_code(row.get("code"))) and (name := row.get("fullname")):
                names[code].add(name_key(_REMARK.sub("", name)))
            day = parse_date(row.get("time"))
        except ValueError:
            continue  # of the code: its own row is rejected; of the day: some rows have the exchange there
        newest = max(filter(None, (newest, day)), default=None)
    return ListedNames(frozenset(code for code, found in names.items() if len(found) > 1), newest)


def drafts(row: Row, whole: ListedNames) -> Iterator[Draft]:
    """The full name of one company."""
    name = _name(row)
    row.need("code")
    code = cell(row, "code", parse_stock_code) or row.need("code")
    if code in whole.doubled:
        raise fault(
            row,
            "code",
            "has several full names in this file",
            code="contradiction",
            todo="Leave only the row with the present name.",
        )
    company = EntityMention(name, (("stock", code),), kind="company")
    yield Draft(Profile(name=name, kind="company", stock_code=code), company, record=code)


SOURCE = SourceDescription(
    id="listed-names",
    title="Full names of listed companies",
    title_zh="上市公司全称",
    owner="third party, from the stock exchanges",
    mode="snapshot",
    coverage="companies listed in Shanghai and Shenzhen",
    licence="none found",
    trust="reference",
    period="as of the newest day of listing in the file",
    expected_rows="a row for each listed company, about 4,700 in 2021",
    files=(
        SourceFile(
            pattern="*",
            columns=("name", "fullname", "code"),
            drafts=drafts,
            prepare=prepare,
            dated=lambda whole: whole.newest,
            fields={
                "name": "short name (not loaded)",
                "fullname": "registered name; a remark (简称:…) behind it is left out",
                "code": "stock code, with or without its exchange",
                "location": "stock exchange (not loaded)",
                "time": "day of listing; the newest one dates the file",
            },
        ),
    ),
)
