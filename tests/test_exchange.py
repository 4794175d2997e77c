"""FollowTheMoney and BODS 0.4, in and out: invented files, the fixtures, and what comes back after a round trip."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_model.errors import SourceError
from graph_model.exchange import BODS_INTERESTS, NAMELESS, exact_id
from graph_model.schema import (
    DirectorOf,
    HasInterestIn,
    HoldsSharesIn,
    LegalRepresentativeOf,
    Profile,
    RegisteredAt,
    SeniorManagerOf,
    SupervisorOf,
)
from loaders.drafts import AddressRef, Draft, EntityRef, PersonRef, Row, SanctionRef
from loaders.rows import read_rows
from loaders.sources import bods, ftm
from tests.invented import citizen, code

SHARED = Path(__file__).parents[1].parent / "shared" / "data"
FIXTURES = SHARED / "bods" / "bods-v04-fixtures"
BODS_FILES = sorted((SHARED / "bods").glob("*/*.json"))
FTM_FILE = SHARED / "ftm_zala" / "entities.ftm.json"
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
    assert isinstance(profile.start, EntityRef)
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
    assert (address.fact.TYPE, address.end) == ("REGISTERED_AT", AddressRef("长沙市一号"))


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
    assert isinstance(profile.start, EntityRef)
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
    assert isinstance(profile.start, EntityRef)
    assert profile.start.kind == kind


def test_numbers_of_persons_identify_and_are_never_kept_in_clear() -> None:
    number = citizen(1)
    whole = [PERSON, thing("i-1", "Identification", holder="p-1", number=number, type="ID card", country="cn")]
    whole.append(thing("i-2", "Passport", holder="p-1", number="E12345678"))
    name, card, passport = drafts_of(ftm, whole)
    assert isinstance(name.start, PersonRef)
    assert name.start.identifiers == (("cn-id", number), ("ftm:entity", exact_id("p-1")))  # the engine hashes them
    assert [d.start for d in (card, passport)] == [name.start, name.start]
    assert said(card) == {"id_masked": f"{number[:6]}********{number[-4:]}"}
    assert said(passport) == {"id_masked": "E1*****78"}
    assert number not in json.dumps([said(d) for d in (name, card, passport)], default=str)


def test_two_id_numbers_of_one_person_identify_nobody() -> None:
    (profile,) = drafts_of(ftm, [thing("p-1", "Person", name="王一一", idNumber=[citizen(1), citizen(2)])])
    assert isinstance(profile.start, PersonRef)
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
    assert [(s.name, e.text) for s, e in places if isinstance(s, EntityRef) and isinstance(e, AddressRef)] == [
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
    ],
)
def test_ftm_percentages(percentage: list[str], low: float, high: float, known: bool) -> None:
    edge = thing("o-1", "Ownership", owner="p-1", asset="c-1", percentage=percentage)
    draft = drafts_of(ftm, [COMPANY, PERSON, edge])[-1]
    assert isinstance(draft.fact, HoldsSharesIn)
    assert (draft.fact.share_min, draft.fact.share_max, draft.fact.share_known) == (low, high, known)


@pytest.mark.parametrize("percentage", ["most", "101", "50-25", "-5", "1,5"])
def test_ftm_percentages_that_cannot_be_read(percentage: str) -> None:
    edge = thing("o-1", "Ownership", owner="p-1", asset="c-1", percentage=percentage)
    assert faults_of(ftm, [COMPANY, PERSON, edge]) == {3: ("bad-value", "properties.percentage")}


@pytest.mark.parametrize(
    ("start", "end", "since", "until"),
    [
        ("2015-11-25", "2023-03-02", date(2015, 11, 25), date(2023, 3, 3)),
        ("2015-11-25T10:00:00", None, date(2015, 11, 25), None),
        ("2015", "2023-03", None, None),
        (["2015", "2015-11-25"], None, date(2015, 11, 25), None),
        (["2015-11-25", "2016-01-01"], None, None, None),
        ("2015-11-25", "2015-11-25", date(2015, 11, 25), date(2015, 11, 26)),
    ],
)
def test_ftm_dates_that_are_no_day_stay_unknown(start: Any, end: Any, since: date | None, until: date | None) -> None:
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
    assert [d.start.name for d in found if isinstance(d.start, EntityRef | PersonRef)] == ["王一一", "Yiyi Ltd"]


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
    assert isinstance(imposed.start, SanctionRef)
    assert imposed.start.document_number == "A-1"
    assert [d.end.name for d in by if isinstance(d.end, EntityRef) and d.end.organ] == ["乙机关", "甲机关"]


@pytest.mark.parametrize("status", [*ftm.OVER, "Expired", "DISPUTED", "disputed since 2024-01-01"])
def test_a_sanction_that_is_over_without_a_day_never_looks_as_if_it_were_in_force(status: str) -> None:
    record = thing("s-1", "Sanction", entity="c-1", authority="甲", startDate="2020-01-01", status=status)
    assert faults_of(ftm, [COMPANY, record]) == {2: ("not-in-force", "properties.status")}
    record["properties"]["endDate"] = ["2021"]  # no day either
    assert faults_of(ftm, [COMPANY, record]) == {2: ("not-in-force", "properties.status")}
    record["properties"]["endDate"] = ["2021-01-01"]
    assert drafts_of(ftm, [COMPANY, record])[1].fact.until == date(2021, 1, 2)


def test_foreign_sources_trigger_nothing() -> None:
    for source in (ftm, bods):
        assert (source.SOURCE.trust, source.SOURCE.triggers, source.SOURCE.mode) == ("reference", (), "delta")


# --- BODS: the fixtures -----------------------------------------------------------------------------------


def fixture(name: str) -> list[tuple[Row, list[Draft] | SourceError]]:
    (part,) = bods.SOURCE.files
    (path,) = FIXTURES.glob(f"{name}-*.json")
    return list(read_all(bods, read_rows(path, part.columns)))


def all_drafts(found: list[tuple[Row, list[Draft] | SourceError]]) -> list[Draft]:
    assert not [f for _, f in found if isinstance(f, SourceError)]
    return [d for _, f in found if isinstance(f, list) for d in f]


def test_fixture_direct_ownership() -> None:
    """Both interests, their quantum and whether they make a beneficial owner; one entity, one person."""
    found = all_drafts(fixture("01"))
    profiles = [d for d in found if isinstance(d.fact, Profile)]
    assert [type(d.start) for d in profiles] in ([EntityRef, PersonRef], [PersonRef, EntityRef])
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
    assert not any(isinstance(d.start, PersonRef) for d in found)


def test_fixture_owners_that_are_not_told() -> None:
    """The reason and its words are kept on the entity, the relationship is not dropped, and nobody is invented."""
    (_, entity), (relation, said_of_owners) = fixture("11")
    holder = json.loads(relation.need("recordDetails"))["interestedParty"]
    assert isinstance(entity, list)
    assert isinstance(said_of_owners, list)
    (draft,) = said_of_owners
    assert said(draft) == {"owners_undisclosed": holder["reason"], "undisclosed_note": holder["description"]}
    assert draft.start == entity[0].start
    assert isinstance(draft.start, EntityRef)


def test_fixtures_and_examples_are_all_read_here() -> None:
    assert len(list(FIXTURES.glob("*.expected.md"))) == 3
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
        ({"exact": 101}, "contradiction"),
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
    assert isinstance(draft.start, EntityRef | PersonRef)
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
    assert one.start != other.start
    assert not {*one.start.identifiers} & {*other.start.identifiers}  # type: ignore[union-attr]


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
    assert isinstance(draft.start, EntityRef)
    assert draft.start.identifiers[:-1] == strong


def test_bods_numbers_of_persons_are_masked() -> None:
    (draft,) = drafts_of(bods, [person("p-1", "王一一", identifiers=[{"scheme": "IRL-TAXID", "id": "7700225VH"}])])
    assert said(draft) == {"name": "王一一", "id_masked": "77*****VH"}


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
