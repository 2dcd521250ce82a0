"""The rows of a sheet that rates, held against the register: nobody is rated by who has no link to them, nobody is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from include.intake.read_form import ReadForm, RowCells
from include.numbers import two_decimals
from include.registry.units import Unit
from include.schemes.fields import Form
from include.validation.findings import Finding
from include.workbooks.vocabulary import shown

_NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)


def wrong_rows(
    form: ReadForm, asked: Form, rated: Sequence[Unit], words: Mapping[str, Mapping[str, str]]
) -> Iterator[Finding]:
    """A finding a row of somebody who is not to be rated, and one for each who is missing where all must be rated; a note
    where too few are. `words`: `rows` of answers.yaml."""
    names = {unit.code: unit.name for unit in rated}
    cells = form.cells
    assert isinstance(cells, RowCells)
    for code, name in form.subjects.items():
        if code not in names:
            field = f"{code}/{cells.columns[0]}"
            yield _finding(words["stranger"], "stranger", field, asked, code, shown(name), cells[field].source_cell)
        elif name != names[code] and name[:1].isdecimal() and _NUMBER.fullmatch(name):
            field = f"{code}/{cells.columns[0]}"
            yield _typed_name(words["typed_name"], field, names[code], name, cells[field].source_cell)
    for code, name in names.items():
        if code not in form.subjects and not asked.row_optional:
            yield _finding(words["missing"], "missing_row", code, asked, code, name, "")
    if asked.rated_share_at_least is not None and names:
        filled = {code for code, row in cells.rows.items() if any(cell.is_filled for cell in row)}
        yield from _too_few(words["too_few"], asked, len(filled & names.keys()), len(names))


def _typed_name(words: Mapping[str, str], field: str, name: str, found: str, place: str) -> Finding:
    """A figure over the printed name of whom the row rates: no rating, and said so."""
    texts = {
        key: text.format(name=name, found=found, place=place, advice=words["advice"]) for key, text in words.items()
    }
    return Finding(
        check_code=f"printed:{field}",
        field=field,
        severity="warn",
        outcome="false",
        label=name,
        source_cell=place,
        is_private=False,
        **texts,
    )


def _too_few(words: Mapping[str, str], asked: Form, rated: int, registered: int) -> Iterator[Finding]:
    least = asked.rated_share_at_least or Decimal(0)
    if rated >= least * registered:
        return
    share, limit = (two_decimals(Fraction(number) * 100) for number in (Fraction(rated, registered), least))
    said = {"rated": rated, "registered": registered, "share": f"{share:f}", "limit": f"{limit:f}", "form": asked.name}
    texts = {key: text.format(**said, advice=words["advice"]) for key, text in words.items()}
    yield Finding(
        check_code="too_few", field="", severity="warn", outcome="false", label=asked.name, is_private=False, **texts
    )


def _finding(words: Mapping[str, str], kind: str, field: str, asked: Form, code: str, name: str, place: str) -> Finding:
    said = {"code": shown(code), "name": name, "place": place, "form": asked.name, "advice": words["advice"]}
    texts = {key: text.format(**said) for key, text in words.items()}
    return Finding(
        check_code=f"{kind}:{code}",
        field=field,
        severity="fail",
        outcome="not_reported" if kind == "missing_row" else "false",
        label=name,
        source_cell=place,
        is_private=False,
        **texts,
    )
