"""A half year as it happened to two communities: hand-ins, returns, corrections, sign-off, review, restatement, a register
that changes, and what became of the problems: chased, answered, sent back, extended, supervised, closed, opened again.

Every step goes through the code that the workflows run, at its own moment.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from include.acts.results import correct_figure, grant_extension
from include.archive import contents
from include.db import sql, tables
from include.db.engine import transaction
from include.intake.channels import record_delivery
from include.intake.receive import drain
from include.items.acts import act_on_item
from include.items.answers import answer_workbook, verification_workbook
from include.period import parse_moment
from include.registry.imports import import_register
from include.scoring.reviews import decide_review, request_review
from include.steps import approvals, chasing, closing
from include.workbooks.inspection_form import write_inspection_form
from tests.intake.form_samples import book_of
from tests.intake.receive_street import FIRST, PERIOD, REGISTER, SECOND, STREET, prepare, scheme_of, workbook
from tests.rectification.filling import fill
from tests.signing import signs

SCHEME = scheme_of()
SENT = "a" * 64  # the mail that opened the items


def inspection(**entry: str) -> bytes:
    """The inspectors' workbook with one entry by the titles of its columns."""
    book = book_of(write_inspection_form(SCHEME, [FIRST, SECOND], "云街街道"))
    sheet = book["现场核查表"]
    header = next(row for row in sheet.iter_rows() if {"单位编码", "核实数"} <= {cell.value for cell in row})
    for cell in header:
        if cell.value in entry:
            sheet.cell(cell.row + 1, cell.column).value = entry[str(cell.value)]
    changed = io.BytesIO()
    book.save(changed)
    return changed.getvalue()


class Story:
    """Tells the story on the database of the settings; `moments` are the moments at which something happened.

    Given the moments of a story whose rows are in the database already, it goes on from the last of them.
    """

    def __init__(self, world: Path, monkeypatch: pytest.MonkeyPatch, moments: Sequence[dt.datetime] = ()) -> None:
        self.world, self.monkeypatch = world, monkeypatch
        self.moments = list(moments)
        monkeypatch.setenv("DUBAN_RECEIVED", "now")
        if moments:
            monkeypatch.setenv("DUBAN_NOW", moments[-1].isoformat())
        else:
            prepare(world)

    def at(self, text: str) -> dt.datetime:
        self.monkeypatch.setenv("DUBAN_NOW", text)
        self.moments.append(parse_moment(text, "test"))
        return self.moments[-1]

    def replies(self, moment: str, text: str) -> None:
        """A mail in reply to the one that opened the second community's items."""
        opened = f"half_year/2026H1/{SECOND.code}"
        with transaction() as connection:
            connection.execute(
                tables.notice.update()
                .where(tables.notice.c.kind == "rectification_opened", tables.notice.c.subject == opened)
                .values(mail_id=SENT)
            )
        mail = f"From: s2@x.cn\r\nIn-Reply-To: <{SENT}@duban.invalid>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}"
        self._arrives(moment, **{"回信.eml": mail.encode()})

    def hands_in(self, moment: str, **files: bytes) -> None:
        self._arrives(moment, **{f"{name}.xlsx": content for name, content in files.items()})

    def _arrives(self, moment: str, **files: bytes) -> None:
        received_at = self.at(moment)
        with transaction() as connection:
            for name, content in files.items():
                record_delivery(
                    connection,
                    channel="page",
                    name=name,
                    sender="",
                    received_at=received_at,
                    sha256=contents.store(content),
                    size=len(content),
                )
        drain("test")

    def acts(self, moment: str, act: Callable[..., object], *told: object) -> None:
        with transaction() as connection:
            act(connection, SCHEME, *told, self.at(moment))

    def closes(self, moment: str) -> None:
        self.at(moment)
        for assessment_id in closing.close_streets("half_year", "2026H1", [STREET], "test"):
            approvals.draft_circular(assessment_id)

    def signs_off(self, moment: str, revision: int, kind: str) -> None:
        self.at(moment)
        circular_id = approvals.draft_circular(f"half_year/2026H1/{STREET}/r{revision}")
        assert circular_id is not None
        assert circular_id.endswith(kind)
        self._approves(circular_id)

    def _approves(self, document_id: str) -> None:
        signs(document_id)

    def registers(self, moment: str, valid_from: str, **renamed: str) -> None:
        """A register in which units are called otherwise from a day on."""
        self.at(moment)
        text = REGISTER
        for old, new in renamed.items():
            text = text.replace(old, new)
        path = self.world / "register.csv"
        path.write_text(text, encoding="utf-8")
        with transaction() as connection:
            import_register(connection, path, dt.date.fromisoformat(valid_from), "张三")

    def chases(self, *moments: str) -> None:
        for moment in moments:
            self.at(moment)
            chasing.chase("chase_run")

    def acts_on_item(self, moment: str, act: str, indicator: str, **more: dt.date) -> None:
        with transaction() as connection:
            act_on_item(
                connection, act, scheme="half_year", unit_code=SECOND.code, indicator=indicator, by="admin",
                reason="现场看过", at=self.at(moment), **more,
            )  # fmt: skip

    def _items(self, *indicators: str) -> list[sql.Row]:
        with transaction() as connection:
            found = sql.fetch(
                connection,
                "letters/select_open_items",
                first_street=STREET,
                last_street=STREET,
                on_date=dt.date(2026, 9, 1),
                supervision="",
                is_of_all_kinds=False,
            )
        return [row for row in found if row["unit_code"] == SECOND.code and row["indicator"] in indicators]

    def answers(self, moment: str, *indicators: str) -> None:
        """The community's workbook on its items, each with what was done."""
        done = {"整改情况": "已补齐", "完成日期": "2026-09-01", "佐证材料": f"照片（{moment}）"}
        book = answer_workbook(SECOND.code, SECOND.name, self._items(*indicators), dt.date(2026, 8, 20))
        self.hands_in(moment, 反馈=fill(book, *[done] * len(indicators)))

    def verifies(self, moment: str, *verdicts: str) -> None:
        """The inspectors' workbook on what waits for them, in its order."""
        with transaction() as connection:
            book = verification_workbook(connection, STREET, "云街街道", self.at(moment).date())
        filled = [{"核验结论": verdict, "核验人": "赵六", "核验意见": f"{moment} 看过"} for verdict in verdicts]
        self.hands_in(moment, 核验=fill(book, *filled))

    def supervises(self, moment: str) -> None:
        """The letters that wait are approved."""
        self.at(moment)
        with transaction() as connection:
            waiting = [row for row in sql.fetch(connection, "rebuild/select_circulars") if row["state"] == "draft"]
        for letter in waiting:
            self._approves(letter["id"])
        assert waiting

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
        self.registers("2026-08-27T15:00:00", "2026-06-01", 杏花社区="杏花苑社区")
        self.closes("2026-08-28T09:00:00")
        self.signs_off("2026-08-31T09:00:00", 3, "更正通报")
        self.hands_in("2026-09-02T09:00:00", 再迟=workbook(SECOND, secretary_studies="3"))
        self.tell_rectification()

    def tell_rectification(self) -> None:
        """From reminders to the letter of supervision; the register changes in between."""
        self.registers("2026-09-03T15:00:00", "2026-09-01", 杏花社区="杏花苑社区", **{"s2@x.cn": "s22@x.cn"})
        self.chases("2026-09-04T08:30:00", "2026-09-07T08:30:00", "2026-09-08T08:30:00")
        self.answers("2026-09-08T10:00:00", "E2", "A2b")
        self.verifies("2026-09-08T16:00:00", "退回", "销号")
        self.replies("2026-09-08T18:00:00", "A4：已补齐公开内容，重新上墙。佐证：照片三张")
        self.acts_on_item("2026-09-09T09:00:00", "延期", "E2", deadline=dt.date(2026, 9, 18))
        self.acts_on_item("2026-09-09T09:30:00", "重新打开", "A2b")
        self.chases("2026-09-10T08:30:00", "2026-09-17T08:30:00", "2026-09-21T08:30:00", "2026-09-23T08:30:00")
        self.supervises("2026-09-24T09:00:00")
        self.acts_on_item("2026-09-24T15:00:00", "登记反馈", "E2")
        self.acts_on_item("2026-09-25T15:00:00", "核验通过", "E2")
        self.acts_on_item("2026-09-25T15:30:00", "销号", "E2")
        self.chases("2026-09-28T08:30:00")


Once = Callable[[str, Callable[[Story], None]], Story]
