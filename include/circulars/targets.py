"""Results against targets, as a system's lists set the one against the other (`result`, `target` of a column)."""

from __future__ import annotations

from fractions import Fraction

from include.circulars.progress import Progress, Target
from include.circulars.results import Results, number, rate
from include.schemes.documents import Column


def columns_of(results: Results) -> list[Column]:
    """The columns of the system's lists that set a result against its target, each result once."""
    found = [column for one in results.scheme.documents for column in one.columns if column.result and column.target]
    return list({column.result: column for column in found}.values())


def label_of(results: Results, key: str) -> str:
    """What people call a figure."""
    scheme = results.scheme
    if key in scheme.cell:
        return scheme.cell[key].label
    return next((one.name for one in scheme.inputs if one.key == key and one.name), key)


def targets_of(results: Results, code: str) -> list[Target]:
    return [_of(results, column, code) for column in columns_of(results)]


def progress_of(results: Results, codes: list[str]) -> list[Progress]:
    found: list[Progress] = []
    for column in columns_of(results):
        own = [(code, one) for code in codes if Fraction((one := _of(results, column, code))["target"] or 0)]
        target, result = (
            sum((Fraction(_exact(results, key, code)) for code, _ in own), Fraction(0))
            for key in (column.target, column.result)
        )
        found.append(
            {
                "label": _label(results, column),
                "unit": _unit(results, column),
                "target": number(str(target)),
                "result": number(str(result)),
                "rate": rate(str(result), str(target)),
                "with_target": len(own),
                "behind": [results.scores[code]["unit_name"] for code, one in own if one["is_behind"]],
            }
        )
    return found


def _of(results: Results, column: Column, code: str) -> Target:
    target, result = results.exact(code, str(column.target)), results.exact(code, str(column.result))
    due = Fraction(target) * Fraction(column.share) if target else None
    short = due - Fraction(result) if due is not None and result else Fraction(0)
    return {
        "label": _label(results, column),
        "unit": _unit(results, column),
        "target": number(target),
        "due": "" if due is None else number(str(due)),
        "result": number(result),
        "rate": rate(result, target),
        "is_behind": short > 0,
        "short": number(str(short)) if short > 0 else "",
    }


def _exact(results: Results, key: str | None, code: str) -> str:
    return results.exact(code, str(key)) or "0"


def _label(results: Results, column: Column) -> str:
    return column.label or label_of(results, str(column.result))


def _unit(results: Results, column: Column) -> str:
    cell = results.scheme.cell.get(str(column.result))
    return cell.unit if cell else ""
