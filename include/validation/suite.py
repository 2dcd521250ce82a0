"""Great Expectations judges a batch of forms; every failure comes back as a Finding with its words in Chinese."""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Hashable, Iterator
from decimal import localcontext
from typing import Any

import pandas as pd

from include.validation.findings import Candidate, Finding
from include.validation.rated import of_subject, rated_rows
from include.validation.table import PRECISION, Row, filled_row, parts_of, rows_of
from include.validation.wording import finding_of

_COLUMNS = ("given", "problem", "value", "low", "high")


def validate(batch: list[Candidate]) -> dict[str, list[Finding]]:
    """Findings by SHA-256, in the order of the form; an empty list for a form with nothing wrong.

    Any number of forms, of any schemes, in one run of Great Expectations (its import alone takes seconds).
    """
    judged = _Judged()
    with localcontext(prec=PRECISION):
        told = [judged.of(candidate) for candidate in batch]
    failures = judged.failures()
    findings: dict[str, list[Finding]] = {candidate.sha256: [] for candidate in batch}
    for candidate, numbers in zip(batch, told, strict=True):
        if not numbers.isdisjoint(failures):
            for row in _rows_of(candidate):
                for kind in failures.get(judged.number_of(row), ()):
                    findings[candidate.sha256] += findings_of(row, kind)
    return findings


def _rows_of(candidate: Candidate) -> list[Row]:
    return (rated_rows if candidate.form in candidate.scheme.forms_by_row else rows_of)(candidate)


class _Judged:
    """What is to be judged of a batch of forms, each thing once: most forms say 是 in the same places."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._numbers: dict[Hashable, int] = {}
        self._filled: dict[tuple[int, str | None, str | None], int] = {}

    def of(self, candidate: Candidate) -> set[int]:
        """Numbers of what is judged of a form."""
        if candidate.form in candidate.scheme.forms_by_row:
            return {self.number_of(row) for row in rated_rows(candidate)}
        found = set[int]()
        for one in parts_of(candidate):
            if isinstance(one, Row):
                found.add(self.number_of(one))
                continue
            field, cell = one
            same = id(field), cell.value, cell.problem
            if (number := self._filled.get(same)) is None:
                number = self._filled[same] = self.number_of(filled_row(candidate, one))
            found.add(number)
        return found

    def number_of(self, row: Row) -> int:
        number = self._numbers.setdefault(_what_is_judged(row), len(self._rows))
        if number == len(self._rows):
            self._rows.append(row)
        return number

    def failures(self) -> dict[int, list[str]]:
        """The kinds of expectations that each fails, sorted; nothing of what is right."""
        found = defaultdict[int, set[str]](set)
        for number, kind in _failures(self._rows):
            found[number].add(kind)
        return {number: sorted(kinds) for number, kinds in found.items()}


def findings_of(row: Row, kind: str) -> Iterator[Finding]:
    """That of a row that failed, and those of the cells that are judged with it."""
    yield finding_of(row, kind)
    column = row.field.key.rpartition("/")[2]
    for code in row.alike:
        yield finding_of(row._replace(field=of_subject(row.candidate, f"{code}/{column}")), kind)


def _what_is_judged(row: Row) -> Hashable:
    """Rows that agree in this are judged alike, so one of them stands for all: most forms say 是 in the same places."""
    options = tuple(row.field.choices) if row.choice is not None else None
    return row.given, row.problem, row.choice, options, row.value, row.low, row.high


def _failures(rows: list[Row]) -> Iterator[tuple[int, str]]:
    """Place of a row and the kind of expectation that it fails."""
    if not rows:
        return
    gx = great_expectations()
    lists = sorted({tuple(row.field.choices) for row in rows if row.choice is not None})
    frame = pd.DataFrame({name: pd.Series([getattr(r, name) for r in rows], dtype=object) for name in _COLUMNS})
    frame["row"] = range(len(rows))
    for number, options in enumerate(lists):
        chosen = [row.choice if tuple(row.field.choices) == options else None for row in rows]
        frame[f"choice_{number}"] = pd.Series(chosen, dtype=object)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("forms").add_dataframe_asset("cells")
    batch = asset.add_batch_definition_whole_dataframe("batch").get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(name="scheme", expectations=_expectations(gx.expectations, lists))
    shape = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["row"],
        "partial_unexpected_count": 0,
    }
    for result in batch.validate(suite, result_format=shape).results:
        if not result.success and "unexpected_index_list" not in result.result:
            raise RuntimeError(f"an expectation could not be evaluated: {result.exception_info}")
        for unexpected in result.result.get("unexpected_index_list") or []:
            yield int(unexpected["row"]), result.expectation_config.meta["kind"]


def _expectations(gxe: Any, lists: list[tuple[str, ...]]) -> list[Any]:
    """One a kind of check; the limits and the lists are the scheme's."""
    both = {"or_equal": True, "ignore_row_if": "either_value_is_missing", "meta": {"kind": "range"}}
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="given", meta={"kind": "required"}),
        gxe.ExpectColumnValuesToBeNull(column="problem", meta={"kind": "type"}),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="value", column_B="low", **both),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="high", column_B="value", **both),
        *(
            gxe.ExpectColumnValuesToBeInSet(column=f"choice_{number}", value_set=list(options), meta={"kind": "list"})
            for number, options in enumerate(lists)
        ),
    ]


def great_expectations() -> Any:
    """Imported on first use, quiet and without its analytics: it takes seconds, and most users of findings need none."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    import great_expectations.data_context.types.base as noisy
    import great_expectations.expectations

    for logger in (logging.getLogger("great_expectations"), noisy.logger):
        logger.setLevel(logging.WARNING)
    return gx
