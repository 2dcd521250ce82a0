"""What a circular says of those who rated and voted: how many did, what came of it, what they advise. Nobody's name.

A rating of 0 is one; an empty row is counted as a subject that was not rated, a sheet that never came as a sheet that is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NotRequired, TypedDict

from sqlalchemy import Connection

from include.db import sql
from include.numbers import two_decimals
from include.registry.fillers import Asked
from include.schemes.model import Scheme
from include.schemes.tallies import ISSUED, RETURNED, Tally
from include.scoring.ratings import asked_sheets
from include.scoring.votes import votes_on
from include.workbooks.values import is_nothing

_Cells = dict[tuple[str, str], dict[str, dict[str, str]]]  # by form and subject: by rater the texts by column


class Sheets(TypedDict):
    """What came of a form that rates: sheets due and come, who handed none in, subjects asked about and rated in them."""

    form: str
    name: str
    due: int
    came: int
    missing: list[str]
    pairs: int
    rated: int
    checked: NotRequired[int]  # of a form that checks on the spot: subjects looked at again


class Advice(TypedDict):
    """What raters wrote of a unit, in the order of the texts; nothing tells who wrote what. `withheld`: how many texts are not
    quoted, for too few rated it."""

    unit_code: str
    unit: str
    texts: list[str]
    withheld: int


class Quoted(TypedDict):
    """A column of texts of a form."""

    form: str
    advice: list[Advice]


class Poll(TypedDict):
    """The votes on an item of all units together: ballots, how many came back, the mean of the units' rates in per cent."""

    tally: str
    item: str
    units: int
    issued: int
    returned: int
    returned_pct: str
    rate_pct: str


class Note(TypedDict):
    """A problem without days, with the units that it was found at: it is told, and no item."""

    code: str
    text: str
    units: list[str]


class Opinions(TypedDict):
    """`veiled`: codes of the units whose points by item are not for the public."""

    veiled: NotRequired[list[str]]
    sheets: NotRequired[list[Sheets]]
    advice: NotRequired[list[Quoted]]
    polls: NotRequired[list[Poll]]
    notes: NotRequired[list[Note]]


@dataclass(frozen=True)
class _Sheets:
    """What came, and whom it rates."""

    fillers: dict[str, set[str]]
    cells: _Cells

    def raters(self, form: str, subject: str) -> dict[str, dict[str, str]]:
        """The rows of a subject that somebody filled in."""
        return {filler: row for filler, row in self.cells.get((form, subject), {}).items() if row}


def opinions(
    connection: Connection,
    scheme: Scheme,
    assessment: sql.Row,
    names: dict[str, str],
    lines: Sequence[sql.Row],
    values: Sequence[sql.Row],
) -> Opinions:
    """What of it there is; nothing of a system in which nobody rates, votes or is told a problem without days."""
    found: Opinions = {}
    if scheme.rating_forms:
        came = _came(connection, str(assessment["id"]))
        missing = {row["unit_code"] for row in lines if row["indicator"] == scheme.missing.code}
        asked = asked_sheets(connection, scheme, assessment["street_code"])
        found["sheets"] = [_sheets_of(form, asked, came, missing, scheme) for form in scheme.rating_forms]
        found["veiled"] = sorted(_veiled(scheme, came))
        found["advice"] = [one for form in scheme.rating_forms for one in _advice(scheme, form, came, names)]
    if scheme.tallies:
        found["polls"] = _polls(scheme, values)
    if _has_notes(scheme):
        found["notes"] = _notes(lines, names)
    return found


def _came(connection: Connection, assessment_id: str) -> _Sheets:
    fillers: dict[str, set[str]] = defaultdict(set)
    cells: _Cells = defaultdict(dict)
    for row in sql.fetch(connection, "circulars/select_ratings", assessment_id=assessment_id):
        subject, _, column = row["field"].rpartition("/")
        fillers[row["form"]].add(row["filler_code"])
        texts = cells[row["form"], subject].setdefault(row["filler_code"], {})
        if row["value"] is not None:
            texts[column] = row["value"]
    return _Sheets(dict(fillers), dict(cells))


def _sheets_of(form: str, asked: dict[str, list[Asked]], came: _Sheets, missing: set[str], scheme: Scheme) -> Sheets:
    due = {code: one for code, sheets in asked.items() for one in sheets if one.form.key == form}
    here = came.fillers.get(form, set())
    absent = sorted(code for code in due if code in missing and code not in here)
    pairs = [(code, unit.code) for code, one in due.items() for unit in one.rated]
    found: Sheets = {
        "form": form,
        "name": scheme.rating_forms[form].name,
        "due": len(due),
        "came": len(due) - len(absent),
        "missing": [due[code].filler.name for code in absent],
        "pairs": len(pairs),
        "rated": sum(filler in came.raters(form, subject) for filler, subject in pairs),
    }
    if scheme.rating_forms[form].instead_of:
        found["checked"] = sum(any(rows.values()) for (key, _), rows in came.cells.items() if key == form)
    return found


def _veiled(scheme: Scheme, came: _Sheets) -> set[str]:
    """The subjects of which so few gave their opinion that their ratings would be known as theirs."""
    return {
        subject
        for form, subject in came.cells
        if 0 < len(came.raters(form, subject)) < scheme.rating_forms[form].shown_from
    }


def _advice(scheme: Scheme, form: str, came: _Sheets, names: dict[str, str]) -> list[Quoted]:
    """The texts of each column of texts, sorted, so that their order tells nothing either."""
    quoted: list[Quoted] = []
    for column in (one.key for one in scheme.columns_of(form) if one.type == "text"):
        one: Quoted = {"form": form, "advice": []}
        for (of_form, subject), rows in sorted(came.cells.items()):
            texts = sorted({text for row in rows.values() if not is_nothing(text := row.get(column, ""))})
            if of_form != form or not texts or subject not in names:
                continue
            is_shown = len(came.raters(form, subject)) >= scheme.rating_forms[form].shown_from
            shown, withheld = (texts, 0) if is_shown else ([], len(texts))
            one["advice"].append({"unit_code": subject, "unit": names[subject], "texts": shown, "withheld": withheld})
        quoted.append(one)
    return quoted


def _polls(scheme: Scheme, values: Sequence[sql.Row]) -> list[Poll]:
    """Of items that everybody votes on; rows in which persons stand are nobody else's business."""
    used: dict[str, dict[str, str | None]] = defaultdict(dict)
    for row in values:
        used[row["unit_code"]][row["field"]] = row["used"]
    return [_poll(tally, item, scheme, used) for tally in scheme.tallies for item in tally.items]


def _poll(tally: Tally, item: str, scheme: Scheme, used: dict[str, dict[str, str | None]]) -> Poll:
    form = scheme.asked(tally.key_of(1, next(iter(tally.options)))).form
    voted = {
        code: votes for code, own in used.items() if (votes := votes_on(tally, item, own)) and votes.rate is not None
    }
    issued, returned = (sum(int(used[code].get(f"{form}_{key}") or 0) for code in voted) for key in (ISSUED, RETURNED))
    rates = [votes.rate for votes in voted.values() if votes.rate is not None]
    return {
        "tally": tally.key,
        "item": item,
        "units": len(voted),
        "issued": issued,
        "returned": returned,
        "returned_pct": _pct(Fraction(returned, issued)) if issued else "",
        "rate_pct": _pct(sum(rates, Fraction(0)) / len(rates)) if rates else "",
    }


def _pct(share: Fraction) -> str:
    return f"{two_decimals(100 * share):f}"


def _has_notes(scheme: Scheme) -> bool:
    days = [one.deadline_working_days for indicator in scheme.indicators for one in indicator.all_problems]
    return None in days or any(one.deadline_working_days is None for one in scheme.defects)


def _notes(lines: Sequence[sql.Row], names: dict[str, str]) -> list[Note]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in lines:
        if row["problem"] and not row["has_problem"]:
            found[row["indicator"], row["problem"]].append(names[row["unit_code"]])
    return [{"code": code, "text": text, "units": units} for (code, text), units in sorted(found.items())]
