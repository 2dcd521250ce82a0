"""A street's committee: patterns for anyone's register, overrides by code."""

from pathlib import Path

import pytest

from include.errors import UserError
from include.registry.offices import office_of
from include.settings import REPO


def test_a_street_is_led_by_a_working_committee() -> None:
    office = office_of("990000001", "云街街道")
    assert office.committee_name == office.sign_name == "中共云街街道工作委员会"
    assert office.document_prefix == "云街党工委"
    assert office.printed_by == "云街街道党工委办公室"


def test_a_township_is_led_by_a_committee() -> None:
    office = office_of("340823101", "枞阳镇")
    assert (office.committee_name, office.document_prefix) == ("中共枞阳镇委员会", "枞阳镇党委")


def test_a_street_without_a_name_is_called_by_its_code() -> None:
    assert office_of("110101001", "").document_prefix == "街道110101001党工委"


def test_default_addresses_reach_nobody() -> None:
    office = office_of("110101001", "东华门街道")
    assert all(a.endswith(".invalid") for a in [office.committee_email, office.ops_email, *office.inspectors])


def test_an_override_changes_only_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (REPO / "include/registry/offices.yaml").read_text(encoding="utf-8")
    own = tmp_path / "offices.yaml"
    own.write_text(
        text.replace("streets:\n", "streets:\n  '110101001': {document_prefix: 东华门工委, inspectors: [a@b.cn]}\n"),
        encoding="utf-8",
    )
    monkeypatch.setenv("DUBAN_OFFICES", str(own))
    office = office_of("110101001", "东华门街道")
    assert (office.document_prefix, office.inspectors) == ("东华门工委", ["a@b.cn"])
    assert office.committee_name == "中共东华门街道工作委员会"
    assert (office.contact.name, office.contact.telephone) == ("", ""), "nobody is named who is not said"
    assert office_of("110101002", "景山街道").document_prefix == "景山党工委"


def test_a_misspelt_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (REPO / "include/registry/offices.yaml").read_text(encoding="utf-8")
    own = tmp_path / "offices.yaml"
    own.write_text(text.replace("streets:\n", "streets:\n  '1': {document_prefx: 东}\n"), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(own))
    with pytest.raises(UserError, match=r"streets\.1\.document_prefx"):
        office_of("1", "东街街道")
