"""What a person may do about periods that are over: have them worked through once more."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import Connection

from include.acts.act import Act, Answers, Run
from include.acts.fields import PERIOD, SYSTEM, choice, reason


def _backfill(connection: Connection, answers: Answers, by: str, at: dt.datetime) -> list[Run]:
    from include.acts.periods import backfill

    return backfill(
        connection, answers["scheme"], answers["first"], answers["last"], answers["what"], answers["reason"], by, at
    )


ACTS = (
    Act(
        "backfill",
        "办 补算 act_backfill",
        "对一个考评方案过去的期间，从早到晚逐个补办：每个期间启动一次相应流程，上一个办完再办下一个。只记账，不发信，起草的通报也只记账；"
        "没有办过的补上，办过的材料不变则结果不变。",
        (
            SYSTEM,
            dataclasses.replace(PERIOD, name="first", title="从"),
            dataclasses.replace(PERIOD, name="last", title="到"),
            choice("what", "补办", "只办日子已到的期间。", "开放填报", "现场检查", "结账考评"),
            reason(),
        ),
        _backfill,
        starts_runs=True,
        may=("ops",),
        again="可以。办过的期间再办一次，材料不变则什么也不变。",
    ),
)
