"""The end of personal data: announced to ops, decided on record, and then nobody can read it any more (docs/adr/0057)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from include.archive.data_keys import destroy
from include.db.engine import transaction
from include.decisions import record
from include.ledgers.erasing import NOTICE_DAYS, Ending, endings, keep_on
from include.period import chinese_date
from include.steps.sending import alert

ERASURE = "erasure"
_BY = "日程"
_REASON = "个人信息保存期满"
_NAMED = 20


def erase(at: dt.datetime) -> int:
    """Destroy every key whose time is up on the day, and announce those of the next month; how many were destroyed. Whoever is
    stopped between the record and the key begins again: the same decision is one row."""
    today = at.date()
    found = endings(today + dt.timedelta(days=NOTICE_DAYS))
    _announce([one for one in found if one.ends_date > today])
    due = [one for one in found if one.ends_date <= today]
    for one in due:
        key = one.key
        with transaction() as connection:
            keep_on(connection, one, today)
            record(
                connection,
                {"kind": ERASURE, "scheme": key.ledger.partition(".")[0], "period": str(key.year),
                 "unit_code": key.subject, "field": str(key), "reason": _REASON, "decided_by": _BY, "decided_at": at},
            )  # fmt: skip
        destroy(key)
    return len(due)


def _announce(coming: list[Ending]) -> None:
    """One mail a ledger and year."""
    grouped: dict[tuple[str, int, str, dt.date], list[str]] = defaultdict(list)
    for one in coming:
        grouped[one.key.ledger, one.key.year, one.name, one.ends_date].append(one.key.subject)
    for (ledger, year, name, ends), subjects in sorted(grouped.items()):
        more = f" 等 {len(subjects)} 个单位" if len(subjects) > _NAMED else ""
        alert(
            subject=f"{ERASURE}/{ledger}/{year}",
            title=f"“{name}”{year} 年的个人信息将于{chinese_date(ends)}销毁",
            lines=[
                f"涉及：{'、'.join(subjects[:_NAMED])}{more}。",
                "到期后原件、退回件和有关邮件都不能再打开，数字和统计不变；仍在册的人的姓名换用当年的密钥继续保存。",
                "需要延长的，请在到期以前修改该制度 system.yaml 里的 personal.keep，并写明依据。",
            ],
        )
