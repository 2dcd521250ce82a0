"""`make close PERIOD=2026`: hand-ins of both halves are told apart; what cannot be is refused in Chinese before anything starts."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import yaml

from include.errors import UserError
from include.period import end_of
from include.settings import REPO
from ops.close import Order, check
from tests.intake.receive_street import FIRST, REGISTER, SECOND, STREET, workbook


@pytest.fixture
def inboxes(world: Path) -> Path:
    """`both` holds both halves, one file in a folder of its own and one that is no form; h1 and h2 one half each."""
    for name in ("both/下半年", "h1", "h2", "none"):
        (world / name).mkdir(parents=True)
    (world / "both/杏花上.xlsx").write_bytes(workbook(FIRST, "2026H1"))
    (world / "both/下半年/杏花下.xlsx").write_bytes(workbook(FIRST, "2026H2"))
    (world / "both/乱.xlsx").write_bytes(b"nothing")
    (world / "h1/柳堤上.xlsx").write_bytes(workbook(SECOND, "2026H1"))
    (world / "h2/柳堤下.xlsx").write_bytes(workbook(SECOND, "2026H2"))
    (world / "registry.csv").write_text(REGISTER, encoding="utf-8")
    return world


def _check(world: Path, inbox: str, **changes: str) -> Order:
    asked = {
        "period": "2026", "registry": str(world / "registry.csv"), "inbox": str(world / inbox), "out": str(world / "out"),
        "received": "due", "previous": "", "approve": "", "scheme": "half_year", "now": "2027-03-15T09:00:00", **changes,
    }  # fmt: skip
    return check(argparse.Namespace(**asked))


def _files(order: Order) -> dict[str, list[str]]:
    return {str(inbox.scheme.period): [path.name for path, _ in inbox.files] for inbox in order.inboxes if inbox.files}


def test_an_inbox_of_both_halves_is_told_apart_by_what_each_file_names(inboxes: Path) -> None:
    order = _check(inboxes, "both")
    assert str(order.scheme.period) == "2026"
    assert _files(order) == {"2026H1": ["杏花上.xlsx"], "2026H2": ["杏花下.xlsx", "乱.xlsx"]}


def test_previous_is_the_first_halfs_inbox(inboxes: Path) -> None:
    order = _check(inboxes, "h2", previous=str(inboxes / "h1"))
    assert _files(order) == {"2026H1": ["柳堤上.xlsx"], "2026H2": ["柳堤下.xlsx"]}


def test_each_half_counts_as_received_at_its_own_deadline(inboxes: Path) -> None:
    for inbox in _check(inboxes, "both").inboxes[:2]:
        assert {received_at for _, received_at in inbox.files} == {end_of(inbox.scheme.dates.due_date)}
    for inbox in _check(inboxes, "both", received="mtime").inboxes[:2]:
        assert {received_at for _, received_at in inbox.files} == {None}


@pytest.mark.parametrize(
    ("inbox", "changes", "said"),
    [
        ("h2", {}, "没有找到2026年上半年的来件：请把两个半年的来件都放进 INBOX，或用 PREVIOUS 指定上半年的文件夹"),
        ("h1", {}, "没有找到2026年下半年的来件"),
        ("both", {"received": "2026-07-20T18:00:00"}, "不能用于2026年度：各期的来件各有时间，请写 due 或 mtime"),
        ("both", {"now": "2026-12-31T23:59:59"}, "尚未结束，不能结账"),
        ("both", {"period": "2024"}, "自 2025 年起施行"),
        ("both", {"period": "2031", "now": ""}, "还没有开始，不能结账"),
    ],
)
def test_a_year_that_cannot_be_closed_is_refused_before_anything_starts(
    inboxes: Path, inbox: str, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        _check(inboxes, inbox, **changes)
    assert not (inboxes / "out").exists()


@pytest.mark.parametrize(
    ("changes", "period"), [({"period": "2025H2", "now": ""}, "2025年下半年"), ({"period": "2026H1"}, "2025年下半年")]
)
def test_a_period_before_an_offices_first_is_refused_before_anything_starts(
    inboxes: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], period: str
) -> None:
    """The period itself, or the one before it, whose hand-ins PREVIOUS holds."""
    given = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
    given["streets"] = {STREET: {"systems": {"half_year": {"from": "2026H1"}}}}
    (inboxes / "offices.yaml").write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(inboxes / "offices.yaml"))
    with pytest.raises(UserError, match=f"{STREET} 的半年党建检查考评在{period}.*之后才开始使用"):
        _check(inboxes, "h1", previous=str(inboxes / "h2"), **changes)
    assert not (inboxes / "out").exists()
    assert _check(inboxes, "h1", period="2026H1").streets == [STREET]


def test_nothing_from_both_halves_names_both(inboxes: Path) -> None:
    with pytest.raises(UserError) as error:
        _check(inboxes, "none")
    assert len(error.value.problems) == 2


def test_the_half_years_own_previous_is_still_the_period_before(inboxes: Path) -> None:
    order = _check(inboxes, "h2", period="2026H2", previous=str(inboxes / "h1"))
    assert _files(order) == {"2026H1": ["柳堤上.xlsx"], "2026H2": ["柳堤下.xlsx"]}
