"""OUT: one street's period as files that anyone can read and recompute (design.md §4).

Every CSV is UTF-8 with a byte order mark, has a header row, rows sorted by key and lines that end in \\n
(spreadsheets and csv readers take it, and a text comparison shows one line a row). A cell that came from
outside and begins with = + - @ gets an apostrophe before it, so that no spreadsheet takes it for a
formula; a figure (-3) stays as it is.

Figures and circular.* are of one revision, the newest: where its circular waits for the committee it is a draft there,
nobody has approved it, and the manifest says so. Circulars issued before are under circulars/, by number.

What belongs to a period. A received file does when it names the period (or one for which sheets are only collected and that
ends in it: a month of a half year), or when it came in the period's
time: after the inspection window of the period before and before the next one opens (so that a form of
the wrong period, and a file that nobody could read, still have their row). A file that names no unit of
the register goes to the street with the lowest code, so that it is listed once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from include.archive import contents
from include.bulk import in_bulk
from include.circulars.exported import document_files
from include.circulars.published import Published, published
from include.data_files import looking_once
from include.db import sql
from include.errors import UserError
from include.letters.row_letters_out import files_of_letters
from include.letters.step_supervising import files_of_step_letters
from include.numbers import without_zeros
from include.outbox.policies import load_policies
from include.period import Period
from include.registry.reached import has_items, owned_by
from include.registry.rows import COUNTY_DIGITS
from include.registry.units import export_columns, export_rows, registered_in
from include.reports.csv_text import as_csv
from include.reports.events_told import events_told
from include.reports.figures_file import figure_rows
from include.reports.left_out import with_what_is_left_out
from include.reports.statistics_files import gap_rows, statistics_files
from include.reports.whose import Whose, collected_with, time_of
from include.schemes.item_kinds import RECTIFICATION
from include.schemes.loader import find_scheme
from include.schemes.model import Scheme
from include.scoring.arrivals import nothing_arrived, nothing_arrived_sentence
from include.scoring.restatement import unit_inputs


@dataclass(frozen=True)
class OutFile:
    """A table of OUT: its columns in order, and those that its rows are sorted by."""

    name: str
    columns: Sequence[str]
    key: Sequence[str]


def _table(name: str, columns: str, key: str) -> OutFile:
    return OutFile(name, columns.split(), key.split())


VALUES = _table(
    "values.csv", "unit_code version field field_label reported corrected used source_cell", "unit_code version field"
)
SCORES = _table("scores.csv", "unit_code unit_name total rank grade status", "unit_code")
POINTS = _table("points.csv", "unit_code indicator points full outcome explanation", "unit_code indicator")
CLASSES = _table("classes.csv", "code group class why", "code")
FIGURES = _table("figures.csv", "code period figure name value outcome source", "code figure")
ITEMS = _table(
    "items.csv",
    "unit_code unit_name scheme indicator problem opened_period deadline state owner liaison",
    "unit_code indicator opened_period",
)
EVENTS = _table("events.csv", "series code period planned held state expected present", "series code period planned")
STEPS = ("kind", "number", "step", "step_due")
"""What items.csv has besides, of every system that does not say `short_items`."""
INTAKE = _table("intake.csv", "name sha256 bytes unit_code version status message seconds", "name sha256")
REGISTRY = _table("registry.csv", "", "code")  # its columns are those of the register that came
_ORDER = itemgetter("due_at", "kind", "unit_code")  # of notices
TABLES = (VALUES, SCORES, POINTS, CLASSES, FIGURES, EVENTS, ITEMS, INTAKE, REGISTRY)
NOT_ISSUED = "待下达"
_KNOWN = re.compile(
    rf"({'|'.join(re.escape(table.name) for table in TABLES)})|circular\.(docx|pdf|html)|manifest\.json"
    r"|circulars/[^/]+\.(docx|pdf|html)|letters/[^/]+\.(docx|pdf)|checks\.csv|tables/[^/]+\.csv|lists/[^/]+\.xlsx|mails/[^/]+\.eml"
    r"|returned/[^/]+\.xls[xm]"
)

Files = dict[str, bytes]


def write_out(connection: Connection, scheme: Scheme, out: Path, street_code: str) -> None:
    """Renew OUT from the record: the newest revision of the scheme's period for one street.

    Files of an earlier export are removed; a folder that holds anything else is refused, untouched.
    Raises UserError where the period has not been scored.
    """
    stale = files_of_an_earlier_export(out)
    files = _Export(connection, scheme, street_code).files()
    for path in stale - {out / name for name in files}:
        path.unlink()
    for folder in (out / name for name in ("mails", "returned", "circulars", "letters", "lists", "tables")):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    for name, content in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not (path.is_file() and path.read_bytes() == content):
            path.write_bytes(content)


def files_of_an_earlier_export(out: Path) -> set[Path]:
    found = {path for path in out.rglob("*") if not path.is_dir() or path.is_symlink()} if out.is_dir() else set()
    foreign = sorted(str(path) for path in found if not _KNOWN.fullmatch(path.relative_to(out).as_posix()))
    if foreign or (out.exists() and not out.is_dir()):
        raise UserError(
            f"输出文件夹 {out} 里有不是本系统输出的文件：{'、'.join(foreign[:5]) or out}"
            f"{f' 等 {len(foreign)} 个' if len(foreign) > 5 else ''}。请换一个空文件夹，或先把它们移走；没有改动任何文件。"
        )
    return found


class _Export:
    """One street's period as read from the database."""

    def __init__(self, connection: Connection, scheme: Scheme, street_code: str) -> None:
        self.connection, self.scheme, self.street_code = connection, scheme, street_code
        self.period = str(scheme.period)
        self.key = {"scheme": scheme.scheme, "period": self.period, "street_code": street_code}
        found = sql.fetch_one(connection, "reports/select_assessment", **self.key)
        if found is None:
            raise UserError(
                f"{scheme.period.name}的{scheme.name}（街道 {street_code}）还没有计分，没有可以输出的结果。"
            )
        self.assessment: sql.Row = found
        self.by_assessment = {"assessment_id": found["id"]}
        self.collected = collected_with(scheme.scheme, scheme.period)  # those have no OUT of their own
        self.is_empty = not scheme.is_of_results and nothing_arrived(connection, found["id"])
        self.units = {unit.code: unit for unit in registered_in(connection, street_code, scheme.period.end_date)}
        self.whose = Whose(connection, scheme, street_code, self.units)
        self.deliveries = self._deliveries()

    def files(self) -> Files:
        """Every file of OUT by its path, the manifest last."""
        with in_bulk(), looking_once():
            return self._files()

    def _files(self) -> Files:
        documents = published(self.connection, self.assessment, **self.key)
        files: Files = {
            VALUES.name: _csv(VALUES, sql.fetch(self.connection, "reports/select_values", **self.by_assessment)),
            SCORES.name: _csv(SCORES, self._scores()),
            POINTS.name: _csv(POINTS, self._points()),
            **({CLASSES.name: _csv(CLASSES, self._classes())} if self.scheme.classes else {}),
            **(
                {FIGURES.name: _csv(FIGURES, figure_rows(self.connection, self.scheme, self._kept))}
                if self.scheme.inputs
                else {}
            ),
            **statistics_files(self.connection, self.scheme, self.assessment),
            **({EVENTS.name: self._events()} if self.scheme.series else {}),
            ITEMS.name: _csv(self._items_table(), self._items()),
            REGISTRY.name: self._registry(),
            INTAKE.name: _csv(INTAKE, map(with_what_is_left_out, self.deliveries)),
            **documents.files(),
            **document_files(self.connection, self.scheme, self.assessment, self.street_code, documents.current),
            **files_of_letters(self.connection, self.scheme, self.street_code),
            **files_of_step_letters(self.connection, self.scheme, self.street_code),
            **self._returned(),
            **self._mails(),
        }
        hashed = sorted(name for name in files if name != INTAKE.name and not name.startswith("mails/"))
        manifest = {
            "scheme": self.scheme.scheme,
            "scheme_version": self.assessment["scheme_version"],
            "period": self.period,
            "revision": self.assessment["revision"],
            "input_hash": self.assessment["input_hash"],
            "approved_by": documents.approved_by,
            "sources": documents.sources,
            **({"note": note} if (note := self._note(documents)) else {}),
            "files": {name: hashlib.sha256(files[name]).hexdigest() for name in hashed},
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        return {**files, "manifest.json": text.encode()}

    def _note(self, documents: Published) -> str:
        """What a reader must know of the circulars, or why there is none; empty where nothing."""
        if documents.current or documents.note or not self.is_empty:
            return documents.note
        return f"{nothing_arrived_sentence(self.connection, self.assessment['id'])}。"

    def _registry(self) -> bytes:
        """With the kind as a column where the register came in a folder."""
        rows = export_rows(self.connection, self.street_code, self.scheme.period.end_date)
        return _csv(replace(REGISTRY, columns=export_columns(self.connection)), rows)

    def _scores(self) -> list[sql.Row]:
        rows = sql.fetch(self.connection, "reports/select_scores", **self.by_assessment)
        return [
            {**row, "total": _two_decimals(row["total"])}
            for row in rows
            if not (self.scheme.totals_forms and row["unit_code"] == self.street_code)  # whose sums stand in values.csv
        ]

    def _points(self) -> list[sql.Row]:
        rows = sql.fetch(
            self.connection, "reports/select_points", missing_code=self.scheme.missing.code, **self.by_assessment
        )
        return [
            {**row, "points": _two_decimals(row["points"]), "full": _plain(row["full"])}
            for row in rows
            if row["indicator"] not in self.scheme.findings  # problems without points stand in items.csv
        ]

    @cached_property
    def _kept(self) -> dict[str, dict[str, Any]]:
        """What decided each result, by the unit's code."""
        rows = unit_inputs(self.connection, self.assessment["id"])
        return {row["unit_code"]: json.loads(row["inputs"] or "{}") for row in rows}

    def _classes(self) -> list[sql.Row]:
        """With the group as the unit had it when it was scored."""
        groups = {code: kept.get("group", "") for code, kept in self._kept.items()}
        rows = sql.fetch(self.connection, "reports/select_classes", **self.by_assessment)
        return [{**row, "group": groups.get(row["code"], "")} for row in rows]

    def _events(self) -> bytes:
        others = [code for code in self.whose.others if code.startswith(self.street_code[:COUNTY_DIGITS])]
        known_at = self.assessment["assessed_at"]
        rows = events_told(self.connection, self.scheme, self.street_code, known_at, is_only=not others)
        return _csv(EVENTS, rows)

    def _items_table(self) -> OutFile:
        if self.scheme.short_items:
            return ITEMS
        return replace(ITEMS, columns=(*ITEMS.columns, *STEPS), key=(*ITEMS.key, "kind", "number"))

    def _items(self) -> list[sql.Row]:
        """Items that the period opened or found open, and the problems that no issued circular has named yet."""
        names = {
            row["unit_code"]: row["unit_name"]
            for row in sql.fetch(self.connection, "reports/select_scores", **self.by_assessment)
        }
        recorded = [
            row
            for row in sql.fetch(
                self.connection,
                "reports/select_items",
                scheme=self.scheme.scheme,
                period=self.period,
                is_every_kind=not self.scheme.short_items,
                **self.by_assessment,
            )
            if row["opened_period"] in (self.period, *map(str, self.scheme.made_of))
            or row["is_taken_up"]
            or (row["is_open"] and Period.parse(row["opened_period"]) < self.scheme.period)
            or (row["number"] and self._is_of_its_days(row))
        ]
        named = {(row["unit_code"], row["indicator"]) for row in recorded}
        problems = sql.fetch(self.connection, "reports/select_problems", **self.by_assessment)
        problems += gap_rows(self.connection, self.scheme, self.assessment)
        found = [
            row
            for row in problems
            if (row["unit_code"], row["indicator"]) not in named
            and has_items(self.units[row["unit_code"]], self.scheme)
        ]
        is_told = (
            self.assessment["is_official"] and self.scheme.has_circular and not self.is_empty
        )  # else none is opened
        coming = [self._coming(row) for row in found] if is_told else []
        return [
            {
                **row,
                "unit_name": names[row["unit_code"]],
                "scheme": self.scheme.scheme,
                "number": row["number"] or "",
                "step": row["step"] or "",
                "step_due": row["step_due_date"] or "",
            }
            for row in recorded + coming
        ]

    def _is_of_its_days(self, item: sql.Row) -> bool:
        """Opened within the period, or found by one within it for which sheets are only collected, and opened after its end."""
        days, found = self.scheme.period, Period.parse(item["opened_period"])
        return any(days.start_date <= day <= days.end_date for day in (found.end_date, item["opened_date"]))

    def _coming(self, problem: sql.Row) -> sql.Row:
        """The item that the next circular will open: no deadline yet."""
        unit = owned_by(self.connection, self.units[problem["unit_code"]], self.scheme.period.end_date, self.scheme)
        return {
            **problem,
            "opened_period": self.period,
            "deadline": "",
            "state": NOT_ISSUED,
            "owner": unit.secretary_email,
            "liaison": unit.liaison_email,
            "kind": problem.get("kind", RECTIFICATION),
            "number": None,
            "step": None,
            "step_due_date": None,
        }

    def _deliveries(self) -> list[sql.Row]:
        """Those of the period; of what is made of results of its own, those of their periods."""
        found: dict[str, sql.Row] = {}
        parts = [find_scheme(self.scheme.scheme, part) for part in self.scheme.made_of] or [self.scheme]
        for scheme in (part for part in parts if part is not None):
            from_at, until_at = time_of(scheme)
            rows = self.whose.deliveries(scheme, from_at, until_at)
            found |= {row["id"]: row for row in rows}
        for part in (find_scheme(self.scheme.scheme, period) for period in self.collected):
            if part is not None:  # what names it; what came in its time came in this one's
                found |= {row["id"]: row for row in self.whose.deliveries(part, from_at, from_at)}
        ordered = sorted(found.values(), key=lambda row: (row["received_at"], row["id"]))
        return [row for row in ordered if self.whose.is_ours(row["unit_code"] or row["submitted_by"] or "")]

    def _returned(self) -> Files:
        files = {}
        for row in self.deliveries:
            if row["returned_sha256"] and not contents.is_personal(row["returned_sha256"]):
                suffix = Path(row["name"]).suffix.lower()
                name = f"{row['submitted_by']}_{row['period']}_{row['form']}_第{row['submitted_version']}次_退回"
                marked = name + (suffix if suffix in (".xlsx", ".xlsm") else ".xlsx")
                files[f"returned/{marked}"] = contents.load(row["returned_sha256"])
        return files

    def _mails(self) -> Files:
        """Sent mails, numbered in the order in which their first notice fell due."""
        subjects = {row["id"] for row in self.deliveries}
        personal = {row["id"] for row in self.deliveries if contents.is_personal(row["sha256"])}
        mails: dict[str, list[sql.Row]] = {}
        for row in self.whose.mails([self.period, *map(str, self.collected)], subjects):
            if self._is_about_us(row, subjects):
                mails.setdefault(row["mail_id"], []).append(row)
        for notices in mails.values():
            notices.sort(key=lambda row: (row["due_at"], row["kind"], row["unit_code"], row["subject"]))
        shown = [
            item
            for item in mails.items()
            if not contents.is_personal(item[1][0]["sha256"]) and all(row["subject"] not in personal for row in item[1])
        ]
        ordered = sorted(shown, key=lambda item: (*_ORDER(item[1][0]), item[0]))
        files = {}
        for number, (_, notices) in enumerate(ordered, 1):
            kinds, units = {row["kind"] for row in notices}, {row["unit_code"] for row in notices}
            kind = load_policies().first_of(kinds) or "digest"
            unit = (units.pop() if len(units) == 1 else "") or self.street_code
            files[f"mails/{number:03}_{kind}_{unit}.eml"] = contents.load(notices[0]["sha256"])
        return files

    def _is_about_us(self, notice: sql.Row, deliveries: set[str]) -> bool:
        if notice["subject"] in deliveries:
            return True
        if notice["scheme"] not in ("", self.scheme.scheme):
            return False
        from_at, until_at = time_of(self.scheme)
        is_of_the_time = notice["period"] == "" and from_at <= notice["due_at"] < until_at
        if notice["period"] in {self.period, *map(str, self.collected)} or is_of_the_time:
            return self.whose.is_ours(notice["unit_code"], notice["street_code"])
        return False


def _csv(table: OutFile, rows: Iterable[sql.Row]) -> bytes:
    ordered, cells_of = sorted(rows, key=itemgetter(*table.key)), itemgetter(*table.columns)
    cells = ([one if one.__class__ is str else _plain(one) for one in cells_of(row)] for row in ordered)
    return as_csv(table.columns, cells)


def _plain(value: Any) -> str:
    """A figure without exponent or trailing zeros; all else as it prints; empty for None."""
    if isinstance(value, Decimal):
        return without_zeros(value)
    return "" if value is None else str(value)


def _two_decimals(value: Any) -> str:
    return "" if value is None else f"{Decimal(value):.2f}"
