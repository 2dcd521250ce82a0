"""Whether two statements of one thing agree: said with both sides, never repaired."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from include.schemes.statistics import Agreement
from include.scoring.given import ABSENT, GIVEN
from include.statistics.facts import Fact, Facts
from include.statistics.words import number, percentage, say, word

AGREES, DISAGREES = "一致", "不一致"
_YEARS = re.compile(r"(\d+)(?:\s*[–—~～至-]\s*(\d+))?\s*(?:周?岁)?\s*(以上|以下)?")
_OLDEST = 200


@dataclass(frozen=True)
class Found:
    """What a check came to. `note`: that is to be looked at although it agrees."""

    outcome: str
    left: str = ""
    right: str = ""
    message: str = ""
    note: str = ""


def check(agreement: Agreement, fact: Fact, facts: Facts) -> Found:
    return {
        "parts": _parts,
        "share": _share,
        "same": _same,
        "against": _same,
        "within": _within,
        "bands": _bands,
    }[agreement.kind](agreement, fact, facts)


def share_agrees(part: Fraction, whole: Fraction, stated: str) -> bool:
    """Whether a stated percentage is the exact one, rounded half up or cut off to as many decimals as it has."""
    exact = 100 * part / whole
    decimals = len(stated.partition(".")[2])
    step = Decimal(1).scaleb(-decimals)
    shown = Decimal(exact.numerator) / Decimal(exact.denominator)
    return Decimal(stated) in {shown.quantize(step, way) for way in (ROUND_HALF_UP, ROUND_DOWN)}


def labels_that_share(labels: Sequence[str]) -> list[tuple[str, str, int]]:
    """Pairs of labels of bands (55–60岁, 60岁以上) that both hold a year, with that year."""
    spans = [(label, span) for label in labels if (span := _span(label))]
    return [
        (one, other, max(a[0], b[0]))
        for place, (one, a) in enumerate(spans)
        for other, b in spans[place + 1 :]
        if max(a[0], b[0]) <= min(a[1], b[1])
    ]


def shares(parts: Sequence[Fraction]) -> tuple[list[str], str]:
    """Each part in per cent of them all, two decimals half up, and what these come to."""
    whole = sum(parts, Fraction(0))
    shown = [percentage(part, whole) for part in parts] if whole else []
    return shown, f"{sum(map(Decimal, shown), Decimal(0)):f}" if shown else ""


def _span(label: str) -> tuple[int, int] | None:
    found = next(iter(reversed(list(_YEARS.finditer(label)))), None)
    if found is None:
        return None
    first, last, side = int(found[1]), found[2], found[3]
    if last:
        return first, int(last)
    return {"以上": (first, _OLDEST), "以下": (0, first)}.get(side or "", (first, first))


def _parts(one: Agreement, fact: Fact, facts: Facts) -> Found:
    whole = fact.number(one.whole)
    values = {key: fact.number(key) for key in one.parts}
    there = {key: value for key, value in values.items() if value is not None}
    missing = [facts.label(key) for key in one.parts if key not in there]
    total = sum(there.values(), Fraction(0))
    if whole is None or not there or (missing and total != whole):
        return _unreported(fact, [*one.parts, one.whole], facts)
    said, together = shares(list(there.values()))
    words = {
        "name": one.name, "parts": [number(value) for value in there.values()], "total": number(total),
        "whole_name": facts.label(one.whole), "whole": number(whole), "by": number(abs(total - whole)), "is_more": total > whole,
        "unit": facts.unit(one.whole), "shares": said, "together": together, "missing": missing, "agrees": total == whole,
        "labels": [facts.label(key) for key in there],
    }  # fmt: skip
    return Found(AGREES if total == whole else DISAGREES, number(total), number(whole), say("parts", **words))


def _share(one: Agreement, fact: Fact, facts: Facts) -> Found:
    keys = _keys(one.part)
    part, whole, stated = fact.sum(keys), fact.number(one.whole), fact.text(one.stated)
    if part is None or whole is None or not stated or not whole:
        return _unreported(fact, [*keys, one.whole, one.stated], facts)
    agrees = share_agrees(part, whole, stated)
    exact = percentage(part, whole)
    words = {"name": one.name, "part": number(part), "whole": number(whole), "exact": exact, "stated": stated}
    return Found(AGREES if agrees else DISAGREES, exact, stated, say("share", agrees=agrees, **words))


def _same(one: Agreement, fact: Fact, facts: Facts) -> Found:
    left, right = fact.read(one.figure), fact.read(one.other)
    if left is None or right is None:
        return _unreported(fact, [one.figure, one.other], facts)
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        agrees = abs(left - right) <= abs(right) * Fraction(one.tolerance_pct or 0) / 100
        shown = number(left), number(right)
    else:
        agrees, shown = left == right, (str(left), str(right))
    words = {
        "name": one.name,
        "left_name": facts.label(one.figure),
        "left": shown[0],
        "right_name": facts.label(one.other),
        "right": shown[1],
        "agrees": agrees,
        "tolerance": number(Fraction(one.tolerance_pct)) if one.tolerance_pct else "",
    }
    return Found(AGREES if agrees else DISAGREES, *shown, say("same", **words))


def _within(one: Agreement, fact: Fact, facts: Facts) -> Found:
    keys = _keys(one.part)
    part, whole = fact.sum(keys), fact.number(one.whole)
    if part is None or whole is None:
        return _unreported(fact, [*keys, one.whole], facts)
    words = {
        "name": one.name,
        "part": number(part),
        "whole": number(whole),
        "agrees": part <= whole,
        "part_name": word("and").join(facts.label(key) for key in keys),
        "whole_name": facts.label(one.whole),
        "share": percentage(part, whole) if whole and fact.is_of_totals and part <= whole else "",
    }
    return Found(AGREES if part <= whole else DISAGREES, number(part), number(whole), say("within", **words))


def _bands(one: Agreement, fact: Fact, facts: Facts) -> Found:
    """The bounds share none, or the file would not have been taken; what labels say otherwise is only noted."""
    there = [facts.label(key) for key in one.parts if fact.number(key) is not None]
    if not there:
        return _unreported(fact, one.parts, facts)
    shared = labels_that_share(there)
    note = say("bands_note", name=one.name, shared=shared) if shared and fact.is_of_totals else ""
    left, right = (shared[0][0], shared[0][1]) if note else ("", "")
    return Found(AGREES, left, right, note or say("bands", name=one.name), note)


def _unreported(fact: Fact, keys: Sequence[str], facts: Facts) -> Found:
    """One of its sides there is not, or makes no sense."""
    outcome = fact.outcome(keys)
    missing = [(facts.label(key), facts.lacking(fact, key)) for key in keys if fact.read(key) is None]
    said = say("unreported", missing=missing, outcome=outcome) if missing and fact.is_reported else ""
    return Found(ABSENT if outcome == GIVEN else outcome, message=said)


def _keys(part: str | Sequence[str]) -> list[str]:
    return [part] if isinstance(part, str) else list(part)
