"""A hand-in that starts from an older version than the newest: merged with it cell by cell, as Git merges three ways.

The base is what the sender's file held before they wrote into it. What only the newest version changed against the base
stands as it is there, what only the hand-in changed is taken from the hand-in; what both changed, to different values, is
a conflict, and no one's figure gives way in silence. A file that does not say which version it starts from (a CSV, a
copy into a new workbook) replaces the newest version, as a file that starts from it does. Versions count, not clocks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from include.db import sql
from include.intake.accepted import accepted_versions
from include.intake.judging import Gate, answers
from include.intake.read_form import ReadCell, ReadForm
from include.period import chinese_date, in_zone
from include.registry.units import Unit
from include.schemes.fields import FormField
from include.validation.findings import Finding
from include.workbooks.texts import CONFLICT, INSPECTION, OPEN, SHOWN, VERSION

_NUMBER = re.compile(r"[0-9]{1,6}")
_FROM = re.compile(r"v([0-9]+)!(.*)", re.DOTALL)  # source_cell of a value taken over
Values = Mapping[str, str | None]


@dataclass(frozen=True)
class Outcome:
    """`taken`: cells in which the newest version's value stands; `conflicts`: those that a person must decide.

    In every other cell the hand-in's value stands.
    """

    taken: frozenset[str]
    conflicts: frozenset[str]


def three_way(base: Values, newest: Values, ours: Values) -> Outcome:
    """Merge the cells of a hand-in (`ours`) with the newest version. A value that is missing is None."""
    theirs = {key for key in ours if newest.get(key) != base.get(key) and newest.get(key) != ours[key]}
    changed = {key for key in ours if ours[key] != base.get(key)}
    return Outcome(frozenset(theirs - changed), frozenset(theirs & changed))


@dataclass(frozen=True)
class Standing:
    """Where a hand-in stands among the accepted versions of its form, oldest first. `base` is the version that it starts from.

    `is_marked`: the file says which that is.
    """

    accepted: list[sql.Row]
    base: int
    is_marked: bool = True

    @property
    def newest(self) -> sql.Row | None:
        return self.accepted[-1] if self.accepted else None

    @property
    def to_merge(self) -> tuple[int, str] | None:
        """What tells one merge from another: base, and content of the newest version. None: it replaces that, or is the first.

        A version that was itself merged holds figures that its sender's file does not.
        """
        if self.newest is None or not self.is_marked:
            return None
        if self.base == self.newest["version"] and not self.newest["is_merged"]:
            return None
        return self.base, self.newest["sha256"]


@dataclass(frozen=True)
class Taken:
    """A value of an earlier version in a cell: of which version, where it stands there, who sent it; and the file's own cell."""

    version: int
    cell: ReadCell  # source_cell is v<n>!<sheet>!<cell>
    who: str
    own: ReadCell


@dataclass(frozen=True)
class Carry:
    """What a returned copy is given along: pairs of its hidden sheet, figures of others to show in it, cells to be filled anew."""

    marks: Mapping[str, str]
    shown: Mapping[str, Taken] = field(default_factory=dict)
    emptied: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Merge:
    """A hand-in after merging. `cells` are those to be checked: each stands where the file has it, whoever's value it holds."""

    cells: Mapping[str, ReadCell]
    taken: dict[str, Taken] = field(default_factory=dict)
    conflicts: list[Finding] = field(default_factory=list)
    newest: int = 0

    @property
    def stored(self) -> dict[str, ReadCell]:
        """The cells as the record keeps them: those taken over with the place where they were reported."""
        return {**self.cells, **{key: one.cell for key, one in self.taken.items()}}


def standing_of(connection: Connection, form: ReadForm, gate: Gate, sender: str) -> Standing | None:
    """None for what is no unit's form, or is sent back before its cells are looked at; a sheet of many rows replaces the one
    before it."""
    if gate.unit is None or gate.stopped is not None or form.form in (INSPECTION, *gate.scheme.forms_by_row):
        return None
    accepted = accepted_versions(connection, gate.scheme, form.form, gate.unit.code)
    versions = [row["version"] for row in accepted]
    written = form.marks.get(VERSION, "").strip()
    if not _NUMBER.fullmatch(written):
        return Standing(accepted, max(versions, default=0), is_marked=False)
    own = [row["version"] for row in accepted if (row["sender"] or "").lower() == sender.lower()]
    return Standing(accepted, max([version for version in versions if version <= int(written)] + own, default=0))


def merged(connection: Connection, form: ReadForm, gate: Gate, standing: Standing, sender: str) -> Merge:
    """The hand-in merged with the newest accepted version, where it is to be."""
    if standing.to_merge is None or standing.newest is None or gate.unit is None:
        return Merge(form.cells)
    rows = {row["version"]: row for row in standing.accepted}
    records = {
        version: {cell["field"]: cell for cell in sql.fetch(connection, "intake/select_cells", sha256=row["sha256"])}
        for version, row in rows.items()
        if version in {standing.base, standing.newest["version"], *_shown(form).values()}
    }
    number = int(standing.newest["version"])
    newest = records[number]
    base = _base(form, records, standing.base)
    ours = {key: _compared(cell) for key, cell in form.cells.items() if key in newest}
    outcome = three_way(base, {key: cell["value"] for key, cell in newest.items()}, ours)
    undecided = {
        key
        for key in _pairs(form, OPEN).keys() & ours.keys()
        if not form.cells[key].text and newest[key]["value"] is not None
    }
    theirs = {key: _taken(cell, number, form.cells[key], rows, gate) for key, cell in newest.items() if key in ours}
    taken = {key: theirs[key] for key in form.cells if key in outcome.taken - undecided}
    cells = {
        key: ReadCell(taken[key].cell.text, taken[key].cell.value, None, cell.source_cell) if key in taken else cell
        for key, cell in form.cells.items()
    }
    found = [
        _conflict(gate.scheme.cell[key], theirs[key], rows, _who(sender, gate), is_open=key in undecided)
        for key in form.cells
        if key in outcome.conflicts | undecided
    ]
    return Merge(cells, taken, found, number)


def carried(form: ReadForm, standing: Standing, merge: Merge) -> Carry:
    """For the copy that goes back: it starts from what the file that it answers starts from.

    Where it shows a later version's figure, or leaves the cell to be filled in by somebody who has seen both, that cell
    starts from the later version. What was shown once stays shown.
    """
    placed = [key for key, cell in form.cells.items() if cell.source_cell]
    conflicting = {one.field for one in merge.conflicts}
    emptied = [key for key in placed if key in conflicting]
    taken = {key: merge.taken[key] for key in placed if key in merge.taken}
    shown = {**_shown(form), **dict.fromkeys([*taken, *emptied], merge.newest)}
    pairs = {VERSION: str(standing.base), SHOWN: _joined(shown), OPEN: _joined(dict.fromkeys(emptied, merge.newest))}
    return Carry({key: value for key, value in pairs.items() if value}, taken, frozenset(emptied))


def with_origin(finding: Finding, merge: Merge) -> Finding:
    """A finding on the merged figures, that says whose figure it is about where it is not the file's own."""
    taken = merge.taken.get(finding.field)
    if taken is None:
        return finding
    said = _words()["taken_found"].format(found=finding.found, version=taken.version, who=taken.who)
    return replace(finding, found=said, message=f"{finding.message}{_words()['taken_message'].format(said=said)}")


def notes_of(merge: Merge, gate: Gate) -> list[str]:
    """That a form that goes back was checked together with figures of others, and with which."""
    if not merge.taken:
        return []
    cells = "、".join(
        f"{gate.scheme.cell[key].label_in_errors} {one.cell.text or _words()['empty']}"
        for key, one in merge.taken.items()
    )
    return [_words()["checked"].format(version=merge.newest, cells=cells)]


def _base(form: ReadForm, records: Mapping[int, Mapping[str, sql.Row]], version: int) -> dict[str, str | None]:
    """What the sender's file held before they wrote into it: what it said when that version came of it, but for the cells in
    which a returned copy of it showed a later version's figure."""
    held = {
        key: cell["value"] if cell["taken_from"] is None else cell["own_value"]
        for key, cell in records.get(version, {}).items()
    }
    for key, shown in _shown(form).items():
        if shown >= version and key in records.get(shown, {}):
            held[key] = records[shown][key]["value"]
    return held


def _shown(form: ReadForm) -> dict[str, int]:
    return {**_pairs(form, SHOWN), **_pairs(form, OPEN)}


def _pairs(form: ReadForm, mark: str) -> dict[str, int]:
    """party_lectures:2 members:3 → {party_lectures: 2, members: 3}"""
    split = (pair.partition(":") for pair in form.marks.get(mark, "").split())
    return {key: int(number) for key, _, number in split if key in form.cells and _NUMBER.fullmatch(number)}


def _joined(pairs: Mapping[str, int]) -> str:
    return " ".join(f"{key}:{number}" for key, number in pairs.items())


def _compared(cell: ReadCell) -> str | None:
    """A cell's value; of one that cannot be read the text, which no value is equal to."""
    return cell.value if cell.problem is None else f"\0{cell.text}"


def _taken(newest: sql.Row, number: int, own: ReadCell, rows: Mapping[int, sql.Row], gate: Gate) -> Taken:
    origin = _FROM.fullmatch(newest["source_cell"])
    version, place = (int(origin[1]), origin[2]) if origin else (number, newest["source_cell"])
    place = f"v{version}!{place}" if place else ""
    cell = ReadCell(newest["reported"], newest["value"], None, place)
    return Taken(version, cell, _who(rows[version]["sender"] or "", gate) if version in rows else "", own)


def _conflict(asked: FormField, theirs: Taken, rows: Mapping[int, sql.Row], sender: str, *, is_open: bool) -> Finding:
    words, own, row = _words(), theirs.own, rows.get(theirs.version)
    said = {
        "label": asked.label_in_errors,
        "place": own.source_cell,
        "ours": words["undecided"] if is_open else own.text or words["empty"],
        "sender": sender,
        "theirs": theirs.cell.text or words["empty"],
        "version": theirs.version,
        "who": theirs.who,
        "received": chinese_date(in_zone(row["received_at"]).date()) if row else "",
    }
    advice = words["advice_of_row" if asked.row and asked.type == "text" else "advice"]
    return Finding(
        check_code=f"{CONFLICT}:{asked.key}",
        field=asked.key,
        severity="fail",
        outcome="false",
        found=words["found"].format(**said),
        expected=words["expected"].format(**said),
        message=words["message"].format(**said) + advice,
        label=asked.label_in_errors,
        source_cell=own.source_cell,
        advice=advice,
        summary=words["summary"].format(**said),
    )


def _who(sender: str, gate: Gate) -> str:
    """A sender as people know them: 书记 s@x.example; of a file of the inbox, that it is one."""
    roles, unit = _words()["senders"], gate.unit
    if not sender:
        return str(roles["inbox"])
    role = next((name for name in ("secretary", "officer", "liaison") if _address(unit, name) == sender.lower()), "")
    return str(roles[role]).format(sender=sender) if role else sender


def _address(unit: Unit | None, name: str) -> str:
    return str(getattr(unit, f"{name}_email", "")).strip().lower()


def _words() -> dict[str, Any]:
    words: dict[str, Any] = answers()["merging"]
    return words
