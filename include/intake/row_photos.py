"""Photos that a sheet of ratings calls for: of each subject that it gives so few points, a file that bears its name."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from decimal import Decimal

from include.schemes.model import Scheme
from include.scoring.figures import Figures
from include.scoring.own_figures import of_ratings
from include.scoring.scores import Reported, totals_of
from include.scoring.sources import Known, as_figures

_TOLD = 20  # in one notice; a sheet of thousands that is wrong as a whole asks for a handful


def photos_open(
    scheme: Scheme,
    form: str,
    subjects: Mapping[str, str],
    values: Mapping[str, str | None],
    names: Sequence[str],
) -> list[str]:
    """What is still to be shown of the rows of a sheet, in its order: `subjects` are names by code, `values` texts by
    <subject>/<column>, `names` those of the files that have come. Nothing of a row that has no total by this sheet alone."""
    wanted = [one for one in scheme.evidence if one.of == form and one.below is not None]
    if not wanted:
        return []
    own = next((one for one in scheme.variants.values() if form in one.rating_forms), scheme)
    totals = _totals(own, form, subjects, values)
    missing = [
        f"{subjects[code]}{one.name}"
        for one in wanted
        for code, total in totals.items()
        if one.below is not None and total < one.below and not any(subjects[code] in name for name in names)
    ]
    return missing[:_TOLD] + ([f"另有{len(missing) - _TOLD}个对象的"] if len(missing) > _TOLD else [])


def _totals(
    own: Scheme, form: str, subjects: Mapping[str, str], values: Mapping[str, str | None]
) -> dict[str, Decimal]:
    reported, known = dict[str, Reported](), Known()
    inputs = {one.key: one for one in own.inputs if one.from_.ratings == form}
    given_for = functools.cache(lambda key, text: of_ratings(own, inputs[key], form, [text]))
    for code in subjects:
        texts = {key: values.get(f"{code}/{one.from_.field}") for key, one in inputs.items()}
        if all(texts.values()):
            given = {key: given_for(key, text) for key, text in texts.items()}
            reported[code] = Reported(Figures(own, {}, as_figures(own, given, known)))
    return totals_of(own, reported)
