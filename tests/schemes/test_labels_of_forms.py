"""The labels by which others send figures flat stay what was agreed (tests/data/labels.yaml)."""

from __future__ import annotations

from typing import Any

import pytest

from include.data_files import read_yaml
from include.period import Period
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.settings import REPO
from include.workbooks.vocabulary import normalised

AGREED: dict[str, Any] = read_yaml(REPO / "tests/data/labels.yaml")
OF_EVERY_BALLOT = {"发出票数", "收回票数"}  # of a sheet that rates they are columns of the tally


def labels_of(scheme: Scheme) -> set[str]:
    """What its forms ask, of all groups, and the columns of its sheets."""
    variants = [scheme, *(scheme.of_group(group) for group in scheme.variants)]
    cells = [cell.label for one in variants for form in one.forms for cell in one.cells_of(form.key)]
    columns = [column.label for one in variants for form in one.rating_forms for column in one.columns_of(form)]
    return {normalised(label) for label in (*cells, *columns)} | OF_EVERY_BALLOT


@pytest.mark.parametrize("system", AGREED)
def test_a_system_asks_by_the_labels_that_were_agreed(system: str) -> None:
    agreed = AGREED[system]
    scheme = load_scheme(system, Period.parse(agreed["period"]))
    known = labels_of(scheme)
    assert [label for form in agreed["forms"] for label in form["labels"] if normalised(label) not in known] == []
    names = {form.name for form in scheme.forms}
    assert [form["sheet"] for form in agreed["forms"] if "sheet" in form and form["sheet"] not in names] == []
