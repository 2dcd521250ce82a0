"""How statistics are said: numbers as tables print them, and the sentences of include/statistics/words.yaml."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from include.data_files import kept, read_yaml
from include.numbers import two_decimals, without_zeros
from include.settings import REPO

_FILE = REPO / "include/statistics/words.yaml"


def number(value: Fraction | None) -> str:
    """Without trailing zeros; two decimals, half up, where that is not exact; empty for None."""
    if value is None:
        return ""
    shown = two_decimals(value)
    return without_zeros(shown) if Fraction(shown) == value else f"{shown:f}"


def percentage(part: Fraction, whole: Fraction) -> str:
    """In per cent, two decimals half up, without the sign."""
    return f"{two_decimals(100 * part / whole):f}"


def say(sentence: str, /, **facts: Any) -> str:
    """A sentence, without line breaks."""
    return " ".join(_templates()[sentence].render(**facts).split())


def word(name: str) -> str:
    return _sentences()[name]


@kept
def _sentences() -> dict[str, str]:
    found: dict[str, str] = read_yaml(_FILE)
    return found


@kept
def _templates() -> dict[str, Template]:
    environment = SandboxedEnvironment(undefined=StrictUndefined)
    return {name: environment.from_string(text) for name, text in _sentences().items()}
