"""Penalties in which everything is filled in, and when they were known."""

from datetime import date, datetime
from typing import Any

from graph_model.store.connect import CHINA, Graph
from tests.support.invented import code

OURS, THEIRS = "甲市市场监督管理局", "乙市生态环境局"


def penalty(number: int, owner: str = OURS, **more: Any) -> dict[str, Any]:
    """A penalty in which every field that counts is filled in."""
    return {
        "CF_XDR_MC": f"某某{number}号食品厂",
        "CF_XDR_LB": "法人及非法人组织",
        "CF_XDR_SHXYM": code(number),
        "CF_WSH": f"罚〔2026〕{number}号",
        "CF_WFXW": "超范围经营",
        "CF_SY": "经查明超范围经营",
        "CF_YJ": "某法第一条",
        "CF_CFLB": "罚款",
        "CF_NR": "罚款2000元",
        "CF_NR_FK": "0.2",
        "CF_JDRQ": "2026-02-10",
        "CF_CFJG": owner,
    } | more


def known_on(graph: Graph, day: date) -> None:
    """All that was written so far was written at noon of this day."""
    noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=CHINA).timestamp() * 1000)
    with graph.driver.session(database=graph.database) as session:
        session.run("MATCH (c:Change) SET c.at = $noon", noon=noon).consume()
