"""The main job end to end, on the real Airflow components; tests/airflow/test_chains.py runs its workflows without them."""

from __future__ import annotations

import email
import json
import re
from collections import Counter
from email import policy
from pathlib import Path

import psutil
import pytest

from tests.end_to_end.conftest import Command, hashes, rows
from tests.unpacked import unpacked

pytestmark = [pytest.mark.airflow, pytest.mark.long]
Demo = tuple[Path, Path]


def test_the_demo_leaves_everything_that_the_contract_names(demo: Demo) -> None:
    out, inbox = demo
    names = {path.name for path in out.iterdir()}
    csvs = {"values.csv", "scores.csv", "points.csv", "items.csv", "intake.csv", "registry.csv"}
    assert csvs | {"manifest.json", "circular.docx", "circular.html", "mails", "returned"} <= names
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["period"], manifest["revision"], manifest["approved_by"]) == ("2026H1", 1, "沈知遥")
    assert len(list(inbox.iterdir())) == len(rows(out / "intake.csv"))


def test_every_community_has_its_result_and_who_hands_in_nothing_has_none(demo: Demo) -> None:
    scores = rows(demo[0] / "scores.csv")
    assert len(scores) == 24
    statuses = Counter(row["status"] for row in scores)
    assert (statuses["未报"], statuses["退回未改"], statuses["迟报"]) == (1, 1, 2)
    for row in scores:
        is_scored = row["status"] in ("已报", "迟报")
        assert bool(row["total"]) == bool(row["rank"]) == bool(row["grade"]) == is_scored, row


def test_every_file_is_answered_by_one_mail(demo: Demo) -> None:
    intake = rows(demo[0] / "intake.csv")
    assert {row["status"] for row in intake} == {"accepted", "returned"}
    kinds = Counter(re.sub(r"^\d+_(.+)_\d+\.eml$", r"\1", path.name) for path in (demo[0] / "mails").iterdir())
    assert kinds["receipt"] + kinds["findings_received"] + kinds["returned"] == len(intake)
    assert kinds["form_opened"] == 24
    assert kinds["inspection_opened"] == 1
    assert kinds["circular"] == 25
    assert kinds["approval_waiting"] == 1
    assert kinds["hand_in_reminder"] > 0
    assert kinds["rectification_reminder"] > 0


def test_no_mail_goes_to_anybody_twice(demo: Demo) -> None:
    messages = [
        email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in (demo[0] / "mails").iterdir()
    ]
    assert len({message["Message-ID"] for message in messages}) == len(messages)


def test_what_else_the_street_runs_stands_beside_its_half_year(demo: Demo) -> None:
    """A ledger, items and events, each closed once, with figures that were reckoned by hand."""
    out, inbox = demo
    systems, sent = (folder.with_name(f"{folder.name}-systems") for folder in demo)
    manifests = {path.name: json.loads((path / "manifest.json").read_text("utf-8")) for path in systems.iterdir()}
    assert {key: (one["period"], one["approved_by"]) for key, one in manifests.items()} == {
        "activity_day": ("2026H2", "沈知遥"),
        "grid": ("2026Q4", "沈知遥"),
        "in_service": ("2026H2", ""),
    }
    assert {path.name for path in sent.iterdir()} == manifests.keys()
    assert sum(path.suffix == ".xlsx" for path in sent.rglob("*")) == 1
    assert not {path.name for path in inbox.iterdir()} & {path.name for path in sent.rglob("*.*")}
    printed = (out.parent / "printed").read_text(encoding="utf-8").splitlines()[-3:]
    assert all(f"{systems / key}/" in line for key, line in zip(sorted(manifests), printed, strict=True))

    def table(system: str, name: str, columns: str) -> dict[str, list[str]]:
        found = rows(systems / system / f"tables/{name}.csv")
        return {row["name"]: [row[column] for column in columns.split()] for row in found}

    days = table("activity_day", "T12", "应开展 已开展 补开 达标次数 平均到会率 志愿服务次数 志愿服务人次")
    assert days["揽月台社区"] == ["6", "6", "0", "6", "89.39", "3", "113"]
    assert days["云起社区"] == ["6", "6", "0", "6", "88.37", "2", "103"]
    assert days["云街街道"][:3] == ["144", "144", "1"]
    events = {(row["code"], row["period"]): row["state"] for row in rows(systems / "activity_day/events.csv")}
    assert (events["990101001019", "2026-11"], len(events)) == ("补报", 144)
    cells = table("grid", "T5", "二级 三级 空缺网格长 配备率 覆盖户数率 本季问题 办结 按期办结率 满意率 未结")
    assert cells["揽月台社区"] == ["1", "4", "0", "100.00", "99.76", "1", "1", "100.00", "100.00", "0"]
    assert cells["临漪社区"] == ["1", "3", "1", "66.67", "92.38", "2", "1", "0.00", "100.00", "1"]
    [late] = [row for row in rows(systems / "grid/items.csv") if row["number"] == "LI2"]
    assert (late["step"], late["step_due"], late["state"]) == ("办理", "2027-01-12", "办理中")
    serving = table("in_service", "T4", "报到在职党员数 认领岗位党员数 服务达标党员数 服务时长合计 已报")
    assert serving["云街街道"] == ["7", "6", "2", "28.5", "3/24"]
    for system in systems.iterdir():
        assert {row["status"] for row in rows(system / "intake.csv")} <= {"accepted", "returned"}
        assert not any("陆知微".encode() in path.read_bytes() for path in system.rglob("*") if path.is_file())
    assert any((systems / "activity_day/returned").iterdir())


def test_a_name_in_a_ledger_stands_in_what_was_handed_in_and_in_nothing_that_the_runs_wrote(
    demo: Demo, runs: Path
) -> None:
    """Logs of the tasks, Airflow's database with its XCom, ours, the archive, every mail and every OUT."""
    inbox = demo[1].with_name(f"{demo[1].name}-systems") / "in_service"
    told = [line.split(",") for path in inbox.glob("*登记册.csv") for line in _text(path).splitlines()]
    names = {line[1] for line in told if len(line) == 11 and line[0].isdigit()}
    assert "陆知微" in names and len(names) >= 5
    written = [path for folder in (runs, *demo[0].parent.iterdir()) for path in folder.rglob("*") if path.is_file()]
    written = [path for path in written if not path.is_relative_to(inbox)]
    assert len(written) > 1000
    forms = {name: (name.encode(), name.encode("gb18030"), json.dumps(name)[1:-1].encode()) for name in names}
    for path in written:
        content = unpacked(path)
        assert [name for name, texts in forms.items() if any(text in content for text in texts)] == [], path


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def test_nothing_that_the_demo_started_is_left_running(demo: Demo, runs: Path) -> None:
    left = [process for process in psutil.process_iter(["environ"]) if str(runs) in str(process.info["environ"])]
    assert left == []


def test_closing_on_the_demos_hand_ins_gives_the_same_scores(demo: Demo, command: Command, tmp_path: Path) -> None:
    out, inbox = demo
    before = {path.name: (path.stat().st_mtime, path.read_bytes()) for path in inbox.iterdir()}
    closed = command(
        "close", "--period", "2026H1", "--registry", out / "registry.csv", "--inbox", inbox, "--out", tmp_path / "out",
        "--received", "mtime",
    )  # fmt: skip
    assert closed.returncode == 0, closed.stdout + closed.stderr
    for name in ("scores.csv", "points.csv", "values.csv", "registry.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (out / name).read_bytes(), name
    manifest = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
    assert manifest["approved_by"] == ""
    assert before == {path.name: (path.stat().st_mtime, path.read_bytes()) for path in inbox.iterdir()}


def test_the_demo_played_twice_and_run_again_gives_the_same_bytes(demo: Demo, command: Command, tmp_path: Path) -> None:
    played = command("demo", "--out", tmp_path / "out", "--inbox", tmp_path / "inbox")
    assert played.returncode == 0, played.stdout + played.stderr
    first = hashes(demo[0])
    assert hashes(tmp_path / "out") == first
    assert hashes(tmp_path / "out-systems") == hashes(demo[0].with_name("out-systems"))
    again = command("rerun", "--period", "2026H1")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "输入没有变化" in again.stdout
    assert hashes(tmp_path / "out") == first
