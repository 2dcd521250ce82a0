"""A half year as it happened to two communities: hand-ins, returns, corrections, sign-off, review, restatement.

Every step goes through the code that the workflows run, at its own moment.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from include import steps
from include.acts import correct_figure, decide_review, grant_extension, request_review
from include.db.engine import transaction
from include.intake import archive
from include.intake.channels import record_delivery
from include.intake.forms import write_inspection_form
from include.intake.receive import drain
from include.period import parse_moment
from tests.intake.receive_street import FIRST, PERIOD, SECOND, STREET, prepare, scheme_of, workbook

SCHEME = scheme_of()


def inspection(**entry: str) -> bytes:
    """The inspectors' workbook with one entry by the titles of its columns."""
    book = openpyxl.load_workbook(io.BytesIO(write_inspection_form(SCHEME, [FIRST, SECOND], "云街街道")))
    sheet = book["现场核查表"]
    header = next(row for row in sheet.iter_rows() if {"单位编码", "核实数"} <= {cell.value for cell in row})
    for cell in header:
        if cell.value in entry:
            sheet.cell(cell.row + 1, cell.column).value = entry[str(cell.value)]
    changed = io.BytesIO()
    book.save(changed)
    return changed.getvalue()


class Story:
    """Tells the story on the database of the settings; `moments` are the moments at which something happened."""

    def __init__(self, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.moments: list[dt.datetime] = []
        monkeypatch.setenv("DUBAN_RECEIVED", "now")
        prepare(world)

    def at(self, text: str) -> dt.datetime:
        self.monkeypatch.setenv("DUBAN_NOW", text)
        self.moments.append(parse_moment(text, "test"))
        return self.moments[-1]

    def hands_in(self, moment: str, **files: bytes) -> None:
        received_at = self.at(moment)
        with transaction() as connection:
            for name, content in files.items():
                record_delivery(
                    connection, channel="page", name=f"{name}.xlsx", sender="", received_at=received_at,
                    sha256=archive.store(content), size=len(content),
                )  # fmt: skip
        drain("test")

    def acts(self, moment: str, act: Callable[..., object], *told: object) -> None:
        with transaction() as connection:
            act(connection, SCHEME, *told, self.at(moment))

    def closes(self, moment: str) -> None:
        self.at(moment)
        for assessment_id in steps.close_streets("half_year", "2026H1", [STREET], "test"):
            steps.draft_circular(assessment_id)

    def signs_off(self, moment: str, revision: int, kind: str) -> None:
        self.at(moment)
        circular_id, model_hash = steps.draft_circular(f"half_year/2026H1/{STREET}/r{revision}")
        assert circular_id.endswith(kind)
        steps.issue_circular(circular_id, model_hash, steps.Approval("committee", "王书记"))

    def tell(self) -> None:
        correction = inspection(
            单位编码=FIRST.code, 填报项="党课次数", 核实数="1", 原因="记录本只有一次", 核查人="赵六"
        )
        self.hands_in("2026-07-05T09:00:00", 杏花=workbook(FIRST, members="100", young_members="101"))
        self.hands_in("2026-07-08T10:00:00", 杏花改=workbook(FIRST), 乱=b"no workbook")
        self.hands_in("2026-07-12T11:00:00", 杏花再改=workbook(FIRST, branch_committees="6"), 杏花改=workbook(FIRST))
        self.acts("2026-07-18T09:00:00", grant_extension, SECOND.code, dt.date(2026, 7, 24), "停电", "张三")
        self.hands_in("2026-07-23T16:00:00", 柳堤=workbook(SECOND, secretary_studies="1"))
        self.hands_in("2026-08-04T09:00:00", 核查=correction)
        self.acts("2026-08-06T09:00:00", correct_figure, SECOND.code, "支委会次数", "1", "只有一次", "赵六")
        self.acts("2026-08-07T09:00:00", correct_figure, SECOND.code, "支委会次数", "", "看错了", "赵六")
        self.closes("2026-08-16T08:00:00")
        self.signs_off("2026-08-20T09:00:00", 1, "通报")
        self.hands_in("2026-08-22T15:00:00", 柳堤迟=workbook(SECOND, secretary_studies="2"))
        self.acts("2026-08-23T09:00:00", request_review, PERIOD, SECOND.code, "少计一次", "柳堤社区")
        self.closes("2026-08-24T09:00:00")
        self.acts("2026-08-25T09:00:00", decide_review, PERIOD, SECOND.code, True, "属实", "王书记")
        self.hands_in("2026-08-25T10:00:00")
        self.closes("2026-08-26T09:00:00")
        self.acts("2026-08-27T09:00:00", correct_figure, SECOND.code, "党课次数", "1", "复核中查实", "赵六")
        self.closes("2026-08-28T09:00:00")
        self.signs_off("2026-08-31T09:00:00", 3, "更正通报")
        self.hands_in("2026-09-02T09:00:00", 再迟=workbook(SECOND, secretary_studies="3"))
