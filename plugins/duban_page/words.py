"""What codes in our tables are called on the page (words.yaml)."""

from __future__ import annotations

import functools
from pathlib import Path

from include.data_files import Part, read_yaml
from include.errors import UserError
from include.intake.judging import answers
from include.period import Period
from include.schemes.model import Scheme


class _Words(Part):
    acts: dict[str, str]
    checks: dict[str, str]
    statuses: dict[str, str]
    hints: dict[str, str]


@functools.cache
def _words() -> _Words:
    return _Words.model_validate(read_yaml(Path(__file__).parent / "words.yaml"))


def act_name(kind: str) -> str:
    return _words().acts.get(kind, kind)


def status_name(status: str) -> str:
    return _words().statuses.get(status, status)


def hint_name(kind: str) -> str:
    return str(_words().hints.get(kind, kind))


def check_name(scheme: Scheme, code: str) -> str:
    """What a check of a form is called: one that follows from its field, one between figures by its own sentence, or a gate."""
    kind = code.partition(":")[0]
    own = next((one.message for one in scheme.all_checks if one.code == kind), "")
    gate = answers()["gates"].get(kind)
    return own or _words().checks.get(kind, "") or (f"{gate['label']}不对" if gate else kind)


def gate_label(key: str) -> str:
    """The name of what stands in a form's head and a gate looks at; empty of any other."""
    heads = {"unit_code": "unit_unknown", "period": "wrong_period", "version": "old_version", "sender": "wrong_sender"}
    return str(answers()["gates"][heads[key]]["label"]) if key in heads else ""


@functools.lru_cache(maxsize=1000)
def period_name(text: str) -> str:
    """2026年上半年, of 2026H1."""
    try:
        return Period.parse(text).name if text else ""
    except UserError:
        return text
