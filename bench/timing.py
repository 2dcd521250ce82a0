"""How the benchmarks take time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any


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
