"""Rows of the sample's files about parties that do not exist, as short as they may be."""

from typing import Any

from graph_model.identifiers import (
    reg_check_digit,
)
from tests.support.invented import code

COURT = "长沙市芙蓉区人民法院"


def reg(number: int) -> str:
    first14 = f"439901{number:08d}"
    return first14 + reg_check_digit(first14)


def company(name: str, number: int, head: str = "", head_id: str = "", kind: str = "91", **more: Any) -> dict[str, Any]:
    row = {"企业名称": name, "统一社会信用代码": code(number, kind), "企业类型": "有限责任公司", "登记状态": "存续"}
    return row | {"法人代表": head, "法人代表证件号码": head_id} | more


def officer(name: str, number: int, person: str, person_id: str, post: str = "董事", **more: Any) -> dict[str, Any]:
    row = {"统一社会信用代码": code(number), "企业名称": name, "姓名": person, "证件号码": person_id, "职务": post}
    return row | {"任职日期": "2020-01-01", "数据日期": "2026-06-30"} | more


def order(name: str, number: int, head: str = "", day: str = "2024-05-20") -> dict[str, Any]:
    row = {"限制高消费企业名称": name, "案号": f"（2024）湘0102执{number}号", "执行法院": COURT, "限高发布日期": day}
    return row | ({"法定代表人": head} if head else {})


def penalty(name: str, number: str, **more: Any) -> dict[str, Any]:
    row = {"CF_XDR_MC": name, "CF_XDR_LB": "法人及非法人组织", "CF_WSH": number, "CF_CFLB": "罚款", "CF_NR": "罚款"}
    return row | {"CF_JDRQ": "2024-03-01", "CF_CFJG": "长沙市市场监督管理局"} | more
