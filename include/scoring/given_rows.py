"""Figures from elsewhere as they were kept with a result, for people: a row a figure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from include.db import sql
from include.numbers import two_decimals
from include.schemes.inputs import Input, period_of
from include.schemes.model import Scheme
from include.scoring.figures import plain
from include.scoring.sources import cited, name_of

Kept = tuple[str, str, list[str]]
"""A figure as text, how it came to it, and what it was read of."""


def kept_inputs(inputs: str | None) -> dict[str, Kept]:
    """What `score.inputs` holds, by the key of the input."""
    found: dict[str, Kept] = json.loads(inputs or "{}").get("inputs", {})
    return found


class GivenRows:
    """The rows of a system's units; what several of them say alike is made once."""

    def __init__(self, scheme: Scheme) -> None:
        self.heads = {
            one.key: (
                one,
                {
                    "period": _period_shown(scheme, one),
                    "figure": one.key,
                    "name": name_of(scheme, one),
                    "unit": one.unit,
                },
            )
            for one in scheme.inputs
        }
        self.known: dict[tuple[Any, ...], sql.Row] = {}

    def of(self, inputs: str | None) -> list[sql.Row]:
        """Of a unit's kept inputs (`score.inputs`) a row for each; a rate in per cent."""
        return self.of_kept(kept_inputs(inputs))

    def of_kept(self, kept: Mapping[str, Kept]) -> list[sql.Row]:
        return [self._row(key, *kept[key]) for key in self.heads if key in kept]

    def _row(self, key: str, text: str, outcome: str, sources: list[str]) -> sql.Row:
        said = (key, text, outcome, *sources)
        if said not in self.known:
            one, head = self.heads[key]
            value = _value_shown(one, text)
            self.known[said] = {**head, "value": value, "outcome": outcome, "source": cited(sources)}
        return self.known[said]


def _period_shown(scheme: Scheme, one: Input) -> str:
    """The period that it is of; of several the one that reads them."""
    words = one.from_.words
    return str(period_of(words[0], scheme.period) if len(words) == 1 else scheme.period)


def _value_shown(one: Input, text: str) -> str:
    if not text or one.is_text:
        return text
    number = Fraction(text) * (100 if one.is_rate else 1)
    shown = two_decimals(number)
    return f"{shown:f}" if shown != number or one.is_rate else plain(number)
