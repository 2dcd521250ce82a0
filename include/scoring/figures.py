"""A unit's figures as exact numbers: the only place where scoring reads canonical text.

Nothing ÷ 0 is taken as 0 (domain.md §3: A3 with p = 0), and a target of 0 is always met.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from include.errors import UserError
from include.schemes.conditions import Limit, Multiple
from include.schemes.fields import FigureIs, FormField
from include.schemes.model import Scheme
from include.schemes.references import references

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Place:
    """A unit's rank (1, 1, 3) among the `ranked` of its list."""

    rank: int
    ranked: int


@dataclass(frozen=True)
class Elsewhere:
    """A figure from elsewhere as a cell that is read: `cell.label` says where it is from; the text is empty where there is none."""

    cell: FormField
    text: str
    is_rate: bool = False

    @property
    def said(self) -> tuple[str, str]:
        """What of it can differ between units."""
        return self.text, self.cell.label


class Figures:
    """The figures of one unit, reported and from elsewhere, and its `places` in those by which the scheme ranks. Raises UserError, all at once, where one that the scheme scores is missing or unreadable."""

    def __init__(
        self,
        scheme: Scheme,
        values: Mapping[str, str | None],
        elsewhere: Mapping[str, Elsewhere] = MappingProxyType({}),
    ) -> None:
        self._scheme = scheme
        self._values = {**values, **{key: one.text for key, one in elsewhere.items()}} if elsewhere else values
        self._elsewhere = elsewhere
        self.places: dict[str, Place] = {}
        problems = [problem for cell in scheme.scored_cells if (problem := _problem_of(cell, values.get(cell.key)))]
        if problems:
            raise UserError(*problems)

    def said_of(self, cells: Sequence[str], inputs: Sequence[str]) -> Hashable:
        """All that decides what is read of these cells and figures from elsewhere, and how it is said."""
        read = [self._elsewhere[key].said if key in self._elsewhere else None for key in inputs]
        return tuple([self._values.get(key) for key in cells]), tuple(read)

    def cell(self, key: str) -> FormField:
        return self._elsewhere[key].cell if key in self._elsewhere else self._scheme.cell[key]

    def is_rate(self, key: str) -> bool:
        """Whether people read it in per cent."""
        return key in self._elsewhere and self._elsewhere[key].is_rate

    def missing(self, part: object) -> list[str]:
        """Keys of the figures from elsewhere that a part of the scheme reads and that there are not."""
        if not self._elsewhere:
            return []
        return [key for key in dict.fromkeys(references(part)) if key in self._elsewhere and not self.text(key)]

    def name_of(self, key: str) -> str:
        """What people call a figure, an indicator or an area."""
        is_figure = key in self._elsewhere or key in self._scheme.cell
        return self.cell(key).label if is_figure else self._scheme.named(key)

    def text(self, key: str) -> str:
        """Canonical text; empty where an optional cell was left so."""
        return self._values.get(key) or ""

    def number(self, key: str) -> Fraction:
        return _exact(self.text(key))

    def quotient(self, figure: str, of: str | None) -> Fraction:
        """figure ÷ of, 0 where `of` is 0; the figure itself where there is no `of`."""
        if of is None:
            return self.number(figure)
        divisor = self.number(of)
        return self.number(figure) / divisor if divisor else Fraction(0)

    def target(self, target: Limit) -> Fraction:
        """A fixed target or limit, or a multiple of another figure."""
        if isinstance(target, Multiple):
            return Fraction(target.times) * self.number(target.of)
        return Fraction(target)

    def papers(self, checklist: str) -> dict[str, str]:
        """What was chosen for each paper of a checklist, by the paper's name."""
        return {cell.label: self.text(cell.key) for cell in self._scheme.group(checklist)}

    def noun_of(self, checklist: str) -> str:
        """What the papers of a checklist are called."""
        return next(one.noun for one in self._scheme.checklists if one.key == checklist)

    def rows(self, repeat: str) -> list[dict[str, str]]:
        """The rows of a repeat in which anything was filled in, each with all its fields, by the field's own key."""
        rows: dict[int, dict[str, str]] = {}
        for cell in self._scheme.group(repeat):
            rows.setdefault(cell.row, {})[cell.key.removeprefix(f"{repeat}_{cell.row}_")] = self.text(cell.key)
        return [row for row in rows.values() if any(row.values())]

    def equals(self, key: str, wanted: Decimal | str) -> bool:
        if isinstance(wanted, Decimal):
            return self.number(key) == Fraction(wanted)
        return self.text(key) == wanted

    def is_(self, condition: FigureIs) -> bool:
        return self.equals(condition.figure, condition.is_)


@functools.lru_cache(maxsize=65_536)
def _exact(text: str) -> Fraction:
    return Fraction(text)


def share(part: Fraction, target: Fraction) -> Fraction:
    """pr(x, t) = min(1, x ÷ t) of domain.md §3."""
    return min(Fraction(1), part / target) if target else Fraction(1)


def plain(number: Fraction | Decimal) -> str:
    """As people write it, without trailing zeros; at most two decimals, with 约 where that is not exact."""
    over, under = number.as_integer_ratio()
    whole = (200 * abs(over) + under) // (2 * under)
    text = f"{'-' if over < 0 < whole else ''}{whole // 100}.{whole % 100:02}".rstrip("0").rstrip(".")
    return text if whole * under == 100 * abs(over) else f"约 {text}"


def _problem_of(cell: FormField, value: str | None) -> str | None:
    if value is None or value == "":
        return f"“{cell.label}”没有数据，不能评分：请先补报或由检查组更正。"
    if cell.is_number and not _NUMBER.fullmatch(value):
        return f"“{cell.label}”的数据“{value}”不是数字，不能评分：请由检查组更正。"
    if cell.choices and value not in cell.choices:
        return f"“{cell.label}”的数据“{value}”应为{'、'.join(cell.choices)}之一，不能评分：请由检查组更正。"
    return None
