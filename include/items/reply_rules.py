"""How a reply by mail is read as an answer on items: replies.yaml, which says what each is."""

from __future__ import annotations

from pathlib import Path

from include.data_files import Part, kept, own_file, read_yaml
from include.workbooks.values import bare, is_nothing

_SHIPPED = Path(__file__).with_name("replies.yaml")


class _Plan(Part):
    named: str
    done: str
    reason: str
    taken: str
    title: str
    line: str
    left: str


class _Rules(Part):
    """replies.yaml, which says what each is."""

    cut_from: list[str]
    added_line: str
    quote_head: list[str]
    our_line: str
    our_key: str
    quoted_line: str
    evidence: str
    done_on: str
    courtesies: str
    fewest_characters: int
    elsewhere: list[str]
    sent_on: list[str]
    most_bytes_sent_on: int
    most_files: int
    attached: str
    most_characters: int
    cut_short: str
    plan: _Plan
    our_sheets: str
    problems: dict[str, str]


@kept
def rules() -> _Rules:
    return _Rules.model_validate(read_yaml(own_file(_SHIPPED)))


def is_no_answer(text: str) -> bool:
    """Whether what was written says nothing of this item, though something stands there: 无, 暂无。, —, 同上."""
    return is_nothing(text) or bare(text) in rules().elsewhere
