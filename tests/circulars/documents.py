"""Documents of every kind and length whose pages are compared: circulars, corrections, letters, texts at random."""

from __future__ import annotations

import datetime as dt
import json
import random

from sqlalchemy import create_engine

from include.circulars.corrections import as_correction
from include.circulars.model import build_model
from include.db import tables
from include.documents.model import Model
from include.documents.rendering import as_markdown
from include.items.items import open_items
from include.letters.letters import joint_meeting, rectification, supervision
from include.period import parse_moment
from include.registry.units import find_unit
from include.typesetting.markdown import Tree, escape, read_tree
from tests.street import ISSUE_DATE, NUMBER, STREET, assess_street

OCTOBER = dt.date(2026, 10, 20)
_WORDS = [
    "党员大会",
    "支委会",
    "居务公开",
    "志愿服务",
    "永安",
    "平安",
    "长庆社区",
    "红色课堂",
    "邻里议事厅",
    "整改",
    "情况",
    "街道",
    "的",
    "了",
    "和",
    "在",
    "达到规定次数",
]


def make_documents() -> dict[str, Tree]:
    """The tree of each document by a name."""
    made = {name: _tree(kind, model) for name, (kind, model) in _models().items()}
    for seed in range(16):
        made[f"texts at random {seed}"] = _at_random(random.Random(seed))
    return made


def _models() -> dict[str, tuple[str, Model]]:
    engine = create_engine("sqlite://")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        key = assess_street(connection)
        circular = build_model(connection, key)
        models = {"circular": ("通报", circular)}
        second = build_model(connection, assess_street(connection, revision=2, lift=3))
        third = build_model(connection, assess_street(connection, revision=3, lift=7))
        first = as_correction(connection, second, _issued(circular, ISSUE_DATE))
        models["correction"] = ("更正通报", first)
        models["second correction"] = (
            "更正通报",
            as_correction(connection, third, _issued(first, dt.date(2026, 9, 1))),
        )
        models["correction the other way"] = (
            "更正通报",
            as_correction(connection, circular, _issued(third, ISSUE_DATE)),
        )
        open_items(connection, key, ISSUE_DATE, parse_moment("2026-08-20T10:00:00", "test"))
        unit = find_unit(connection, f"{STREET}004", ISSUE_DATE)
        assert unit is not None
        models["督办"] = ("督办通知单", supervision(connection, unit, OCTOBER))
        models["整改"] = ("整改通知书", rectification(connection, unit, OCTOBER, "请于9月底前报送阶段性情况。"))
        models["会议"] = ("联席会议通知", joint_meeting(
            connection, STREET, OCTOBER, meeting="2026年第四季度党建联席会议",
            meeting_at=parse_moment("2026-10-28T09:30:00", "test"), place="党群服务中心三楼会议室",
        ))  # fmt: skip
    for units in (3, 9, 41):
        street = f"99000000{units % 10}"
        engine = create_engine("sqlite://")
        tables.metadata.create_all(engine)
        with engine.begin() as connection:
            names = {number: f"{'青山绿水'[: number % 4 + 1]}{number}号社区" for number in range(1, units + 1)}
            model = build_model(connection, assess_street(connection, units=units, names=names, street=street))
        models[f"{units} units"] = (
            "通报",
            {**model, "committee_name": "中共" + "甲乙" * (units % 12) + "街道工作委员会"},
        )
    return models


def _issued(model: Model, issue_date: dt.date) -> Model:
    return {"model": json.dumps(model), "issue_date": issue_date, "document_number": NUMBER}


def _tree(kind: str, model: Model) -> Tree:
    return read_tree(as_markdown(kind, model, number=NUMBER, issue_date=OCTOBER))


def _at_random(chance: random.Random) -> Tree:
    """A document as a template makes one: its paragraphs and where it ends are chance."""
    paragraphs = "\n\n".join(_paragraph(chance) for _ in range(chance.randint(3, 14)))
    ending = chance.choice(
        [
            '::: {custom-style="附件说明首行"}\n附件：1. 得分\n:::\n\n::: {custom-style="附件说明"}\n2\\. 清单\n:::\n\n',
            '::: {custom-style="结尾"}\n仍未按要求整改的，将列入下期通报。\n\n特此通知。\n:::\n\n',
            '::: {custom-style="结尾"}\n特此通知。\n:::\n\n::: {custom-style="附件说明单项"}\n附件：清单\n:::\n\n',
        ]
    )
    sign = '::: {custom-style="署名"}\n中共云街街道工作委员会\n:::\n\n::: {custom-style="成文日期"}\n2026年8月20日\n:::\n\n'
    imprint = '::: {custom-style="版记"}\n抄送：甲。\n\n云街街道[今日印发]{custom-style="印发日期"}\n:::\n'
    return read_tree(f"# 一、情况\n\n{paragraphs}\n\n{ending}{sign}{imprint}")


def _paragraph(chance: random.Random) -> str:
    words = [chance.choice(_WORDS)]
    for _ in range(chance.randint(5, 90)):
        word = chance.choice(_WORDS)
        words += [word, chance.choice([
            "", "", "", "，", "、", "。", f"{chance.randint(1, 99)}个", f"{chance.random() * 100:.2f}分，", f"“{word}”", f"《{word}》",
            f"（{word}）", "；", "2026年8月20日", f"{chance.randint(1, 100)}%",
        ])]  # fmt: skip
    return str(escape("".join(words).rstrip("，、；") + "。"))
