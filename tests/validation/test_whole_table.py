"""A period's whole table under a Checkpoint of Great Expectations: what only the whole shows, as hints that return nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from include.db import tables
from include.db.engine import transaction
from include.intake.receive import drain
from include.period import Period, now
from include.schemes.loader import load_scheme
from include.steps import quality
from include.validation.hints import keep_hints, kept_hints
from include.validation.whole import Hint, Table, examine, tidy
from tests.intake.receive_street import STREET, drop, prepare, scheme_of, workbook

SCHEME = load_scheme("half_year", Period.parse("2026H1"))
FIGURES = [one.key for one in SCHEME.cells_of("main") if one.type == "count"][:14]
ZERO, SAME, ROUND, GROWN, *OTHERS = FIGURES
UNITS = {f"99000000100{n}": f"第{n}社区" for n in range(1, 8)} | {f"9900000010{n}": f"第{n}社区" for n in range(10, 15)}


@pytest.fixture(scope="module")
def hints() -> list[Hint]:
    """Twelve communities: a figure that all say is 0, one that all say is 7, one of round numbers, one ten times last period's, two rows
    alike, and one unit all of whose figures are round."""
    codes = sorted(UNITS)
    rows: dict[str, dict[str, str]] = {}
    for at, code in enumerate(codes):
        rows[code] = {key: str(11 + (at * 7 + place * 3) % 19) for place, key in enumerate(OTHERS)}
        rows[code] |= {ZERO: "0", SAME: "7", ROUND: str(10 * (at + 2)), GROWN: str(300 + at)}
    rows[codes[3]] = dict(rows[codes[2]])
    rows[codes[5]] = {key: str(10 * (place + 1)) for place, key in enumerate(FIGURES)} | {ZERO: "0", SAME: "7"}
    before = {code: {GROWN: str(30 + at)} for at, code in enumerate(codes)}
    return examine(Table(SCHEME, "main", UNITS, rows, before))


def of(hints: list[Hint], kind: str) -> list[tuple[str, str]]:
    return [(one.field, one.unit_code) for one in hints if one.kind == kind]


def test_columns_that_are_all_zero_or_all_alike_are_told_of_once(hints: list[Hint]) -> None:
    assert of(hints, "zero") == [(ZERO, "")]
    assert of(hints, "alike") == [(SAME, "")]
    [said] = [one.said for one in hints if one.kind == "alike"]
    assert "12 个单位填的全是 7" in said


def test_a_mean_far_from_last_periods_is_told_with_both_means(hints: list[Hint]) -> None:
    assert of(hints, "mean_before") == [(GROWN, "")]
    [said] = [one.said for one in hints if one.kind == "mean_before"]
    assert "上期平均 35.50" in said


def test_round_figures_and_rows_alike_are_told_of_the_units_that_have_them(hints: list[Hint]) -> None:
    codes = sorted(UNITS)
    assert (ROUND, "") in of(hints, "round_column")
    assert of(hints, "round_unit") == [("", codes[5])]
    assert sorted(of(hints, "same_row")) == [("", codes[2]), ("", codes[3])]
    said = {one.unit_code: one.said for one in hints if one.kind == "same_row"}
    assert UNITS[codes[3]] in said[codes[2]]


def test_what_a_table_shows_is_kept_by_period_and_the_next_look_replaces_it(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_REPORTS", str(world / "reports"))
    prepare(world)
    drop(world, "杏花社区.xlsx", workbook())
    drain("test")
    assert list(quality.examine_open("test")) == [f"half_year/2026H1/{STREET}"]
    with transaction() as connection:
        logged = (
            connection.execute(select(tables.run_log.c.detail).where(tables.run_log.c.stage == "quality"))
            .scalars()
            .all()
        )
        status = connection.execute(select(tables.submission.c.status)).scalars().all()
        assert [json.loads(one)["hints"] for one in logged] == [len(kept_hints(connection, scheme_of(), STREET))]
        for said in ("一", "二"):
            keep_hints(connection, scheme_of(), STREET, [("main", Hint("zero", ZERO, "", said))], now())
        assert [one["said"] for one in kept_hints(connection, scheme_of(), STREET)] == ["二"]
    assert status == ["accepted"], "a hint returns nothing"
    docs = world / "reports" / quality.DOCS / f"half_year-2026H1-{STREET}" / "main"
    assert "半年党建检查考评" in (docs / "index.html").read_text(encoding="utf-8")


def test_only_so_many_data_docs_are_kept(tmp_path: Path) -> None:
    for number in range(65):
        (tmp_path / str(number)).mkdir()
    tidy(tmp_path)
    assert len(list(tmp_path.iterdir())) == 60
