"""What a form says, beside what other systems say of the same thing: a difference is a note on the receipt, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from sqlalchemy import Connection

from include.intake.read_form import ReadCell, ReadForm
from include.period import now
from include.registry.offices import systems_of
from include.registry.taking_part import members, scope_of_unit, taking_part
from include.registry.units import Unit
from include.schemes.inputs import Input, period_of
from include.schemes.loader import find_scheme
from include.schemes.model import Scheme
from include.schemes.statistics import Agreement
from include.scoring.given import GIVEN, Given
from include.scoring.lacking import lacking
from include.scoring.sources import given_to, name_of
from include.statistics.words import number
from include.validation.findings import Finding

_COMPARES = ("same", "against")


class Beside:
    """Notes on many forms of one transaction; what other systems say is read once for a street or county."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.known: dict[tuple[str, str, str], dict[str, dict[str, Given]]] = {}

    def notes(
        self, form: ReadForm, scheme: Scheme, unit: Unit, cells: Mapping[str, ReadCell], words: Mapping[str, str]
    ) -> list[Finding]:
        """`words`: answers.yaml, beside. Of a system that compares nothing, in an office that runs none that does, none."""
        own = {cell.key for cell in scheme.cells_of(form.form)}
        found = [
            note
            for agreement in scheme.agreements
            if agreement.kind in _COMPARES and agreement.figure in own
            for note in self._note(scheme, agreement, agreement.figure, unit, cells, words)
        ]
        for key in systems_of(unit.street_code):
            other = find_scheme(key, scheme.period) if key != scheme.scheme else None
            for agreement, figure in _told_of(other, scheme) if other is not None else ():
                if figure in own:
                    found += self._note(other or scheme, agreement, figure, unit, cells, words)
        return list({one.check_code: one for one in reversed(found)}.values())[::-1]

    def _note(
        self,
        of: Scheme,
        agreement: Agreement,
        figure: str,
        unit: Unit,
        cells: Mapping[str, ReadCell],
        words: Mapping[str, str],
    ) -> Iterator[Finding]:
        cell, other = cells.get(figure), _input(of, agreement.other)
        if (
            cell is None or cell.value is None or other is None or not other.from_.figure
        ):  # the register has a check of its own
            return
        given = self._given(of, unit).get(unit.code, {}).get(other.key)
        said = {
            "name": agreement.name,
            "found": cell.value,
            "unit": other.unit,
            "other": name_of(of, other),
            "system": of.name,
        }
        if given is None or given.outcome != GIVEN or not isinstance(given.value, Fraction):
            if missing := lacking(other, of.period, given.sources if given else ()):
                message = words["missing"].format(missing="、".join(missing), **said)
                yield _finding(f"{of.scheme}:missing", figure, cell, "", message, agreement.name)
            return
        tolerance = abs(given.value) * Fraction(agreement.tolerance_pct or 0) / 100
        if abs(Fraction(cell.value) - given.value) > tolerance:
            expected = number(given.value)
            message = words["differs"].format(expected=expected, **said)
            yield _finding(f"{of.scheme}:{agreement.code}", figure, cell, expected, message, agreement.name)

    def _given(self, of: Scheme, unit: Unit) -> dict[str, dict[str, Given]]:
        """Of all subjects of the scope, what the agreements' other side says."""
        scope = scope_of_unit(of, unit)
        key = (of.scheme, str(of.period), scope)
        if key not in self.known:
            read = {one.other for one in of.agreements if one.kind in _COMPARES}
            asked = of.model_copy(update={"inputs": [one for one in of.inputs if one.key in read]})
            units, groups = taking_part(self.connection, of, scope), members(self.connection, of, scope)
            self.known[key] = given_to(self.connection, asked, scope, now(), units, groups)
        return self.known[key]


def _told_of(other: Scheme, scheme: Scheme) -> Iterator[tuple[Agreement, str]]:
    """What another system compares with a figure of this one's period, and the figure."""
    for agreement in other.agreements:
        one = _input(other, agreement.figure)
        if agreement.kind not in _COMPARES or one is None or one.from_.system != scheme.scheme:
            continue
        if one.from_.figure and [period_of(word, other.period) for word in one.from_.words] == [scheme.period]:
            yield agreement, one.from_.figure


def _input(scheme: Scheme, key: str) -> Input | None:
    return next((one for one in scheme.inputs if one.key == key), None)


def _finding(code: str, field: str, cell: ReadCell, expected: str, message: str, label: str) -> Finding:
    return Finding(
        check_code=code, field=field, severity="warn", outcome="false", found=cell.text, expected=expected,
        message=message, label=label, source_cell=cell.source_cell, summary=message.rstrip("。"),
    )  # fmt: skip
