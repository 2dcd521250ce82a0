"""Two communities and their estates, rated by systems that are invented for the tests, and what their papers are read by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from include.db.engine import transaction
from include.period import Period, parse_moment
from include.registry.imports import import_register
from include.reports.out import write_out
from include.schemes.loader import load_scheme
from include.steps import approvals, closing, receiving
from tests.intake.receive_street import FIRST, SECOND, STREET, drop, rows
from tests.own_systems import add_systems

ESTATE, OTHER = "990000001901", "990000001902"
HEAD = "code,name,street_code,street,unit_type,households,secretary_email,officer_email,liaison_email,kind\n"
PEOPLE = {"a": "s1@x.cn,o1@x.cn,l1@x.cn", "b": "s2@x.cn,o2@x.cn,l2@x.cn"}


class Street:
    """Two communities, and an estate of each, whose mails go to its community."""

    def __init__(self, world: Path, monkeypatch: pytest.MonkeyPatch, **systems: str) -> None:
        self.world, self.monkeypatch = world, monkeypatch
        monkeypatch.setenv("DUBAN_RECEIVED", "now")
        add_systems(world, monkeypatch, **systems)
        self.at("2026-01-01T08:00:00")
        folder = world / "register"
        folder.mkdir()
        (folder / "subjects.csv").write_text(
            HEAD
            + f"{FIRST.code},{FIRST.name},{STREET},云街街道,社区,2310,{PEOPLE['a']},社区\n"
            + f"{SECOND.code},{SECOND.name},{STREET},云街街道,社区,1800,{PEOPLE['b']},社区\n"
            + f"{ESTATE},杏园小区,{STREET},云街街道,小区,300,,,,小区\n"
            + f"{OTHER},柳园小区,{STREET},云街街道,小区,200,,,,小区\n",
            encoding="utf-8",
        )
        (folder / "links.csv").write_text(
            "code,link,to_code,valid_from,valid_to\n"
            f"{ESTATE},所属社区,{FIRST.code},2020-01-01,\n{OTHER},所属社区,{SECOND.code},2020-01-01,\n",
            encoding="utf-8",
        )
        with transaction() as connection:
            import_register(connection, folder, parse_moment("2020-01-01", "test").date(), "test")

    def at(self, moment: str) -> None:
        self.monkeypatch.setenv("DUBAN_NOW", moment)

    def hands_in(self, code: str, form: str, period: str, values: dict[str, str]) -> None:
        head = f"表,{form}\n期间,{period}\n编码,{code}\n\n编码,填报项,填报值\n"
        name = f"{form}{period}{code}{len(rows('SELECT id FROM delivery'))}.csv"
        lines = "".join(f"{code},{label},{value}\n" for label, value in values.items())
        drop(self.world, name, (head + lines).encode())
        receiving.receive("test")
        [answered] = rows(f"SELECT status, message FROM delivery WHERE name = '{name}'")
        assert answered["status"] == "accepted", answered["message"]


def closes(system: str, period: str) -> str:
    [result] = closing.close_streets(system, period, [STREET], "test")
    circular = approvals.draft_circular(result)
    assert circular is not None
    return circular


def letters() -> list[tuple[str, str]]:
    found = rows("SELECT id, state FROM circular WHERE assessment_id IS NULL ORDER BY id")
    return [(str(row["id"]), str(row["state"])) for row in found]


def mailed(kind: str) -> list[dict[str, Any]]:
    found = rows(
        f"SELECT subject, recipient, copy_to, payload, attachments FROM notice WHERE kind = '{kind}' ORDER BY subject"
    )
    return [
        {
            **row,
            "payload": json.loads(str(row["payload"])),
            "files": [one["name"] for one in json.loads(str(row["attachments"]))],
        }
        for row in found
    ]


def exported(street: Street, system: str, period: str) -> Path:
    out = street.world / "out"
    with transaction() as connection:
        write_out(connection, load_scheme(system, Period.parse(period)), out, STREET)
    return out


def judges(street: Street) -> Street:
    """The first community and its estate do well, the other two do not."""
    street.at("2026-07-10T09:00:00")
    for code, tidy, paper in (
        (FIRST.code, "95", "有"),
        (ESTATE, "90", "有"),
        (SECOND.code, "40", "无"),
        (OTHER, "45", "有"),
    ):
        street.hands_in(code, "评比表", "2026H1", {"整洁程度": tidy, "日志": paper, "清单": "有"})
    street.at("2026-08-20T09:00:00")
    return street
