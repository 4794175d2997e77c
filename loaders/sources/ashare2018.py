"""Boards of listed companies 2018 (source `ashare2018`): a folder with headers for Neo4j's import (`:ID(Stock)`).

Made from public filings by a third party: for reference, never a trigger. Read are the stocks, the persons and their
posts, in this order; industries and concepts are not, nor is `executive_prep.csv`, from which the source made its
persons and posts.

- Companies are told apart by stock code, and bear their short names. Codes have lost their zeros: 2091 is 002091.SZ.
  The A and the B share of one company are two codes, and so two companies here.
- Persons are told apart by the source's own ids (scheme `ashare2018:person`). It gave one id to equal name, sex and
  age: across boards that is probably one person, and not certainly. Different ids are never joined.
- Sex and age are kept to tell namesakes apart (`queries/party/same_person.py`); no answer shows them. An age says the year of
  birth to within one year: the day for which it was stated is not known.
- When a post began is not given, and the day of the export is not known, only its year.
"""

from collections.abc import Iterator
from typing import Any, Literal

from graph_model.schema import DirectorOf, EmployedAt, Profile
from loaders.drafts import Draft, EntityMention, PersonMention, Row, SourceDescription, SourceFile
from loaders.reading.values import cell, fault, parse_stock_code

PERSON_SCHEME = "ashare2018:person"
YEAR = 2018
SEX: dict[str, Literal["male", "female"]] = {"男": "male", "女": "female"}
AGES = range(18, 101)
"""Others, such as -1, say that the age is not known."""
BOARD_POSTS: dict[str, type[DirectorOf | EmployedAt]] = {
    **dict.fromkeys(("董事", "独立董事", "执行董事", "非执行董事", "独立非执行董事"), DirectorOf),
    **dict.fromkeys(("职工董事", "外部董事", "董事长", "副董事长", "常务副董事长"), DirectorOf),
    **dict.fromkeys(("代董事长", "执行董事长", "董事会主席", "董事会副主席"), DirectorOf),
    **dict.fromkeys(("董事局主席", "董事局副主席", "董事局常务副主席"), DirectorOf),
    # An honour, with no seat on the board.
    **dict.fromkeys(("名誉董事长", "荣誉董事长", "终身名誉董事长", "名誉主席"), EmployedAt),
}
"""Post as stated → relationship."""


def _stock(row: Row, field: str) -> str:
    row.need(field)
    return cell(row, field, parse_stock_code) or row.need(field)


def stock(row: Row, _context: Any) -> Iterator[Draft]:
    """A listed company: its short name."""
    name, code = row.need("name"), _stock(row, "stock_id:ID(Stock)")
    company = EntityMention(name, (("stock", code),), kind="company")
    yield Draft(Profile(name=name, kind="company", stock_code=code), company, record=code)


def person(row: Row, _context: Any) -> Iterator[Draft]:
    """A person's name, sex and possible years of birth."""
    name, key = row.need("name"), row.need("person_id:ID(Executive)")
    stated = row.get("age:int") or ""
    age = int(stated) if stated.isdecimal() and int(stated) in AGES else None
    profile = Profile(
        name=name,
        sex=SEX.get(row.get("gender") or ""),
        born_from=YEAR - age - 1 if age else None,
        born_to=YEAR - age if age else None,
    )
    yield Draft(profile, PersonMention(name, ((PERSON_SCHEME, key),)), record=key)


def posts(row: Row, _context: Any) -> Iterator[Draft]:
    """The posts of one person in one company, several of them joined by `/`."""
    key, code = row.need(":START_ID(Executive)"), _stock(row, ":END_ID(Stock)")
    # Both are found by what identifies them; their names stand in the other files.
    someone, company = (
        PersonMention(key, ((PERSON_SCHEME, key),)),
        EntityMention(code, (("stock", code),), kind="company"),
    )
    stated = list(dict.fromkeys(post.strip() for post in row.need("jobs").split("/") if post.strip()))
    if unknown := [post for post in stated if post not in BOARD_POSTS]:
        raise fault(
            row,
            "jobs",
            f"has a post that is not known: {unknown[0]}",
            code="unknown-code",
            todo=f"Known are {'、'.join(BOARD_POSTS)}, joined by /.",
        )
    if not stated:
        raise fault(row, "jobs", "names no post", code="missing-value", todo="Fill it in.")
    for post in stated:
        yield Draft(BOARD_POSTS[post](post=post), someone, company)


SOURCE = SourceDescription(
    id="ashare2018",
    title="Boards of listed companies 2018",
    title_zh="上市公司董事会(2018)",
    owner="third party, from public filings",
    mode="snapshot",
    coverage="listed companies by short name, their boards; a person is an id of equal name, sex and age",
    licence="MIT (lemonhu/stock-knowledge-graph)",
    trust="reference",
    period="as of 2018; the day is not told",
    expected_rows="about 3,200 companies, 21,000 persons and 25,000 posts",
    files=(
        SourceFile(
            pattern="stock.csv",
            columns=("stock_id:ID(Stock)", "name"),
            drafts=stock,
            fields={
                "stock_id:ID(Stock)": "stock code, zeros in front may be lost",
                "name": "short name of the company",
                "code": "stock code again (not loaded)",
                ":LABEL": "Company, with ST when under special treatment (not loaded)",
            },
        ),
        SourceFile(
            pattern="executive.csv",
            columns=("person_id:ID(Executive)", "name"),
            drafts=person,
            fields={
                "person_id:ID(Executive)": "the source's id of the person",
                "name": "name",
                "gender": "sex, 男 or 女",
                "age:int": "age in 2018",
            },
        ),
        SourceFile(
            pattern="executive_stock.csv",
            columns=(":START_ID(Executive)", "jobs", ":END_ID(Stock)"),
            drafts=posts,
            fields={
                ":START_ID(Executive)": "the source's id of the person",
                "jobs": "posts, joined by /",
                ":END_ID(Stock)": "stock code",
            },
        ),
    ),
)
