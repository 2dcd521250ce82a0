"""Chinese sentences on points: facts from the rules, wording from explanations.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from include.data_files import kept, read_yaml
from include.numbers import two_decimals
from include.schemes.indicators import Indicator, Rule, marks_of
from include.scoring.figures import Figures, plain

_MOST_PLACES = 10
SENTENCES = Path(__file__).with_name("explanations.yaml")


@dataclass(frozen=True)
class Said:
    """A figure as people read it: 书记专题研究党建次数, 1 次; an answer in quotation marks."""

    label: str
    value: str

    @property
    def spaced(self) -> str:
        """As it follows a Chinese word: a figure after a space, an answer at once."""
        return self.value if self.value.startswith("“") else f" {self.value}"


def said(figures: Figures, key: str, number: Fraction | None = None) -> Said:
    """The figure of a cell, or another number in its unit (a target)."""
    cell = figures.cell(key)
    if cell.choices or cell.type == "text":
        return Said(cell.label, f"“{figures.text(key)}”")
    if figures.is_rate(key):
        return Said(cell.label, f"{plain(100 * (figures.number(key) if number is None else number))}%")
    return Said(cell.label, f"{plain(figures.number(key) if number is None else number)} {cell.unit}".rstrip())


def percent(quotient: Fraction) -> str:
    """With its sign; finer than two decimals where these would show a whole percentage that is only nearly reached."""
    exact, text = 100 * quotient, plain(100 * quotient)
    if not text.startswith("约"):
        return f"= {text}%"
    finer = (round(exact, places) for places in range(3, _MOST_PLACES))
    if "." in text or (shown := next((one for one in finer if one.denominator > 1), None)) is None:
        return f"≈ {text.removeprefix('约 ')}%"
    return f"{'=' if shown == exact else '≈'} {Decimal(shown.numerator) / shown.denominator:f}%"


def explain(name: str, /, **facts: Any) -> str:
    """The sentence or phrase `name` of explanations.yaml."""
    return _templates()[name].render(**facts)


def explain_indicator(
    outcomes: list[tuple[Rule, Fraction, dict[str, Any]]], points: Fraction, indicator: Indicator, clause: str
) -> str:
    """One sentence on an indicator: each rule's phrase, the points, the full marks, the clause."""
    phrases = [
        explain(
            rule.kind,
            **facts,
            points=two_decimals(earned),
            full=plain(marks_of(rule)),
        )
        for rule, earned, facts in outcomes
    ]
    facts = {"phrases": phrases, "points": two_decimals(points), "full": plain(indicator.full), "clause": clause}
    return explain("bonus" if indicator.is_bonus else "indicator", **facts)


def sentences() -> object:
    """The wording in use, as one thing that is another where the wording is."""
    return _templates()


@kept
def _templates() -> dict[str, Template]:
    environment = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True)
    texts = read_yaml(SENTENCES)
    templates = {name: environment.from_string(" ".join(text.split())) for name, text in texts.items()}
    for template in templates.values():
        template.globals = {}  # no sentence uses one, and each would copy them
    return templates
