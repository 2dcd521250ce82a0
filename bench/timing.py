"""How the benchmarks take time."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Spent(NamedTuple):
    """Seconds by the clock, and seconds of processors (this process and the children that it waited for): what else the machine
    does lengthens the first more than the second."""

    clock: float
    cpu: float


def spent(act: Callable[[], Any]) -> Spent:
    """What it takes."""
    clock, cpu = time.perf_counter(), sum(os.times()[:4])
    act()
    return Spent(time.perf_counter() - clock, sum(os.times()[:4]) - cpu)


def added(several: Sequence[Spent]) -> Spent:
    return Spent(sum(one.clock for one in several), sum(one.cpu for one in several))


def floor_line(ours: Spent, floors: Sequence[Spent], most: float) -> str:
    """How many times the mean of the floor's runs ours takes."""
    floor = added(floors)
    by_clock, by_cpu = (len(floors) * mine / other for mine, other in zip(ours, floor, strict=True))
    return f"floor: ours / floor = {by_clock:.1f} (wanted at most {most:.0f}), by processor {by_cpu:.1f}"


def timed(act: Callable[[], Any]) -> float:
    """Seconds that it takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def best(act: Callable[[], Any], repeats: int = 3) -> float:
    """Seconds of the fastest of a few runs, after one that is not counted: what else the machine does is no cost of ours."""
    act()
    return min(timed(act) for _ in range(repeats))


def median_and_p95(seconds: list[float]) -> tuple[float, float]:
    return statistics.median(seconds), statistics.quantiles(seconds, n=20, method="inclusive")[-1]
