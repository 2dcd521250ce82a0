"""Every notice reads well: polite Chinese, what, by when, what to do; and nothing from outside gets out of its place."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from jinja2 import UndefinedError

from include.outbox.policies import load_policies
from include.post.rendering import render_subject
from tests.notices.outgoing import SAMPLES
from tests.notices.people import render_letter


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data.strip()


def words_of(html: str) -> str:
    """The words of a page whose tags are all closed in order."""
    parser = _Text()
    parser.feed(html)
    assert parser.open == []
    return parser.words


def leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for element in value.values() for leaf in leaves(element)]
    if isinstance(value, list):
        return [leaf for element in value for leaf in leaves(element)]
    return [value] if isinstance(value, str) else []


def test_there_is_a_sample_of_every_kind() -> None:
    assert SAMPLES.keys() == load_policies().kinds.keys()


@pytest.mark.parametrize("kind", SAMPLES)
def test_text_and_html_say_the_same_words(kind: str) -> None:
    letter = render_letter([(kind, SAMPLES[kind])])
    words = words_of(letter.html)
    for leaf in leaves({key: value for key, value in SAMPLES[kind].items() if key != "scheme_name"}):
        if leaf[:2] != "20" and leaf in letter.text:
            assert leaf.replace(" ", "") in words.replace(" ", ""), leaf
    assert letter.subject and "\n" not in letter.subject
    assert not re.search(r"\b20\d\d-\d\d-\d\d", letter.text + letter.html), "dates are written as people write them"


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_missing_word_is_an_error_and_never_a_gap(kind: str) -> None:
    with pytest.raises(UndefinedError):
        render_letter([(kind, {})])


@pytest.mark.parametrize("kind", ["form_opened", "hand_in_reminder", "receipt", "returned"])
def test_mails_of_a_system_that_takes_no_points_for_lateness_speak_of_none(kind: str) -> None:
    usual = render_letter([(kind, SAMPLES[kind])])
    free = render_letter([(kind, {**SAMPLES[kind], "is_late_free": True, "is_unscored": True})])
    for text, said in ((usual.text, True), (usual.html, True), (free.text, False), (free.html, False)):
        assert ("扣分" in text) is said
        assert "不计分" not in text or said


def test_html_from_outside_stays_text() -> None:
    payload = SAMPLES["refused"] | {"file_name": "<script>alert(1)</script>.xlsx"}
    letter = render_letter([("refused", payload)])
    assert "<script>" not in letter.html
    assert "<script>alert(1)</script>.xlsx" in words_of(letter.html)


def test_template_code_from_outside_stays_text() -> None:
    payload = SAMPLES["refused"] | {"file_name": "{{ 7 * 7 }}{% raw %}"}
    assert "{{ 7 * 7 }}{% raw %}" in render_letter([("refused", payload)]).text


def test_a_line_break_in_a_file_name_does_not_make_a_second_header() -> None:
    subject = render_subject("refused", SAMPLES["refused"] | {"file_name": "a.xlsx\r\nBcc: all@example.org\x00"})
    assert subject == "【无法受理】a.xlsx Bcc: all@example.org"


def test_an_endless_file_name_does_not_make_an_endless_subject() -> None:
    assert len(render_subject("refused", SAMPLES["refused"] | {"file_name": "长" * 5000})) == 120


def test_a_digest_carries_each_notice_under_its_own_heading() -> None:
    kinds = ["hand_in_reminder", "rectification_reminder", "rectification_urged"]
    letter = render_letter([(kind, SAMPLES[kind]) for kind in kinds], "今日待办提醒")
    assert letter.subject.startswith("【今日待办提醒】共3项")
    for kind in kinds:
        assert render_subject(kind, SAMPLES[kind]) in letter.text
        assert render_subject(kind, SAMPLES[kind]) in words_of(letter.html)
    assert letter.text.count("望江社区党组织：") == 1


@pytest.mark.parametrize(("days_left", "words"), [(3, "还有3天"), (0, "今天24时截止"), (-2, "已逾期2天")])
def test_a_reminder_says_how_many_days_are_left(days_left: int, words: str) -> None:
    assert (
        words in render_letter([("hand_in_reminder", SAMPLES["hand_in_reminder"] | {"days_left": days_left})]).subject
    )


def test_the_same_payload_gives_the_same_bytes() -> None:
    assert render_letter([("returned", SAMPLES["returned"])]) == render_letter([("returned", SAMPLES["returned"])])


@pytest.mark.parametrize(
    ("ranked", "said"), [({"ranked": None}, ""), ({"ranked": 1}, "（本类仅1个）"), ({"ranked": 3}, "（本类共3个）")]
)
def test_total_place_and_grade_of_a_result_stand_in_lines_of_their_own(
    ranked: dict[str, int | None], said: str
) -> None:
    result = {"total": "90.00", "rank": 1, "grade": "优秀", "status": "已报"}
    lines = [
        line.strip() for line in render_letter([("circular", SAMPLES["circular"] | result | ranked)]).text.splitlines()
    ]
    assert {"总分：90.00", f"名次：第1名{said}", "等次：优秀"} <= set(lines)
