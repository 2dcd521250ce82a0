"""What codes in our tables are called on the page (words.yaml)."""

from __future__ import annotations

import functools
from pathlib import Path

from include.data_files import Part, read_yaml


class _Words(Part):
    acts: dict[str, str]
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
