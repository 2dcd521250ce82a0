"""What came of the sheets that rate others: by whom each subject was rated, and what it was given.

A rating of 0 is a rating. A row left empty is none, and so is a row that is not there; a sheet that never came is its filler's
fault, and nobody's who was to be rated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from include.db import sql
from include.registry.fillers import Asked, asked_in, fillers_in
from include.schemes.model import Scheme
from include.schemes.totals import checking_key

_SHEETS_A_STATEMENT = 500
Raters = list[tuple[str, str, sql.Row]]
"""(form, code of the filler, the submission that counts)."""


@dataclass(frozen=True)
class Ratings:
    """What the sheets say of one subject: every sheet with a row of it, and the texts of its row by form, filler and column.
    `checked_in`: of a form by which it does not count the one in which it was looked at again, whose texts stand there."""

    sheets: Raters = field(default_factory=list)
    texts: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    checked_in: dict[str, str] = field(default_factory=dict)

    def of(self, form: str, column: str) -> list[str]:
        """What the subject was given in a column, as canonical texts, one a rater who rated it, by the raters' codes."""
        rows = self.texts.get(form, {})
        return [row[column] for _, row in sorted(rows.items()) if column in row]

    @property
    def is_rated(self) -> bool:
        """Whether anybody filled its row in."""
        return any(row for rows in self.texts.values() for row in rows.values())

    @property
    def deciding(self) -> list[list[str]]:
        """What of it decides a result, as JSON values: the sheets by form, filler and content."""
        return sorted([form, filler, str(row["sha256"])] for form, filler, row in self.sheets)


NOTHING = Ratings()


def asked_sheets(connection: Connection, scheme: Scheme, scope_code: str) -> dict[str, list[Asked]]:
    """The sheets that are to come from a street, by the code of who fills them in."""
    found: dict[str, list[Asked]] = {}
    for form in scheme.rating_forms.values():
        if form.instead_of:  # anybody may be looked at again, and nobody must
            asked = [Asked(form, filler, []) for filler in fillers_in(connection, scheme, form, scope_code)]
        else:
            asked = asked_in(connection, scheme, form, scope_code)
        for one in asked:
            found.setdefault(one.filler.code, []).append(one)
    return found


def office_hand_ins(
    connection: Connection, scheme: Scheme, asked: Mapping[str, list[Asked]], as_of: dt.datetime
) -> list[sql.Row]:
    """What came of sheets that offices fill in: they are no units of the register."""
    codes = [code for code, sheets in asked.items() if not any(one.form.is_by_subject for one in sheets)]
    if not codes:
        return []
    return sql.fetch(
        connection,
        "scoring/select_sheets",
        scheme=scheme.scheme,
        period=str(scheme.period),
        any_code=codes,
        as_of_at=as_of,
    )


def given_by(connection: Connection, sheets: Iterable[tuple[str, str, sql.Row]]) -> dict[str, Ratings]:
    """What each subject was given, by its code, in the sheets that count."""
    by_content = {str(row["sha256"]): (form, filler, row) for form, filler, row in sheets}
    found: dict[str, Ratings] = {}
    contents = sorted(by_content)
    for start in range(0, len(contents), _SHEETS_A_STATEMENT):
        some = contents[start : start + _SHEETS_A_STATEMENT]
        _, cells = sql.fetch_tuples(connection, "scoring/select_ratings", any_sha256=some)
        before, subject_before, row = "", "", dict[str, str]()
        for sha256, field_key, value in cells:  # a sheet's cells come one after the other
            subject, _, column = field_key.rpartition("/")
            if subject != subject_before or sha256 != before:
                row, before, subject_before = _row_of(found, subject, by_content[sha256]), sha256, subject
            if value is not None:
                row[column] = value
    return found


def count_checks(scheme: Scheme, given: Iterable[Ratings]) -> None:
    """Whoever was looked at again counts by that alone."""
    checks = [form for form in scheme.rating_forms.values() if form.instead_of]
    keys = {
        form.key: {checking_key(form.key, column.key): column.key for column in scheme.columns_of(form.instead_of)}
        for form in checks
    }
    for one in given if checks else ():
        for form in checks:
            rows = {filler: row for filler, row in one.texts.pop(form.key, {}).items() if row}
            if rows:
                own = keys[form.key]
                one.texts[form.instead_of] = {
                    filler: {own[column]: text for column, text in row.items()} for filler, row in rows.items()
                }
                one.checked_in[form.instead_of] = form.key


def _row_of(found: dict[str, Ratings], subject: str, sheet: tuple[str, str, sql.Row]) -> dict[str, str]:
    """The row of a subject in a sheet."""
    form, filler, _ = sheet
    given = found.get(subject)
    if given is None:
        given = found[subject] = Ratings()
    rows = given.texts.setdefault(form, {})
    if filler not in rows:
        rows[filler] = {}
        given.sheets.append(sheet)
    return rows[filler]
