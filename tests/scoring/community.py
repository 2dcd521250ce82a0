"""Communities by the labels of the form, so that cases read like the form. 满分 has full marks, 全零 is domain.md §3's worked example."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import yaml

from include.schemes.loader import path_of, scheme_keys
from include.schemes.model import Scheme
from include.scoring.given import ABSENT, Given, Value
from include.scoring.sources import name_of
from include.scoring.votes import rows_above, votes_on

WORKED: dict[str, dict[str, Any]] = {
    key: yaml.safe_load(path.read_text(encoding="utf-8"))
    for key in scheme_keys()
    if (path := path_of(key).with_name("cases.yaml")).is_file()
}
"""`communities` and `cases` of every system that is scored, as they stand in its folder."""
BASES: dict[str, dict[str, Any]] = WORKED["half_year"]["communities"]


def values_of(scheme: Scheme, base: str, given: dict[str, Any]) -> dict[str, str | None]:
    """Values by cell key: the base community's, overridden by `given` (labels; 全部材料 for all papers, 加分 for the bonus rows)."""
    figures = {**WORKED[scheme.scheme]["communities"][base], **given}
    matters, papers = figures.pop("加分", []), figures.pop("全部材料", None)
    keys = {cell.label: cell.key for cell in scheme.cells if cell.group not in {r.key for r in scheme.repeats}}
    values: dict[str, str | None] = {cell.key: None for cell in scheme.cells}
    values |= {cell.key: papers for cell in scheme.cells if cell.group == "paper"}
    values |= {keys[label]: str(value) for label, value in figures.items()}
    for row, matter in enumerate(matters, 1):
        values |= {f"bonus_{row}_matter": matter.get("事项"), f"bonus_{row}_level": matter.get("级别")}
    return values


def elsewhere_of(scheme: Scheme, given: dict[str, Any]) -> dict[str, Given]:
    """Figures from elsewhere by key: those of the system's cases, overridden by `given` (names; 其余 for all others; ~ is none)."""
    usual = WORKED[scheme.scheme].get("elsewhere", {})
    figures = {**(dict.fromkeys(usual, given["其余"]) if "其余" in given else usual), **given}
    return {
        one.key: Given(None, ABSENT) if figures[name] is None else Given(_value(figures[name], is_text=one.is_text))
        for one in scheme.inputs
        if (name := name_of(scheme, one)) in figures
    }


def voted(scheme: Scheme, values: dict[str, str | None]) -> dict[str, Given]:
    """Figures that a system makes of its own votes, by key."""
    found: dict[str, Given] = {}
    for one in (one for one in scheme.inputs if one.from_.tally):
        tally = next(each for each in scheme.tallies if each.key == one.from_.tally)
        if one.from_.option:
            assert one.from_.share_above is not None
            above = rows_above(tally, one.from_.option, Fraction(one.from_.share_above), values)
            found[one.key] = Given(Fraction(len(above)))
        else:
            votes = votes_on(tally, one.from_.item, values)
            found[one.key] = Given(votes.rate if votes else None)
    return found


def _value(figure: object, *, is_text: bool) -> Value:
    return str(figure) if is_text else Fraction(str(figure))
