"""The half-year submissions that the sources really contain: six named communities, a few figures each, most fields open.

They are the only real submissions there are. Handed in, each comes back naming exactly the fields that are missing.

    python -m ops.sample.real_input source_figures.csv --registry registry.csv --inbox folder [--period 2026H1]
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from include.period import Period
from include.registry.rows import COLUMNS, SUBJECT_COLUMNS, read_row
from include.registry.units import Unit
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.workbooks.forms import write_form
from ops.command import run_command
from ops.sample.filling import fill_form, to_flat_csv

_UNNAMED = "未具名"


@dataclass(frozen=True)
class RealUnit:
    """A community of the sources. `code` is empty where the national register does not have it for certain."""

    name: str
    code: str
    figures: Mapping[str, str]
    """What the source states, by label of the form."""


def real_units(source: Path) -> list[RealUnit]:
    """The named communities of which the sources state at least one field of the half-year form."""
    codes: dict[str, str] = {}
    figures: dict[str, dict[str, str]] = {}
    with source.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["form_field"] and row["unit_kind"] == "community" and _UNNAMED not in row["unit"]:
                codes[row["unit"]] = row["unit_code"]
                figures.setdefault(row["unit"], {})[row["form_field"]] = row["value"]
    return [RealUnit(name, codes[name], figures[name]) for name in figures]


def write_registry(path: Path, units: list[RealUnit]) -> None:
    """A REGISTRY of these units: name, and code where known; the importer gives the others one of the project's own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({"code": unit.code, "name": unit.name} for unit in units)


def registered(unit: RealUnit) -> Unit:
    """The unit as the importer registers it from its line of the REGISTRY."""
    texts = [{"code": unit.code, "name": unit.name}.get(column, "") for column in SUBJECT_COLUMNS]
    *cells, is_provisional_code, kind = read_row(1, texts, {}, [])
    by_column = dict(zip(COLUMNS, cells, strict=True))
    return Unit(**by_column, is_provisional_code=bool(is_provisional_code), kind=str(kind))  # type: ignore[arg-type]


def values_of(scheme: Scheme, unit: RealUnit) -> dict[str, str]:
    """The stated figures by key of the scheme's cells."""
    return {cell.key: unit.figures[cell.label] for cell in scheme.cells if cell.label in unit.figures}


def missing_cells(scheme: Scheme, unit: RealUnit) -> list[str]:
    """Keys of the cells that the scheme wants and the source leaves open, in the order of the form.

    A cell that may stay empty beside a certain figure is wanted as long as the source does not state that figure.
    """
    stated = values_of(scheme, unit)
    excused = {
        cell.key
        for cell in scheme.cells
        if cell.is_optional
        or (cell.optional_when and stated.get(cell.optional_when.figure) == str(cell.optional_when.is_))
    }
    return [cell.key for cell in scheme.cells if cell.key not in stated.keys() | excused]


def hand_ins(scheme: Scheme, units: list[RealUnit]) -> Iterator[tuple[str, bytes]]:
    """(file name, content) a unit: our form partly filled in and the flat CSV, by turns."""
    for place, real in enumerate(units):
        unit, values = registered(real), values_of(scheme, real)
        if place % 2:
            yield f"{real.name}.csv", to_flat_csv(scheme, unit, values)
        else:
            yield f"{real.name}.xlsx", fill_form(write_form(scheme, scheme.forms[0].key, unit, {}), values)


def main() -> None:
    parser = argparse.ArgumentParser(description="由来源材料中的真实数据写出单位名册和填报文件。")
    parser.add_argument("source", type=Path, help="source_figures.csv")
    parser.add_argument("--registry", type=Path, required=True, help="单位名册写到这个文件")
    parser.add_argument("--inbox", type=Path, required=True, help="填报文件写到这个文件夹")
    parser.add_argument("--period", type=Period.parse, default=Period.parse("2026H1"), help="期间，默认 2026H1")
    arguments = parser.parse_args()
    units = real_units(arguments.source)
    write_registry(arguments.registry, units)
    arguments.inbox.mkdir(parents=True, exist_ok=True)
    for name, content in hand_ins(load_scheme("half_year", arguments.period), units):
        (arguments.inbox / name).write_bytes(content)


if __name__ == "__main__":
    run_command(main)
