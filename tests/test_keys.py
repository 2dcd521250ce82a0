"""Keys with a grammar: what is written is read again, and nothing else is."""

from __future__ import annotations

import datetime as dt

import pytest

from include.keys import AssessmentKey, CircularKey, DraftKey, FindingKey, LetterKey, StageKey, StreetKey


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (StreetKey, "half_year/2026H1/340102001000"),
        (AssessmentKey, "half_year/2026H1/340102001000/r12"),
        (CircularKey, "half_year/2026H1/340102001000/r2/更正通报"),
        (LetterKey, "督办通知单/340102001004/2026-08-01/1"),
        (LetterKey, "联席会议通知/340102001000/党建/物业联席会议/2"),
        (StageKey, "督办@2026-08-14"),
        (DraftKey, "0f3a9b2c4d5e"),
        (DraftKey, "0f3a9b2c4d5e/2"),
        (DraftKey, "0f3a9b2c4d5e/第3次"),
        (DraftKey, "0f3a9b2c4d5e/1/第2次"),
        (FindingKey, "2026H1"),
        (FindingKey, "2026H1/r2"),
    ],
)
def test_a_key_that_was_read_prints_as_it_was(kind: type[StreetKey], text: str) -> None:
    assert str(kind.parse(text)) == text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (StreetKey, "half_year/2026H1"),
        (AssessmentKey, "half_year/2026H1/340102001000"),
        (AssessmentKey, "half_year/2026H1/340102001000/r0"),
        (AssessmentKey, "half_year/2026H1/340102001000/第2稿"),
        (CircularKey, "督办通知单/340102001004/2026-08-01/1"),
        (LetterKey, "督办通知单/340102001004"),
        (StageKey, "2026H1"),
        (DraftKey, "2026-08-14"),
        (DraftKey, "0f3a9b2c4d5e/0"),
        (FindingKey, "2026H1/2"),
    ],
)
def test_what_is_no_such_key_is_not_taken_for_one(kind: type[StreetKey], text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        kind.parse(text)


def test_the_parts_of_a_key_have_their_types() -> None:
    assert AssessmentKey.parse("half_year/2026H1/340102001000/r3").revision == 3
    assert StageKey.parse("督办@2026-08-14") == StageKey("督办", dt.date(2026, 8, 14))
    assert FindingKey.parse("2026H1") == FindingKey("2026H1", None)


def test_only_what_the_chase_wrote_is_a_stage() -> None:
    assert StageKey.is_one("催办@2026-08-14")
    assert not any(StageKey.is_one(text) for text in ("", "3", "2026H1", "2026H1/r2"))


def test_a_reminder_that_a_draft_waits_names_no_text_of_it() -> None:
    assert DraftKey.is_one(str(DraftKey.of("0f3a9b2c4d5e" + "0" * 52, 1)))
    assert not DraftKey.is_one("2026-08-14")
