"""A street's committee: patterns for anyone's register, overrides by code."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from include.errors import UserError
from include.period import Period
from include.registry.offices import (
    answering_accounts,
    is_run,
    is_run_by_any,
    mailboxes,
    may_run,
    office_of,
    role_of,
    systems_of,
)
from include.schemes.loader import default_system, scheme_keys
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


def test_a_countys_office_is_its_organisation_department_with_a_login_numbers_and_a_mailbox_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (REPO / "include/registry/offices.yaml").read_text(encoding="utf-8")
    own = tmp_path / "offices.yaml"
    lines = "  '990301': {name: 云岭县}\n  '990302': {name: 石河旗, account: shihe, imap: ''}\n  '990301001': {account: xinqiao}\n"
    own.write_text(text.replace("streets:\n", f"streets:\n{lines}"), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(own))
    office = office_of("990301", "")
    assert (office.sign_name, office.document_prefix) == ("中共云岭县委组织部", "云岭县委组")
    assert (office.account, office.imap) == ("county", "duban_imap_990301")
    assert [one.name for one in office.copied_to] == ["市（州、盟）委组织部"]
    assert (office_of("990302", "").account, office_of("990302", "").imap) == ("shihe", "")
    assert (office_of("990301002", "河口镇").account, office_of("990301002", "河口镇").imap) == ("committee", "")
    assert (answering_accounts(), mailboxes()) == (["committee", "county", "shihe", "xinqiao"], ["duban_imap_990301"])
    assert {role_of(login) for login in answering_accounts()} == {"committee"}


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


def test_who_a_login_is_stands_in_the_file_else_it_is_one_of_ops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [role_of(login) for login in ("committee", "viewer", "zhang")] == ["committee", "viewer", "ops"]
    given = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
    own = tmp_path / "offices.yaml"
    own.write_text(yaml.safe_dump(given | {"roles": {"zhang": "committee"}}, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(own))
    assert [role_of(login) for login in ("committee", "viewer", "zhang")] == ["committee", "viewer", "committee"]
    own.write_text(yaml.safe_dump(given | {"roles": {"zhang": "boss"}}, allow_unicode=True), encoding="utf-8")
    with pytest.raises(UserError, match=r"offices\.yaml.*roles\.zhang"):
        role_of("zhang")


def test_a_misspelt_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (REPO / "include/registry/offices.yaml").read_text(encoding="utf-8")
    own = tmp_path / "offices.yaml"
    own.write_text(text.replace("streets:\n", "streets:\n  '1': {document_prefx: 东}\n"), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(own))
    with pytest.raises(UserError, match=r"streets\.1\.document_prefx"):
        office_of("1", "东街街道")


@pytest.fixture
def systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Offices that say which systems they run: the defaults, and each street by its code."""
    given = yaml.safe_load((REPO / "include/registry/offices.yaml").read_text(encoding="utf-8"))
    own = tmp_path / "offices.yaml"
    monkeypatch.setenv("DUBAN_OFFICES", str(own))

    def say(defaults: object = None, **streets: object) -> None:
        given["defaults"]["systems"] = defaults
        given["streets"] = {code.strip("_"): {"systems": said} for code, said in streets.items()}
        own.write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")

    return say


def run(code: str, system: str, period: str) -> tuple[bool, bool]:
    """By schedule, and by hand."""
    return is_run(code, system, Period.parse(period)), may_run(code, system, Period.parse(period))


def test_an_office_that_names_no_system_runs_the_default_one_alone() -> None:
    assert list(systems_of("990101001")) == [default_system()]
    assert run("990101001", "half_year", "2025Q1") == (True, True)
    assert run("990101001", "five_good", "2026H1") == (False, True)
    assert not is_run_by_any("five_good", Period.parse("2026H1"))


def test_a_system_runs_by_schedule_for_the_office_that_names_it_and_for_no_other(systems: Callable[..., None]) -> None:
    systems(_1={"half_year": {}, "five_good": {}})
    assert [run(code, "five_good", "2026H1")[0] for code in ("1", "2")] == [True, False]
    assert is_run_by_any("five_good", Period.parse("2026H1"))


@pytest.mark.parametrize("since", ["2026H1", "2026Q2", "2026-01"])
def test_no_period_before_the_first_one_is_run_by_schedule_or_by_hand(systems: Callable[..., None], since: str) -> None:
    systems({"half_year": {"from": since}})
    answers = [run("1", "half_year", period) for period in ("2025Q4", "2025H2", "2025", "2026H1", "2026Q2", "2026Q3")]
    assert answers == [(False, False)] * 3 + [(True, True)] * 3
    assert not is_run_by_any("half_year", Period.parse("2025H2"))


def test_a_year_that_began_before_the_first_period_is_not_run(systems: Callable[..., None]) -> None:
    systems({"half_year": {"from": "2026H2"}})
    assert run("1", "half_year", "2026") == (False, False)


def test_no_period_after_the_last_one_is_run_by_schedule_or_by_hand(systems: Callable[..., None]) -> None:
    systems({"half_year": {"until": "2026H1"}, "five_good": {}})
    answers = [run("1", "half_year", period) for period in ("2025H2", "2026Q2", "2026H1", "2026Q3", "2026H2", "2026")]
    assert answers == [(True, True)] * 3 + [(False, False)] * 3
    systems({"half_year": {"until": "2026H3"}})
    with pytest.raises(UserError, match=r"half_year\.until：期间“2026H3”无法识别"):
        run("1", "half_year", "2026H1")


def test_a_system_that_does_not_exist_and_a_first_period_that_is_none_are_named(systems: Callable[..., None]) -> None:
    systems({"halfyear": {}}, _1={"five_good": {"from": "2026H3"}})
    with pytest.raises(UserError) as error:
        systems_of("1")
    assert error.value.problems == [
        f"街道设置文件 offices.yaml：defaults.systems：没有名为“halfyear”的系统；现有：{'、'.join(scheme_keys())}。",
        "街道设置文件 offices.yaml：streets.1.systems.five_good.from：期间“2026H3”无法识别：请写成 2026（全年）、"
        "2026H1（上半年）、2026Q2（第二季度）或 2026-07（月份）。",
    ]
