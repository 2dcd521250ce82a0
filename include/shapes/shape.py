"""What a shape must bring: how a system of that shape goes through one period. The workflows (include/steps) know no more of it.

A shape is a class that takes the system as it was loaded for the period, and is listed in include/shapes/__init__.py beside
what its system.yaml may say (SHAPES of include/schemes/model.py). Whatever it does, it does inside the caller's transaction, for
one street, and again without harm: the same material changes nothing and mails nobody twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from sqlalchemy import Connection

from include.schemes.system import System

Moment = Literal["opens", "inspects", "closes"]


@dataclass(frozen=True)
class Preview:
    """What a closing would give now: units by grade (by status, where nothing is scored), and whether a closing that was differs from it and is to be repeated."""

    counts: dict[str, int]
    is_to_be_repeated: bool


class Shape(Protocol):
    @property
    def system(self) -> System: ...

    def moments(self) -> Mapping[Moment, Sequence[dt.date]]:
        """The days on which the period's runs are due, the first first: as many as there are calendars of forms; a moment that
        the period does not have is left out.

        From the day on which it first opens until the day before it closes, people are reminded of it.
        """

    def is_ready(self, connection: Connection, street_code: str) -> bool:
        """Whether the period can be closed for the street: where it is made of results of others, that there is one."""

    def open(self, connection: Connection, street_code: str, at: dt.datetime, run_id: str) -> int:
        """Make and announce what is to be filled in; how many forms."""

    def inspect(self, connection: Connection, street_code: str, at: dt.datetime, run_id: str) -> int:
        """Make and announce what is filled in on site; how many mails."""

    def remind(self, connection: Connection, street_code: str, at: dt.datetime) -> int:
        """Remind those who have not handed in, where `at` is a day to remind; how many notices."""

    def preview(self, connection: Connection, street_code: str, at: dt.datetime, run_id: str) -> Preview:
        """What `evaluate` would give now. It may write: the caller takes everything back."""

    def evaluate(self, connection: Connection, street_code: str, at: dt.datetime, run_id: str) -> str | None:
        """Close the period and tell of it; the id of the result whose document is still to be decided, where there is one."""

    def silent(self, connection: Connection, streets: list[str]) -> list[str]:
        """A Chinese sentence, without a full stop, for each of the streets (empty: every one) that closed without any material."""

    def publish(self, connection: Connection, result_id: str, at: dt.datetime) -> str | None:
        """Draft the document of a result; its id. None where nothing arrived that could be told of."""

    def export(self, connection: Connection, folder: Path, street_code: str) -> None:
        """Write OUT from the record."""
