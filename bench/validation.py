"""Checks of hand-ins against the same checks in polars: 100,000 rows, a row being a cell or a check between figures.

`python -m bench.validation [--rows 100000]`. Both begin with the cells as they were read and end with what is wrong, which must be the
same. The forms are the half year's; one cell in a thousand is wrong: empty, no number, beyond its limits.
"""

from __future__ import annotations

import argparse
import random
from decimal import Decimal
from typing import Any

import polars as pl

from bench.timing import floor_line, spent
from include.bulk import in_bulk
from include.intake.read_form import ReadCell
from include.period import Period
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.validation.findings import Candidate
from include.validation.suite import great_expectations, validate
from include.validation.table import Question, questions_of

FLOOR, PERIOD = 3.0, Period.parse("2026H1")
Wrong = set[tuple[str, str, str]]  # form, cell, check


def _forms(scheme: Scheme, rows: int) -> list[Candidate]:
    drawn, found, count = random.Random(7), list[Candidate](), 0  # noqa: S311 - figures
    fields = scheme.cells_of("main")
    questions = questions_of(scheme, "main")
    wholes = {check.at_most or check.figure for check in scheme.all_checks}
    while count < rows:
        cells = dict[str, ReadCell]()
        for field in fields:
            if field.choices:
                text = drawn.choice(field.choices)
            elif field.key in wholes:
                text = str(drawn.randint(40, 44))
            elif field.type in ("count", "yuan", "decimal"):
                text = str(drawn.randint(0, 19))
            else:
                text = "活动"
            value: str | None = text
            problem: str | None = None
            if drawn.random() < 0.001:
                kind = drawn.choice(("empty", "type", "range"))
                if kind == "empty":
                    text, value = "", None
                elif kind == "type":
                    text, value, problem = "若干", None, "不是数字"
                elif field.at_most is not None:
                    value = text = str(field.at_most + drawn.randint(1, 9))
            cells[field.key] = ReadCell(text, value, problem, f"填报表!G{len(cells) + 5}")
        previous = {field.key: str(drawn.randint(38, 42)) for field in fields if field.type == "count"}
        found.append(Candidate(str(len(found)), scheme, "main", cells, previous))
        count += _rows(questions, found[-1])
    return found


def _rows(questions: list[Question], form: Candidate) -> int:
    return sum(1 for question in questions for _ in question.rows(form))


def _ours(forms: list[Candidate]) -> Wrong:
    return {
        (form, one.field, one.check_code.partition(":")[0]) for form, found in validate(forms).items() for one in found
    }


def _floor(scheme: Scheme, forms: list[Candidate]) -> Wrong:
    """Required, type, list, limits of every cell by joining the fields; the checks between figures on a column a figure."""
    fields = scheme.cells_of("main")
    repeats = {repeat.key for repeat in scheme.repeats}
    plain = [field for field in fields if field.group not in repeats]
    table: dict[str, list[Any]] = {"form": [], "field": [], "value": [], "problem": []}
    for form in forms:
        for key, cell in form.cells.items():
            table["form"].append(form.sha256)
            table["field"].append(key)
            table["value"].append(cell.value)
            table["problem"].append(cell.problem)
    cells = pl.DataFrame(table, schema=dict.fromkeys(table, pl.String))
    asked = pl.DataFrame(
        {
            "field": [one.key for one in plain],
            "is_number": [one.type in ("count", "yuan", "decimal") for one in plain],
            "low": [None if (low := _low(one)) is None else float(low) for one in plain],
            "high": [float(one.at_most) if one.at_most is not None else None for one in plain],
            "choices": [one.choices or None for one in plain],
            "needed": [not one.is_optional and one.optional_when is None for one in plain],
        },
        schema_overrides={"low": pl.Float64, "high": pl.Float64, "choices": pl.List(pl.String)},
    )
    cells = cells.join(asked, on="field", how="left").with_columns(
        number=pl.when(pl.col("is_number")).then(pl.col("value").cast(pl.Float64, strict=False))
    )
    empty = pl.col("value").is_null() & pl.col("problem").is_null()
    kinds = {
        "required": empty & pl.col("needed"),
        "type": pl.col("problem").is_not_null(),
        "range": (pl.col("number") < pl.col("low")) | (pl.col("number") > pl.col("high")),
        "list": pl.col("choices").is_not_null()
        & pl.col("value").is_not_null()
        & ~pl.col("value").is_in(pl.col("choices")),
    }
    wrong: Wrong = set()
    for kind, test in kinds.items():
        wrong |= {(form, field, kind) for form, field in cells.filter(test).select("form", "field").iter_rows()}
    for field in plain:
        if (when := field.optional_when) is not None and not field.is_optional:
            other = cells.filter(pl.col("field") == when.figure).select("form", other=pl.col("number"))
            here = cells.filter(pl.col("field") == field.key).join(other, on="form")
            excused = pl.col("other").is_not_null() & (pl.col("other") == float(when.is_))
            for kind, test in (("required", empty & ~excused), ("idle", ~empty & excused)):
                wrong |= {(form, field.key, kind) for (form,) in here.filter(test).select("form").iter_rows()}
    wide = cells.filter("is_number").pivot("field", index="form", values="number")
    before = pl.DataFrame([{"form": form.sha256, **form.previous} for form in forms]).with_columns(
        pl.exclude("form").cast(pl.Float64).name.prefix("before_")
    )
    wide = wide.join(before, on="form")
    for check in scheme.all_checks:
        total = pl.sum_horizontal(check.sum or [check.figure], ignore_nulls=False)
        if check.jump_pct is not None:
            last = pl.col(f"before_{check.figure}")
            test = (last != 0) & ((total - last).abs() > last.abs() * float(check.jump_pct) / 100)
        else:
            test = total > pl.col(str(check.at_most)) * float(check.times)
        wrong |= {(form, check.marks, check.code) for (form,) in wide.filter(test).select("form").iter_rows()}
    return wrong


def _low(field: Any) -> Decimal | None:
    return Decimal(0) if field.at_least is None and field.type in ("count", "yuan") else field.at_least


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    scheme = load_scheme("half_year", PERIOD)
    forms = _forms(scheme, options.rows)
    great_expectations()
    validate(forms[:2])
    _floor(scheme, forms[:50])
    found: list[Wrong] = []
    floors = [spent(lambda: found.append(_floor(scheme, forms)))]
    with in_bulk():  # as every batch of files is answered
        ours = spent(lambda: found.append(_ours(forms)))
    floors.append(spent(lambda: found.append(_floor(scheme, forms))))
    theirs, own = found[0], found[1]
    repeats = {cell.key for cell in scheme.cells_of("main") if cell.group in {one.key for one in scheme.repeats}}
    unlike = {one for one in own ^ theirs if one[1] not in repeats}
    if unlike:
        raise SystemExit(f"{len(unlike)} found otherwise: {sorted(unlike)[:5]}")
    questions = questions_of(scheme, "main")
    rows = sum(_rows(questions, form) for form in forms)
    print(f"{len(forms)} forms, {rows} rows, {len(own)} wrong: ours {ours.clock:.2f} s ({ours.cpu:.2f} s of processor), polars "
          f"{', '.join(f'{one.clock:.2f} s ({one.cpu:.2f})' for one in floors)}")  # fmt: skip
    print(floor_line(ours, floors, FLOOR))


if __name__ == "__main__":
    main()
