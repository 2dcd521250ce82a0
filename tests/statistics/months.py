"""Three communities that sum up their months, and what comes of it as papers."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
import yaml

from include.archive import contents
from include.data_files import read_yaml
from include.period import Period
from include.schemes.loader import load_scheme
from include.settings import REPO
from tests.town import STREET, Town

A, B, C = (f"{STREET}00{n}" for n in (1, 2, 3))
SUBJECTS = "".join(f"{code},{name}社区,{STREET},云街街道,,\n" for code, name in ((A, "杏花"), (B, "柳堤"), (C, "松岭")))
FORM = "月小结"


def town_of_months(world: Path, monkeypatch: pytest.MonkeyPatch, **run: str) -> Town:
    """Its office runs the systems of `run`, each from the period given."""
    offices = read_yaml(REPO / "include/registry/offices.yaml")
    offices["defaults"]["systems"] = {key: {"from": since} for key, since in run.items()}
    own = world / "offices.yaml"
    own.write_text(yaml.safe_dump(offices, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("DUBAN_OFFICES", str(own))
    return Town(world, monkeypatch, "monthly_brief", subjects=SUBJECTS, links="")


def month(town: Town, period: str, code: str = A, **figures: object) -> str:
    scheme = load_scheme("monthly_brief", Period.parse(period))
    values: dict[str, object] = {
        "member_assemblies": 1,
        "special_activity_names": "",
        "main_work": "学习和志愿服务",
        "difficulties": "场地仍然不足",
        "next_plan": "继续开展志愿服务",
        **figures,
    }
    own = [f"{code},{cell.label},{values.get(cell.key, 0)}" for cell in scheme.cells]
    return town.hands_in(period, FORM, code, "", *own)


def papers(town: Town, kind: str) -> list[tuple[str, bytes]]:
    with town.database() as connection:
        rows = connection.exec_driver_sql(f"SELECT unit_code, docx_sha256 FROM paper WHERE kind = '{kind}'").all()
    return [(str(code), contents.load(sha256)) for code, sha256 in rows]


def words_of(docx: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(docx)) as file:
        text = file.read("word/document.xml").decode()
    return re.sub(r"<[^>]+>|\s", "", text)
