"""Figures that a system makes of its own hand-ins (votes, ratings), read by its rules like those from elsewhere; exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from include.db import sql
from include.schemes.inputs import Input
from include.schemes.model import Scheme
from include.schemes.tallies import Tally
from include.scoring.given import ABSENT, GIVEN, NOT_APPLICABLE, Given, Value
from include.scoring.inputs import UnitInputs
from include.scoring.sources import joined
from include.scoring.votes import Votes, rows_above, votes_on

_EXACT = 100  # digits: sums of what stands in cells are never rounded
_AFTER = "："  # between a source and what it says: the votes, the number of raters


def own_figures(
    connection: Connection, scheme: Scheme, scope: Mapping[str, Any], inputs: Sequence[UnitInputs]
) -> dict[str, dict[str, Given]]:
    """By unit and key, of every unit whose own forms are all there; empty of a system without such inputs."""
    found: dict[str, dict[str, Given]] = {}
    same: dict[tuple[str, str, str, tuple[str, ...]], Given] = {}  # what several are given alike is put together once
    asked = any(one.from_.tally or one.from_.ratio for one in scheme.inputs)
    cells = _cells(connection, scheme, scope) if asked else {}
    for unit in inputs:
        own = scheme.of_group(unit.group)
        if not unit.is_complete:
            continue
        given: dict[str, Given] = {}
        for one in own.inputs:
            if one.from_.tally:
                given[one.key] = _of_votes(own, one, unit, cells)
            elif one.from_.ratings:
                texts = tuple(unit.ratings.of(one.from_.ratings, one.from_.field))
                form = unit.ratings.checked_in.get(one.from_.ratings, one.from_.ratings)
                key = (unit.group, one.key, form, texts)
                given[one.key] = same.get(key) or same.setdefault(key, of_ratings(own, one, form, texts))
            elif one.from_.inputs:
                given[one.key] = _of_inputs(one, {**unit.given, **given})
            elif one.from_.ratio:
                given[one.key] = _of_ratio(own, one, unit, cells, {**unit.given, **given})
        if given:
            found[unit.unit.code] = given
    return found


def _cells(connection: Connection, scheme: Scheme, scope: Mapping[str, Any]) -> dict[str, dict[str, str | None]]:
    """What was reported in the forms with votes, and in those of which ratios are made, by content and field."""
    of_ratios = {key for one in scheme.inputs for key in one.from_.ratio or () if key in scheme.cell}
    named = {_form_of(scheme, tally) for tally in scheme.tallies} | {scheme.cell[key].form for key in of_ratios}
    forms = sorted(named - scheme.rating_forms.keys())
    found: dict[str, dict[str, str | None]] = {}
    for row in sql.fetch(connection, "scoring/select_submission_values", any_form=forms, **scope) if forms else []:
        found.setdefault(row["sha256"], {})[row["field"]] = row["value"]
    return found


def _form_of(scheme: Scheme, tally: Tally) -> str:
    return scheme.asked(tally.key_of(1, next(iter(tally.options)))).form


def _of_votes(scheme: Scheme, one: Input, unit: UnitInputs, cells: Mapping[str, dict[str, str | None]]) -> Given:
    """The rate of an item, or in how many rows an option exceeds a share; with the inspectors' corrections."""
    tally = next(each for each in scheme.tallies if each.key == one.from_.tally)
    form = _form_of(scheme, tally)
    if form in scheme.rating_forms:
        return _of_row_votes(scheme, tally, form, unit)
    hand_in = unit.scored[form]
    corrected = {field: row["value"] for field, row in unit.corrections.items()}
    values = {**cells.get(hand_in["sha256"], {}), **corrected}
    source = f"{scheme.scheme}/{scheme.period}/{form}/v{hand_in['version']}"
    if one.from_.option:
        assert one.from_.share_above is not None
        above = rows_above(tally, one.from_.option, Fraction(one.from_.share_above), values)
        return Given(Fraction(len(above)), GIVEN, (source,))
    return _rate(votes_on(tally, one.from_.item or tally.items[0], values), source)


def _of_row_votes(scheme: Scheme, tally: Tally, form: str, unit: UnitInputs) -> Given:
    """The rate of a subject that has its votes in a row of a sheet; of several sheets that of all votes together."""
    rows = [row for row in unit.ratings.texts.get(form, {}).values() if row]
    counts = {option: sum(int(row[tally.key_of(0, option)]) for row in rows) for option in tally.options}
    votes = Votes(unit.unit.name, counts, tally.options) if rows else None
    return _rate(votes, f"{scheme.scheme}/{scheme.period}/{form}/n{len(rows)}")


def _rate(votes: Votes | None, source: str) -> Given:
    if votes is None or votes.rate is None:
        return Given(None, ABSENT, (source,))
    return Given(votes.rate, GIVEN, (f"{source}{_AFTER}{votes.said}",))


def of_ratings(scheme: Scheme, one: Input, form: str, texts: Sequence[str]) -> Given:
    """What the raters gave, put together; none where fewer rated than the input asks for, or as its `missing` says."""
    source = f"{scheme.scheme}/{scheme.period}/{form}/n{len(texts)}"
    if len(texts) < (one.at_least or (0 if one.take == "count" else 1)):
        return Given(Fraction(0), GIVEN, (source,)) if one.missing == "zero" else Given(None, ABSENT, (source,))
    if one.take == "count":
        wanted = one.where.is_ if one.where else None
        counted = [text for text in texts if wanted is None or _is(text, wanted)]
        return Given(Fraction(len(counted)), GIVEN, (source,))
    with localcontext(prec=_EXACT):
        numbers = (
            [Fraction(sum(map(Decimal, texts)))]
            if one.take in (None, "mean", "sum")
            else [Fraction(text) for text in texts]
        )
    value = joined(one.take or "mean", numbers)
    return Given(value / len(texts) if one.take in (None, "mean") else value, GIVEN, (source,))


def _is(text: str, wanted: str | Decimal) -> bool:
    return text == wanted if isinstance(wanted, str) else Fraction(text) == Fraction(wanted)


def _of_ratio(
    scheme: Scheme,
    one: Input,
    unit: UnitInputs,
    cells: Mapping[str, dict[str, str | None]],
    given: Mapping[str, Given],
) -> Given:
    """None where a part of it there is not; 不适用 where it would be divided by 0."""
    assert one.from_.ratio is not None
    numbers: list[Value | None] = []
    sources: list[str] = []
    for key in one.from_.ratio:
        if key in given:
            numbers.append(given[key].value)
            sources += given[key].sources
            continue
        hand_in = unit.scored.get(scheme.cell[key].form)
        reported = cells.get(hand_in["sha256"], {}).get(key) if hand_in else None
        text = unit.corrections[key]["value"] if key in unit.corrections else reported
        numbers.append(Fraction(text) if text else None)
        sources += [f"{scheme.scheme}/{scheme.period}/{scheme.cell[key].form}/v{hand_in['version']}"] if hand_in else []
    said = tuple(dict.fromkeys(sources))
    part, whole = numbers
    if not isinstance(part, Fraction) or not isinstance(whole, Fraction):
        return Given(None, ABSENT, said)
    if not whole:
        return Given(None, NOT_APPLICABLE, said)
    value = part / whole
    if (decimals := one.from_.decimals) is not None:
        shift = 10**decimals
        value = Fraction((2 * value.numerator * shift + value.denominator) // (2 * value.denominator), shift)
    return Given(value, GIVEN, said)


def _of_inputs(one: Input, given: Mapping[str, Given]) -> Given:
    """Others of the list, put together; none where one of them there is not."""
    read = [given[key] for key in one.from_.inputs if key in given]
    sources = tuple(dict.fromkeys(source for each in read for source in each.sources))
    numbers = [each.value for each in read if isinstance(each.value, Fraction)]
    if len(numbers) < len(one.from_.inputs):
        return Given(None, ABSENT, sources)
    return Given(joined(one.take or "mean", numbers), GIVEN, sources)
