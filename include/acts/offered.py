"""What forms offer of every system, with the system's name behind each word, and what an answer then means."""

from __future__ import annotations

from itertools import islice

from include.errors import UserError
from include.period import Period, now
from include.schemes.loader import find_scheme, keys_default_first, scheme_names
from include.schemes.model import Scheme

_SLOTS = ("H1", "Y", "Q1", "M01")


def indicators() -> list[str]:
    """A2a 党员大会（半年党建检查考评）, of which the first word counts; what a unit without a hand-in is held to comes last."""
    return [
        _named(scheme, words)
        for scheme in _schemes()
        if scheme.is_scored
        for words in (
            *(f"{one.code} {one.name}" for one in scheme.indicators),
            f"{scheme.missing.code} {scheme.missing.problem}",
        )
    ]


def figures() -> list[str]:
    """支委会次数（半年党建检查考评）."""
    found = [_named(scheme, cell.label_in_errors) for scheme in _schemes() for cell in scheme.cells]
    return list(dict.fromkeys(found))


def meant(answer: str, system: str) -> str:
    """An answer without the name of the system behind it. Raises UserError where it is another one than that of the form."""
    names = scheme_names()
    for key, name in names.items():
        words = answer.strip().removesuffix(f"（{name}）")
        if words != answer.strip():
            if key != system:
                raise UserError(
                    f"“{words}”是{name}的，所选的考评方案是{names.get(system, system)}：请改选考评方案，或另选一项。"
                )
            return words
    return answer.strip()


def _schemes() -> list[Scheme]:
    """Every system in its version of this year; without one whose file cannot be read: the forms offer less then."""
    found = []
    for key in keys_default_first():
        of_year = (find_scheme(key, Period.in_year(now().year, slot)) for slot in _SLOTS)
        found += list(islice((scheme for scheme in of_year if scheme is not None), 1))
    return found


def _named(scheme: Scheme, words: str) -> str:
    return f"{words}（{scheme.name}）"
