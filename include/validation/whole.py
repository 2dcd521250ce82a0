"""A period's whole table as Great Expectations validates it: one suite a form, run by a Checkpoint, its Data Docs beside."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from include.data_files import Part, kept, read_yaml
from include.schemes.fields import FormField
from include.schemes.model import Scheme
from include.validation.suite import great_expectations

CODE = "编码"
_ROUND_SHARE = "以0或5结尾的占比"
_NAMED = 6  # units in a sentence


class _Limits(Part):
    least_units: int
    mean_times: float
    share_points: float
    round_from: int
    round_values: int
    round_share: float
    same_columns: int


class _Rules(Part):
    limits: _Limits
    docs_kept: int
    checks: dict[str, str]
    notes: str


@dataclass(frozen=True)
class Table:
    """What the units of an office reported on one form: the accepted values by unit and field. `before` and `others` are those of last
    period and of other offices."""

    scheme: Scheme
    form: str
    units: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    before: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    others: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def fields(self) -> list[FormField]:
        """The columns: figures and choices; texts say nothing as a column."""
        cells = self.scheme.cells_of(self.form)
        return [one for one in cells if (one.is_number or one.choices) and not one.personal]


@dataclass(frozen=True)
class Hint:
    """One thing that the whole shows. `unit_code` is empty where it is of the column, `field` where it is of the unit's row."""

    kind: str
    field: str
    unit_code: str
    said: str


@kept
def _rules() -> _Rules:
    return _Rules.model_validate(read_yaml(Path(__file__).with_name("whole.yaml")))


def examine(table: Table, docs: Path | None = None) -> list[Hint]:
    """What a Checkpoint over the table finds, in the order of the form; its Data Docs are written into `docs`."""
    frame = _frame(table)
    gx = great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    name = f"{table.scheme.name}{table.scheme.period.name}"
    asset = context.data_sources.add_pandas(name).add_dataframe_asset(table.form)
    data = asset.add_batch_definition_whole_dataframe("整表")
    expectations = list(
        _expectations(gx.expectations, table, frame)
    )  # added one by one, each would write the whole suite
    suite = context.suites.add(gx.ExpectationSuite(name=f"{name}·{table.form}", expectations=expectations))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=suite.name, data=data, suite=suite))
    actions = []
    if docs is not None:
        shutil.rmtree(docs, ignore_errors=True)  # of one look only
        store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs)}
        site = {
            "class_name": "SiteBuilder",
            "store_backend": store,
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        }
        context.add_data_docs_site(site_name="docs", site_config=site)
        actions = [gx.checkpoint.UpdateDataDocsAction(name="docs", site_names=["docs"])]
    shape = {"result_format": "COMPLETE", "unexpected_index_column_names": [CODE], "partial_unexpected_count": 0}
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name=suite.name, validation_definitions=[definition], actions=actions, result_format=shape)
    )
    done = checkpoint.run(batch_parameters={"dataframe": frame})
    [results] = done.run_results.values()
    return [hint for one in results.results if not one.success for hint in _hints(table, frame, one)]


def tidy(folder: Path) -> None:
    """The oldest Data Docs go where there are too many."""
    sites = sorted((one for one in folder.glob("*") if one.is_dir()), key=lambda one: one.stat().st_mtime)
    for one in sites[: max(0, len(sites) - _rules().docs_kept)]:
        shutil.rmtree(one, ignore_errors=True)


def _frame(table: Table) -> pd.DataFrame:
    codes = sorted(table.values)
    columns: dict[str, Any] = {CODE: codes}
    for one in table.fields:
        said = [table.values[code].get(one.key) for code in codes]
        columns[one.key] = (
            pd.Series([_number(one, text) for text in said], dtype="float64")
            if one.is_number
            else pd.Series(said, dtype=object)
        )
        if one.type == "yes_no":
            columns[_share(one.key)] = pd.Series(
                [None if text is None else float(text == "是") for text in said], dtype="float64"
            )
        if one.type in ("count", "yuan"):
            columns[_digits(one.key)] = pd.Series([_last_digit(_number(one, text)) for text in said], dtype=object)
    frame = pd.DataFrame(columns)
    ends = frame[[column for column in frame.columns if column.endswith("·末位")]]
    known = ends.notna().sum(axis=1)
    shares = ends.isin(["0", "5"]).sum(axis=1) / known.where(known >= _rules().limits.round_values)
    frame[_ROUND_SHARE] = shares
    return frame


def _share(key: str) -> str:
    return f"{key}·是"


def _digits(key: str) -> str:
    return f"{key}·末位"


def _number(one: FormField, text: str | None) -> float | None:
    return float(Decimal(text)) if text is not None and one.is_number else None


def _last_digit(number: float | None) -> str | None:
    """Of a whole number that is large enough to have been rounded."""
    if number is None or number < _rules().limits.round_from or number != int(number):
        return None
    return str(int(number))[-1]


def _expectations(gxe: Any, table: Table, frame: pd.DataFrame) -> Iterator[Any]:
    """The form's own checks, and what only the whole shows; each with a note in Chinese."""
    limits, by_unit = _rules().limits, defaultdict(list)
    for one in table.fields:

        def meta(kind: str, wanted: str = "", label: str = one.label_in_errors, key: str = one.key) -> dict[str, Any]:
            words = _rules().checks[kind].format(label=label, count="n", units="…", found="…", wanted=wanted or "…")
            notes = {"format": "markdown", "content": [_rules().notes.format(label=label, check=words)]}
            return {"kind": kind, "field": key, "wanted": wanted, "notes": notes}

        column = frame[one.key]
        if not one.may_be_empty:
            yield gxe.ExpectColumnValuesToNotBeNull(column=one.key, meta=meta("required"))
        if one.choices:
            yield gxe.ExpectColumnValuesToBeInSet(column=one.key, value_set=one.choices, meta=meta("list"))
        if column.notna().sum() < limits.least_units:
            continue
        if one.is_number:
            low, high = _low(one), one.at_most
            if low is not None or high is not None:
                said = f"{'' if low is None else low}–{'' if high is None else high}"
                bounds = {
                    "min_value": None if low is None else float(low),
                    "max_value": None if high is None else float(high),
                }
                yield gxe.ExpectColumnValuesToBeBetween(column=one.key, **bounds, meta=meta("range", said))
            if column.abs().max() == 0:
                yield gxe.ExpectColumnMaxToBeBetween(column=one.key, min_value=0, strict_min=True, meta=meta("zero"))
            else:
                yield gxe.ExpectColumnUniqueValueCountToBeBetween(column=one.key, min_value=2, meta=meta("alike"))
            for kind, rows in (("mean_before", table.before), ("mean_others", table.others)):
                if mean := _mean(one, rows):
                    least, most = sorted((mean / limits.mean_times, mean * limits.mean_times))
                    yield gxe.ExpectColumnMeanToBeBetween(
                        column=one.key, min_value=least, max_value=most, meta=meta(kind, f"{mean:.2f}")
                    )
            if _digits(one.key) in frame and frame[_digits(one.key)].notna().sum() >= limits.round_values:
                yield gxe.ExpectColumnValuesToNotMatchRegex(
                    column=_digits(one.key), regex="^[05]$", mostly=1 - limits.round_share, meta=meta("round_column")
                )
        elif one.type == "yes_no":
            for kind, rows in (("share_before", table.before), ("share_others", table.others)):
                if (share := _mean(one, rows)) is not None:
                    yield gxe.ExpectColumnMeanToBeBetween(
                        column=_share(one.key),
                        min_value=share - limits.share_points,
                        max_value=share + limits.share_points,
                        meta=meta(kind, f"{share:.0%}"),
                    )
        if one.is_number:
            by_unit[one.form].append(one.key)
    if frame[_ROUND_SHARE].notna().any():
        yield gxe.ExpectColumnValuesToBeBetween(
            column=_ROUND_SHARE, max_value=limits.round_share, meta={"kind": "round_unit", "field": "", "wanted": ""}
        )
    same = [key for keys in by_unit.values() for key in keys if frame[key].notna().all()]
    if len(same) >= limits.same_columns:
        yield gxe.ExpectCompoundColumnsToBeUnique(
            column_list=same, meta={"kind": "same_row", "field": "", "wanted": ""}
        )


def _low(one: FormField) -> Decimal | None:
    return Decimal(0) if one.at_least is None and one.type in ("count", "yuan") else one.at_least


def _mean(one: FormField, rows: Mapping[str, Mapping[str, str]]) -> float | None:
    """Of a figure, or the share of 是; None where too few have it, and of a figure where it is 0."""
    said = [text for row in rows.values() if (text := row.get(one.key)) is not None]
    if len(said) < _rules().limits.least_units:
        return None
    if one.is_number:
        return sum(float(Decimal(text)) for text in said) / len(said) or None
    return sum(text == "是" for text in said) / len(said)


def _hints(table: Table, frame: pd.DataFrame, result: Any) -> Iterator[Hint]:
    """What one failed expectation says: of the column, or of each unit that stands out."""
    meta, found = result.expectation_config.meta, result.result
    if not found and result.exception_info:
        raise RuntimeError(f"an expectation could not be evaluated: {result.exception_info}")
    kind, key = meta["kind"], meta["field"]
    labels = {one.key: one.label_in_errors for one in table.fields}
    codes = list(dict.fromkeys(str(one[CODE]) for one in found.get("unexpected_index_list") or []))
    observed = found.get("observed_value")
    if kind == "round_unit":
        shares = dict(zip(frame[CODE], frame[_ROUND_SHARE], strict=True))
        for code in codes:
            yield Hint(kind, "", code, _said(kind, found=f"{shares[code]:.0%}"))
    elif kind == "same_row":
        for code, twins in _twins(frame, result.expectation_config.kwargs["column_list"]):
            yield Hint(kind, "", code, _said(kind, units=_names(table, twins)))
    elif kind in ("required", "range", "list"):
        for code in codes:
            yield Hint(
                kind,
                key,
                code,
                _said(kind, label=labels[key], wanted=meta["wanted"], count="1", units=_names(table, [code])),
            )
    else:
        if kind == "alike":
            observed = f"{frame[key].dropna().iloc[0]:g}"
        elif kind == "round_column":
            observed = f"{found['unexpected_percent_nonmissing'] / 100:.0%}"
        elif isinstance(observed, int | float):
            observed = f"{observed:.0%}" if kind.startswith("share") else f"{observed:.2f}"
        yield Hint(
            kind,
            key,
            "",
            _said(kind, label=labels[key], found=observed, wanted=meta["wanted"], count=str(frame[key].notna().sum())),
        )


def _said(kind: str, **words: Any) -> str:
    return _rules().checks[kind].format(**({"label": "", "found": "", "wanted": "", "units": "", "count": ""} | words))


def _twins(frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    for _, same in frame.groupby(list(columns)):
        codes = [str(code) for code in same[CODE]]
        if len(codes) > 1:
            yield from ((code, [other for other in codes if other != code]) for code in codes)


def _names(table: Table, codes: Sequence[str]) -> str:
    shown = "、".join(table.units.get(code, code) for code in codes[:_NAMED])
    return shown + (f"等 {len(codes)} 个" if len(codes) > _NAMED else "")


def today_folder(folder: Path, scheme: Scheme, office_code: str) -> Path:
    """Where the Data Docs of an office's period lie; those of the last look."""
    return folder / f"{scheme.scheme}-{scheme.period}-{office_code}"


def page_of(folder: Path) -> Path | None:
    """The page of results in Data Docs; None where there are none. (Their index shows its links only by scripts from elsewhere.)"""
    return next(iter(sorted(folder.glob("validations/**/*.html"))), None)
