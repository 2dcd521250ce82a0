"""A street whose subjects are rated: its register as a folder, its sheets as CSV, its periods closed one after the other."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import os
from pathlib import Path

import pytest

from include.circulars.draft import draft
from include.db.engine import transaction
from include.intake.receive import drain
from include.period import Period, end_of, parse_moment
from include.registry.units import import_units
from include.reports.out import write_out
from include.schemes.loader import load_scheme
from include.shapes.scored_form import ScoredForm
from tests.signing import signs

STREET = "990000001"


class Town:
    """One system in one street; the clock of the process goes with what is done."""

    def __init__(
        self,
        world: Path,
        monkeypatch: pytest.MonkeyPatch,
        system: str,
        *,
        subjects: str,
        links: str,
        attributes: str = "",
        scope: str = STREET,
    ) -> None:
        monkeypatch.setenv("DUBAN_RECEIVED", "mtime")
        self.world, self.patch, self.system, self.scope = world, monkeypatch, system, scope
        folder = world / "registry"
        folder.mkdir()
        heads = {
            "subjects": "code,name,street_code,street,kind,secretary_email",
            "attributes": "code,name,value",
            "links": "code,link,to_code",
        }
        for name, lines in (("subjects", subjects), ("attributes", attributes), ("links", links)):
            (folder / f"{name}.csv").write_text(f"{heads[name]}\n{lines}", encoding="utf-8")
        with transaction() as connection:
            import_units(connection, folder, dt.date(2000, 1, 1))

    def hands_in(self, period: str, form: str, filler: str, titles: str, *lines: str, at: str = "") -> str:
        """A sheet on its due day, or at a moment; its status."""
        scheme = load_scheme(self.system, Period.parse(period))
        asked = next(one for one in scheme.forms if one.name == form)
        due_at = end_of(scheme.dates_of(asked.key).due_date) - dt.timedelta(hours=12)
        moment = parse_moment(at, "test") if at else due_at
        self.patch.setenv("DUBAN_NOW", moment.isoformat())
        name = f"{period}_{filler}_{asked.key}.csv"
        path = self.world / "inbox" / name
        header = titles if asked.rows else f"编码,名称,{titles}" if asked.rates else "编码,填报项,填报值"
        head = [f"表,{form}", f"期间,{period}", f"编码,{filler}", "", header]
        path.write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        os.utime(path, (moment.timestamp(), moment.timestamp()))
        drain("test")
        with transaction() as connection:
            rows = connection.exec_driver_sql(
                f"SELECT status, message FROM delivery WHERE sha256 = '{sha256}' ORDER BY received_at"
            ).all()
        self.said = str(rows[-1][1])
        return str(rows[-1][0])

    def closes(self, period: str) -> str | None:
        """The id of the result whose circular is to be decided on; None where there is none."""
        scheme = load_scheme(self.system, Period.parse(period))
        moment = parse_moment(f"{scheme.dates.circular_date}T09:00:00", "test")
        self.patch.setenv("DUBAN_NOW", moment.isoformat())
        with transaction() as connection:
            return ScoredForm(scheme).evaluate(connection, self.scope, moment, "test")

    database = staticmethod(transaction)

    def out(self, period: str) -> Path:
        folder = self.world / f"out_{period}"
        with transaction() as connection:
            write_out(connection, load_scheme(self.system, Period.parse(period)), folder, self.scope)
        return folder

    def read(self, period: str, name: str) -> list[dict[str, str]]:
        """A table of OUT."""
        with (self.out(period) / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def results(self, period: str) -> dict[str, tuple[str, str, str, str]]:
        """Total, class, rank and status by code."""
        return {
            row["unit_code"]: (row["total"], row["grade"], row["rank"], row["status"])
            for row in self.read(period, "scores.csv")
        }

    def is_signed(self, result_id: str) -> Path:
        """The circular of a result is drafted, signed and told of on the day after; OUT as it is then."""
        period = result_id.split("/")[1]
        scheme = load_scheme(self.system, Period.parse(period))
        moment = parse_moment(f"{scheme.dates.circular_date}T10:00:00", "test") + dt.timedelta(days=1)
        self.patch.setenv("DUBAN_NOW", moment.isoformat())
        with transaction() as connection:
            circular_id = draft(connection, result_id, moment)
        signs(circular_id)
        return self.out(period)
