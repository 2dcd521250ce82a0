"""A checkpoint quarter on the real Airflow components: a provisional score, one mail a community, nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.office import UNITS, open_office

pytestmark = [pytest.mark.airflow, pytest.mark.long]


def test_a_checkpoint_tells_each_community_what_it_will_miss_and_does_no_more(tmp_path: Path) -> None:
    with open_office(tmp_path, clock="2026-10-16T08:00:00") as office:
        office.register()
        office.hand_in("2026Q3", UNITS[:7])
        office.run("close_period", partition_key="2026Q3")
        office.wait_for_mails()
        scores = office.rows("SELECT unit_code, total, rank, status FROM score ORDER BY unit_code")
        assert [row["status"] for row in scores] == ["已报"] * 7 + ["未报"]
        assert all(row["rank"] is None for row in scores)
        assert [row["total"] is not None for row in scores] == [True] * 7 + [False]
        [assessment] = office.rows("SELECT id, is_official FROM assessment")
        assert not assessment["is_official"]
        told = office.rows("SELECT recipient, unit_code FROM notice WHERE kind = 'checkpoint' AND state = 'sent'")
        assert sorted(row["unit_code"] for row in told) == [unit.code for unit in UNITS]
        assert office.kinds_of_mails() == {"receipt": 7, "checkpoint": 8}
        assert len(list(office.mails.glob("*.eml"))) == 15
        assert (office.count("circular"), office.count("rectification_item")) == (0, 0)
        assert office.admin.runs("circular") == []
        before = office.snapshot("run_log")
        office.run("close_period", partition_key="2026Q3")
        assert office.snapshot("run_log") == before
