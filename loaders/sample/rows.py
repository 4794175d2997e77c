"""The rows of the sample's files, one method for each kind."""

import random
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from loaders.sample.forms import DATA_DATE, Cells, SampleTable
from loaders.sample.words import (
    COURT,
    FAMILY_NAMES,
    MARKET,
    PREFECTURES,
    InventedParty,
    Listing,
    Penalty,
    Ruling,
    authority,
)


class Unit(NamedTuple):
    """What later rows need to know of a company: `former` was its legal representative until `changed`."""

    party: InventedParty
    founded: date
    head: InventedParty
    place: int
    former: InventedParty | None = None
    changed: date | None = None

    def head_on(self, day: date) -> InventedParty:
        """The legal representative of that day."""
        return self.former if self.former and self.changed and day < self.changed else self.head


class Rows:
    """What all that is written shares: the files, who is in them, and the rows of each."""

    def __init__(self, rng: random.Random, tables: Mapping[str, SampleTable]) -> None:
        self.rng = rng
        self.tables = tables
        self.numbers: set[str] = set()
        self.kinds: Counter[str] = Counter()
        self.court_limits: list[dict[str, str]] = []
        self.document = 100

    def _registered(
        self,
        party: InventedParty,
        head: InventedParty,
        *,
        place: int,
        founded: date | None,
        form: str,
        address: str,
        since: date | None = None,
        scope: str | None = None,
        capital: str | None = None,
        status: str = "存续",
        former: str | None = None,
        parent: str | None = None,
    ) -> None:
        self.kinds[party.number[:2]] += 1
        self.numbers.add(head.number)
        self.tables["register.csv"].write(
            {
                "企业名称": party.name,
                "统一社会信用代码": party.number,
                "注册日期": founded,
                "企业类型": form,
                "法人代表": head.name,
                "注册资金": capital,
                "经营范围": scope,
                "所在省份": "湖南",
                "地区": PREFECTURES[place].name[:-1],
                "注册地址": address,
                "法人代表证件号码": head.number,
                "任职日期": since,
                "登记状态": status,
                "曾用名": former,
                "隶属单位代码": parent,
            }
        )

    def _post(
        self,
        party: InventedParty,
        person: InventedParty,
        post: str,
        since: date | None = None,
        until: date | None = None,
        day: date = DATA_DATE,
    ) -> None:
        self.numbers.add(person.number)
        self.tables["officers.csv"].write(
            {
                "统一社会信用代码": party.number,
                "企业名称": party.name,
                "姓名": person.name,
                "证件号码": person.number,
                "职务": post,
                "任职日期": since,
                "离任日期": until,
                "数据日期": day,
            }
        )

    def _share(
        self,
        party: InventedParty,
        holder: InventedParty,
        percent: str | None,
        since: date | None = None,
        until: date | None = None,
    ) -> None:
        human = holder.number.startswith("4399")
        if human:
            self.numbers.add(holder.number)
        self.tables["shareholders.csv"].write(
            {
                "统一社会信用代码": party.number,
                "企业名称": party.name,
                "股东名称": holder.name,
                "股东类型": "自然人" if human else "法人",
                "股东证件号码": holder.number,
                "持股比例": percent,
                "出资日期": since,
                "退出日期": until,
            }
        )

    def _listing(
        self,
        kind: Listing,
        subject: InventedParty,
        place: int,
        number: str,
        act: date | None,
        day: date,
        until: date | None = None,
    ) -> InventedParty:
        organ = authority(place, kind.kind)
        self.tables["lists.csv"].write(
            {
                "名单代码": kind.code,
                "名单名称": kind.name,
                "主体名称": subject.name,
                "主体类别": "自然人" if subject.number.startswith("4399") else "法人及非法人组织",
                "主体证件号码": subject.number,
                "列入机关": organ.name,
                "列入机关代码": organ.number,
                "列入决定文号": number,
                "列入事由": kind.cause,
                "行为日期": act,
                "列入日期": day,
                "移出日期": until,
            }
        )
        return organ

    def _ruling(
        self,
        kind: Ruling,
        subject: InventedParty,
        place: int,
        number: str,
        act: date | None,
        day: date,
        until: date | None = None,
        *,
        coded: bool = True,
    ) -> InventedParty:
        organ = authority(place, kind.authority)
        self.tables["decisions.csv"].write(
            {
                "决定类别": kind.kind,
                "代码": kind.code,
                "名称": kind.name,
                "主体名称": subject.name,
                "主体类别": "法人及非法人组织",
                "主体证件号码": subject.number if coded else "无",
                "决定机关": organ.name,
                "决定文号": number,
                "行为日期": act,
                "决定日期": day,
                "解除日期": until,
                "内容": kind.content,
            }
        )
        return organ

    def _responsible(
        self,
        number: str,
        organ: InventedParty,
        subject: InventedParty,
        person: InventedParty,
        how: tuple[str, str, str],
        day: date,
        *,
        coded: bool = True,
    ) -> None:
        capacity, stated, basis = how
        if coded:
            self.numbers.add(person.number)
        self.tables["responsible.csv"].write(
            {
                "决定文号": number,
                "决定机关": organ.name,
                "当事人名称": subject.name,
                "当事人证件号码": subject.number,
                "责任人姓名": person.name,
                "责任人证件号码": person.number if coded else None,
                "责任身份": capacity,
                "责任身份原文": stated,
                "认定方式": basis,
                "认定文书": number,
                "认定日期": day,
            }
        )

    def _penalty(
        self, kind: Penalty, cells: Cells, place: int, number: str, day: date, certificate: str, fact: str
    ) -> InventedParty:
        organ = authority(place, MARKET)
        yuan = f"{round(float(kind.fine or 0) * 10_000)}"
        self.tables["penalties.csv"].write(
            {
                **cells,
                "CF_WSH": number,
                "CF_WFXW": kind.act,
                "CF_SY": fact,
                "CF_YJ": kind.basis,
                "CF_CFLB": kind.kinds,
                "CF_NR": kind.content.format(yuan=yuan),
                "CF_NR_FK": kind.fine,
                "CF_NR_WFFF": kind.taken,
                "CF_NR_ZKDX": certificate,
                "CF_JDRQ": day,
                "CF_YXQ": "2099-12-31",
                "CF_GSJZQ": years_later(day, 3),
                "CF_CFJG": organ.name,
                "CF_CFJGDM": organ.number,
                "CF_SJLY": organ.name,
                "CF_SJLYDM": organ.number,
            }
        )
        return organ

    def _licence(self, cells: Cells, place: int, licence: str, number: str, day: date, state: str) -> None:
        organ = authority(place, MARKET)
        self.document += 1
        self.tables["licences.csv"].write(
            {
                **cells,
                "XK_XKWS": f"{licence}准予许可决定书",
                "XK_WSH": f"{PREFECTURES[place].short}许准〔{day.year}〕{self.document}号",
                "XK_XKLB": "普通",
                "XK_XKZS": licence,
                "XK_XKBH": number,
                "XK_NR": f"准予颁发{licence}",
                "XK_JDRQ": day,
                "XK_YXQZ": day,
                "XK_YXQZI": years_later(day, 5) - timedelta(days=1),  # the last good day
                "XK_XKJG": organ.name,
                "XK_XKJGDM": organ.number,
                "XK_ZT": state,
                "XK_LYDW": organ.name,
                "XK_LYDWDM": organ.number,
            }
        )

    def _court_limit(self, name: str, number: str, place: int, head: str, filed: date, day: date, amount: str) -> None:
        self.court_limits.append(
            {
                "限制高消费企业名称": name,
                "案号": number,
                "法定代表人": head,
                "申请人": self.rng.choice(FAMILY_NAMES) + "**",
                "涉案金额": amount,
                "执行法院": authority(place, COURT).name,
                "立案日期": f"{filed} 00:00:00",
                "限高发布日期": f"{day} 00:00:00",
            }
        )

    def _cells(self, prefix: str, unit: Unit, day: date) -> dict[str, object]:
        head = unit.head_on(day)
        return {
            f"{prefix}_XDR_MC": unit.party.name,
            f"{prefix}_XDR_LB": "法人及非法人组织",
            f"{prefix}_XDR_SHXYM": unit.party.number,
            f"{prefix}_FRDB": head.name,
            f"{prefix}_FR_ZJLX": "身份证",
            f"{prefix}_FR_ZJHM": head.number,
        }


def years_later(day: date, years: int) -> date:
    """The same day of a later year; 28 February for a 29th that does not exist."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
