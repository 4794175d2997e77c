"""The cases that are in every sample, whatever its size and seed: demo and tests name them."""

from datetime import date
from typing import Any

from loaders.sample.rows import Rows, Unit
from loaders.sample.words import (
    LISTINGS,
    PENALTY_KINDS,
    PREFECTURES,
    RULINGS,
    TRADES,
    InventedParty,
    case_number,
    citizen_id,
    credit_code,
)


def company_of(name: str, division: str, serial: int) -> InventedParty:
    """A company of the story."""
    return InventedParty(name, credit_code("91", division, serial))


def person_of(name: str, birth: date, order: int) -> InventedParty:
    """A person of the story."""
    return InventedParty(name, citizen_id(1, birth, order))


class Story:
    """The cases that are in every sample: names, numbers, and the numbers of the documents."""

    # 1. A food licence revoked (PR-021) on 2023-09-12, for an act of 2023-05-10: penalties.csv.
    food = company_of("长沙澧橘园食品有限公司", "430102", 1)
    food_lr = person_of("罗志远", date(1975, 3, 12), 11)  # in office since 2018-01-01
    food_former_lr = person_of("谭国安", date(1968, 7, 2), 13)  # in office until 2018-01-01
    food_shareholder = person_of("欧阳澜", date(1970, 11, 23), 24)  # 60 %, no post
    food_manager = person_of("邹文静", date(1982, 1, 30), 26)  # named as 直接负责的主管人员
    food_decision = "长市监处罚〔2023〕9001号"

    # 2. A court limits consumption: the order covers the legal representative; court_limits.json has it by name.
    limited = company_of("株洲潇麓机械制造有限公司", "430211", 2)
    limited_lr = person_of("彭建平", date(1971, 5, 6), 15)
    limited_case = case_number(1, 2024, 9002)

    # 3. A business licence revoked; the legal representative is found personally responsible (PR-007).
    revoked = company_of("衡阳芷岚商贸有限公司", "430408", 3)
    revoked_lr = person_of("蒋明华", date(1979, 9, 9), 17)
    revoked_decision = "衡市监处罚〔2024〕9003号"

    # 4. On the list of those who owe wages to migrant workers (LIST-05), which names two persons.
    listed = company_of("郴州沅枫建筑劳务有限公司", "431002", 4)
    listed_lr = person_of("段立军", date(1976, 12, 1), 19)
    listed_manager = person_of("贺勇", date(1984, 4, 17), 31)
    listed_decision = "郴人社欠薪列字〔2025〕9004号"

    # 5. Two clean companies: one shares a director with `food`, and holds 40 % of the other.
    near = company_of("长沙枫橘供应链管理有限公司", "430104", 5)
    near_lr = person_of("曾艳", date(1983, 8, 8), 42)
    far = company_of("岳阳汨岚冷链物流有限公司", "430602", 6)
    far_lr = person_of("龙海涛", date(1987, 2, 14), 33)
    shared_director = person_of("夏远明", date(1974, 10, 5), 35)

    # 6. Two persons of one name: the first is on LIST-01 and supervises `limited`, the second directs `far`.
    namesake_listed = person_of("周海燕", date(1977, 6, 16), 46)
    namesake_clean = person_of("周海燕", date(1990, 6, 16), 28)
    namesake_case = case_number(0, 2024, 9006)

    # 7. Tax grade D since 2026-04-30. The person found responsible (DRP) registered another company on 2026-05-20
    #    (EP-001 reaches it), and has headed a third since 2018 (not reached: registered before).
    tax_d = company_of("湘潭潇枫贸易有限公司", "430302", 7)
    tax_d_lr = person_of("邓丽华", date(1980, 3, 3), 44)
    tax_d_person = person_of("肖卫东", date(1978, 4, 21), 37)
    tax_d_decision = "潭税信评〔2026〕9007号"
    tax_later = company_of("湘潭芷枫贸易有限公司", "430304", 8)
    tax_earlier = company_of("湘潭岚麓运输有限公司", "430381", 9)

    def companies(self) -> tuple[InventedParty, ...]:
        """The companies, each of which has a row in register.csv."""
        return (
            *(self.food, self.limited, self.revoked, self.listed, self.near, self.far),
            *(self.tax_d, self.tax_later, self.tax_earlier),
        )


STORY = Story()


class ToldStory(Rows):
    """The story's companies, written."""

    def _told(self, party: InventedParty, head: InventedParty, place: int, founded: date, **more: Any) -> Unit:
        """A company of the story. Nobody else is registered at its address."""
        trade = more.pop("trade", TRADES[0])
        county = dict(PREFECTURES[place].counties)[party.number[2:8]]
        self._registered(
            party,
            head,
            place=place,
            founded=founded,
            form="有限责任公司(自然人投资或控股)",
            address=f"{PREFECTURES[place].name}{county}故事里{party.number[10:16]}号",
            since=more.pop("since", founded),
            scope=trade.scope,
            capital="1,000(万元)",
            **more,
        )
        return Unit(party, founded, head, place)

    def _story(self) -> None:
        s = STORY
        self._story_food(s)
        self._story_limited(s)
        self._story_revoked(s)
        self._story_listed(s)
        self._story_tax(s)

    def _story_food(self, s: Story) -> None:
        founded, changed = date(2013, 3, 15), date(2018, 1, 1)
        food = self._told(s.food, s.food_lr, 0, founded, since=changed, trade=TRADES[2])
        self._post(s.food, s.food_former_lr, "法定代表人", founded, changed)
        self._post(s.food, s.food_lr, "执行董事兼总经理", changed)
        self._post(s.food, s.shared_director, "董事", date(2019, 5, 20))
        self._post(s.food, s.food_manager, "副总经理", date(2020, 2, 1))
        self._share(s.food, s.food_shareholder, "60%", founded)
        self._share(s.food, s.food_lr, "40%", changed)
        licence, certificate = "食品经营许可证", "JY14399010009001"
        self._licence(self._cells("XK", food, date(2021, 6, 1)), 0, licence, certificate, date(2021, 6, 1), "无效")
        organ = self._penalty(
            PENALTY_KINDS[3],
            self._cells("CF", food, date(2023, 9, 12)),
            0,
            s.food_decision,
            date(2023, 9, 12),
            f"{licence}（{certificate}）",
            "2023年5月10日，当事人经营超过保质期的食品，情节严重。",
        )
        how = ("DRM", "直接负责的主管人员", "named")
        self._responsible(s.food_decision, organ, s.food, s.food_manager, how, date(2023, 9, 12))

        self._told(s.near, s.near_lr, 0, date(2017, 8, 1))
        self._post(s.near, s.shared_director, "董事", date(2020, 3, 1))
        self._share(s.near, s.near_lr, "100%", date(2017, 8, 1))
        self._told(s.far, s.far_lr, 5, date(2019, 4, 1), trade=TRADES[5])
        self._post(s.far, s.namesake_clean, "董事", date(2019, 4, 1))
        self._share(s.far, s.near, "40%", date(2019, 4, 1))
        self._share(s.far, s.far_lr, "60%", date(2019, 4, 1))

    def _story_limited(self, s: Story) -> None:
        founded, day = date(2012, 6, 18), date(2024, 5, 20)
        self._told(s.limited, s.limited_lr, 1, founded, trade=TRADES[4])
        self._post(s.limited, s.namesake_listed, "监事", founded)
        self._share(s.limited, s.limited_lr, "100%", founded)
        organ = self._ruling(RULINGS[0], s.limited, 1, s.limited_case, None, day)
        how = ("LR", "法定代表人", "ordered")
        self._responsible(s.limited_case, organ, s.limited, s.limited_lr, how, day)
        self._court_limit(s.limited.name, s.limited_case, 1, s.limited_lr.name, date(2024, 3, 4), day, "2350000")
        self._listing(LISTINGS[0], s.namesake_listed, 0, s.namesake_case, None, date(2024, 8, 1))

    def _story_revoked(self, s: Story) -> None:
        founded, day = date(2015, 9, 1), date(2024, 11, 4)
        unit = self._told(s.revoked, s.revoked_lr, 3, founded, status="吊销，未注销")
        self._share(s.revoked, s.revoked_lr, "100%", founded)
        organ = self._penalty(
            PENALTY_KINDS[6],
            self._cells("CF", unit, day),
            3,
            s.revoked_decision,
            day,
            f"营业执照（{s.revoked.number}）",
            "2023年1月起，当事人连续停业，通过登记的住所无法联系。",
        )
        how = ("LR", "法定代表人，负有个人责任", "finding")
        self._responsible(s.revoked_decision, organ, s.revoked, s.revoked_lr, how, day)

    def _story_listed(self, s: Story) -> None:
        founded, day = date(2014, 2, 20), date(2025, 1, 15)
        self._told(s.listed, s.listed_lr, 9, founded, trade=TRADES[9])
        self._post(s.listed, s.listed_manager, "副总经理", date(2016, 1, 1))
        self._share(s.listed, s.listed_lr, "70%", founded)
        self._share(s.listed, s.listed_manager, "30%", founded)
        organ = self._listing(LISTINGS[3], s.listed, 9, s.listed_decision, date(2024, 9, 1), day)
        for person, how in (
            (s.listed_lr, ("LR", "法定代表人", "named")),
            (s.listed_manager, ("DRM", "直接负责的主管人员", "named")),
        ):
            self._responsible(s.listed_decision, organ, s.listed, person, how, day)

    def _story_tax(self, s: Story) -> None:
        founded, day = date(2016, 10, 8), date(2026, 4, 30)
        self._told(s.tax_d, s.tax_d_lr, 2, founded)
        self._post(s.tax_d, s.tax_d_person, "财务负责人", founded)
        self._share(s.tax_d, s.tax_d_lr, "100%", founded)
        organ = self._listing(LISTINGS[6], s.tax_d, 2, s.tax_d_decision, date(2025, 12, 1), day)
        how = ("DRP", "直接责任人员", "named")
        self._responsible(s.tax_d_decision, organ, s.tax_d, s.tax_d_person, how, day)
        for company, registered in ((s.tax_later, date(2026, 5, 20)), (s.tax_earlier, date(2018, 5, 2))):
            self._told(company, s.tax_d_person, 2, registered)
            self._share(company, s.tax_d_person, "100%", registered)
