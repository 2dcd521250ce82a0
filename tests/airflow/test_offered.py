"""What the forms of acts offer is every system's, and an answer of another system than the form's is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from include.acts.act import perform
from include.acts.offered import figures, indicators, meant
from include.airflow_ext.params import param_of
from include.errors import UserError
from include.period import Period, now
from include.schemes.loader import find_scheme, scheme_keys, scheme_names
from include.schemes.model import Scheme
from tests.acting import BY_NAME
from tests.mistyped import mistyped


def test_indicators_and_figures_of_every_system_are_offered_with_its_name() -> None:
    names = scheme_names()
    assert "A2a 党员大会（半年党建检查考评）" in indicators()
    assert "S0 未按时报送“五个好”评议表（“五个好”评议）" in indicators()
    assert "支委会次数（半年党建检查考评）" in figures()
    of_their_own = [key for key in scheme_keys() if any(scheme.cells for scheme in _of_year(key))]
    assert "mutual_review" not in of_their_own, "ratings are corrected by who gave them alone"
    scored = [key for key in scheme_keys() if any(scheme.is_scored for scheme in _of_year(key))]
    for offered, keys in ((indicators(), scored), (figures(), of_their_own)):
        assert {one.rpartition("（")[2] for one in offered} == {f"{names[key]}）".rpartition("（")[2] for key in keys}
        assert len(set(offered)) == len(offered)


def _of_year(key: str) -> list[Scheme]:
    """The system as the forms look at it: in its first period of the year."""
    of_year = (find_scheme(key, Period.in_year(now().year, slot)) for slot in ("H1", "Y", "Q1", "M01"))
    return [scheme for scheme in of_year if scheme is not None][:1]


def test_the_form_takes_what_it_offers() -> None:
    for act, name in (("item", "indicator"), ("correct_figure", "field")):
        param = param_of(next(field for field in BY_NAME[act].fields if field.name == name))
        for example in param.schema["examples"]:
            assert param.resolve(example) == example


def test_a_system_whose_file_is_unsound_leaves_the_others_words() -> None:
    with mistyped("five_good"):
        offered = {one.rpartition("（")[2] for one in indicators()}
        assert "半年党建检查考评）" in offered and not any("五个好" in system for system in offered)


@pytest.mark.parametrize("answer", ["支委会次数（半年党建检查考评）", " 支委会次数 ", "支委会次数"])
def test_the_name_behind_a_word_is_none_of_it(answer: str) -> None:
    assert meant(answer, "half_year") == "支委会次数"


@pytest.mark.parametrize(
    ("act", "answers"),
    [
        ("item", {"act": "销号", "indicator": "A2a 党员大会（半年党建检查考评）", "deadline": None}),
        ("correct_figure", {"field": "支委会次数（半年党建检查考评）", "value": "3", "period": "2026H1"}),
    ],
)
def test_a_word_of_another_system_is_refused(database: Engine, act: str, answers: dict[str, str | None]) -> None:
    said = "是半年党建检查考评的，所选的考评方案是“五个好”评议：请改选考评方案，或另选一项。"
    with pytest.raises(UserError, match=said):
        perform(BY_NAME[act], answers | {"scheme": "five_good", "unit_code": "990000001001", "reason": "核实"}, "zhang")
