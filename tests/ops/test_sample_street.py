"""The sample street: invented, repeatable, and with exactly the troubles that it is there to show."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from include.intake.reading import ReadForm, read_file
from include.period import days_late
from include.scoring.scores import score_unit
from include.workbooks.forms import write_form
from include.workbooks.inspection_form import write_inspection_form
from ops.sample.street import HandIn, default_scheme, figures_of, hand_ins, units, write_inbox, write_registry

SCHEME = default_scheme()


@pytest.fixture(scope="module")
def arrivals() -> list[HandIn]:
    forms = {unit.code: write_form(SCHEME, "main", unit, {}) for unit in units()}
    return hand_ins(forms, write_inspection_form(SCHEME, units(), "云街街道"))


@pytest.fixture(scope="module")
def forms_read(arrivals: list[HandIn]) -> dict[str, ReadForm]:
    return {hand_in.file_name: read_file(hand_in.content, hand_in.file_name, None) for hand_in in arrivals}


def _of(name: str, arrivals: list[HandIn]) -> list[HandIn]:
    return [hand_in for hand_in in arrivals if hand_in.file_name.startswith(f"{name}社区")]


def test_the_street_has_24_communities_with_codes_of_no_province() -> None:
    """Codes of the statistics bureau begin with that of a province, 11 to 82."""
    assert len(units()) == 24
    assert {unit.code[:2] for unit in units()} == {"99"}
    assert {unit.code[:9] for unit in units()} == {unit.street_code for unit in units()}
    assert len({unit.name for unit in units()}) == 24


def test_every_address_is_one_that_no_mail_can_reach() -> None:
    addresses = {a for unit in units() for a in (unit.secretary_email, unit.officer_email, unit.liaison_email)}
    assert {address.rpartition(".")[2] for address in addresses} == {"example"}


def test_the_registry_is_written_with_every_column_of_the_contract(tmp_path: Path) -> None:
    write_registry(tmp_path / "registry.csv")
    with (tmp_path / "registry.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24
    assert list(rows[0]) == [
        "code", "name", "street_code", "street", "unit_type", "households", "secretary_email", "officer_email",
        "liaison_email",
    ]  # fmt: skip
    assert all(rows[0].values())


def test_the_same_hand_ins_come_byte_for_byte(arrivals: list[HandIn]) -> None:
    forms = {unit.code: write_form(SCHEME, "main", unit, {}) for unit in units()}
    assert hand_ins(forms, write_inspection_form(SCHEME, units(), "云街街道")) == arrivals


def test_the_inbox_keeps_the_times_of_receipt(tmp_path: Path, arrivals: list[HandIn]) -> None:
    write_inbox(tmp_path, arrivals)
    written = {path.name: path for path in tmp_path.iterdir()}
    assert len(written) == len(arrivals)
    for hand_in in arrivals:
        assert written[hand_in.file_name].stat().st_mtime == hand_in.received_at.timestamp()
        assert written[hand_in.file_name].read_bytes() == hand_in.content


def test_one_community_never_hands_in(forms_read: dict[str, ReadForm]) -> None:
    handed_in = {form.unit_code for form in forms_read.values()}
    assert [unit.name for unit in units() if unit.code not in handed_in] == ["青檐社区"]


def test_two_communities_are_late_by_one_and_by_four_days(arrivals: list[HandIn]) -> None:
    first: dict[str, dt.datetime] = {}
    for hand_in in arrivals[:-1]:  # the last is the inspectors'
        first.setdefault(hand_in.file_name.split("社区")[0], hand_in.received_at)
    late = {name: days_late(moment, SCHEME.dates.due_date) for name, moment in first.items()}
    assert {name: days for name, days in late.items() if days} == {"听泉里": 1, "素问": 4}


def test_one_community_hands_in_twice_and_both_are_sound(
    arrivals: list[HandIn], forms_read: dict[str, ReadForm]
) -> None:
    both = _of("揽月台", arrivals)
    assert len(both) == 2
    first, second = (forms_read[hand_in.file_name] for hand_in in both)
    changed = {key for key in first.cells if first.cells[key].value != second.cells[key].value}
    assert changed == {"secretary_studies", "affairs_disclosures"}
    assert not any(cell.problem for form in (first, second) for cell in form.cells.values())


def test_one_community_sends_the_form_of_another_period_first(
    arrivals: list[HandIn], forms_read: dict[str, ReadForm]
) -> None:
    assert [forms_read[hand_in.file_name].period for hand_in in _of("墨耕", arrivals)] == ["2025H2", "2026H1"]


def test_one_community_writes_text_in_a_number_cell_and_corrects_it(
    arrivals: list[HandIn], forms_read: dict[str, ReadForm]
) -> None:
    first, second = (forms_read[hand_in.file_name].cells["volunteer_services"] for hand_in in _of("临漪", arrivals))
    assert (first.text, first.value) == ("12次", None)
    assert first.problem
    assert second.value is not None


def test_the_ages_of_one_community_do_not_add_up_at_first(
    arrivals: list[HandIn], forms_read: dict[str, ReadForm]
) -> None:
    def excess(form: ReadForm) -> int:
        old, young, members = (
            int(form.cells[key].value or 0) for key in ("members_over_60", "members_under_35", "members")
        )
        return old + young - members

    first, second = (forms_read[hand_in.file_name] for hand_in in _of("半亩塘", arrivals))
    assert excess(first) > 0 >= excess(second)


def test_one_community_has_no_activist(arrivals: list[HandIn], forms_read: dict[str, ReadForm]) -> None:
    (only,) = _of("竹影里", arrivals)
    assert forms_read[only.file_name].cells["activists"].value == "0"


def test_one_hand_in_is_a_real_xls_and_one_a_flat_csv_in_gb18030(
    arrivals: list[HandIn], forms_read: dict[str, ReadForm]
) -> None:
    (xls,), (flat,) = _of("霁虹", arrivals), _of("沐风", arrivals)
    assert xls.content.startswith(b"\xd0\xcf\x11\xe0")
    header = flat.content.decode("gb18030").splitlines()[0]
    assert header == "编码,填报项,填报值"
    with pytest.raises(UnicodeDecodeError):
        flat.content.decode("utf-8")
    for hand_in in (xls, flat):
        form = forms_read[hand_in.file_name]
        assert {k: c.value for k, c in form.cells.items() if c.value} == figures_of(SCHEME, form.unit_code)


def test_one_community_is_returned_and_never_corrects(arrivals: list[HandIn], forms_read: dict[str, ReadForm]) -> None:
    (only,) = _of("寒山渡", arrivals)
    cells = forms_read[only.file_name].cells
    assert cells["audited_vouchers"].problem
    assert all(cells[key].text == "" for key in ("party_disclosures", "is_dues_on_time", "paper_07"))


def test_every_other_hand_in_says_what_the_community_truthfully_reports(forms_read: dict[str, ReadForm]) -> None:
    last = {form.unit_code: form for form in forms_read.values() if form.form == "main"}
    for name, form in forms_read.items():
        if "更正" in name:
            last[form.unit_code] = form
    untrue = {
        form.unit_name
        for code, form in last.items()
        if {key: cell.value for key, cell in form.cells.items() if cell.value} != figures_of(SCHEME, code)
    }
    assert untrue == {"寒山渡社区"}


def test_the_inspectors_correct_three_figures_inside_the_window(
    arrivals: list[HandIn], forms_read: dict[str, ReadForm]
) -> None:
    inspection = arrivals[-1]
    assert inspection.received_at.date() == dt.date(2026, 8, 5)
    form = forms_read[inspection.file_name]
    assert (form.form, form.cells) == ("inspection", {})
    assert len(form.corrections) == 3
    for correction in form.corrections:
        assert correction.reason
        assert correction.value != figures_of(SCHEME, correction.unit_code)[correction.field]


def test_the_grades_are_spread_from_first_to_last() -> None:
    grades = Counter(score_unit(SCHEME, figures_of(SCHEME, unit.code)).grade for unit in units())
    assert set(grades) == {"优秀", "良好", "合格", "相对后进"}
    assert max(grades.values()) <= 10


def test_the_true_figures_pass_every_check_of_the_scheme() -> None:
    for unit in units():
        values = figures_of(SCHEME, unit.code)
        for check in SCHEME.checks:
            if check.at_most:
                total = sum(Decimal(values[key]) for key in check.sum)
                assert total <= check.times * Decimal(values[check.at_most]), f"{unit.name} {check.code}"
