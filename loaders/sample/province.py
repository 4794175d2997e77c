"""The sample: an invented province, written as files in the forms that real sources have.

`generate` stands before the flow: it writes the files that `creditgraph load` then reads (register, officers,
shareholders, lists, decisions and responsible persons by the source `sample`; `penalties.csv` and `licences.csv` by
`shuanggongshi`; `court_limits.json` by `court-limits`). The same size and seed give the same bytes.

Nobody in it exists. Places and authorities are those of Hunan, everything else is made up, and no number can be
anybody's: credit codes carry an organisation code that begins with XN, id and registration numbers begin with 4399,
which is no division. `STORY` is in every sample, whatever its size and seed: the cases that demo and tests name.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from graph_model.errors import BadRequest
from graph_model.identifiers import reg_check_digit
from loaders.sample.forms import DATA_DATE, NO_CODE, SAMPLE_FILES, SampleTable
from loaders.sample.rows import Unit, years_later
from loaders.sample.story import STORY, ToldStory
from loaders.sample.supplied import write_supplied
from loaders.sample.words import (
    AUTHORITIES,
    BRAND,
    FAMILY_NAMES,
    GIVEN,
    HEAD_CAPACITIES,
    LISTINGS,
    MARKET,
    PENALTY_KINDS,
    PENALTY_REACHED,
    PREFECTURES,
    ROADS,
    RULINGS,
    SECURITIES,
    SHARED_ADDRESS,
    TRADES,
    InventedParty,
    Trade,
    authority,
    case_number,
    citizen_id,
    credit_code,
)

DEFAULT_SIZE = 3000
SMALLEST_SIZE, LARGEST_SIZE = 50, 200_000
FIRST_DAY = date(2005, 1, 4)
HUB_FROM_SIZE, HUB_TENANTS = 3000, 1100

SampleProgress = Callable[[int, int], None]
"""(companies written, companies in all)"""

# fmt: on


# fmt: on


def generate(size: int, seed: int, out: Path, *, progress: SampleProgress | None = None) -> dict[str, Any]:
    """Write a sample into the folder `out`, which is made if need be; files of an older sample are replaced.

    Args:
        size: number of companies, branches and the story's among them.
        seed: another seed gives another province with the same story.

    Returns:
        what was written, as in `manifest.json` under `counts`: `entities` by kind, `persons`, `files` with the
        rows of each (dirt among them), `dirt` by file and kind.
    """
    if not SMALLEST_SIZE <= size <= LARGEST_SIZE:
        raise BadRequest(f"the size of a sample is {SMALLEST_SIZE} to {LARGEST_SIZE} companies, not {size}")
    out.mkdir(parents=True, exist_ok=True)
    (out / "manifest.json").unlink(missing_ok=True)  # written last: a folder without it is not whole
    with ExitStack() as stack:
        tables = {name: stack.enter_context(SampleTable(out / name, form)) for name, form in SAMPLE_FILES.items()}
        province = _Province(size, seed, tables)
        province.write(progress)
    _write_json(out / "court_limits.json", province.court_limits)
    write_supplied(out)
    counts = {
        "entities": dict(sorted(province.kinds.items())),
        "persons": len(province.numbers),
        "files": {
            **{name: table.rows + table.dirt.total() for name, table in tables.items()},
            "court_limits.json": len(province.court_limits),
        },
        "dirt": {name: dict(sorted(table.dirt.items())) for name, table in tables.items()},
    }
    _write_json(
        out / "manifest.json",
        {"size": size, "seed": seed, "data_date": DATA_DATE.isoformat(), "counts": counts},
    )
    return counts


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


class _Province(ToldStory):
    """Everything that is invented, one company at a time; only names, codes and dates of companies are kept."""

    def __init__(self, size: int, seed: int, tables: Mapping[str, SampleTable]) -> None:
        super().__init__(random.Random(seed), tables)
        self.size = size
        self.units: list[Unit] = []
        self.people: list[InventedParty] = []
        self.names = {company.name for company in STORY.companies()}
        self.serial = 1000
        self.turns: Counter[str] = Counter()
        self.places = range(len(PREFECTURES)) if size >= 500 else range(4)

    def write(self, progress: SampleProgress | None) -> None:
        """All rows of all files."""
        self._story()
        told = len(STORY.companies())
        self._authority(0, SECURITIES)
        for place in range(len(PREFECTURES)):
            for kind in range(len(AUTHORITIES)):
                if place in self.places or kind == MARKET:
                    self._authority(place, kind)
        for index in range(self.size - told):
            if progress and index % 500 == 0:
                progress(told + index, self.size)
            self._company(index)
        self._rings()
        for index in range(self.size // 5):
            self._individual_business(index)
        for kind, share in (("12", 50), ("51", 60), ("52", 60), ("93", 40), ("N2", 60)):
            for _ in range(max(2, self.size // share)):
                self._other(kind)
        if progress:
            progress(self.size, self.size)

    # -- small choices ------------------------------------------------------------------------------------

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    def _day(self, first: date, last: date = DATA_DATE) -> date:
        return first + timedelta(days=self.rng.randint(0, max(0, (last - first).days)))

    def _turn(self, what: str) -> int:
        """0, 1, 2, … for each kind of thing: choices that take turns are all made, however small the sample."""
        self.turns[what] += 1
        return self.turns[what] - 1

    def _number(self, place: int, form: str, year: int) -> str:
        """A document number that no other document has."""
        self.document += 1
        if not form:
            return case_number(place, year, self.document)
        return f"{form.format(PREFECTURES[place].short)}〔{year}〕{self.document}号"

    def _new_person(self) -> InventedParty:
        family = self.rng.choice(FAMILY_NAMES)
        given = self.rng.choice(GIVEN) + (self.rng.choice(GIVEN) if self._chance(0.7) else "")
        while True:
            birth = self._day(date(1952, 1, 1), date(1986, 12, 31))
            number = citizen_id(self.rng.randint(2, 15), birth, self.rng.randint(1, 999))
            if number not in self.numbers:
                break
        person = InventedParty(family + given, number)
        self.numbers.add(number)
        self.people.append(person)
        return person

    def _person(self, known: float = 0.12) -> InventedParty:
        """Mostly somebody new, sometimes somebody who sits elsewhere too."""
        return self.rng.choice(self.people) if self.people and self._chance(known) else self._new_person()

    def _others(self, count: int, but: Sequence[InventedParty]) -> list[InventedParty]:
        """Different persons, none of `but`."""
        found: list[InventedParty] = []
        while len(found) < count:
            person = self._person()
            if person not in found and person not in but:
                found.append(person)
        return found

    def _name(self, place: int, trade: Trade, form: str) -> str:
        city = PREFECTURES[place].name[:-1]
        while True:
            brand = "".join(self.rng.choice(part) for part in BRAND)
            name = f"{city}{brand}{trade.word}{form}"
            if name not in self.names:
                self.names.add(name)
                return name

    def _address(self, place: int, division: str) -> str:
        county = dict(PREFECTURES[place].counties)[division]
        road, house, room = self.rng.choice(ROADS), self.rng.randint(1, 980), self.rng.randint(101, 2909)
        return f"{PREFECTURES[place].name}{county}{road}{house}号{room}室"

    # -- parties ------------------------------------------------------------------------------------------

    def _authority(self, place: int, kind: int) -> None:
        where = PREFECTURES[place]
        self._registered(
            authority(place, kind),
            self._new_person(),
            place=place,
            founded=None,
            form="机关法人",
            address=f"{where.name}{where.counties[0][1]}人民路{kind + 1}号",
            since=self._day(date(2019, 1, 1)),
        )

    def _company(self, index: int) -> None:
        place = self.rng.choice((0, 0, 0, *self.places))
        division, county = self.rng.choice(PREFECTURES[place].counties)
        self.serial += 1
        if index % 20 == 11:
            self._branch(place, division, county)
            return
        trade = self.rng.choice(TRADES)
        party = InventedParty(
            self._name(place, trade, self.rng.choice(("有限公司", "有限公司", "有限责任公司"))),
            credit_code("91", division, self.serial),
        )
        founded = self._day(FIRST_DAY, date(2026, 5, 31))
        head = self._person()
        unit = Unit(party, founded, head, place)
        changed = self._day(founded + timedelta(days=1)) if self._chance(0.25) else None
        if changed:
            unit = unit._replace(former=self._others(1, [head])[0], changed=changed)
        closed = self._events(index, unit, division, trade)
        self._registered(
            party,
            head,
            place=place,
            founded=founded,
            form=self.rng.choice(("有限责任公司(自然人投资或控股)", "有限责任公司", "股份有限公司(非上市)")),
            address=self._company_address(index, place, division),
            since=None if self._chance(0.05) else changed or founded,
            scope=trade.scope,
            capital=self._capital(),
            status="吊销，未注销" if closed else self.rng.choice(("存续",) * 18 + ("注销", "迁出")),
            former=self._name(place, trade, "有限公司") if self._chance(0.05) else None,
        )
        self._officers(unit)
        self._holders(unit)
        self.units.append(unit)

    def _branch(self, place: int, division: str, county: str) -> None:
        parent = self.rng.choice(self.units)
        founded = self._day(parent.founded)
        name = f"{parent.party.name}{county}分公司"
        if name in self.names:
            name = f"{parent.party.name}{county}第{self.serial}分公司"
        self.names.add(name)
        self._registered(
            InventedParty(name, credit_code("91", division, self.serial)),
            self._person(),
            place=place,
            founded=founded,
            form="有限责任公司分公司",
            address=self._address(place, division),
            since=founded,
            parent=parent.party.number,
        )

    def _company_address(self, index: int, place: int, division: str) -> str:
        tenants = HUB_TENANTS if self.size >= HUB_FROM_SIZE else self.size // 10
        others = self.size - len(STORY.companies())
        if (index + 1) * tenants // others > index * tenants // others:
            return SHARED_ADDRESS
        if self._chance(0.15):
            house = self.rng.randint(1, max(1, self.size // 40))
            return f"{PREFECTURES[place].name}{PREFECTURES[place].counties[0][1]}湘江商务大厦{house}栋"
        return self._address(place, division)

    def _capital(self) -> str:
        if self._chance(0.01):
            return f"{self.rng.randint(2, 40) * 10}(万美元)"
        return f"{self.rng.choice((10, 50, 100, 200, 500, 1000, 2000, 5000)):,}(万元)"

    def _officers(self, unit: Unit) -> None:
        party, founded, head = unit.party, unit.founded, unit.head
        heads = [head, unit.former] if unit.former else [head]
        small = self._chance(0.8)
        team = self._others(self.rng.randint(1, 2) if small else self.rng.randint(4, 6), heads)
        if unit.former:
            self._post(party, unit.former, "法定代表人", founded, unit.changed)
        since = None if self._chance(0.05) else unit.changed or founded
        day = date(2025, 12, 31) if self._chance(0.1) else DATA_DATE
        if small:
            self._post(party, head, "执行董事兼总经理", since, day=day)
            for person in team:
                self._post(party, person, "监事", self._start(founded), day=day)
        else:
            self._post(party, head, "董事长", since, day=day)
            posts = ("总经理", "监事", "董事", "董事", "财务负责人", "副总经理")
            for person, post in zip(team, posts, strict=False):
                self._post(party, person, post, self._start(founded), day=day)
        if self._chance(0.15):
            self._post(party, self.rng.choice((head, team[0])), "主要负责人", self._start(founded), day=day)
        if self._chance(0.1):
            self._post(party, self.rng.choice((head, *self._others(1, [head]))), "实际控制人", None, day=day)
        if self._chance(0.2) or self._turn("left") == 0:
            leaver = self._others(1, [*heads, *team])[0]
            left = self._day(founded)
            if left > founded:
                self._post(party, leaver, "董事", founded, left)
                back = self._day(left)
                if back > left and self._turn("back") % 8 == 0:
                    self._post(party, leaver, "董事", back)

    def _start(self, founded: date) -> date | None:
        return None if self._chance(0.05) else self._day(founded)

    def _holders(self, unit: Unit) -> None:
        party, founded, head = unit.party, unit.founded, unit.head
        holders: list[InventedParty] = [head]
        if self.units and self._chance(0.18):
            holders.append(self.rng.choice(self.units[-400:]).party)
        holders += self._others(self.rng.randint(0, 2), [head])
        cuts = sorted(self.rng.sample(range(1, 10_000), len(holders) - 1))
        parts = [b - a for a, b in zip([0, *cuts], [*cuts, 10_000], strict=True)]
        for holder, part in zip(holders, parts, strict=True):
            percent = None if self._chance(0.06) else f"{part / 100:g}%"
            self._share(party, holder, percent, None if self._chance(0.05) else founded)
        if self._chance(0.05):
            gone = self._day(founded)
            if gone > founded:
                self._share(party, self._others(1, holders)[0], "20%", founded, gone)

    def _rings(self) -> None:
        """Shareholdings that make circles of 2, 3 and 4 companies, one of a company in itself, and a long chain."""
        free: Iterator[Unit] = iter(self.units)
        for turn in range(max(3, self.size // 500)):
            ring = [next(free) for _ in range(2 + turn % 3)]
            for holder, unit in zip(ring, [*ring[1:], ring[0]], strict=True):
                self._share(unit.party, holder.party, "15%", max(holder.founded, unit.founded))
        alone = next(free)
        self._share(alone.party, alone.party, "5%", alone.founded)
        chain = [next(free) for _ in range(6)]
        for holder, unit in pairwise(chain):
            self._share(unit.party, holder.party, "51%", max(holder.founded, unit.founded))

    def _individual_business(self, index: int) -> None:
        place = self.rng.choice(self.places)
        division, county = self.rng.choice(PREFECTURES[place].counties)
        self.serial += 1
        owner = self._new_person()
        word = self.rng.choice(("粉店", "便利店", "五金店", "理发店", "茶馆", "水果店"))
        party = InventedParty(
            f"{county}{owner.name[0]}记{word}",  # names repeat, as they do
            credit_code("92", division, self.serial),
        )
        founded = self._day(FIRST_DAY)
        self._registered(
            party,
            owner,
            place=place,
            founded=founded,
            form="个体工商户",
            address=self._address(place, division),
            since=founded,
            scope="小吃服务、日用百货零售",
        )
        if index % 15 != 3:
            return
        day = self._day(max(founded, date(2019, 1, 1)))
        number = self._number(place, "{}市监处罚", day.year)
        first14 = f"4399{place + 1:02d}{self.serial:08d}"
        if self._turn("small") % 2:
            cells = {
                "CF_XDR_MC": owner.name,
                "CF_XDR_LB": "自然人",
                "CF_XDR_ZJLX": "身份证",
                "CF_XDR_ZJHM": owner.number,
            }
        else:
            cells = {
                "CF_XDR_MC": party.name,
                "CF_XDR_LB": "个体工商户",
                "CF_XDR_SHXYM": NO_CODE,
                "CF_XDR_GSZC": first14 + reg_check_digit(first14),
                "CF_FRDB": owner.name,
            }
        self._penalty(PENALTY_KINDS[0], cells, place, number, day, "", "当事人未按规定亮照经营。")

    def _other(self, kind: str) -> None:
        place = self.rng.choice(self.places)
        division, county = self.rng.choice(PREFECTURES[place].counties)
        self.serial += 1
        word = "".join(self.rng.choice(part) for part in BRAND)
        name, form = {
            "12": (f"{county}{word}小学", "事业单位法人"),
            "51": (f"{county}{word}行业协会", "社会团体法人"),
            "52": (f"{county}{word}幼儿园", "民办非企业单位法人"),
            "93": (f"{county}{word}种植专业合作社", "农民专业合作社"),
            "N2": (f"{county}{word}村股份经济合作社", "村级集体经济组织"),
        }[kind]
        if name in self.names:
            name = f"{county}{word}第{self.serial}{name.removeprefix(county + word)}"
        self.names.add(name)
        founded = self._day(FIRST_DAY)
        party = InventedParty(name, credit_code(kind, division, self.serial))
        head = self._person()
        address = self._address(place, division)
        self._registered(
            party, head, place=place, founded=founded, form=form, address=address, since=self._start(founded)
        )
        if kind in ("51", "52"):
            self._post(party, self._person(0.4), "理事长" if kind == "51" else "园长", self._start(founded))

    # -- what happens to companies ------------------------------------------------------------------------

    def _events(self, index: int, unit: Unit, division: str, trade: Trade) -> bool:
        """Licences, penalties, lists and decisions of a company. Returns whether its business licence is gone."""
        closed = False
        if trade.licence and index % 3 == 1:
            self._company_licence(unit, trade.licence)
        if index % 12 == 5:
            closed = self._company_penalty(unit, division)
        if index % 17 == 3:
            self._company_listing(unit)
        if index % 23 == 4:
            self._company_ruling(unit)
        if index % 61 == 9:
            self._company_limit(unit)
        if index % 90 == 22:
            self._person_listing(unit)
        return closed

    def _event_day(self, unit: Unit) -> date:
        return self._day(min(max(unit.founded + timedelta(days=90), date(2018, 1, 1)), DATA_DATE))

    def _company_licence(self, unit: Unit, licence: str) -> None:
        self.document += 1
        state = "有效" if self._chance(0.9) else "无效"
        number = _certificate(licence, self.document)
        day = self._event_day(unit)
        self._licence(self._cells("XK", unit, day), unit.place, licence, number, day, state)

    def _company_penalty(self, unit: Unit, division: str) -> bool:
        kind = PENALTY_KINDS[self._turn("penalty") % len(PENALTY_KINDS)]
        day = self._event_day(unit)
        number = self._number(unit.place, "{}市监处罚", day.year)
        revokes_business = kind.certificate == "营业执照"
        if revokes_business:
            certificate = f"营业执照（{unit.party.number}）"
        elif kind.certificate:
            certificate = f"{kind.certificate}（{_certificate(kind.certificate, self.document)}）"
        else:
            certificate = ""
        fact = f"经查，当事人在{division}辖区{kind.act}。"
        cells = self._cells("CF", unit, day)
        organ = self._penalty(kind, cells, unit.place, number, day, certificate, fact)
        if kind.certificate or kind.kinds == "责令关闭":
            how = PENALTY_REACHED[self._turn("penalty person") % len(PENALTY_REACHED)]
            if revokes_business:
                how = ("LR", "法定代表人，负有个人责任", "finding")
            person = unit.head_on(day) if how[0] in HEAD_CAPACITIES else self._person()
            self._responsible(number, organ, unit.party, person, how, day)
        return revokes_business

    def _company_listing(self, unit: Unit) -> None:
        kind = LISTINGS[self._turn("list") % len(LISTINGS)]
        day = self._event_day(unit)
        number = self._number(unit.place, kind.number, day.year)
        act = None if self._chance(0.2) else max(unit.founded, day - timedelta(days=self.rng.randint(60, 500)))
        until = years_later(day, kind.years)
        organ = self._listing(kind, unit.party, unit.place, number, act, day, until if until <= DATA_DATE else None)
        if kind.code in ("LIST-05", "LIST-06"):
            pic = ("LR", "法定代表人", "named") if kind.code == "LIST-05" else ("PIC", "主要负责人", "named")
            self._responsible(number, organ, unit.party, unit.head_on(day), pic, day)
        if kind.code == "TAX_D":
            how = ("DRP", "直接责任人员", "finding")
            self._responsible(number, organ, unit.party, self._person(), how, day)

    def _company_ruling(self, unit: Unit) -> None:
        kind = RULINGS[self._turn("ruling") % len(RULINGS)]
        day = self._event_day(unit)
        number = self._number(unit.place, kind.number, day.year)
        act = None if self._chance(0.3) else max(unit.founded, day - timedelta(days=self.rng.randint(30, 400)))
        until = self._day(day) if self._chance(0.3) else None
        if until is not None and until <= day:
            until = None
        coded = self._turn("ruling coded") % 20 != 19
        organ = self._ruling(kind, unit.party, unit.place, number, act, day, until, coded=coded)
        for how in kind.reached:
            person = unit.head_on(day) if how[0] in HEAD_CAPACITIES else self._person(0.5)
            known = self._turn("responsible") % 12 != 11  # some documents give a name only
            self._responsible(number, organ, unit.party, person, how, day, coded=known)

    def _company_limit(self, unit: Unit) -> None:
        day = self._event_day(unit)
        filed = max(unit.founded, day - timedelta(days=60))
        amount = "-" if self._chance(0.2) else str(self.rng.randint(20_000, 9_000_000))
        number = self._number(unit.place, "", filed.year)
        self._court_limit(unit.party.name, number, unit.place, unit.head_on(day).name, filed, day, amount)

    def _person_listing(self, unit: Unit) -> None:
        day = self._event_day(unit)
        number = self._number(unit.place, "", day.year)
        until = years_later(day, 2)
        person = self.rng.choice(self.people) if self.people else self._new_person()
        self._listing(LISTINGS[0], person, unit.place, number, None, day, until if until <= DATA_DATE else None)


def _certificate(licence: str, serial: int) -> str:
    """The number of a licence, as they look."""
    prefix = {"食品经营许可证": "JY1", "食品生产许可证": "SC1"}.get(licence, "湘")
    return f"{prefix}4399{serial:09d}"
