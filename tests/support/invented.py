"""Rows about people and companies that do not exist, with numbers that pass their check digits and are nobody's."""

from datetime import date
from typing import Any

from graph_model.identifiers import citizen_check_digit, org_check_digit, uscc_check_digit

DECIDED = date(2024, 3, 12)


def code(number: int, kind: str = "91") -> str:
    """A credit code of an entity."""
    body = f"XN{number:06d}"
    first17 = f"{kind}430102{body}{org_check_digit(body)}"
    return first17 + uscc_check_digit(first17)


def citizen(number: int, born: str = "19700101") -> str:
    """A citizen id number of an area that does not exist."""
    first17 = f"439901{born}{number:03d}"
    return first17 + citizen_check_digit(first17)


def company(name: str, number: int, head: str, head_id: str, **more: Any) -> dict[str, Any]:
    """A row of a register."""
    row = {"企业名称": name, "统一社会信用代码": code(number), "企业类型": "有限责任公司", "登记状态": "存续"}
    return row | {"法人代表": head, "法人代表证件号码": head_id, "任职日期": "2018-01-01"} | more


def decision(name: str, number: int, trigger: str = "REVOKE_FOOD_LICENCE", **more: Any) -> dict[str, Any]:
    """A row of decisions."""
    row = {"决定类别": "penalty", "代码": trigger, "名称": "吊销食品经营许可证", "主体名称": name, "主体类别": "企业"}
    row |= {"主体证件号码": code(number), "决定机关": "郴州市市场监督管理局", "决定文号": f"郴市监罚〔2024〕{number}号"}
    return row | {"行为日期": "2024-01-05", "决定日期": DECIDED.isoformat()} | more
