"""A county closes its two systems by `make close` through the real Airflow: its register is a folder, its own login signs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import invented_county
from tests.end_to_end.conftest import Command, rows

pytestmark = [pytest.mark.airflow, pytest.mark.long]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = tmp_path_factory.mktemp("county")
    invented_county.write_register(world / "registry")
    invented_county.write_offices(world / "offices.yaml")
    invented_county.write_one_core(world / "one_core")
    invented_county.write_village_pilot(world / "village_pilot")
    return world


@pytest.mark.parametrize(
    ("system", "unit", "result", "papers"),
    [
        ("one_core", "样例丁社区", ("84.63", "7", "良好"), {f"letters/{invented_county.codes()['样例丁社区']}-台账.docx"}),
        ("village_pilot", "样例甲村", ("79.64", "2", "基本达标"), {"classes.csv", "lists/2026年上半年试点村设施对照表.xlsx"}),
    ],
)  # fmt: skip
def test_a_county_closes_a_system_of_its_own(
    county: Path, command: Command, system: str, unit: str, result: tuple[str, ...], papers: set[str]
) -> None:
    out = county / f"out_{system}"
    done = command(
        "close", "--system", system, "--period", "2026H1", "--registry", county / "registry", "--inbox", county / system,
        "--out", out, "--approve", "张部长", DUBAN_OFFICES=str(county / "offices.yaml"),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 个县" in done.stdout
    scores = {row["unit_name"]: (row["total"], row["rank"], row["grade"]) for row in rows(out / "scores.csv")}
    assert scores[unit] == result
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["scheme"], manifest["approved_by"]) == (system, "张部长")
    assert papers <= {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    mails = sorted((out / "mails").iterdir())
    assert any(f"_circular_{invented_county.codes()[unit]}" in mail.name for mail in mails)
