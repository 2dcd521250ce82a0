"""Receiving against the floor (calamine reading the same files) and the peer (openpyxl and a GX validation a file).

`python -m bench.intake [--files 2000]`. Ours is everything from the inbox to the receipt in the outbox: archive, read,
check, store, answer. Great Expectations is imported before; no form goes back. SQLite, one process.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import tempfile
import time
from pathlib import Path

import openpyxl
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from bench.timing import timed
from include.db.engine import migrate, transaction
from include.intake import inbox
from include.intake.receive import drain
from include.period import Period
from include.registry.units import import_units, units_of
from include.schemes.loader import load_scheme
from include.validation.findings import Candidate
from include.validation.suite import validate
from include.workbooks.forms import write_form

FLOOR = 10.0
PEER = 10.0
PEER_FILES = 20
PERIOD, STREET = Period.parse("2026H1"), "990000001"
_USUAL = {"yes_no": "是", "text": "重阳敬老", "choice": "有"}


def _write_files(folder: Path, files: int) -> list[Path]:
    """A register of so many communities and each one's form filled in, with figures that differ."""
    registry = folder / "registry.csv"
    lines = [f"99{n:010},第{n}社区,{STREET},云街街道,s{n}@x.cn,o{n}@x.cn,l@x.cn" for n in range(files)]
    header = "code,name,street_code,street,secretary_email,officer_email,liaison_email"
    registry.write_text("\n".join([header, *lines]), encoding="utf-8")
    with transaction() as connection:
        import_units(connection, registry, dt.date(2000, 1, 1))
        units = units_of(connection, STREET, PERIOD.end_date)
    scheme, paths = load_scheme("half_year", PERIOD), []
    for number, unit in enumerate(units):
        figures = {
            cell.key: "" if cell.is_optional else _USUAL.get(cell.type, str(2 + number % 7)) for cell in scheme.cells
        }
        figures["members"] = "40"
        path = folder / "inbox" / f"{unit.name}.xlsx"
        path.write_bytes(write_form(scheme, "main", unit, {}, figures))
        paths.append(path)
    return paths


def _floor(paths: list[Path]) -> None:
    for path in paths:
        with CalamineWorkbook.from_path(path) as book:
            for index in range(len(book.sheet_names)):
                book.get_sheet_by_index(index).to_python()


def _peer(paths: list[Path]) -> None:
    """What a script would do: open each workbook, take its cells, have Great Expectations look at them."""
    scheme = load_scheme("half_year", PERIOD)
    for path in paths:
        book = openpyxl.load_workbook(path, data_only=True)
        cells = {}
        for sheet in book.worksheets:
            for row in sheet.iter_rows(values_only=True):
                if isinstance(row[0], str) and row[0].startswith("#") and len(row) > 6:
                    value = None if row[6] is None else str(row[6])
                    cells[row[0][1:]] = _Cell(value or "", value)
        validate([Candidate(path.name, scheme, "main", cells)])


class _Cell:
    problem, source_cell = None, ""

    def __init__(self, found: str, value: str | None) -> None:
        self.text, self.value = found, value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2_000)
    files: int = parser.parse_args().files
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AIRFLOW_CONN_DUBAN_DB"] = f"sqlite:///{folder}/duban.db"
        os.environ |= {"DUBAN_ARCHIVE": f"{folder}/archive", "DUBAN_INBOX": f"{folder}/inbox"}
        os.environ |= {"DUBAN_NOW": "2026-07-10T09:00:00", "DUBAN_RECEIVED": "now"}
        (Path(folder) / "inbox").mkdir()
        migrate()
        paths = _write_files(Path(folder), files)
        _peer(paths[:1])  # imports Great Expectations
        floors = [timed(lambda: _floor(paths))]
        peer = timed(lambda: _peer(paths[:PEER_FILES])) / min(PEER_FILES, files) * files
        floors.append(timed(lambda: _floor(paths)))
        time.sleep(inbox.QUIET_SECONDS)  # then no file of the inbox is so fresh that it must be waited for
        ours = timed(lambda: drain("bench", PERIOD))
        with transaction() as connection:
            query = text(
                "SELECT COUNT(*) FROM delivery JOIN notice ON notice.subject = delivery.id AND kind = 'receipt'"
            )
            receipts = connection.execute(query).scalar_one()
    if receipts != files:
        raise SystemExit(f"{receipts} receipts for {files} files")
    floor = sum(floors) / len(floors)
    print(
        f"files {files}; ours {ours / files * 1000:.2f} ms a file, calamine {floor / files * 1000:.2f} ms, "
        f"openpyxl and GX a file {peer / files * 1000:.1f} ms"
    )
    print(f"floor: ours / calamine = {ours / floor:.1f} (wanted at most {FLOOR:.0f})")
    print(f"peer:  peer / ours = {peer / ours:.1f} (wanted at least {PEER:.0f})")


if __name__ == "__main__":
    main()
