"""Forms of a county against XlsxWriter writing the same cells, formats and validations from ready lists; and opened once more.

`python -m bench.forms [--units 200]`. The floor's lists are the calls that ours makes of XlsxWriter, taken down beforehand; a sheet
that is the same in every form (the instructions) is in the floor's first form only. Then the whole county is opened twice, mails and
archive included: the second time no form may be written.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.timing import Spent, added, spent
from include.archive import contents
from include.db.engine import migrate, transaction
from include.period import Period
from include.registry.units import Unit, import_units
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.steps.opening import open_streets
from include.workbooks import form_book
from include.workbooks.form_book import formats_in, new_book
from include.workbooks.forms import write_form

LEAST_RATE = 0.5
PERIOD, A_STREET = Period.parse("2026H1"), 20
Call = tuple[str, tuple[Any, ...], dict[str, Any]]


class _Taken:
    """A book or a sheet of XlsxWriter that also takes down what is asked of it, formats by their number."""

    def __init__(self, real: Any, formats: dict[int, int]) -> None:
        self._real, self._formats = real, formats
        self.calls: list[Call] = []
        self.sheets: list[tuple[str, _Taken]] = []

    @property
    def formats(self) -> Any:
        return self._real.formats

    def add_format(self, said: dict[str, Any]) -> Any:
        made = self._real.add_format(said)
        self._formats[id(made)] = len(self._formats)
        return made

    def add_worksheet(self, name: str) -> _Taken:
        self.sheets.append((name, _Taken(self._real.add_worksheet(name), self._formats)))
        return self.sheets[-1][1]

    def close(self) -> None:
        self._real.close()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*given: Any, **more: Any) -> Any:
            self.calls.append(
                (
                    name,
                    tuple(_Format(self._formats[id(one)]) if id(one) in self._formats else one for one in given),
                    more,
                )
            )
            return getattr(self._real, name)(*given, **more)

        return call


class _Format(int):
    """A format by its number."""


Ready = tuple[list[Call], list[tuple[str, list[Call]]]]  # of the book, and of each sheet


@contextmanager
def _taking_down() -> Iterator[list[_Taken]]:
    books: list[_Taken] = []

    def book(buffer: io.BytesIO) -> Any:
        books.append(_Taken(new_book(buffer), {}))
        return books[-1]

    form_book.new_book = book
    try:
        yield books
    finally:
        form_book.new_book = new_book


def _ready(scheme: Scheme, units: list[Unit]) -> list[Ready]:
    """The calls of each unit's form; the sheets that all have alike in the first only."""
    with _taking_down() as books:
        for unit in units:
            write_form(scheme, "main", unit, {})
    forms = [(book.calls, [(name, sheet.calls) for name, sheet in book.sheets]) for book in books]
    shared = [name for name, calls in forms[0][1] if all((name, calls) in sheets for _, sheets in forms)]
    for _, sheets in forms[1:]:
        sheets[:] = [one for one in sheets if one[0] not in shared]
    return forms


def _floor(forms: list[Ready]) -> None:
    for of_book, sheets in forms:
        buffer = io.BytesIO()
        book = new_book(buffer)
        formats = list(formats_in(book).values())
        for name, calls in sheets:
            _replay(book.add_worksheet(name), calls, formats)
        _replay(book, of_book, formats)
        book.close()


def _replay(on: Any, calls: list[Call], formats: list[Any]) -> None:
    for name, given, more in calls:
        getattr(on, name)(*[formats[one] if one.__class__ is _Format else one for one in given], **more)


def _units(folder: Path, count: int) -> list[Unit]:
    lines = [
        f"9900{number // A_STREET + 1:05}{number % A_STREET + 1:03},第{number + 1}社区,9900{number // A_STREET + 1:05},"
        f"第{number // A_STREET + 1}街道,s{number}@x.cn"
        for number in range(count)
    ]
    (folder / "registry.csv").write_text(
        "\n".join(["code,name,street_code,street,secretary_email", *lines]) + "\n", encoding="utf-8"
    )
    with transaction() as connection:
        import_units(connection, folder / "registry.csv", dt.date(2000, 1, 1))
    rows = [line.split(",") for line in lines]
    return [
        Unit(code, name, street, street_name, "社区", None, mail, "", "", False)
        for code, name, street, street_name, mail in rows
    ]


def _opened(streets: list[str]) -> tuple[Spent, int]:
    """What opening takes, and how many files it puts into the archive."""
    kept = 0
    store = contents.store

    def counted(*given: Any, **more: Any) -> str:
        nonlocal kept
        kept += 1
        return store(*given, **more)

    contents.store = counted
    try:
        return spent(lambda: open_streets("half_year", str(PERIOD), streets, "bench")), kept
    finally:
        contents.store = store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["AIRFLOW_CONN_DUBAN_DB"] = f"sqlite:///{folder}/duban.db"
        os.environ |= {"DUBAN_ARCHIVE": f"{folder}/archive", "DUBAN_NOW": "2026-07-01T08:00:00"}
        migrate()
        scheme, units = load_scheme("half_year", PERIOD), _units(folder, options.units)
        write_form(scheme, "main", units[0], {})
        forms = _ready(scheme, units)
        floors = [spent(lambda: _floor(forms))]
        ours = spent(lambda: [write_form(scheme, "main", unit, {}) for unit in units])
        floors.append(spent(lambda: _floor(forms)))
        streets = sorted({unit.street_code for unit in units})
        (first, written), (again, rewritten) = _opened(streets), _opened(streets)
        with transaction() as connection:
            opened = connection.execute(text("SELECT COUNT(*) FROM opened_form")).scalar_one()
    if opened != options.units or written < options.units:
        raise SystemExit(f"{opened} forms opened, {written} files stored")
    floor = added(floors)
    clock, cpu = (len(floors) * mine / other for mine, other in zip(ours, floor, strict=True))
    print(
        f"{options.units} forms: ours {1000 * ours.cpu / options.units:.1f} ms of processor a form, XlsxWriter from ready lists "
        f"{1000 * floor.cpu / len(floors) / options.units:.1f} ms; rate {1 / cpu:.2f} of it, by the clock {1 / clock:.2f} "
        f"(wanted at least {LEAST_RATE})"
    )
    print(
        f"the county opened, archive and mails included: {first.clock:.1f} s ({first.cpu:.1f} s of processor), once more "
        f"{again.clock:.2f} s ({again.cpu:.2f}); forms written again: {rewritten} (wanted 0)"
    )


if __name__ == "__main__":
    main()
