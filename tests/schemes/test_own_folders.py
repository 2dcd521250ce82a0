"""An office's systems and its own files lie outside the code, wherever the settings say."""

import shutil
from pathlib import Path

import pytest

from include.outbox.policies import load_policies
from include.period import calendar_is_known
from include.registry.offices import office_of
from include.schemes.loader import scheme_keys
from include.settings import REPO


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "office"
    folder.mkdir()
    monkeypatch.setenv("DUBAN_OFFICE", str(folder))
    return folder


def test_systems_and_days_off_are_those_of_the_folder_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    systems = tmp_path / "systems"
    shutil.copytree(REPO / "systems/_shared", systems / "_shared")
    shutil.copytree(REPO / "systems/half_year", systems / "half_year")
    shutil.copyfile(systems / "_shared/days_off/2026.yaml", systems / "_shared/days_off/2031.yaml")
    text = (systems / "_shared/days_off/2031.yaml").read_text(encoding="utf-8")
    (systems / "_shared/days_off/2031.yaml").write_text(text.replace("year: 2026", "year: 2031"), encoding="utf-8")
    assert not calendar_is_known(2031)
    monkeypatch.setenv("DUBAN_SYSTEMS", str(systems))
    assert scheme_keys() == ["half_year"]
    assert calendar_is_known(2031)


def test_a_file_of_the_office_stands_in_the_place_of_the_shipped_one_and_the_others_stay(office: Path) -> None:
    shipped = office_of("990000001", "云街街道").ops_email
    assert load_policies().approvals.drafts_in_a_run == 100
    own = (REPO / "include/registry/offices.yaml").read_text(encoding="utf-8").replace(shipped, "ops@own.invalid")
    (office / "offices.yaml").write_text(own, encoding="utf-8")
    assert office_of("990000001", "云街街道").ops_email == "ops@own.invalid"
    assert load_policies().approvals.drafts_in_a_run == 100


def test_a_file_of_offices_that_is_named_goes_before_the_one_in_the_folder(
    office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (office / "offices.yaml").write_text("not read", encoding="utf-8")
    shutil.copyfile(REPO / "include/registry/offices.yaml", tmp_path / "named.yaml")
    monkeypatch.setenv("DUBAN_OFFICES", str(tmp_path / "named.yaml"))
    assert office_of("990000001", "云街街道").street == "云街街道"
