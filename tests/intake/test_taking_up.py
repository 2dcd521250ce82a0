"""What ops edit is taken up while everything runs; what is broken is told by name, and the last sound version stays in force."""

import datetime as dt
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from include import in_force
from include.data_files import read_bytes
from include.outbox.policies import load_policies
from include.period import Period, calendar_is_known, is_working_day
from include.registry.offices import office_of
from include.registry.persons import name_of
from include.schemes.loader import load_scheme, path_of, scheme_keys
from include.settings import REPO
from include.steps.taking_up import faults_in_force, take_up
from ops import check_systems
from tests.intake.receive_street import notices

H1 = Period.parse("2026H1")
NAMES = ("half_year", "five_good", "_shared")


@pytest.fixture
def folders(world: Path, tmp_path: Path, _sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The office's two folders, with everything sound and in force."""
    shutil.copy(_sqlite_template, tmp_path / "duban.db")
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_DB", f"sqlite:///{world / 'duban.db'}")
    for name in NAMES:
        shutil.copytree(REPO / "systems" / name, tmp_path / "systems" / name)
    (tmp_path / "office").mkdir()
    shutil.copy2(REPO / "include/registry/offices.yaml", tmp_path / "office/offices.yaml")
    shutil.copy2(REPO / "include/outbox/policies.yaml", tmp_path / "office/policies.yaml")
    monkeypatch.setenv("DUBAN_SYSTEMS", str(tmp_path / "systems"))
    monkeypatch.setenv("DUBAN_OFFICE", str(tmp_path / "office"))
    monkeypatch.setattr(in_force, "SETTLE_SECONDS", 0.0)
    assert take_up() == []
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    stamp = path.stat().st_mtime_ns + 1
    os.utime(path, ns=(stamp, stamp))


def alerts() -> list[str]:
    return sorted(str(row["payload"]) for row in notices("ops_alert"))


def elsewhere(code: str) -> str:
    """What another process prints, which knows of this one nothing but its settings."""
    run = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_a_sound_edit_is_in_force_once_it_is_taken_up_and_not_before(folders: Path) -> None:
    path = folders / "systems/half_year/system.yaml"
    before = load_scheme("half_year", H1).title
    edit(path, f"title: {before}", "title: 半年考评（改）")
    assert load_scheme("half_year", H1).title == before
    assert take_up() == []
    assert load_scheme("half_year", H1).title == "半年考评（改）"
    assert alerts() == []


def test_a_broken_system_is_told_by_file_and_line_and_the_last_sound_one_stays_in_every_process(folders: Path) -> None:
    path = folders / "systems/half_year/system.yaml"
    good = load_scheme("half_year", H1)
    edit(path, "period_kinds: [", "period_kinds: [decade, ")
    [said, *_] = take_up()
    assert said.startswith("half_year/system.yaml 第 ") and "沿用" in said and "不用重启" in said
    assert load_scheme("half_year", H1) == good
    code = "from include.schemes.loader import load_scheme; from include.period import Period as P;"
    assert elsewhere(code + 'print(load_scheme("half_year", P.parse("2026H1")).title)') == good.title
    assert elsewhere("from include.steps.taking_up import faults_in_force as f; print(f()[0])") == said
    assert take_up() == take_up() == faults_in_force()
    assert len(alerts()) == 1 and "half_year/system.yaml 第 " in alerts()[0]
    assert len(alerts()[0]) < 1_000, "one slip is wrong in every period: the first few are shown"


def test_a_repaired_file_is_taken_up_at_once_and_told_once(folders: Path) -> None:
    path = folders / "systems/half_year/system.yaml"
    edit(path, "period_kinds", "period_kind")
    take_up()
    edit(path, "period_kind", "period_kinds")
    assert take_up() == take_up() == []
    assert len(alerts()) == 2 and any("half_year：已改好" in one for one in alerts())
    edit(path, "period_kinds", "period_kind")
    assert take_up()
    assert len(alerts()) == 3, "the same mistake made again is told again"


def test_one_broken_system_holds_no_other_edit_up(folders: Path) -> None:
    edit(folders / "systems/half_year/system.yaml", "period_kinds", "period_kind")
    title = load_scheme("five_good", H1).title
    edit(folders / "systems/five_good/system.yaml", f"title: {title}", "title: 改过的评议")
    assert take_up()
    assert load_scheme("five_good", H1).title == "改过的评议"


def test_a_broken_calendar_keeps_the_days_off_that_were_known(folders: Path) -> None:
    path = folders / "systems/_shared/days_off/2026.yaml"
    edit(path, "  - 2026-10-01", "  - 2026年10月1日")
    [said] = take_up()
    assert said.startswith("_shared/days_off/2026.yaml：days_off 的“2026年10月1日”不是 2026 年的日期")
    assert not is_working_day(dt.date(2026, 10, 1))
    edit(path, "  - 2026年10月1日  # National Day\n", "")
    assert take_up() == []
    assert is_working_day(dt.date(2026, 10, 1))


def test_next_years_calendar_counts_once_it_lies_there(folders: Path) -> None:
    days = folders / "systems/_shared/days_off"
    assert not calendar_is_known(2027)
    days.joinpath("2027.yaml").write_text(
        "year: 2027\ndays_off:\n  - 2027-01-01\nworking_weekends: []\n", encoding="utf-8"
    )
    assert take_up() == []
    assert calendar_is_known(2027) and not is_working_day(dt.date(2027, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("defaults:\n", "defaults: [\n", "offices.yaml"),
        ("  ops_email:", "  ops_mail:", "defaults.ops_mail"),
        ("defaults:\n", "defaults:\n  systems: {no_such: {}}\n", "没有名为“no_such”的系统"),
    ],
)
def test_a_broken_file_of_offices_keeps_the_offices_as_they_were(folders: Path, old: str, new: str, said: str) -> None:
    before = office_of("990000001", "云街街道")
    edit(folders / "office/offices.yaml", old, new)
    assert any(said in one and "沿用" in one for one in take_up())
    assert office_of("990000001", "云街街道") == before
    assert len(alerts()) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  drafts_in_a_run: 100", "  drafts_in_a_run: 许多", "policies.yaml：approvals.drafts_in_a_run："),
        ("  receipt:\n", "  reciept:\n", "policies.yaml：kinds 少了 receipt"),
    ],
)
def test_broken_policies_keep_the_policies_as_they_were(folders: Path, old: str, new: str, said: str) -> None:
    edit(folders / "office/policies.yaml", old, new)
    assert take_up()[0].startswith(said)
    assert load_policies().approvals.drafts_in_a_run == 100 and "receipt" in load_policies().kinds
    shutil.copyfile(REPO / "include/outbox/policies.yaml", folders / "office/policies.yaml")
    edit(folders / "office/policies.yaml", "drafts_in_a_run: 100", "drafts_in_a_run: 7")
    assert take_up() == []
    assert load_policies().approvals.drafts_in_a_run == 7


def test_signing_by_reply_is_not_switched_on_before_an_own_file_of_policies_has_its_answer(folders: Path) -> None:
    own = (folders / "office/policies.yaml").read_text(encoding="utf-8")
    kind = own[own.index("  signature_answered:\n") : own.index("\nnot_sent_here")]
    edit(folders / "office/policies.yaml", kind, "")
    edit(folders / "office/offices.yaml", "defaults:\n", "defaults:\n  sign_by_reply: true\n")
    told = take_up()
    assert any(
        one.startswith("offices.yaml：打开了 sign_by_reply（回复邮件签发），但本单位的 policies.yaml") for one in told
    )
    assert not office_of("990000001", "云街街道").sign_by_reply
    shutil.copyfile(REPO / "include/outbox/policies.yaml", folders / "office/policies.yaml")
    assert take_up() == []
    assert office_of("990000001", "云街街道").sign_by_reply


def test_a_broken_file_of_persons_keeps_the_persons_as_they_were(folders: Path) -> None:
    path = folders / "office/persons.yaml"
    path.write_text("persons:\n  - {account: wang, name: 王强, roles: [ops], from: 2026-01-01}\n", encoding="utf-8")
    assert take_up() == []
    edit(path, "roles: [ops]", "roles: [boss]")
    assert take_up()[0].startswith("人员文件 persons.yaml：persons.0.roles.0 ")
    assert name_of("wang", dt.date(2026, 7, 1)) == "王强"


def test_what_lies_there_is_checked_before_it_is_taken_up(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_systems.main()
    assert capsys.readouterr().out.startswith("2 个制度的文件都没有错误：")
    edit(folders / "systems/half_year/system.yaml", "period_kinds: [", "period_kinds: [decade, ")
    with pytest.raises(SystemExit):
        check_systems.main()
    assert capsys.readouterr().out.startswith("half_year/system.yaml 第 ")
    edit(folders / "office/policies.yaml", "  drafts_in_a_run: 100", "  drafts_in_a_run: 许多")
    with pytest.raises(SystemExit):
        check_systems.main()
    assert capsys.readouterr().out.startswith("policies.yaml：approvals.drafts_in_a_run：")
    assert load_scheme("half_year", H1) and faults_in_force() == [], "nothing was taken up by looking"


def test_a_file_that_is_gone_stays_in_force_and_is_named(folders: Path) -> None:
    (folders / "office/offices.yaml").unlink()
    (folders / "systems/_shared/days_off/2026.yaml").unlink()
    before = office_of("990000001", "云街街道")
    said = take_up()
    assert [one.partition("：")[0] for one in said] == ["offices.yaml", "_shared/days_off/2026.yaml"]
    assert office_of("990000001", "云街街道") == before and not is_working_day(dt.date(2026, 10, 1))


def test_a_folder_that_is_not_mounted_stops_nothing(folders: Path) -> None:
    shutil.move(folders / "systems", folders / "elsewhere")
    (folders / "systems").mkdir()
    [said] = take_up()
    assert "都不见了" in said and "DUBAN_SYSTEMS" in said
    assert scheme_keys() == ["five_good", "half_year"] and load_scheme("half_year", H1)
    (folders / "systems").rmdir()
    shutil.move(folders / "elsewhere", folders / "systems")
    assert take_up() == []


def test_a_system_that_nobody_needs_may_be_taken_away_and_one_that_is_run_may_not(folders: Path) -> None:
    shutil.rmtree(folders / "systems/five_good")
    assert take_up() == []
    assert scheme_keys() == ["half_year"]
    shutil.rmtree(folders / "systems/half_year")
    assert any("half_year" in one for one in take_up())
    assert scheme_keys() == ["half_year"]


def test_a_new_system_that_is_broken_is_told_and_stops_nothing_of_the_others(folders: Path) -> None:
    shutil.copytree(folders / "systems/five_good", folders / "systems/six_good")
    edit(folders / "systems/six_good/system.yaml", "period_kinds", "period_kind")
    [said, *_] = take_up()
    assert said.startswith("six_good/system.yaml") and "其他制度照常" in said
    assert load_scheme("half_year", H1) and load_scheme("five_good", H1)


def test_a_broken_template_of_a_system_keeps_the_folder_as_it_was(folders: Path) -> None:
    [template] = sorted((folders / "systems/five_good/documents").glob("*.md"))[:1]
    before = template.read_bytes()
    template.write_text("{% if %}", encoding="utf-8")
    [said] = take_up()
    assert said.startswith(f"five_good/documents/{template.name} 第 1 行：模板写法不对")
    assert read_bytes(template) == before


def test_a_file_that_is_being_written_is_left_alone(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_force, "SETTLE_SECONDS", 60.0)
    edit(folders / "systems/half_year/system.yaml", "period_kinds", "period_kind")
    assert not in_force.is_due() and take_up() == []
    monkeypatch.setattr(in_force, "SETTLE_SECONDS", 0.0)
    assert in_force.is_due() and take_up()


def test_a_file_with_a_name_that_nobody_reads_is_told(folders: Path) -> None:
    (folders / "office/policy.yaml").write_text("kinds: {}\n", encoding="utf-8")
    [said] = take_up()
    assert said.startswith("policy.yaml：没有用处") and "policies.yaml" in said


def test_what_another_archive_holds_is_not_in_force_here(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(folders / "systems/half_year/system.yaml", "period_kinds", "period_kind")
    take_up()
    assert path_of("half_year").is_relative_to(folders) and in_force.kept_edition() is not None
    monkeypatch.setenv("DUBAN_ARCHIVE", str(folders / "another"))
    assert in_force.kept_edition() is None
