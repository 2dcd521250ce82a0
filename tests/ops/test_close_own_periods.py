"""`make close` of a system with periods and forms of its own: each file counts when its own form was due."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from include.errors import UserError
from include.period import in_zone
from ops.close import Order, check
from ops.hand_ins import by_day
from tests.intake.receive_street import FIRST, REGISTER
from tests.own_systems import add_systems


def flat(label: str, value: str, period: str, form: str) -> bytes:
    """A form of the first community with lines above its header that say what it is."""
    return f"表,{form}\n期间,{period}\n编码,{FIRST.code}\n\n编码,填报项,填报值\n{FIRST.code},{label},{value}\n".encode()


@pytest.fixture
def inbox(world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    add_systems(world, monkeypatch)
    (world / "inbox").mkdir(exist_ok=True)
    for name, period, form in (
        ("目标.csv", "2026年度", "承诺目标表"),
        ("上半年.csv", "2026H1", "承诺完成表"),
        ("全年.csv", "2026", "results"),
    ):
        (world / "inbox" / name).write_bytes(flat("实事件数", "9", period, form))
    (world / "inbox/乱.xlsx").write_bytes(b"nothing")
    (world / "registry.csv").write_text(REGISTER, encoding="utf-8")
    return world


def asked(world: Path, **changes: str) -> Order:
    order = {
        "period": "2026", "registry": str(world / "registry.csv"), "inbox": str(world / "inbox"), "out": str(world / "out"),
        "received": "due", "previous": "", "approve": "", "scheme": "pledge", "now": "2027-03-01T09:00:00", **changes,
    }  # fmt: skip
    return check(argparse.Namespace(**order))


def received(order: Order) -> dict[str, dict[str, str]]:
    return {
        str(inbox.scheme.period): {path.name: in_zone(at).isoformat()[:10] if at else "" for path, at in inbox.files}
        for inbox in order.inboxes
    }


def test_a_year_s_inbox_holds_targets_progress_and_results_each_received_when_its_form_was_due(inbox: Path) -> None:
    order = asked(inbox)
    assert received(order) == {
        "2026H1": {"上半年.csv": "2026-07-20"},
        "2026": {"目标.csv": "2026-01-28", "全年.csv": "2027-01-20", "乱.xlsx": "2027-01-20"},
    }
    assert [one.is_closed for one in order.inboxes] == [False, True], "the year's result reads none of midyear"
    assert order.inboxes[-1].closing_at.isoformat()[:16] == "2027-02-20T09:00"


def test_by_their_own_times_files_keep_them(inbox: Path) -> None:
    assert {at for files in received(asked(inbox, received="mtime")).values() for at in files.values()} == {""}


def test_the_second_quarter_of_a_quarterly_system_is_closed_as_a_quarter(inbox: Path) -> None:
    order = asked(inbox, scheme="quarterly", period="2026Q2", now="")
    assert str(order.scheme.period) == "2026Q2"
    assert order.inboxes[0].closing_at.isoformat()[:16] == "2026-07-10T09:00"


def test_a_period_that_the_system_has_not_is_refused_before_anything_starts(inbox: Path) -> None:
    with pytest.raises(UserError, match="年度承诺没有“2026H2”这样的期间；可用的期间：H1、Y。"):
        asked(inbox, period="2026H2")


def test_hand_ins_are_taken_day_by_day_in_the_order_of_receipt_whatever_period_they_are_of(inbox: Path) -> None:
    *_, year = asked(inbox).inboxes
    (midyear,) = asked(inbox).inboxes[:-1]
    days = [
        (f"{day:%m-%d}", [[path.name for path, _ in one.files] for one in came])
        for day, came in by_day([midyear, year])
    ]
    assert days == [("01-28", [["目标.csv"]]), ("07-20", [["上半年.csv"]]), ("01-20", [["乱.xlsx", "全年.csv"]])]
