"""What enters the hash of an assessment's inputs, and what does not: facts and rules, no words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from include.data_files import Texts, reading
from include.db import tables
from include.period import Period, calendars_folder
from include.schemes.indicators import Indicator
from include.schemes.loader import load_scheme, own_periods, parse_scheme, path_of, scheme_keys
from include.schemes.model import Scheme
from include.scoring.explaining import SENTENCES
from include.scoring.input_hash import canonical, input_hash
from include.scoring.inputs import gather
from tests.street import CLOSE, H1, STREET, A, B, Street

WORDS = (
    "name", "title", "document_title", "owner_title", "reference", "label", "help", "unit", "cover", "instructions",
    "message", "text", "items", "words",
)  # fmt: skip
PERIOD = Period.parse("2026H1")
Tree = dict[str, Any]


def hashed(street: Street, scheme: Scheme = H1) -> str:
    return input_hash(scheme, gather(street.connection, scheme, STREET, CLOSE))


def tree_of(key: str = "half_year") -> Tree:
    tree: Tree = yaml.safe_load(path_of(key).read_text(encoding="utf-8"))
    return tree


def scheme_of(tree: Tree, *, sort_keys: bool = False, period: Period = PERIOD) -> Scheme:
    return parse_scheme(yaml.safe_dump(tree, allow_unicode=True, sort_keys=sort_keys), "half_year.yaml", period)


def indicator(tree: Tree, code: str) -> Tree:
    found: Tree = next(one for one in tree["indicators"] if one["code"] == code)
    return found


def parts(node: Any) -> Iterator[Tree]:
    """Every mapping of a tree."""
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from parts(value)
    if isinstance(node, dict):
        yield node


def reworded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reworded(one) for key, one in value.items()}
    return [reworded(one) for one in value] if isinstance(value, list) else f"{value}（改）"


def names_something(part: Tree, word: str) -> bool:
    """Whether a word is what others call it by: of a figure from elsewhere a system, of a tally its items, of a proposal a column."""
    if word == "unit":
        return bool({"same", "paired_with"} & part.keys())
    return word == "items" and (isinstance(part[word], str) or isinstance(part.get("options"), dict))


@pytest.mark.parametrize("key", scheme_keys())
def test_no_name_label_help_reference_or_text_of_a_scheme_changes_a_hash(key: str) -> None:
    tree, count = tree_of(key), 0
    for part in parts(tree):
        for word in WORDS:
            if word in part and not names_something(part, word):
                part[word], count = reworded(part[word]), count + 1
    period = own_periods(key, PERIOD.year)[0]
    before, after = load_scheme(key, period), scheme_of(tree, period=period)
    assert count > 20
    assert before != after
    assert input_hash(before, []) == input_hash(after, [])


def test_each_word_that_is_added_where_there_was_none_changes_no_hash(street: Street) -> None:
    tree = tree_of()
    for one in tree["indicators"]:
        one["reference"] = "新的依据"
    for one in tree["fields"]:
        one["help"] = "怎样填"
    assert hashed(street, scheme_of(tree)) == hashed(street)


def test_a_yaml_that_is_moved_about_or_written_otherwise_changes_no_hash(street: Street) -> None:
    tree = tree_of()
    for part in parts(tree):
        if "points" in part and isinstance(part["points"], int):
            part["points"] = float(part["points"])
    for name in ("indicators", "checks"):
        tree[name].reverse()
    moved = scheme_of(tree, sort_keys=True)
    assert [one.code for one in moved.indicators] != [one.code for one in H1.indicators]
    assert hashed(street, moved) == hashed(street)


def test_a_key_that_says_what_holds_without_it_changes_no_hash(street: Street) -> None:
    tree = tree_of()
    for one in tree["indicators"]:
        one.setdefault("not_applicable_when", None)
        one.setdefault("problem", None)
    for one in tree["fields"]:
        one.setdefault("is_optional", False)
    assert hashed(street, scheme_of(tree)) == hashed(street)


def test_a_field_with_a_default_that_is_new_in_the_model_changes_no_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    class Grown(Indicator):
        weight: int = 1

    grown = [Grown.model_validate(one.model_dump(by_alias=True)) for one in H1.indicators]
    assert input_hash(H1.model_copy(update={"indicators": grown}), []) == input_hash(H1, [])


def test_a_version_that_begins_later_changes_no_hash(street: Street) -> None:
    later = [*H1.versions, H1.versions[-1].model_copy(update={"version": "2030", "effective_from": "2030H1"})]
    assert hashed(street, H1.model_copy(update={"versions": later})) == hashed(street)


def _target(tree: Tree) -> None:
    indicator(tree, "A6")["rules"][0]["target"] = 9


def _when_it_is_a_problem(tree: Tree) -> None:
    indicator(tree, "A6")["problem"]["any"][0]["below"] = 9


def _days_to_mend(tree: Tree) -> None:
    indicator(tree, "A1")["problem"]["deadline_working_days"] = 99


def _lateness(tree: Tree) -> None:
    tree["score"]["lateness"]["points_a_day"] = 3


def _grade(tree: Tree) -> None:
    tree["score"]["grades"][0]["at_least"] = 99


def _due_day(tree: Tree) -> None:
    tree["calendar"]["due"]["by_period"]["H"]["day"] = 21


def _window(tree: Tree) -> None:
    tree["calendar"]["window_ends"]["by_period"]["H1"]["day"] = 16


RULES = [_target, _when_it_is_a_problem, _days_to_mend, _lateness, _grade, _due_day, _window]


@pytest.mark.parametrize("change", RULES)
def test_a_rule_that_is_changed_changes_the_hash(change: Callable[[Tree], None]) -> None:
    tree = tree_of()
    change(tree)
    assert input_hash(scheme_of(tree), []) != input_hash(H1, [])


def _edited(path: Path, old: str, new: str) -> Texts:
    before = path.read_text(encoding="utf-8")
    assert old in before
    return Texts((old, new), {path: before.replace(old, new).encode()}, frozenset())


def test_a_day_off_of_a_year_that_is_touched_changes_the_hash_and_a_comment_in_its_file_does_not(
    street: Street,
) -> None:
    path, before = calendars_folder() / "2026.yaml", hashed(street)
    with reading(_edited(path, "year: 2026", "# 已核对\nyear: 2026  # 改")):
        assert hashed(street) == before
    for old, new in (
        ("days_off:\n", "days_off:\n  - 2026-07-21\n"),
        ("working_weekends:\n", "working_weekends:\n  - 2026-07-18\n"),
    ):
        with reading(_edited(path, old, new)):
            assert hashed(street) != before
    with reading(_edited(calendars_folder() / "2025.yaml", "days_off:\n", "days_off:\n  - 2025-07-21\n")):
        assert hashed(street) == before


def test_sentences_that_are_worded_otherwise_change_no_hash(street: Street) -> None:
    before = hashed(street)
    with reading(_edited(SENTENCES, "满分", "总分")):
        assert hashed(street) == before


def test_a_decision_enters_by_what_it_says_and_not_by_its_id_its_reason_or_its_number(street: Street) -> None:
    street.hands_in(A)
    nothing = hashed(street)
    street.decides(A, "correction", "2", "2026-08-03T09:00:00", "branch_committees")
    before = hashed(street)
    assert before != nothing
    other = {"id": "another", "reason": "另一个理由", "decided_by": "另一人", "sequence": 70}
    street.connection.execute(tables.decision.update().values(**other))
    assert hashed(street) == before
    street.connection.execute(tables.decision.update().values(value="3"))
    assert hashed(street) != before


@pytest.mark.parametrize("column", ["value", "field", "unit_code"])
def test_a_decision_enters_by_unit_field_and_value(street: Street, column: str) -> None:
    street.hands_in(A)
    street.hands_in(B)
    street.decides(A, "correction", "2", "2026-08-03T09:00:00", "branch_committees")
    before = hashed(street)
    other = {"value": "3", "field": "party_lectures", "unit_code": B}[column]
    street.connection.execute(tables.decision.update().values(**{column: other}))
    assert hashed(street) != before


def test_decisions_enter_in_the_order_of_their_sequence(street: Street) -> None:
    street.hands_in(A)
    street.decides(A, "correction", "2", "2026-08-03T09:00:00", "branch_committees")
    street.decides(A, "correction", "1", "2026-08-03T09:00:00", "party_lectures")
    before = hashed(street)
    street.connection.execute(text("UPDATE decision SET sequence = 10 * sequence"))
    assert hashed(street) == before
    street.connection.execute(text("UPDATE decision SET sequence = 5 WHERE field = 'party_lectures'"))
    assert hashed(street) != before


def test_a_row_of_the_register_enters_by_code_and_name_and_not_by_its_addresses(street: Street) -> None:
    before, unit = hashed(street), tables.unit
    changed = unit.update().where(unit.c.code == A)
    street.connection.execute(changed.values(secretary_email="a@b.cn", households=1, unit_type="村", street="街"))
    assert hashed(street) == before
    street.connection.execute(changed.values(name="改名社区"))
    assert hashed(street) != before


def test_a_file_enters_by_its_content_and_its_times_of_receipt(street: Street) -> None:
    sha256 = street.hands_in(A)
    before, submission = hashed(street), tables.submission
    for column, value in (("received_at", CLOSE), ("version", 2), ("status", "returned"), ("sha256", "f" * 64)):
        with street.connection.begin_nested() as point:
            if column == "sha256":
                street.connection.execute(tables.submission_value.delete())
            street.connection.execute(submission.update().where(submission.c.sha256 == sha256).values({column: value}))
            assert hashed(street) != before
            point.rollback()
    assert hashed(street) == before


def test_a_revision_with_the_same_facts_and_rules_is_kept_with_the_words_that_it_was_given(street: Street) -> None:
    street.hands_in(A)
    first = street.assess()
    said = street.lines(first)["A1"]["explanation"]
    with reading(_edited(SENTENCES, "满分", "最多")):
        again = street.assess()
    assert (again.id, again.is_new) == (first.id, False)
    assert street.lines(again)["A1"]["explanation"] == said


def test_what_is_kept_with_a_unit_is_what_the_hash_covers(street: Street) -> None:
    street.hands_in(A)
    score = street.score(street.assess())
    [one, *_] = gather(street.connection, H1, STREET, CLOSE)
    assert score["inputs"] == canonical(one.deciding)
