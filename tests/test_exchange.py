"""FollowTheMoney and BODS 0.4, in and out: invented files, the fixtures, and what comes back after a round trip."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, LiteralString, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_model.errors import SourceError
from graph_model.events import Event
from graph_model.exchange import (
    BODS_INTERESTS,
    BODS_POSTS,
    BODS_REASONS,
    ENTITY_KINDS,
    FTM_EDGES,
    NAMELESS,
    exact_id,
    percent,
)
from graph_model.facts import FactRow
from graph_model.identifiers import mask_id
from graph_model.schema import (
    RELATIONSHIP_BY_TYPE,
    WALKABLE,
    DirectorOf,
    Fact,
    HasInterestIn,
    HoldsSharesIn,
    LegalRepresentativeOf,
    Profile,
    RegisteredAt,
    SeniorManagerOf,
    SupervisorOf,
)
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from loaders.decisions.events import record as record_events
from loaders.drafts import AddressMention, Draft, EntityMention, PersonMention, Row, SanctionMention
from loaders.load.engine import Loaded
from loaders.reading.rows import read_rows
from loaders.sources import bods, ftm
from queries import export as exchange
from queries.export import (
    BODS_TYPES,
    ExportedParty,
    Tally,
    bods_interest,
    bods_party,
    bods_statements,
    ftm_edge,
    ftm_entities,
    ftm_party,
    ftm_sanction,
)
from queries.network.exposure_queries import WALKED
from tests.support.graphs import wipe
from tests.support.invented import citizen, code
from tests.support.real_data import DATA, there
from tests.support.types import Cli, LoadFile

FIXTURES = DATA / "bods" / "bods-v04-fixtures"
BODS_FILES = sorted((DATA / "bods").glob("*/*.json"))
FTM_FILE = DATA / "ftm_zala" / "entities.ftm.json"
REG = "440301103448669"


def rows_of(records: Iterable[dict[str, Any]]) -> list[Row]:
    """Records as the reader of JSON makes rows of them."""

    def text(value: Any) -> str | None:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    return [Row("f.json", i, {k: text(v) for k, v in r.items()}) for i, r in enumerate(records, 1)]


def read_all(source: Any, rows: Iterable[Row | SourceError]) -> Iterator[tuple[Row, list[Draft] | SourceError]]:
    """Each row with its drafts, or the fault for which it is rejected."""
    rows = list(rows)
    (part,) = source.SOURCE.files
    whole = source.prepare(r for r in rows if isinstance(r, Row))
    for row in rows:
        assert isinstance(row, Row)
        try:
            yield row, list(part.drafts(row, whole))
        except SourceError as fault:
            yield row, fault


def drafts_of(source: Any, records: Iterable[dict[str, Any]]) -> list[Draft]:
    """All drafts of a file of which every row is taken."""
    out: list[Draft] = []
    for _, found in read_all(source, rows_of(records)):
        assert not isinstance(found, SourceError), found
        out += found
    return out


def faults_of(source: Any, records: Iterable[dict[str, Any]]) -> dict[int, tuple[str, str]]:
    """Line → (code, field) of the rows that are rejected."""
    found = read_all(source, rows_of(records))
    return {row.line: (f.code, f.field) for row, f in found if isinstance(f, SourceError)}


def said(draft: Draft) -> dict[str, Any]:
    return {k: v for k, v in draft.fact.model_dump(exclude_unset=True).items() if v is not None}


def thing(key: str, schema: str, **properties: Any) -> dict[str, Any]:
    """An FtM entity; a single value stands for a list of one."""
    values = {k: v if isinstance(v, list) else [v] for k, v in properties.items()}
    return {"id": key, "schema": schema, "caption": values.get("name", [schema])[0], "properties": values}


COMPANY = thing("c-1", "Company", name="甲甲有限公司", uscCode=code(1), jurisdiction="cn")
OTHER = thing("c-2", "Company", name="Yiyi Ltd", country="gb", registrationNumber="01234567")
PERSON = thing("p-1", "Person", name="王一一")


FTM_SCHEMA = json.loads((Path(__file__).parent / "ftm_schema.json").read_text(encoding="utf-8"))
"""Schema → its properties, its required ones, and the ranges of those that are entities; kept by hand, see there."""


def assert_ftm(records: Iterable[dict[str, Any]]) -> None:
    """Every schema and property is one of FtM, what is required is there, and ends are of the kind they must be."""
    records = list(records)
    schema_of = {r["id"]: r["schema"] for r in records}
    for record in records:
        schema = FTM_SCHEMA["schemata"][record["schema"]]
        assert set(record["properties"]) <= set(schema["properties"]), record["schema"]
        assert set(schema["required"]) <= set(record["properties"])
        for name, values in record["properties"].items():
            assert values
            assert all(isinstance(v, str) for v in values)
            if wanted := schema["ranges"].get(name):
                assert all(schema_of[v] in FTM_SCHEMA["is_a"][wanted] for v in values), (record["schema"], name)


BODS_REQUIRED = {
    "statement": {"statementId", "declarationSubject", "recordId", "recordType", "recordDetails", "statementDate"},
    "entity": {"isComponent", "entityType"},
    "person": {"isComponent", "personType"},
    "relationship": {"isComponent", "subject", "interestedParty"},
}
BODS_ENTITY_TYPES = {
    *("registeredEntity", "legalEntity", "arrangement", "anonymousEntity", "unknownEntity", "state", "stateBody")
}


def assert_bods(records: Iterable[dict[str, Any]]) -> None:
    """What the schema of BODS 0.4 requires, as it reads: fields, code lists, lengths, order of statements."""
    seen: set[str] = set()
    for record in records:
        assert set(record) >= BODS_REQUIRED["statement"]
        assert 32 <= len(record["statementId"]) <= 64
        assert record["recordStatus"] in ("new", "updated", "closed")
        assert record["publicationDetails"]["bodsVersion"] == "0.4"
        assert set(record["publicationDetails"]) >= {"publicationDate", "bodsVersion", "publisher"}
        date.fromisoformat(record["statementDate"])
        kind, details = record["recordType"], record["recordDetails"]
        assert set(details) >= BODS_REQUIRED[kind]
        assert details["isComponent"] is False
        for identifier in details.get("identifiers", ()):
            assert identifier["id"]
            assert {"scheme", "schemeName"} & set(identifier)
        if kind == "entity":
            assert details["entityType"]["type"] in BODS_ENTITY_TYPES
            date.fromisoformat(details.get("foundingDate", "2000-01-01"))
        elif kind == "person":
            assert details["personType"] in ("knownPerson", "anonymousPerson", "unknownPerson")
            assert all(n["fullName"] and n["type"] in ("legal", "former") for n in details.get("names", ()))
            assert "identifiers" not in details
        else:
            assert details["subject"] in seen  # who is named comes first
            holder = details["interestedParty"]
            assert holder["reason"] in BODS_REASONS if isinstance(holder, dict) else holder in seen
            for interest in details.get("interests", ()):
                assert interest["type"] in BODS_INTERESTS
                assert interest["directOrIndirect"] in ("direct", "indirect", "unknown")
                share = interest.get("share", {})
                assert set(share) in (set(), {"exact"}, {"minimum", "maximum"})
                assert all(isinstance(v, int | float) and 0 <= v <= 100 for v in share.values())
                for name in {"startDate", "endDate"} & set(interest):
                    date.fromisoformat(interest[name])
        seen.add(record["recordId"])


# --- FollowTheMoney: parties ------------------------------------------------------------------------------


def test_ftm_company() -> None:
    one = thing(
        "NK-aB",
        "Company",
        name=["甲甲有限公司", "Jiajia Ltd"],
        previousName="旧甲有限公司",
        alias="甲甲",
        uscCode=code(1),
        legalForm="有限责任公司",
        incorporationDate="2010-12-24",
        capital="1000000",
        currency="CNY",
        sector="食品",
        status="存续",
        address="长沙市一号",
    )
    profile, address = drafts_of(ftm, [one])
    assert isinstance(profile.start, EntityMention)
    assert profile.start.identifiers == (("uscc", code(1)), ("ftm:entity", exact_id("NK-aB")))
    assert profile.start.kind == "company"
    assert said(profile) == {
        "name": "甲甲有限公司",
        "former_names": ["旧甲有限公司"],
        "kind": "company",
        "legal_form": "有限责任公司",
        "status": "存续",
        "established_on": date(2010, 12, 24),
        "capital": 1_000_000.0,
        "capital_currency": "CNY",
        "industry": "食品",
    }
    assert (address.fact.TYPE, address.end) == ("REGISTERED_AT", AddressMention("长沙市一号"))


@pytest.mark.parametrize(
    ("properties", "strong"),
    [
        ({"registrationNumber": code(1), "jurisdiction": "cn"}, (("uscc", code(1)),)),
        ({"taxNumber": code(1), "country": "cn"}, (("uscc", code(1)),)),
        ({"registrationNumber": REG, "jurisdiction": "cn"}, (("cn-reg", REG),)),
        ({"registrationNumber": [REG, code(1)], "jurisdiction": "cn"}, (("uscc", code(1)), ("cn-reg", REG))),
        ({"registrationNumber": REG}, ()),
        ({"registrationNumber": REG, "jurisdiction": "ru"}, ()),
        ({"uscCode": code(1)[:-1] + ("0" if code(1)[-1] != "0" else "1"), "jurisdiction": "cn"}, ()),
        ({"uscCode": "00000000000000000X"}, ()),
        ({"ticker": "600001.SH"}, (("stock", "600001.SH"),)),
        ({"ticker": "ACME"}, ()),
    ],
)
def test_ftm_strong_identifiers_are_only_those_that_are_there(
    properties: dict[str, Any], strong: tuple[tuple[str, str], ...]
) -> None:
    (profile,) = drafts_of(ftm, [thing("c-1", "Company", name="甲甲有限公司", **properties)])
    assert isinstance(profile.start, EntityMention)
    assert profile.start.identifiers == (*strong, ("ftm:entity", exact_id("c-1")))


@given(st.lists(st.text(min_size=1, max_size=12), min_size=2, max_size=2, unique=True))
def test_two_ids_are_never_one_after_normalising(ids: list[str]) -> None:
    from graph_model.identifiers import normalise_code

    one, other = (exact_id(i) for i in ids)
    assert (normalise_code(one) or one) != (normalise_code(other) or other)


@pytest.mark.parametrize(
    ("schema", "properties", "kind"),
    [
        ("Company", {}, "company"),
        ("PublicBody", {}, "public_body"),
        ("Organization", {}, "other"),
        ("LegalEntity", {}, None),
        ("Company", {"uscCode": code(1, "92")}, "individual_business"),
        ("Organization", {"classification": "institution"}, "institution"),
    ],
)
def test_ftm_kinds(schema: str, properties: dict[str, Any], kind: str | None) -> None:
    (profile,) = drafts_of(ftm, [thing("c-1", schema, name="甲甲", **properties)])
    assert isinstance(profile.start, EntityMention)
    assert profile.start.kind == kind


def test_numbers_of_persons_identify_and_are_never_kept_in_clear() -> None:
    number = citizen(1)
    whole = [PERSON, thing("i-1", "Identification", holder="p-1", number=number, type="ID card", country="cn")]
    whole.append(thing("i-2", "Passport", holder="p-1", number="E12345678"))
    name, card, passport = drafts_of(ftm, whole)
    assert isinstance(name.start, PersonMention)
    assert name.start.identifiers == (("cn-id", number), ("ftm:entity", exact_id("p-1")))  # the engine hashes them
    assert [d.start for d in (card, passport)] == [name.start, name.start]
    assert said(card) == {"id_masked": mask_id(number)}
    assert said(passport) == {"id_masked": "*******78"}
    assert number not in json.dumps([said(d) for d in (name, card, passport)], default=str)


def test_two_id_numbers_of_one_person_identify_nobody() -> None:
    (profile,) = drafts_of(ftm, [thing("p-1", "Person", name="王一一", idNumber=[citizen(1), citizen(2)])])
    assert isinstance(profile.start, PersonMention)
    assert profile.start.identifiers == (("ftm:entity", exact_id("p-1")),)


def test_addresses_of_entities_are_taken_and_those_of_persons_are_not() -> None:
    records = [
        thing("c-1", "Company", name="甲甲有限公司", addressEntity=["a-1", "a-2"]),
        thing("p-1", "Person", name="王一一", addressEntity=["a-2", "a-3"]),
        thing("a-1", "Address", full="长沙市一号"),
        thing("a-2", "Address", street="二号", city="长沙市"),
        thing("a-3", "Address", full="长沙市三号"),
        thing("a-4", "Address", full="长沙市四号"),
    ]
    assert faults_of(ftm, records) == {5: ("out-of-scope", "schema"), 6: ("out-of-scope", "schema")}
    taken = [d for _, f in read_all(ftm, rows_of(records)) if isinstance(f, list) for d in f]
    places = [(d.start, d.end) for d in taken if isinstance(d.fact, RegisteredAt)]
    assert [(s.name, e.text) for s, e in places if isinstance(s, EntityMention) and isinstance(e, AddressMention)] == [
        ("甲甲有限公司", "长沙市一号"),
        ("甲甲有限公司", "二号, 长沙市"),
    ]


# --- FollowTheMoney: relationships ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percentage", "low", "high", "known"),
    [
        ([], 0.0, 1.0, False),
        (["51"], 0.51, 0.51, True),
        (["51.5%"], 0.515, 0.515, True),
        (["25-50"], 0.25, 0.5, True),
        (["25% - 50%"], 0.25, 0.5, True),
        ([">25"], 0.25, 1.0, True),
        (["≤50%"], 0.0, 0.5, True),
        (["20", "30"], 0.2, 0.3, True),
        (["0"], 0.0, 0.0, True),
        (["100"], 1.0, 1.0, True),
        (["101"], 0.0, 1.0, False),
        (["50-110"], 0.0, 1.0, False),
    ],
)
def test_ftm_percentages(percentage: list[str], low: float, high: float, known: bool) -> None:
    edge = thing("o-1", "Ownership", owner="p-1", asset="c-1", percentage=percentage)
    draft = drafts_of(ftm, [COMPANY, PERSON, edge])[-1]
    assert isinstance(draft.fact, HoldsSharesIn)
    assert (draft.fact.share_min, draft.fact.share_max, draft.fact.share_known) == (low, high, known)


@pytest.mark.parametrize("percentage", ["most", "50-25", "-5", "1,5"])
def test_ftm_percentages_that_cannot_be_read(percentage: str) -> None:
    edge = thing("o-1", "Ownership", owner="p-1", asset="c-1", percentage=percentage)
    assert faults_of(ftm, [COMPANY, PERSON, edge]) == {3: ("bad-value", "properties.percentage")}


@pytest.mark.parametrize(
    ("start", "end", "since", "until"),
    [
        ("2015-11-25", "2023-03-02", date(2015, 11, 25), date(2023, 3, 3)),
        ("2015-11-25T10:00:00", None, date(2015, 11, 25), None),
        ("2015", "2023-03", None, date(2023, 4, 1)),
        ("2015", "2023-12", None, date(2024, 1, 1)),
        ("2015-11-25", "2023", date(2015, 11, 25), date(2024, 1, 1)),
        ("2015-11-25", ["2021-06", "2022-03", "2021-12-31"], date(2015, 11, 25), date(2022, 4, 1)),
        (["2015", "2015-11-25"], None, date(2015, 11, 25), None),
        (["2015-11-25", "2016-01-01"], None, None, None),
        ("2015-11-25", "2015-11-25", date(2015, 11, 25), date(2015, 11, 26)),
    ],
)
def test_ftm_days_that_are_not_told_stay_unknown_and_ends_are_the_last_they_can_mean(
    start: Any, end: Any, since: date | None, until: date | None
) -> None:
    edge = thing("o-1", "Ownership", owner="p-1", asset="c-1", startDate=start, **({"endDate": end} if end else {}))
    draft = drafts_of(ftm, [COMPANY, PERSON, edge])[-1]
    assert (draft.fact.since, draft.fact.until) == (since, until)


@pytest.mark.parametrize(
    ("role", "kind", "post"),
    [
        ([], DirectorOf, None),
        (["法定代表人"], LegalRepresentativeOf, None),
        (["Legal Representative"], LegalRepresentativeOf, None),
        (["监事"], SupervisorOf, None),
        (["总经理"], SeniorManagerOf, "总经理"),
        (["董事", "独立董事"], DirectorOf, "独立董事"),
        (["Leader or official of"], DirectorOf, "Leader or official of"),
    ],
)
def test_ftm_directorships(role: list[str], kind: type[Any], post: str | None) -> None:
    edge = thing("d-1", "Directorship", director="p-1", organization="c-1", role=role)
    draft = drafts_of(ftm, [COMPANY, PERSON, edge])[-1]
    assert type(draft.fact) is kind
    assert getattr(draft.fact, "post", None) == post


@pytest.mark.parametrize(
    ("properties", "kind", "directness", "beneficial"),
    [
        ({}, HoldsSharesIn, None, None),
        ({"ownershipType": "direct"}, HoldsSharesIn, None, None),
        ({"ownershipType": ["direct", "beneficial"]}, HoldsSharesIn, None, True),
        ({"ownershipType": "indirect"}, HasInterestIn, "indirect", None),
        ({"ownershipType": "ultimate"}, HasInterestIn, "indirect", True),
        ({"ownershipType": "beneficial"}, HasInterestIn, "unknown", True),
    ],
)
def test_ftm_holdings_that_are_not_direct_are_no_shareholdings(
    properties: dict[str, Any], kind: type[Any], directness: str | None, beneficial: bool | None
) -> None:
    draft = drafts_of(ftm, [COMPANY, PERSON, thing("o-1", "Ownership", owner="p-1", asset="c-1", **properties)])[-1]
    assert type(draft.fact) is kind
    assert (getattr(draft.fact, "directness", None), getattr(draft.fact, "beneficial", None)) == (
        directness,
        beneficial,
    )


def test_ftm_edges_with_several_ends_are_a_fact_each() -> None:
    edge = thing("o-1", "Ownership", owner=["p-1", "c-2"], asset="c-1")
    found = [d for d in drafts_of(ftm, [COMPANY, OTHER, PERSON, edge]) if isinstance(d.fact, HoldsSharesIn)]
    assert [d.start.name for d in found if isinstance(d.start, EntityMention | PersonMention)] == ["王一一", "Yiyi Ltd"]


@pytest.mark.parametrize(
    ("record", "code", "field"),
    [
        (thing("x", "Family", person="p-1", relative="p-1", relationship="母"), "out-of-scope", "schema"),
        (thing("x", "Associate", person="p-1", associate="p-1"), "out-of-scope", "schema"),
        (thing("x", "Vessel", name="船"), "unknown-schema", "schema"),
        (thing("x", "Occupancy", holder="p-1", post="q"), "unknown-schema", "schema"),
        (thing("x", "UnknownLink", subject="p-1", object="c-1", role="friend of"), "unknown-code", "schema"),
        (thing("x", "Ownership", owner="p-9", asset="c-1"), "unknown-party", "properties.owner"),
        (thing("x", "Ownership", owner="p-1"), "missing-value", "properties.asset"),
        (thing("x", "Ownership", owner="c-1", asset="p-1"), "bad-value", "properties.asset"),
        (thing("x", "Employment", employee="c-2", employer="c-1"), "bad-value", "properties.employee"),
        (thing("x", "Ownership", owner="p-1", asset="c-1", startDate="yesterday"), "bad-value", "properties.startDate"),
        (
            thing("x", "Ownership", owner="p-1", asset="c-1", startDate="2020-01-02", endDate="2020-01-01"),
            "contradiction",
            "properties.endDate",
        ),
        (thing("x", "Company", alias="甲"), "missing-value", "properties.name"),
        (thing("x", "Sanction", authority="某机关"), "missing-value", "properties.entity"),
        (thing("x", "Identification", holder="c-1", number="1"), "out-of-scope", "schema"),
        (thing("x", "Identification", holder="p-1"), "missing-value", "properties.number"),
        (thing("x", "Company", name="甲", capital="much"), "bad-value", "properties.capital"),
        ({"id": "x", "schema": "Company", "properties": "[]"}, "bad-json", "properties.all"),
        ({"id": "x", "schema": "Company", "properties": "no"}, "bad-json", "properties"),
        ({"id": "x", "schema": "Company", "properties": {"name": [{"a": 1}]}}, "bad-json", "properties.name"),
    ],
)
def test_ftm_rows_that_are_rejected_with_their_reason(record: dict[str, Any], code: str, field: str) -> None:
    assert faults_of(ftm, [COMPANY, OTHER, PERSON, record]) == {4: (code, field)}


def test_a_person_in_one_row_and_a_company_in_another_is_rejected() -> None:
    assert faults_of(ftm, [PERSON, thing("p-1", "Company", name="王一一")]) == {2: ("contradiction", "schema")}


# --- FollowTheMoney: sanctions ----------------------------------------------------------------------------


def test_ftm_sanctions() -> None:
    record = thing(
        "s-1",
        "Sanction",
        entity="c-1",
        authority=["乙机关", "甲机关"],
        authorityId="A-1",
        program="名单",
        provisions="禁入",
        reason="拖欠",
        startDate="2023-07-01",
        endDate="2024-06-30",
        listingDate="2023-07-05",
    )
    imposed, *by = drafts_of(ftm, [COMPANY, record])[1:]
    assert said(imposed) == {
        "kind": "list_entry",
        "title": "名单",
        "document_number": "A-1",
        "authority": "乙机关; 甲机关",
        "facts_found": "拖欠",
        "content": "禁入",
        "since": date(2023, 7, 1),
        "until": date(2024, 7, 1),
        "published_on": date(2023, 7, 5),
    }
    assert isinstance(imposed.start, SanctionMention)
    assert imposed.start.document_number == "A-1"
    assert [d.end.name for d in by if isinstance(d.end, EntityMention) and d.end.organ] == ["乙机关", "甲机关"]


@pytest.mark.parametrize("status", [*ftm.OVER, "Expired", "DISPUTED", "disputed since 2024-01-01"])
def test_a_sanction_that_is_over_without_a_day_never_looks_as_if_it_were_in_force(status: str) -> None:
    record = thing("s-1", "Sanction", entity="c-1", authority="甲", startDate="2020-01-01", status=status)
    assert faults_of(ftm, [COMPANY, record]) == {2: ("not-in-force", "properties.status")}
    record["properties"]["endDate"] = ["2098-05-02"]  # has not come
    assert faults_of(ftm, [COMPANY, record]) == {2: ("not-in-force", "properties.status")}
    for ends, until in ((["2021"], date(2022, 1, 1)), (["2021-01-01"], date(2021, 1, 2))):
        record["properties"]["endDate"] = ends
        assert drafts_of(ftm, [COMPANY, record])[1].fact.until == until


@pytest.mark.parametrize(
    "status", ["Not active", "no longer in force", "Zrušeno", "不再有效", "Excluded by the committee"]
)
def test_words_for_over_in_any_form(status: str) -> None:
    record = thing("s-1", "Sanction", entity="c-1", authority="甲", startDate="2020-01-01", status=status)
    assert faults_of(ftm, [COMPANY, record]) == {2: ("not-in-force", "properties.status")}


@pytest.mark.parametrize(
    ("status", "since"), [("Active", date(2020, 1, 1)), ("U okolini", None), (None, date(2020, 1, 1))]
)
def test_whether_a_sanction_of_an_unknown_state_is_in_force_stays_open(status: str | None, since: date | None) -> None:
    more = {} if status is None else {"status": status}
    record = thing("s-1", "Sanction", entity="c-1", authority="甲", startDate="2020-01-01", **more)
    assert drafts_of(ftm, [COMPANY, record])[1].fact.since == since


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"firstName": "云", "lastName": "罗"}, "罗云"),
        ({"firstName": "John", "lastName": "Doe", "middleName": "Q"}, "John Q Doe"),
        ({"alias": "罗小云"}, "罗小云"),
        ({"weakAlias": "小罗"}, "小罗"),
        ({"lastName": "Doe"}, "Doe"),
    ],
)
def test_a_person_without_a_name_is_named_by_its_parts(parts: dict[str, str], name: str) -> None:
    person = drafts_of(ftm, [thing("p-7", "Person", **parts)])[0].start
    assert isinstance(person, PersonMention)
    assert person.name == name


def test_merged_ids_stay_one_party_and_shared_ones_mix_nobody() -> None:
    one, other = thing("n-1", "Company", name="甲"), thing("n-2", "Company", name="乙")
    one["referents"], other["referents"] = ["old-1", "both"], ["old-2", "both", "n-1"]
    first, second = (d.start.identifiers for d in drafts_of(ftm, [one, other]) if isinstance(d.start, EntityMention))
    assert {value for _, value in first}.isdisjoint(value for _, value in second)
    assert len(first) == len(second) == 2


def test_foreign_sources_trigger_nothing() -> None:
    for source in (ftm, bods):
        assert (source.SOURCE.trust, source.SOURCE.triggers, source.SOURCE.mode) == ("reference", (), "delta")


# --- BODS: the fixtures -----------------------------------------------------------------------------------


def fixture(name: str) -> list[tuple[Row, list[Draft] | SourceError]]:
    (part,) = bods.SOURCE.files
    (path,) = there(FIXTURES).glob(f"{name}-*.json")
    return list(read_all(bods, read_rows(path, part.columns)))


def all_drafts(found: list[tuple[Row, list[Draft] | SourceError]]) -> list[Draft]:
    assert not [f for _, f in found if isinstance(f, SourceError)]
    return [d for _, f in found if isinstance(f, list) for d in f]


def test_fixture_direct_ownership() -> None:
    """Both interests, their quantum and whether they make a beneficial owner; one entity, one person."""
    found = all_drafts(fixture("01"))
    profiles = [d for d in found if isinstance(d.fact, Profile)]
    assert [type(d.start) for d in profiles] in ([EntityMention, PersonMention], [PersonMention, EntityMention])
    shares, votes = [d for d in found if not isinstance(d.fact, Profile)]
    assert isinstance(shares.fact, HoldsSharesIn)
    assert isinstance(votes.fact, HasInterestIn)
    assert votes.fact.interest == "votingRights"
    for fact in (shares.fact, votes.fact):
        assert (fact.share_min, fact.share_max, fact.share_known, fact.beneficial) == (0.75, 0.75, True, True)
    assert shares.start == votes.start
    assert shares.owner == votes.owner is not None


def test_fixture_circular_ownership() -> None:
    """Neither side of the ring is dropped, and there is no person."""
    found = all_drafts(fixture("10"))
    ring = [d for d in found if isinstance(d.fact, HoldsSharesIn)]
    assert len(ring) == 2
    assert {(d.start, d.end) for d in ring} == {(d.end, d.start) for d in ring}
    for draft in ring:
        assert isinstance(draft.fact, HoldsSharesIn)
        assert (draft.fact.share_min, draft.fact.share_max, draft.fact.beneficial) == (1.0, 1.0, False)
    assert not any(isinstance(d.start, PersonMention) for d in found)


def test_fixture_owners_that_are_not_told() -> None:
    """The reason and its words are kept on the entity, the relationship is not dropped, and nobody is invented."""
    (_, entity), (relation, said_of_owners) = fixture("11")
    holder = json.loads(relation.need("recordDetails"))["interestedParty"]
    assert isinstance(entity, list)
    assert isinstance(said_of_owners, list)
    (draft,) = said_of_owners
    assert said(draft) == {"owners_undisclosed": holder["reason"], "undisclosed_note": holder["description"]}
    assert draft.start == entity[0].start
    assert isinstance(draft.start, EntityMention)


def test_fixtures_and_examples_are_all_read_here() -> None:
    assert len(list(there(FIXTURES).glob("*.expected.md"))) == 3
    assert len(BODS_FILES) == 22


# --- BODS: statements -------------------------------------------------------------------------------------


def statement(kind: str, record: str, details: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "statementId": f"{record}-{more.get('statementDate', '2020-01-01')}".ljust(32, "0"),
        "statementDate": "2020-01-01",
        "declarationSubject": "e-1",
        "recordId": record,
        "recordType": kind,
        "recordStatus": "new",
        "recordDetails": {"isComponent": False, **details},
        "publicationDetails": {
            "bodsVersion": "0.4",
            "publicationDate": "2020-01-01",
            "publisher": {"name": "某登记机关"},
        },
    } | more


def entity(record: str, name: str, **details: Any) -> dict[str, Any]:
    return statement("entity", record, {"entityType": {"type": "registeredEntity"}, "name": name, **details})


def person(record: str, name: str, **details: Any) -> dict[str, Any]:
    names = {"names": [{"type": "legal", "fullName": name}]}
    return statement("person", record, {"personType": "knownPerson", **names, **details})


def holding(record: str, *interests: dict[str, Any], **more: Any) -> dict[str, Any]:
    ends = {"subject": more.pop("subject", "e-1"), "interestedParty": more.pop("holder", "p-1")}
    return statement("relationship", record, {**ends, "interests": list(interests)}, **more)


BASE = [entity("e-1", "甲甲有限公司"), person("p-1", "王一一")]
SHARE = {"type": "shareholding", "directOrIndirect": "direct", "startDate": "2010-01-01"}


@pytest.mark.parametrize(
    ("share", "low", "high", "known"),
    [
        ({"exact": 75}, 0.75, 0.75, True),
        ({"minimum": 75, "exclusiveMaximum": 100}, 0.75, 1.0, True),
        ({"exclusiveMinimum": 25, "exclusiveMaximum": 50}, 0.25, 0.5, True),
        ({"minimum": 25}, 0.25, 1.0, True),
        ({"maximum": 49.9}, 0.0, 0.499, True),
        ({"exact": 30, "minimum": 25, "maximum": 50}, 0.3, 0.3, True),
        ({"exact": 76.5}, 0.765, 0.765, True),
        ({"exact": 100.05}, 1.0, 1.0, True),
        ({"exact": 101}, 0.0, 1.0, False),
        ({}, 0.0, 1.0, False),
        (None, 0.0, 1.0, False),
    ],
)
def test_bods_shares_are_closed_intervals(share: Any, low: float, high: float, known: bool) -> None:
    draft = drafts_of(bods, [*BASE, holding("r-1", {**SHARE, "share": share})])[-1]
    assert isinstance(draft.fact, HoldsSharesIn)
    assert (draft.fact.share_min, draft.fact.share_max, draft.fact.share_known) == (low, high, known)


@pytest.mark.parametrize(
    ("share", "code"),
    [
        ({"minimum": 60, "maximum": 50}, "contradiction"),
        ({"exact": 20, "minimum": 25}, "contradiction"),
        ({"exact": -1}, "contradiction"),
        ({"minimum": 25, "maximum": 25, "exclusiveMinimum": 25}, "contradiction"),
        ({"exact": 50, "exclusiveMaximum": 50}, "contradiction"),
        ({"exact": "most"}, "bad-value"),
        ({"about": 5}, "unknown-code"),
    ],
)
def test_bods_shares_that_cannot_be(share: dict[str, Any], code: str) -> None:
    record = holding("r-1", {**SHARE, "share": share})
    assert faults_of(bods, [*BASE, record]) == {3: (code, "recordDetails.interests.share")}


@pytest.mark.parametrize("kind", sorted(BODS_INTERESTS))
@pytest.mark.parametrize("directness", ["direct", "indirect", "unknown", None])
def test_every_kind_of_interest_is_kept(kind: str, directness: str | None) -> None:
    interest = {"type": kind, "details": "说明", **({"directOrIndirect": directness} if directness else {})}
    draft = drafts_of(bods, [*BASE, holding("r-1", interest)])[-1]
    if kind == "shareholding" and directness == "direct":
        assert isinstance(draft.fact, HoldsSharesIn)
    elif kind in ("boardMember", "boardChair") and directness != "indirect":
        assert draft.fact == DirectorOf(post="说明")
    elif kind == "seniorManagingOfficial" and directness != "indirect":
        assert draft.fact == SeniorManagerOf(post="说明")
    else:
        assert isinstance(draft.fact, HasInterestIn)
        assert (draft.fact.interest, draft.fact.directness) == (kind, directness or "unknown")


def test_a_relationship_whose_interests_are_not_told_is_kept_as_unknown() -> None:
    draft = drafts_of(bods, [*BASE, holding("r-1")])[-1]
    assert isinstance(draft.fact, HasInterestIn)
    assert draft.fact.interest == "unknownInterest"


def test_components_are_facts_and_the_indirect_interest_names_them() -> None:
    middle = entity("e-2", "乙乙有限公司", isComponent=True)
    upper = holding("r-1", {**SHARE, "share": {"exact": 60}}, holder="e-2")
    whole = holding("r-2", {**SHARE, "directOrIndirect": "indirect", "share": {"exact": 30}})
    whole["recordDetails"]["componentRecords"] = ["e-2", "r-1"]
    shares, indirect = drafts_of(bods, [*BASE, middle, upper, whole])[-2:]
    assert isinstance(shares.fact, HoldsSharesIn)
    assert isinstance(indirect.fact, HasInterestIn)
    assert (indirect.fact.directness, indirect.fact.components) == ("indirect", ["e-2", "r-1"])


def test_a_company_may_hold_its_own_shares() -> None:
    draft = drafts_of(bods, [*BASE, holding("r-1", SHARE, holder="e-1")])[-1]
    assert draft.start == draft.end
    assert isinstance(draft.fact, HoldsSharesIn)


def nameless(kind: str, sort: str) -> dict[str, Any]:
    word = "Person" if kind == "person" else "Entity"
    type_of = {"personType": sort} if kind == "person" else {"entityType": {"type": sort}}
    reason = {"reason": "interestedPartyExemptFromDisclosure", "description": "未成年"}
    return statement(kind, "x-1", {**type_of, f"unspecified{word}Details": reason})


@pytest.mark.parametrize("sort", sorted(NAMELESS))
def test_whoever_is_there_without_a_name_gets_none(sort: str) -> None:
    kind = "person" if sort.endswith("Person") else "entity"
    (draft,) = drafts_of(bods, [nameless(kind, sort)])
    assert said(draft) == {"undisclosed": "interestedPartyExemptFromDisclosure", "undisclosed_note": "未成年"}
    assert isinstance(draft.start, EntityMention | PersonMention)
    assert draft.start.name == NAMELESS[sort]
    assert len(draft.start.identifiers) == 1


def spans(*records: dict[str, Any]) -> list[tuple[date | None, date | None, float]]:
    """(since, until, share) of what is believed after these statements: the newest of each record."""
    newest: dict[str, Draft] = {}
    for draft in drafts_of(bods, [*BASE, *records]):
        if isinstance(draft.fact, HoldsSharesIn) and draft.record is not None:
            newest[draft.record] = draft
    found = [d.fact for d in newest.values() if isinstance(d.fact, HoldsSharesIn)]
    return sorted((f.since, f.until, f.share_min) for f in found)


def test_a_later_statement_with_a_later_start_begins_a_new_run() -> None:
    first = holding("r-1", {**SHARE, "share": {"exact": 100}})
    then = holding(
        "r-1",
        {**SHARE, "startDate": "2019-05-01", "share": {"exact": 40}},
        statementDate="2019-06-01",
        recordStatus="updated",
    )
    first["statementDate"] = "2015-01-01"
    assert spans(first, then) == [
        (date(2010, 1, 1), date(2019, 5, 1), 1.0),
        (date(2019, 5, 1), None, 0.4),
    ]
    assert spans(then, first) == spans(first, then)  # the order in the file does not matter


def test_a_later_statement_with_an_earlier_start_corrects_the_first() -> None:
    first = holding("r-1", {**SHARE, "share": {"exact": 100}}, statementDate="2015-01-01")
    then = holding("r-1", {**SHARE, "startDate": "2009-01-01", "share": {"exact": 90}}, statementDate="2019-06-01")
    assert spans(first, then) == [(date(2009, 1, 1), None, 0.9)]


def test_an_interest_that_a_later_statement_leaves_out_is_over() -> None:
    first = holding("r-1", {**SHARE, "share": {"exact": 100}}, statementDate="2015-01-01")
    then = holding("r-1", {"type": "boardMember"}, statementDate="2019-06-01", recordStatus="updated")
    assert spans(first, then) == [(date(2010, 1, 1), date(2019, 6, 1), 1.0)]


def test_a_closed_record_ends_on_the_day_that_it_says_or_on_its_own() -> None:
    share = {**SHARE, "share": {"exact": 100}}
    closed = {"statementDate": "2019-06-01", "recordStatus": "closed"}
    assert spans(holding("r-1", share, **closed)) == [(date(2010, 1, 1), date(2019, 6, 1), 1.0)]
    assert spans(holding("r-1", {**share, "endDate": "2018-03-02"}, **closed)) == [
        (date(2010, 1, 1), date(2018, 3, 2), 1.0)  # "the date from which it ceased": the first day after
    ]


def test_records_of_two_publishers_are_not_one() -> None:
    here, there = entity("1", "甲甲有限公司"), entity("1", "乙乙有限公司")
    there["publicationDetails"]["publisher"]["name"] = "另一登记机关"
    (one,), (other,) = (drafts_of(bods, [record]) for record in (here, there))
    assert isinstance(one.start, EntityMention)
    assert isinstance(other.start, EntityMention)
    assert not {*one.start.identifiers} & {*other.start.identifiers}


@pytest.mark.parametrize(
    ("identifiers", "more", "strong"),
    [
        ([{"schemeName": "统一社会信用代码 (GB 32100-2015)", "id": code(1)}], {}, (("uscc", code(1)),)),
        ([{"scheme": "CN-SAIC", "id": code(1)}], {}, (("uscc", code(1)),)),
        (
            [{"schemeName": "register", "id": REG}],
            {"jurisdiction": {"code": "CN", "name": "China"}},
            (("cn-reg", REG),),
        ),
        ([{"scheme": "GB-COH", "id": REG}], {"jurisdiction": {"code": "GB", "name": "UK"}}, ()),
        ([{"scheme": "GB-COH", "id": "10000010"}], {}, ()),
    ],
)
def test_bods_identifiers(identifiers: Any, more: dict[str, Any], strong: tuple[Any, ...]) -> None:
    (draft,) = drafts_of(bods, [entity("e-1", "甲甲有限公司", identifiers=identifiers, **more)])
    assert isinstance(draft.start, EntityMention)
    assert draft.start.identifiers[:-1] == strong


def test_bods_numbers_of_persons_are_masked() -> None:
    (draft,) = drafts_of(bods, [person("p-1", "王一一", identifiers=[{"scheme": "IRL-TAXID", "id": "7700225VH"}])])
    assert said(draft) == {"name": "王一一", "id_masked": "*******VH"}


@pytest.mark.parametrize(
    ("record", "code", "field"),
    [
        (holding("r-1", SHARE, holder="p-9"), "unknown-party", "recordDetails.interestedParty"),
        (holding("r-1", SHARE, subject={"reason": "unknown"}), "unknown-party", "recordDetails.subject"),
        (holding("r-1", SHARE, subject="p-1"), "bad-value", "recordDetails.subject"),
        (holding("r-1", SHARE, holder={"reason": "secret"}), "unknown-code", "recordDetails.interestedParty.reason"),
        (holding("r-1", {"type": "friendship"}), "unknown-code", "recordDetails.interests.type"),
        (
            holding("r-1", {**SHARE, "directOrIndirect": "sideways"}),
            "unknown-code",
            "recordDetails.interests.directOrIndirect",
        ),
        (holding("r-1", {**SHARE, "endDate": "2009-01-01"}), "contradiction", "recordDetails.endDate"),
        (holding("r-1", {**SHARE, "startDate": "2010-13-01"}), "bad-value", "recordDetails.startDate"),
        (statement("person", "x", {"personType": "knownPerson"}), "missing-value", "recordDetails.names"),
        (statement("entity", "x", {"entityType": {"type": "registeredEntity"}}), "missing-value", "recordDetails.name"),
        (statement("vessel", "x", {}), "unknown-code", "recordType"),
        (entity("x", "甲") | {"recordStatus": "gone"}, "unknown-code", "recordStatus"),
        (entity("x", "甲") | {"statementDate": "soon"}, "bad-value", "statementDate"),
        (entity("x", "甲") | {"publicationDetails": {"bodsVersion": "0.3"}}, "wrong-version", "publicationDetails"),
        (entity("x", "甲") | {"recordDetails": "[1]"}, "bad-json", "recordDetails"),
        (person("e-1", "王一一"), "contradiction", "recordType"),
    ],
)
def test_bods_rows_that_are_rejected_with_their_reason(record: dict[str, Any], code: str, field: str) -> None:
    assert faults_of(bods, [*BASE, record]) == {3: (code, field)}


# --- out and in again, without a database -----------------------------------------------------------------

TEXT = st.text("甲乙丙丁王李限公司AbC12·(）", min_size=1, max_size=8)
DAY = st.dates(date(2000, 1, 1), date(2030, 12, 31))
KEYS = ("e-aaaaaaaaaaaaaaaaaaaa", "e-bbbbbbbbbbbbbbbbbbbb", "p-aaaaaaaaaaaaaaaaaaaa", "p-bbbbbbbbbbbbbbbbbbbb")
ENTITIES, PERSONS = KEYS[:2], KEYS[2:]
ENDS = {"Entity": ENTITIES, "Person": PERSONS, "Party": KEYS}


def values_of(model: type[Any]) -> dict[str, st.SearchStrategy[Any]]:
    """Something for each property of a type, or nothing."""
    out: dict[str, st.SearchStrategy[Any]] = {}
    for name, info in model.model_fields.items():
        if name in Fact.model_fields or name in ("share_min", "share_max"):
            continue
        options = [a for a in (get_args(info.annotation) or (info.annotation,)) if a is not type(None)]
        if get_origin(info.annotation) is Literal or any(get_origin(a) is Literal for a in options):
            literal = info.annotation if get_origin(info.annotation) is Literal else options[0]
            out[name] = st.sampled_from(get_args(literal))
            continue
        kinds = {
            str: TEXT,
            float: st.integers(1, 10**9).map(float),
            bool: st.booleans(),
            date: DAY,
            int: st.integers(1, 9),
        }
        out[name] = kinds.get(info.annotation if info.annotation in kinds else options[0], st.lists(TEXT, max_size=2))
    if "interest" in out:
        out["interest"] = st.sampled_from(sorted(BODS_INTERESTS))
    return {
        name: s if name in ("interest", "directness", "kind", "share_known") else st.none() | s
        for name, s in out.items()
    }


@st.composite
def invented_facts(draw: st.DrawFn, types: Iterable[str]) -> list[FactRow]:
    """Facts of these types between two entities and two persons, as the graph would give them."""
    facts = []
    for n in range(draw(st.integers(1, 2))):
        model = RELATIONSHIP_BY_TYPE[draw(st.sampled_from(sorted(types)))]
        props = draw(st.fixed_dictionaries(values_of(model)))
        if "share_known" in props:
            low, high = sorted(draw(st.tuples(*[st.integers(0, 10_000)] * 2))) if props["share_known"] else (0, 10_000)
            props |= {"share_min": low / 10_000, "share_max": high / 10_000}
        if model is HasInterestIn:  # what has a type of its own does not stand under this one
            props["directness"] = "indirect" if props["interest"] in BODS_POSTS else props["directness"]
            if (props["interest"], props["directness"]) == ("shareholding", "direct"):
                props["directness"] = "unknown"
        since, until = draw(st.none() | DAY), draw(st.none() | DAY)
        if since and until and until <= since:
            until = since + timedelta(days=1)
        sanction = model.TYPE == "IMPOSED_ON"
        facts.append(
            FactRow(
                f"{n:030x}.1",
                model.TYPE,
                f"s-{n:020d}" if sanction else draw(st.sampled_from(ENDS[model.START])),
                draw(st.sampled_from(ENDS[model.END])),
                since,
                until,
                data_date=draw(st.none() | DAY),
                source="sample",
                owner="某机关",
                props={k: v for k, v in props.items() if v is not None},
            )
        )
    return facts


def party(key: str, name: str, facts: Iterable[FactRow], **props: Any) -> ExportedParty:
    person, mine = key in PERSONS, [f for f in facts if f.end == key]
    stated = [FactRow(f"{key[2:]}.1", "ABOUT", key, key, source="sample", props={"name": name, **props})]
    held = any(f.type in ("HOLDS_SHARES_IN", "HAS_INTEREST_IN") for f in mine)
    led = any(f.type in FTM_LED for f in mine)
    return ExportedParty(key, person, name, props.get("former_names", []), props.get("kind"), [], stated, [], held, led)


FTM_LED = {m.TYPE for m, e in FTM_EDGES.items() if e.schema in ("Directorship", "Employment", "Membership")}
NAMES_OF = st.lists(TEXT, min_size=4, max_size=4)
PROFILE = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(ENTITY_KINDS),
        "former_names": st.lists(TEXT, min_size=1, max_size=2, unique=True),
        "legal_form": TEXT,
        "status": TEXT,
        "industry": TEXT,
        "established_on": DAY,
        "capital": st.integers(1, 10**12).map(lambda n: n / 100),
        "capital_currency": st.just("CNY"),
        "business_scope": TEXT,
        "region": TEXT,
        "undisclosed": st.sampled_from(sorted(BODS_REASONS)),
        "undisclosed_note": TEXT,
        "owners_undisclosed": st.sampled_from(sorted(BODS_REASONS)),
    },
)


@pytest.mark.parametrize("sort", sorted(NAMELESS))
def test_whoever_has_no_name_gets_none_on_the_way_out(sort: str) -> None:
    reason = {"undisclosed": "interestedPartyExemptFromDisclosure", "undisclosed_note": "未成年"}
    one = party(PERSONS[0] if sort.endswith("Person") else ENTITIES[0], NAMELESS[sort], [], **reason)
    one.statements[0].props.pop("name")
    kind, details = bods_party(one, Tally())
    assert NAMELESS[sort] not in json.dumps(details)
    record = statement(kind, one.key, details)
    assert_bods([record])
    (came,) = drafts_of(bods, [record])
    assert said(came) == reason


def nothing_is_lost(fact: FactRow, came: Draft, tally: Tally, scheme: str, ids: dict[str, str]) -> None:
    """Each property came back, or is counted; and nothing came back that was not there."""
    model = RELATIONSHIP_BY_TYPE[fact.type]
    assert type(came.fact) is model
    assert (came.fact.since, came.fact.until) == (fact.since, fact.until)
    for key, ref in ((fact.start, came.start), (fact.end, came.end)):
        if key.startswith("s-"):
            continue
        assert isinstance(ref, EntityMention | PersonMention)
        assert dict(ref.identifiers)[scheme] == ids[key]
    for name in values_of(model) | dict.fromkeys(fact.props):
        was, now = fact.props.get(name), getattr(came.fact, name)
        if name == "post" and was == model.ZH:
            was = None
        if now != was and was not in (None, []):
            assert tally.unsaid[f"{fact.type}.{name}"], f"{name} was lost in silence"
        elif was in (None, []):
            assert now in (None, []) or (name in ("interest", "directness") and now.startswith("unknown")), name


@given(facts=invented_facts([m.TYPE for m in FTM_EDGES] + ["IMPOSED_ON"]), names=NAMES_OF, said=PROFILE)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_ftm_out_and_in_says_the_same_or_counts_what_is_lost(
    facts: list[FactRow], names: list[str], said: dict[str, Any]
) -> None:
    ids = {key: exact_id(key) for key in KEYS}
    for alone in facts:  # a tally for each, so that one fact's loss does not excuse another's
        tally, records = Tally(), []
        for key, name in zip(KEYS, names, strict=True):
            records += ftm_party(party(key, name, [alone], **(said if key in ENTITIES else {})), Tally())
        records.append(ftm_sanction(alone, [], None, tally) if alone.type == "IMPOSED_ON" else ftm_edge(alone, tally))
        assert_ftm(records)
        found = drafts_of(ftm, json.loads(json.dumps(records)))
        (came,) = [d for d in found if alone.type == d.fact.TYPE]
        nothing_is_lost(alone, came, tally, "ftm:entity", ids)
        assert came.owner == "某机关"
        assert came.data_date == alone.data_date


@given(name=TEXT, said=PROFILE, held=st.booleans())
@settings(deadline=None)
def test_ftm_parties_say_the_same_or_count_what_is_lost(name: str, said: dict[str, Any], held: bool) -> None:
    tally = Tally()
    owned = [FactRow("f.1", "HOLDS_SHARES_IN", PERSONS[0], ENTITIES[0])] if held else []
    records = list(ftm_party(party(ENTITIES[0], name, owned, **said), tally))
    assert_ftm(records)
    (came,) = drafts_of(ftm, json.loads(json.dumps(records)))
    for prop, was in {"name": name, **said}.items():
        if prop == "former_names":
            was = [n for n in was if n != name] or None
        now = getattr(came.fact, prop)
        if prop == "kind":
            assert now == was
        elif now != was and was is not None:
            assert tally.unsaid[f"ABOUT.{prop}"], f"{prop} was lost in silence"


@given(facts=invented_facts(BODS_TYPES), names=NAMES_OF, said=PROFILE)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_bods_out_and_in_says_the_same_or_counts_what_is_lost(
    facts: list[FactRow], names: list[str], said: dict[str, Any]
) -> None:
    ids = {key: exact_id(f"某登记机关|{key}") for key in KEYS}
    for alone in facts:
        tally, records, parties_tally = Tally(), [], Tally()
        for key, name in zip(KEYS, names, strict=True):
            kind, details = bods_party(party(key, name, [alone], **(said if key in ENTITIES else {})), parties_tally)
            records.append(statement(kind, key, details))
        details = {"isComponent": False, "subject": alone.end, "interestedParty": alone.start}
        details["interests"] = [bods_interest(alone, tally)]
        records.append(statement("relationship", "r-1", details))
        assert_bods(records)
        found = drafts_of(bods, json.loads(json.dumps(records)))
        (came,) = [d for d in found if alone.type == d.fact.TYPE]
        nothing_is_lost(alone, came, tally, "bods:record", ids)
        about = next(d for d in found if d.record == ENTITIES[0])
        for prop, was in {"name": names[0], **said}.items():
            if prop == "owners_undisclosed" or (prop == "undisclosed_note" and "owners_undisclosed" in said):
                continue  # a relationship says it, without an interested party
            if getattr(about.fact, prop) != was:
                assert parties_tally.unsaid[f"ABOUT.{prop}"], f"{prop} was lost in silence"


def test_no_type_is_forgotten() -> None:
    assert set(exchange.TYPES) == set(RELATIONSHIP_BY_TYPE)
    assert set(WALKED.split("|")) == set(WALKABLE)


@given(st.integers(0, 10**6).map(lambda n: n / 10**6))
def test_a_share_is_the_same_after_it_was_a_percentage(share: float) -> None:
    assert float(Decimal(percent(share)) / 100) == share


# --- through the graph ------------------------------------------------------------------------------------

FACTS: LiteralString = """
MATCH (a)-[r]->(b)
WHERE r.rec_to = 9007199254740991 AND type(r) IN $types
  AND NOT any(s IN [a, b] WHERE s:Sanction
    AND (coalesce(s.retired, false) OR r.digest IN coalesce(s.retired_content, [])))
RETURN type(r) AS type, coalesce(a.name, '') AS start, coalesce(b.name, '') AS end, a:Person AS human,
  toString(r.since) AS since, toString(r.until) AS until, properties(r) AS props
"""
NAMES: LiteralString = """
MATCH (p:Party) WHERE EXISTS { (p)<-[:IDENTIFIES]-() } AND (p:Entity OR p:Person)
RETURN p:Person AS human, p.name AS name, coalesce(p.former_names, []) AS former,
  COLLECT { MATCH (i:Identifier)-[:IDENTIFIES]->(p) WHERE i.scheme IN $schemes AND p:Entity
    RETURN i.scheme + ' ' + i.value AS id ORDER BY id } AS ids
"""
EDGE_PROPS = ("post", "share_min", "share_max", "share_known", "interest", "details", "directness", "beneficial")
SANCTION_PROPS = ("title", "document_number", "authority", "facts_found", "content", "published_on")


def view(graph: Graph, types: Iterable[str], *, schemes: Iterable[str] = (), props: Iterable[str]) -> Counter[Any]:
    """What a graph says, without its keys: how often each fact and each party with its names is there."""
    found: Counter[Any] = Counter()
    for r in graph.read(FACTS, types=list(types)):
        # A post that only repeats the type says no more than none.
        empty = (None, RELATIONSHIP_BY_TYPE[r["type"]].ZH)
        kept = sorted((n, str(v)) for n in props if (v := r["props"].get(n)) not in empty)
        found[r["type"], r["start"], r["end"], r["human"], r["since"], r["until"], tuple(kept)] += 1
    for r in graph.read(NAMES, schemes=list(schemes)):
        found["party", r["human"], r["name"], tuple(r["former"]), tuple(r["ids"])] += 1
    return found


def write(path: Path, records: Iterable[dict[str, Any]], *, array: bool = False) -> Path:
    rows = [json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("[" + ",\n".join(rows) + "]" if array else "\n".join(rows), encoding="utf-8")
    return path


def exported(graph: Graph, form: str, party: str | None = None) -> tuple[list[dict[str, Any]], Tally]:
    tally, position = Tally(), graph.position()
    if form == "ftm":
        return list(ftm_entities(graph, tally, position=position, party=party)), tally
    more: dict[str, Any] = {"today": date(2026, 11, 22), "publisher": "tests"}
    return list(bods_statements(graph, tally, position=position, party=party, **more)), tally


def balanced(run: Loaded) -> bool:
    return run.rows_in == run.accepted + run.rejected + run.duplicate


def test_every_file_there_is_loads_with_its_ledger_balanced(load_file: LoadFile) -> None:
    counts = {}
    for source, path in (("ftm", there(FTM_FILE)), *(("bods", path) for path in BODS_FILES)):
        (run,) = load_file(source, path)
        assert balanced(run)
        if run.accepted != run.rows_in:
            counts[path.name] = (run.rows_in, run.accepted, run.rejected, run.duplicate)
    (again,) = load_file("ftm", FTM_FILE)
    assert not again.changed
    assert counts == {
        "entities.ftm.json": (90, 76, 5, 9),  # addresses that stand on their company as text too
        "fermcat.json": (23, 10, 0, 13),  # statements that repeat the one before
        "tecido.json": (11, 10, 0, 1),
    }


def test_what_is_rejected_of_the_real_file_is_known() -> None:
    (part,) = ftm.SOURCE.files
    found = Counter(
        (fault.code, row.get("schema"))
        for row, fault in read_all(ftm, read_rows(there(FTM_FILE), part.columns))
        if isinstance(fault, SourceError)
    )
    # One address belongs to a company that was cut out of the file.
    assert found == {("out-of-scope", "Family"): 4, ("out-of-scope", "Address"): 1}


def test_lines_and_an_array_say_the_same(load_file: LoadFile, graph: Graph, tmp_path: Path) -> None:
    records = [*BASE, holding("r-1", {**SHARE, "share": {"minimum": 25, "maximum": 50}})]
    (run,) = load_file("bods", write(tmp_path / "lines.json", records))
    assert (run.accepted, run.rejected, run.duplicate) == (3, 0, 0)
    before = view(graph, ["HOLDS_SHARES_IN"], props=EDGE_PROPS)
    (run,) = load_file("bods", write(tmp_path / "array.json", records, array=True))
    assert (run.accepted, run.rejected, run.duplicate) == (0, 0, 3)
    assert view(graph, ["HOLDS_SHARES_IN"], props=EDGE_PROPS) == before


SAYABLE = {
    "ftm": [m.TYPE for m in FTM_EDGES] + ["IMPOSED_ON", "IMPOSED_BY", "REGISTERED_AT"],
    "bods": [*BODS_TYPES, "REGISTERED_AT"],
}


def props_of(form: str, kind: str) -> tuple[str, ...]:
    """What a format says of a type, beside its parties and dates."""
    if kind == "IMPOSED_ON":
        return SANCTION_PROPS
    return EDGE_PROPS if kind != "HAS_INTEREST_IN" or form == "bods" else ("interest", "details")


def sayable(graph: Graph, form: str) -> Counter[Any]:
    found: Counter[Any] = Counter()
    schemes = exchange.SCHEMES if form == "ftm" else ("uscc", "cn-reg")
    for kind in SAYABLE[form]:
        # Both formats give the address of an entity without dates.
        for row, n in view(graph, [kind], schemes=schemes, props=props_of(form, kind)).items():
            if row[0] != "party":
                found[row] += n
    for row, n in view(graph, [], schemes=schemes, props=()).items():
        found[row if form == "ftm" else (*row[:3], row[3] if row[1] else (), row[4])] += n
    return found


@pytest.mark.once
@pytest.mark.parametrize("form", ["ftm", "bods"])
def test_the_sample_comes_back_as_it_went_out(
    form: str, sample_graph: Graph, graph: Graph, load_file: LoadFile, tmp_path: Path
) -> None:
    records, tally = exported(sample_graph, form)
    (run,) = load_file(form, write(tmp_path / "out.json", records, array=form == "bods"))
    assert run.rejected == 0
    assert balanced(run)
    before, after = sayable(sample_graph, form), sayable(graph, form)
    assert before - after == Counter()
    assert after - before == Counter()
    assert sum(tally.written.values()) == len(records) == run.rows_in


NUMBER = citizen(7)
STORY = [
    thing("c-1", "Company", name="甲甲有限公司", uscCode=code(1), addressEntity="a-1"),
    thing("c-2", "Company", name="乙乙有限公司", ticker="600001.SH"),
    thing("c-3", "Organization", name="丙丙协会", classification="social_organisation"),
    thing("p-1", "Person", name="王一一", idNumber=NUMBER),
    thing("i-1", "Identification", holder="p-1", number=NUMBER),
    thing("a-1", "Address", full="长沙市一号"),
    thing(
        "o-1", "Ownership", owner="p-1", asset="c-1", percentage="25-50", startDate="2010-01-01", endDate="2020-12-31"
    ),
    thing("o-2", "Ownership", owner="c-2", asset="c-1", percentage="51"),
    thing("o-3", "Ownership", owner="c-1", asset="c-2", percentage="10"),
    thing("o-4", "Ownership", owner="c-2", asset="c-2"),
    thing("o-5", "Ownership", owner="p-1", asset="c-2", ownershipType="indirect", percentage="30"),
    thing("d-1", "Directorship", director="p-1", organization="c-2", role=["董事", "独立董事"], startDate="2011-02-03"),
    thing("d-2", "Directorship", director="p-1", organization="c-1", role="监事"),
    thing("k-1", "Control", controller="p-1", controlled="c-2", role="实际控制人"),
    thing("m-1", "Membership", member="c-1", organization="c-3"),
    thing(
        "s-1", "Sanction", entity="c-1", authority="丁机关", authorityId="1号", program="名单", startDate="2021-01-01"
    ),
    thing(
        "s-2", "Sanction", entity="c-1", authority="丁机关", authorityId="2号", program="错名单", startDate="2021-01-01"
    ),
    thing("s-3", "Sanction", entity="p-1", authority=["丁机关", "又一机关"], program="另一名单", endDate="2022-01-01"),
]


def test_export_leaves_out_what_nobody_may_see_and_comes_back_the_same(
    load_file: LoadFile, graph: Graph, keys: Keys, server: Server, cli: Cli, tmp_path: Path
) -> None:
    (run,) = load_file("ftm", write(tmp_path / "story.json", STORY))
    assert (run.rows_in, run.rejected) == (len(STORY), 0)
    with graph.driver.session(database=graph.database) as session:
        session.run("MATCH (s:Sanction {document_number: '2号'}) SET s.retired = true").consume()
    (key,) = (r["key"] for r in graph.read("MATCH (s:Sanction)-[:IMPOSED_ON]->(:Person) RETURN s.key AS key"))
    for stage, role in (("received", "subject"), ("marked", "credit_authority")):
        step = Event("", "objection", stage, key, date(2024, 5, 7), role=role, reason="异议", case="O-1")
        record_events(graph, [step], today=date(2026, 11, 22))
    before = {form: sayable(graph, form) for form in SAYABLE}
    files = {"ftm": tmp_path / "out.ftm.json", "bods": tmp_path / "out.bods.json"}
    for form, file in files.items():
        done, text, errors = cli("export", form, "-o", str(file), "--store", server.store, "--json")
        assert done == 0, errors
        summary = json.loads(text)
        assert (summary["format"], summary["party"]) == (form, None)
        raw = file.read_text(encoding="utf-8")
        records = [json.loads(line) for line in raw.splitlines()] if form == "ftm" else json.loads(raw)
        (assert_ftm if form == "ftm" else assert_bods)(records)
        assert sum(summary["written"].values()) == len(records)
        assert NUMBER not in raw
        assert NUMBER[6:14] not in raw  # nor masked: the birthday
        assert "2号" not in raw
        assert "错名单" not in raw
        assert file.stat().st_mode & 0o077 == 0
        if form == "ftm":
            assert summary["written"]["Sanction"] == 2
            stated = [r["properties"].get("status") for r in records if r["schema"] == "Sanction"]
            assert sorted(stated, key=str) == [None, ["disputed since 2024-05-07"]]  # who takes it over has to know
            assert summary["unsaid"]["ABOUT.id_masked"]
        else:
            assert summary["unsaid"]["IMPOSED_ON"] == 2
    assert not list(tmp_path.glob("*.part"))

    done, text, _ = cli(
        "export", "ftm", "-o", str(tmp_path / "one.json"), "--party", "丙丙协会", "--store", server.store
    )
    assert done == 0
    around = [json.loads(line) for line in (tmp_path / "one.json").read_text(encoding="utf-8").splitlines()]
    assert Counter(r["schema"] for r in around) == {"Company": 1, "Organization": 1, "Membership": 1, "Address": 1}
    done, _, errors = cli(
        "export", "ftm", "-o", str(tmp_path / "no.json"), "--party", "无此人", "--store", server.store
    )
    assert done == 2
    assert not (tmp_path / "no.json").exists()

    for form, file in files.items():
        wipe(graph, keys)
        (run,) = load_file(form, file)
        assert (run.rejected, balanced(run)) == (0, True)
        assert sayable(graph, form) == before[form]
