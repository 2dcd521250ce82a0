"""What `make close` refuses before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.settings import REPO
from tests.end_to_end.conftest import Command


def test_wrong_arguments_are_said_all_at_once_and_nothing_is_started(command: Command, tmp_path: Path) -> None:
    done = command(
        "close", "--period", "2026H3", "--registry", tmp_path / "没有.csv", "--inbox", tmp_path / "没有", "--out", REPO / "dags",
        "--received", "昨天",
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    for sentence in (
        "期间“2026H3”无法识别",
        "登记册",
        "INBOX 指定的文件夹",
        "RECEIVED 的值“昨天”无效",
        "不是本系统输出的文件",
    ):
        assert sentence in done.stderr


@pytest.mark.parametrize(
    ("period", "sentence"),
    [("2024H2", "尚无考评方案"), ("2099H1", "还没有开始"), ("2026-07", "没有“2026-07”这样的期间")],
)
def test_a_period_that_cannot_be_closed_is_refused(
    command: Command, tmp_path: Path, period: str, sentence: str
) -> None:
    (tmp_path / "inbox").mkdir()
    registry = tmp_path / "registry.csv"
    registry.write_text("code,name,street_code\n110101001001,一社区,110101001\n", encoding="utf-8")
    done = command(
        "close", "--period", period, "--registry", registry, "--inbox", tmp_path / "inbox", "--out", tmp_path / "out"
    )
    assert done.returncode == 2
    assert sentence in done.stderr
    assert not (tmp_path / "out").exists()
