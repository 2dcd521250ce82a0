"""What is wrong with the files of all systems, in whatever period: found in spring, not when the period comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from include.data_files import read_text
from include.errors import UserError
from include.period import Period, now
from include.schemes.lines import at, with_lines
from include.schemes.loader import UnknownPeriodError, keys_default_first, load_scheme, name_of, path_of, tree_of


def unsound_systems() -> list[str]:
    """What is wrong with the systems' files in any period that they speak of: each a sentence with file, place, what to do."""
    return list(dict.fromkeys(problem for problems in problems_by_system().values() for problem in problems))


def problems_by_system() -> dict[str, list[str]]:
    """The same by the system's key; of a sound one nothing."""
    found: dict[str, dict[str, None]] = {}
    seconds: dict[Any, str] = {}
    for key in keys_default_first():
        said = found.setdefault(key, {})
        try:
            tree = tree_of(key)
            said |= dict.fromkeys(_shared_second(key, tree.get("slot", 0), seconds))
            for period in _spoken_of(tree):
                said |= dict.fromkeys(_problems(key, period))
        except UserError as error:
            said |= dict.fromkeys(error.problems)
    return {key: list(said) for key, said in found.items() if said}


def _shared_second(key: str, slot: Any, seconds: dict[Any, str]) -> list[str]:
    """Scheduled runs are told apart by their moments: of two systems due in one second, one would never run."""
    other = seconds.setdefault(str(slot), key)
    if other == key:
        return []
    own = path_of(key)
    return [
        f"{at(name_of(own), with_lines(read_text(own)), ['slot'])}：slot：{slot} 与 {name_of(path_of(other))} 的相同，两个制度不能在同一秒启动："
        "请改为 0–3599 中没有用过的数（不写即为 0）。"
    ]


def _problems(key: str, period: Period) -> list[str]:
    try:
        load_scheme(key, period)
    except UnknownPeriodError:
        return []
    except UserError as error:
        return error.problems
    return []


def _spoken_of(tree: dict[str, Any]) -> Iterator[Period]:
    """Every period of the first year of every version; this year's halves, of a file that names no sound version."""
    versions = tree.get("versions")
    starts = (
        [one.get("effective_from") for one in versions if isinstance(one, dict)] if isinstance(versions, list) else []
    )
    years = {int(str(start)[:4]) for start in starts if str(start)[:4].isdigit()} or {now().year}
    for year in sorted(years):
        whole = Period.in_year(year, "Y")
        halves = whole.children
        quarters = [quarter for half in halves for quarter in half.children]
        yield from (whole, *halves, *quarters, *(month for quarter in quarters for month in quarter.children))
