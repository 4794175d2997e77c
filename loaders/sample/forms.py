"""The files of the sample: their columns, how they are written, and the faulty rows among them."""

import csv
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

DATA_DATE = date(2026, 6, 30)


DIRT_EVERY, DIRT_FIRST = 70, 12
"""After the 12th row of a file, and then every 70 rows, a faulty row is added: 1.4 %."""


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


REGISTER_COLUMNS = _columns(
    "企业名称 统一社会信用代码 注册日期 企业类型 法人代表 注册资金 经营范围 所在省份 地区 注册地址 "
    "法人代表证件号码 任职日期 登记状态 曾用名 隶属单位代码"
)


OFFICER_COLUMNS = _columns("统一社会信用代码 企业名称 姓名 证件号码 职务 任职日期 离任日期 数据日期")


SHAREHOLDER_COLUMNS = _columns("统一社会信用代码 企业名称 股东名称 股东类型 股东证件号码 持股比例 出资日期 退出日期")


LIST_COLUMNS = _columns(
    "名单代码 名单名称 主体名称 主体类别 主体证件号码 列入机关 列入机关代码 列入决定文号 列入事由 "
    "行为日期 列入日期 移出日期"
)


DECISION_COLUMNS = _columns(
    "决定类别 代码 名称 主体名称 主体类别 主体证件号码 决定机关 决定文号 行为日期 决定日期 解除日期 内容"
)


RESPONSIBLE_COLUMNS = _columns(
    "决定文号 决定机关 当事人名称 当事人证件号码 责任人姓名 责任人证件号码 责任身份 责任身份原文 "
    "认定方式 认定文书 认定日期"
)


PENALTY_COLUMNS = _columns(
    "CF_XDR_MC CF_XDR_LB CF_XDR_SHXYM CF_XDR_GSZC CF_XDR_ZZJG CF_XDR_SWDJ CF_XDR_SYDW CF_XDR_SHZZ CF_FRDB "
    "CF_FR_ZJLX CF_FR_ZJHM CF_XDR_ZJLX CF_XDR_ZJHM CF_WSH CF_WFXW CF_SY CF_YJ CF_CFLB CF_NR CF_NR_FK "
    "CF_NR_WFFF CF_NR_ZKDX CF_JDRQ CF_YXQ CF_GSJZQ CF_CFJG CF_CFJGDM CF_SJLY CF_SJLYDM BZ"
)


LICENCE_COLUMNS = _columns(
    "XK_XDR_MC XK_XDR_LB XK_XDR_SHXYM XK_XDR_GSZC XK_XDR_ZZJG XK_XDR_SWDJ XK_XDR_SYDW XK_XDR_SHZZ XK_FRDB "
    "XK_FR_ZJLX XK_FR_ZJHM XK_XDR_ZJLX XK_XDR_ZJHM XK_XKWS XK_WSH XK_XKLB XK_XKZS XK_XKBH XK_NR XK_JDRQ "
    "XK_YXQZ XK_YXQZI XK_XKJG XK_XKJGDM XK_ZT XK_LYDW XK_LYDWDM BZ"
)


class SampleFile(NamedTuple):
    """A CSV file: its columns, and in which of them dirt goes (code, required value, date)."""

    columns: tuple[str, ...]
    code: str
    needed: str
    day: str


SAMPLE_FILES: Mapping[str, SampleFile] = {
    "register.csv": SampleFile(REGISTER_COLUMNS, "统一社会信用代码", "企业名称", "注册日期"),
    "officers.csv": SampleFile(OFFICER_COLUMNS, "统一社会信用代码", "姓名", "任职日期"),
    "shareholders.csv": SampleFile(SHAREHOLDER_COLUMNS, "统一社会信用代码", "股东名称", "出资日期"),
    "lists.csv": SampleFile(LIST_COLUMNS, "主体证件号码", "主体名称", "列入日期"),
    "decisions.csv": SampleFile(DECISION_COLUMNS, "主体证件号码", "决定文号", "决定日期"),
    "responsible.csv": SampleFile(RESPONSIBLE_COLUMNS, "当事人证件号码", "责任人姓名", "认定日期"),
    "penalties.csv": SampleFile(PENALTY_COLUMNS, "CF_XDR_SHXYM", "CF_XDR_MC", "CF_JDRQ"),
    "licences.csv": SampleFile(LICENCE_COLUMNS, "XK_XDR_SHXYM", "XK_XDR_MC", "XK_JDRQ"),
}


SAMPLE_PARTS = (
    ("sample", ""),
    ("shuanggongshi", "penalties.csv"),
    ("shuanggongshi", "licences.csv"),
    ("court-limits", "court_limits.json"),
)
"""Which source loads which file of a sample; the first one loads the folder."""

DIRT = ("bad-check-digit", "duplicate-row", "missing-value", "impossible-date")


NO_CODE = "00000000000000000X"


Cells = Mapping[str, object]
"""Column → value; what is missing or None becomes an empty cell, dates are written in ISO form."""


class SampleTable:
    """One CSV file, and its dirt."""

    def __init__(self, path: Path, form: SampleFile) -> None:
        self.form = form
        self.rows = 0
        self.dirt: Counter[str] = Counter()
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.DictWriter(self._file, form.columns, restval="", lineterminator="\n")
        self._writer.writeheader()

    def __enter__(self) -> "SampleTable":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, row: Cells) -> None:
        """A good row, and after some of them a faulty one."""
        self._writer.writerow(row)
        self.rows += 1
        if self.rows % DIRT_EVERY == DIRT_FIRST:
            self._soil(row)

    def _soil(self, row: Cells) -> None:
        kind = DIRT[self.dirt.total() % len(DIRT)]
        code = str(row.get(self.form.code) or "")
        if kind == "bad-check-digit" and (len(code) != 18 or code == NO_CODE):
            kind = "missing-value"
        dirty = dict(row)
        if kind == "bad-check-digit":
            dirty[self.form.code] = code[:17] + ("1" if code[17] != "1" else "2")
        elif kind == "missing-value":
            dirty[self.form.needed] = ""
        elif kind == "impossible-date":
            dirty[self.form.day] = "2023-02-30"
        self._writer.writerow(dirty)
        self.dirt[kind] += 1
