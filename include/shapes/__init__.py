"""How a system goes through a period, by its shape. Light: the rooms that do it are imported when something is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from include.period import Period
from include.schemes.loader import find_scheme, load_scheme, own_periods
from include.schemes.model import SHAPES, Scheme
from include.schemes.system import SCORED
from include.shapes.recorded import Recorded
from include.shapes.scored_form import ScoredForm
from include.shapes.shape import Moment, Preview, Shape

__all__ = ["ENGINES", "Moment", "Preview", "Shape", "find_shape", "periods_of", "shape_of"]

ENGINES: dict[str, Callable[[Scheme], Shape]] = {shape: ScoredForm if shape == SCORED else Recorded for shape in SHAPES}


def shape_of(system: str, period: Period) -> Shape:
    """The system in the period, as include/schemes/loader.py: load_scheme gives it and with its errors."""
    scheme = load_scheme(system, period)
    return ENGINES[scheme.shape](scheme)


def find_shape(system: str, period: Period) -> Shape | None:
    """None where the system has no such period, or cannot be read."""
    scheme = find_scheme(system, period)
    return None if scheme is None else ENGINES[scheme.shape](scheme)


def periods_of(
    system: str,
    first: dt.date,
    last: dt.date,
    *,
    with_sheets: bool = False,
    find: Callable[[str, Period], Shape | None] = find_shape,
) -> Iterator[Shape]:
    """The system's own periods that begin on one of these days, by their end, the shorter first; `with_sheets`: those,
    too, for which sheets are only collected."""
    for year in range(first.year, last.year + 1):
        for period in own_periods(system, year, with_sheets=with_sheets):
            if first <= period.start_date <= last and (shape := find(system, period)) is not None:
                yield shape
