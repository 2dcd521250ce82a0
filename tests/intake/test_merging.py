"""Two people and one form: what each hands in, what is merged, what is sent back to be decided. By mail and by the inbox."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from include.archive import contents
from include.intake.mailbox import collect
from include.intake.merging import three_way
from include.intake.reading import read_file
from include.intake.receive import drain
from include.period import parse_moment
from include.workbooks.forms import write_form
from tests.intake.form_samples import as_xls, book_of, fill, flat, saved
from tests.intake.imap_server import Server, attach, mail
from tests.intake.receive_street import FIRST, PERIOD, deliveries, drop, figures, notices, prepare, rows, scheme_of

SECRETARY, OFFICER = FIRST.secretary_email, FIRST.officer_email
BLANK = write_form(scheme_of(), "main", FIRST, {})
_minutes = itertools.count()
Send = Callable[..., dict[str, Any]]


def filled(form: bytes = BLANK, **cells: object) -> bytes:
    """A form with these cells typed in; "" empties one."""
    typed = {key: int(value) if str(value).isdigit() else value or None for key, value in cells.items()}
    return fill(form, typed)


def whole(**changes: object) -> bytes:
    """A copy of the blank form, filled in from end to end."""
    return filled(**{**{key: value for key, value in figures().items() if value}, **changes})


@pytest.fixture
def send(database: Engine, mail_world: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Send]:
    """Hand a file in, from an address or (sender empty) by the inbox, a minute after the one before; the row of its answer."""
    monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
    prepare(mail_world)

    def _send(content: bytes, sender: str = "", name: str = "杏花.xlsx", is_answered: bool = True) -> dict[str, Any]:
        at = parse_moment("2026-07-06T09:00:00", "test") + dt.timedelta(minutes=next(_minutes))
        if sender:
            server.deliver(attach(mail(sender, message_id=f"<{at:%d%H%M}@x.cn>"), name, content), at)
            collect()
        else:
            drop(mail_world, name, content, at.isoformat())
        if is_answered:
            drain(default_period=PERIOD)
        return deliveries()[-1] if is_answered else {}

    yield _send


def accepted() -> dict[str, tuple[str | None, str]]:
    """The newest accepted version: value and source cell by field."""
    found = rows(
        "SELECT field, value, source_cell FROM submission_value WHERE sha256 = (SELECT sha256 FROM submission"
        " WHERE status = 'accepted' ORDER BY version DESC LIMIT 1)"
    )
    return {str(row["field"]): (row["value"], str(row["source_cell"])) for row in found}  # type: ignore[misc]


def sent_back() -> bytes:
    """The workbook of the last return."""
    newest = max(notices("returned"), key=lambda notice: str(notice["payload"]["received_at"]))
    return contents.load(newest["attachments"][0]["sha256"])


def cell_of(content: bytes, field: str) -> Any:
    sheet, _, place = read_file(content, "x.xlsx", PERIOD).cells[field].source_cell.rpartition("!")
    return book_of(content)[sheet][place]


def test_the_officer_adds_what_the_secretary_left_out_and_one_version_holds_both(send: Send) -> None:
    send(whole(party_lectures=3), SECRETARY)
    answer = send(filled(bonus_1_matter="抗台抢险受表彰", bonus_1_level="市"), OFFICER)
    assert answer["status"] == "accepted" and "与第1版合并，沿用其中" in answer["message"], (
        "what the officer left empty in the blank form says nothing against the secretary's figures"
    )
    now = accepted()
    assert now["party_lectures"][0] == "3" and now["party_lectures"][1].startswith("v1!填报表!")
    assert now["bonus_1_level"][0] == "市" and not now["bonus_1_level"][1].startswith("v")
    (receipt,) = [notice["payload"] for notice in notices("receipt") if notice["payload"]["version"] == 2]
    assert {"label": "党课次数", "value": "3", "origin": f"第1版（书记 {SECRETARY}）", "own": "（空白）"} in receipt[
        "merged"
    ]
    assert {"label": "党课次数", "value": "3"} in receipt["figures"]
    assert [change["new"] for change in receipt["changes"]] == ["抗台抢险受表彰", "市"]


def test_two_who_filled_one_cell_differently_get_both_figures_and_names_beside_it(send: Send) -> None:
    send(whole(party_lectures=3, volunteer_services=6), SECRETARY)
    answer = send(filled(party_lectures=2, volunteer_services=6), OFFICER)
    assert answer["status"] == "returned" and answer["message"].startswith("退回：共 1 处问题"), (
        "the same figure twice is no conflict"
    )
    for said in (f"书记 {SECRETARY}", f"组织委员 {OFFICER}", "“3”", "“2”"):
        assert said in answer["message"]
    copy = sent_back()
    cell = cell_of(copy, "party_lectures")
    assert cell.value is None, "left open, so that a copy sent back unread decides nothing"
    assert f"书记 {SECRETARY}" in cell.comment.text and f"组织委员 {OFFICER}" in cell.comment.text
    assert "：3" in cell.comment.text and "：2" in cell.comment.text
    assert accepted()["party_lectures"][0] == "3"

    assert send(filled(copy, members=4), OFFICER)["status"] == "returned", "unread, it decides nothing"
    answer = send(filled(copy, party_lectures=2), OFFICER)
    assert answer["status"] == "accepted", "who has seen both figures may decide for either"
    assert accepted()["party_lectures"][0] == "2" and accepted()["volunteer_services"][0] == "6"


def test_what_was_decided_in_the_copy_is_open_again_where_the_other_has_changed_it_meanwhile(send: Send) -> None:
    send(whole(party_lectures=3), SECRETARY)
    send(filled(party_lectures=2), OFFICER)
    copy = sent_back()
    send(whole(party_lectures=5), SECRETARY)
    answer = send(filled(copy, party_lectures=2), OFFICER)
    assert answer["status"] == "returned" and "“5”" in answer["message"]


def test_a_clerk_who_keeps_one_file_changes_and_empties_what_they_like(send: Send) -> None:
    """Versions 1, 2 and 3 from one file by one sender: each replaces the last, as it always did."""
    send(whole(party_lectures=3, bonus_1_matter="受表彰", bonus_1_level="市"), SECRETARY)
    send(whole(party_lectures=4, bonus_1_matter="受表彰", bonus_1_level="县区"), SECRETARY)
    answer = send(whole(party_lectures=2), SECRETARY)
    assert answer["message"] == "已受理（第3版）（发件人未核实）"
    assert accepted()["party_lectures"][0] == "2" and accepted()["bonus_1_level"][0] is None
    assert not rows("SELECT field FROM merged_value")


def test_a_kept_file_never_brings_back_what_another_has_corrected_since(send: Send) -> None:
    send(whole(party_lectures=3, volunteer_services=4), SECRETARY)
    kept = whole(party_lectures=3, volunteer_services=4, bonus_1_matter="受表彰", bonus_1_level="市")
    send(kept, OFFICER)
    send(whole(party_lectures=1, volunteer_services=4), SECRETARY)
    for events in (5, 6, 7):  # the officer's file says 3 all the time, and nobody meant that
        send(filled(kept, volunteer_services=events), OFFICER)
        now = accepted()
        assert (now["party_lectures"][0], now["volunteer_services"][0]) == ("1", str(events))
        assert now["party_lectures"][1].startswith("v3!"), (
            "the version where the figure was reported, not the last merged one"
        )


def test_a_copy_that_went_back_starts_from_what_the_file_it_answers_started_from(send: Send) -> None:
    send(whole(party_lectures=""), OFFICER)
    copy = sent_back()
    send(whole(party_lectures=3, volunteer_services=5), SECRETARY)
    answer = send(filled(copy, party_lectures=3), OFFICER)
    assert answer["status"] == "returned" and "志愿服务次数" in answer["message"], (
        "2 was the officer's, 5 is the secretary's"
    )
    assert accepted()["volunteer_services"][0] == "5"


def test_merged_figures_are_checked_together_and_the_return_says_whose_they_are(send: Send) -> None:
    send(whole(members=40, members_over_60=30, members_under_35=2), SECRETARY)
    award = {"bonus_1_matter": "受表彰", "bonus_1_level": "市"}
    send(whole(members=40, members_over_60=30, members_under_35=2, **award), OFFICER)
    send(whole(members=40, members_over_60=38, members_under_35=2), SECRETARY)
    answer = send(whole(members=40, members_over_60=30, members_under_35=9, **award), OFFICER)
    assert answer["status"] == "returned", "each file is sound, both together are not"
    (problem,) = notices("returned")[-1]["payload"]["problems"]
    assert problem["field"] == "60岁以上党员数"
    (note,) = notices("returned")[-1]["payload"]["notes"]
    assert "60岁以上党员数 38" in note and "合并后一起核验" in note
    copy = sent_back()
    assert cell_of(copy, "members_over_60").value == 38, "the copy shows the figures that were checked"
    assert SECRETARY in cell_of(copy, "members_over_60").comment.text
    answer = send(filled(copy, members_over_60=30), OFFICER)
    assert answer["status"] == "accepted", "who was shown the 38 and writes 30 means it"
    assert (accepted()["members_over_60"][0], accepted()["members_under_35"][0]) == ("30", "9")


def test_two_files_of_one_unit_in_one_batch_are_merged_as_if_they_had_come_apart(send: Send) -> None:
    send(whole(party_lectures=3), SECRETARY, is_answered=False)
    send(filled(volunteer_services=2, bonus_1_matter="受表彰", bonus_1_level="市"), OFFICER, is_answered=False)
    send(filled(party_lectures=9), OFFICER, "又一份.xlsx", is_answered=False)
    drain(default_period=PERIOD)
    assert [(row["version"], row["status"]) for row in deliveries()] == [
        (1, "accepted"),
        (2, "accepted"),
        (3, "returned"),
    ]
    assert accepted()["party_lectures"][0] == "3" and accepted()["bonus_1_matter"][0] == "受表彰"
    assert rows("SELECT MAX(attempts) AS most FROM delivery") == [{"most": 1}], (
        "what is prepared anew has not failed before"
    )


def test_all_files_of_the_inbox_are_one_senders(send: Send) -> None:
    send(whole(party_lectures=3))
    assert send(whole(party_lectures=1))["message"] == "已受理（第2版）"
    send(filled(party_lectures=4), SECRETARY)
    assert "收件文件夹" in deliveries()[-1]["message"]  # type: ignore[operator]


def test_files_that_do_not_say_where_they_start_replace_the_last_version_and_the_receipt_lists_what(send: Send) -> None:
    send(whole(party_lectures=3), SECRETARY)
    values = {key: value for key, value in figures(party_lectures="1").items() if value}
    assert send(flat(values, FIRST.code), OFFICER, "杏花.csv")["message"] == "已受理（第2版）（发件人未核实）"
    book = book_of(whole(party_lectures=5))
    hidden = book["_duban"]
    for row in list(hidden.iter_rows()):
        if row[0].value == "version":
            hidden.delete_rows(row[0].row)
    assert send(saved(book), SECRETARY, "旧表.xlsx")["message"] == "已受理（第3版）（发件人未核实）", (
        "a form of an earlier installation"
    )
    receipts = sorted((notice["payload"] for notice in notices("receipt")), key=lambda receipt: receipt["version"])
    listed = [receipt["changes"] for receipt in receipts]
    assert [one for changes in listed for one in changes if one["label"] == "党课次数"] == [
        {"label": "党课次数", "old": "3", "new": "1"},
        {"label": "党课次数", "old": "1", "new": "5"},
    ]


def test_an_xls_goes_back_in_our_form_with_both_figures_and_the_same_start(send: Send) -> None:
    send(whole(party_lectures=3, volunteer_services=2), SECRETARY)
    assert send(as_xls(filled(party_lectures=1, members=4)), OFFICER, "杏花.xls")["status"] == "returned"
    copy = sent_back()
    marks = read_file(copy, "x.xlsx", PERIOD).marks
    assert marks["version"] == "0" and cell_of(copy, "party_lectures").value is None
    assert send(filled(copy, party_lectures=3), OFFICER)["status"] == "accepted"


def test_lateness_counts_from_the_first_version_and_the_same_content_twice_is_a_duplicate(send: Send) -> None:
    first = whole(party_lectures=3)
    send(first, SECRETARY)
    answer = send(first, OFFICER, "同一份.xlsx")
    assert answer["status"] == "duplicate" and answer["version"] == 1


def test_a_form_of_which_nothing_can_be_told_is_not_held_for_newer_than_it_is(send: Send) -> None:
    send(whole(party_lectures=3), SECRETARY)
    book = book_of(filled(party_lectures=1))
    hidden = book["_duban"]
    place = next(row[1] for row in hidden.iter_rows() if row[0].value == "version")
    place.value = "-1; x"
    assert send(saved(book), OFFICER)["status"] == "returned", "an unreadable mark is none: what is empty is missing"


values = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([None, "0", "1", "2"]))


@given(values, values, st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([None, "0", "1", "2"]), min_size=6))
def test_no_figure_is_lost_and_none_is_overwritten_unasked(
    base: dict[str, str | None], newest: dict[str, str | None], ours: dict[str, str | None]
) -> None:
    outcome = three_way(base, newest, ours)
    assert not outcome.taken & outcome.conflicts
    for key, own in ours.items():
        was, theirs = base.get(key), newest.get(key)
        result = theirs if key in outcome.taken else own
        assert result in (was, theirs, own)
        if key in outcome.conflicts:
            assert len({was, theirs, own}) == 3, "both changed it, to different values"
        elif own != was:
            assert result == own, "what the hand-in changed is in the result"
            assert theirs in (was, own), "and nobody else's change gave way to it"
        else:
            assert result == theirs, "what others changed is in the result"


@given(values, values)
def test_a_file_that_starts_from_the_newest_version_says_the_last_word(
    newest: dict[str, str | None], ours: dict[str, str | None]
) -> None:
    outcome = three_way(newest, newest, ours)
    assert not outcome.taken and not outcome.conflicts


@given(values, values)
def test_an_untouched_copy_of_an_old_form_changes_nothing(
    base: dict[str, str | None], newest: dict[str, str | None]
) -> None:
    ours = {key: base.get(key) for key in "abcdef"}
    outcome = three_way(base, newest, ours)
    assert not outcome.conflicts
    assert {key: newest.get(key) if key in outcome.taken else ours[key] for key in ours} == {
        key: newest.get(key) for key in ours
    }
