"""Great Expectations judges a batch of forms; every failure comes back as a Finding with its words in Chinese."""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from decimal import localcontext
from operator import attrgetter
from typing import Any

import pandas as pd

from include.validation.findings import Candidate, Finding
from include.validation.rated import of_subject, rated_rows
from include.validation.table import PRECISION, Question, Row, questions_of
from include.validation.wording import finding_of

_COLUMNS = ("given", "problem", "value", "low", "high")
_VALUE_AND_PROBLEM, _NOTHING = attrgetter("value", "problem"), (None, None)


def validate(batch: list[Candidate]) -> dict[str, list[Finding]]:
    """Findings by SHA-256, in the order of the form; an empty list for a form with nothing wrong.

    Any number of forms, of any schemes, in one run of Great Expectations (its import alone takes seconds).
    """
    alike: dict[tuple[int, str], list[Candidate]] = defaultdict(list)
    for candidate in batch:
        alike[id(candidate.scheme), candidate.form].append(candidate)
    judged, findings = _Judged(), {candidate.sha256: list[Finding]() for candidate in batch}
    with localcontext(prec=PRECISION):
        said = [one for many in alike.values() for one in _all_said(many, judged)]
        failures = judged.failures()
        for one in said:
            for candidate in one.failing(failures):
                for row in one.question.rows(candidate):
                    for kind in failures.get(judged.number_of(row), ()):
                        findings[candidate.sha256] += findings_of(row, kind)
    return findings


class _Judged:
    """What is to be judged of a batch of forms, each thing once: most forms say 是 in the same places."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._numbers: dict[Hashable, int] = {}

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


class _Said:
    """What forms say to a question; of thousands most say the same."""

    def __init__(
        self, question: Question, forms: Sequence[Candidate], said: Sequence[Hashable], judged: _Judged
    ) -> None:
        self.question = question
        self._forms, self._said = forms, said
        one_each = dict(zip(said, forms, strict=True))
        self._numbers = {same: {judged.number_of(row) for row in question.rows(one)} for same, one in one_each.items()}

    def failing(self, failures: Mapping[int, object]) -> list[Candidate]:
        """The forms of which a row may have failed."""
        failed = {same for same, numbers in self._numbers.items() if not numbers.isdisjoint(failures)}
        return [one for one, same in zip(self._forms, self._said, strict=True) if same in failed] if failed else []


def _all_said(forms: Sequence[Candidate], judged: _Judged) -> Iterator[_Said]:
    """What forms of one kind say, question by question; a sheet of many rows is like no other."""
    scheme, form = forms[0].scheme, forms[0].form
    if form in scheme.forms_by_row:
        yield _Said(Question(rated_rows, ()), forms, range(len(forms)), judged)
        return
    questions = questions_of(scheme, form)
    keys = list({key: None for question in questions for key in question.reads})
    by_form = [[_VALUE_AND_PROBLEM(one.cells[key]) if key in one.cells else _NOTHING for key in keys] for one in forms]
    by_key = dict(zip(keys, zip(*by_form, strict=True), strict=True))
    for question in questions:
        columns: list[Sequence[Hashable]] = [by_key[key] for key in question.reads]
        columns += [[one.previous.get(key) for one in forms] for key in question.previous]
        if question.registered:
            columns.append([one.registered.get(question.registered) for one in forms])
        yield _Said(question, forms, columns[0] if len(columns) == 1 else list(zip(*columns, strict=True)), judged)


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
    lists = {
        options: number for number, options in enumerate({tuple(r.field.choices) for r in rows if r.choice is not None})
    }
    frame = pd.DataFrame({name: pd.Series([getattr(r, name) for r in rows], dtype=object) for name in _COLUMNS})
    frame["row"] = range(len(rows))
    frame["choice"] = pd.Series([_chosen(lists, row) for row in rows], dtype=object)
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


def _chosen(lists: Mapping[tuple[str, ...], int], row: Row) -> str | None:
    """A choice with the number of the list that it is of, so that all lists are judged at once."""
    return None if row.choice is None else f"{lists[tuple(row.field.choices)]} {row.choice}"


def _expectations(gxe: Any, lists: Mapping[tuple[str, ...], int]) -> list[Any]:
    """One a kind of check; the limits and the lists are the scheme's."""
    chosen = [f"{number} {option}" for options, number in lists.items() for option in options]
    both = {"or_equal": True, "ignore_row_if": "either_value_is_missing", "meta": {"kind": "range"}}
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="given", meta={"kind": "required"}),
        gxe.ExpectColumnValuesToBeNull(column="problem", meta={"kind": "type"}),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="value", column_B="low", **both),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="high", column_B="value", **both),
        gxe.ExpectColumnValuesToBeInSet(column="choice", value_set=chosen, meta={"kind": "list"}),
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
