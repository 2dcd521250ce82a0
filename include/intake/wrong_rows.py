"""The rows of a sheet that rates, held against the register: nobody is rated by who has no link to them, nobody is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from include.intake.read_form import ReadForm
from include.registry.units import Unit
from include.schemes.fields import Form
from include.validation.findings import Finding
from include.workbooks.vocabulary import shown


def wrong_rows(
    form: ReadForm, asked: Form, rated: Sequence[Unit], words: Mapping[str, Mapping[str, str]]
) -> Iterator[Finding]:
    """A finding a row of somebody who is not to be rated, and one for each who is missing where all must be rated. `words`:
    `rows` of answers.yaml."""
    names = {unit.code: unit.name for unit in rated}
    places = {key.rpartition("/")[0]: cell.source_cell for key, cell in reversed(form.cells.items())}
    fields = {key.rpartition("/")[0]: key for key in reversed(form.cells)}
    for code, name in form.subjects.items():
        if code not in names:
            yield _finding(words["stranger"], "stranger", fields[code], asked, code, shown(name), places[code])
    for code, name in names.items():
        if code not in form.subjects and not asked.row_optional:
            yield _finding(words["missing"], "missing_row", code, asked, code, name, "")


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
        **texts,
    )
