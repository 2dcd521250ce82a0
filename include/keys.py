"""Keys with a grammar: the one place that writes each of them, and takes it apart again.

They are stored as text; a text that is not of the grammar is a fault of ours, and raises ValueError.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

_REVISION = re.compile(r"r([1-9]\d*)")
_TEXT_LENGTH = 12  # signs of the model's hash
_DRAFT = re.compile(rf"([0-9a-f]{{{_TEXT_LENGTH}}})(?:/([1-9]\d*))?(?:/第([^/]+)次)?")
_OUTCOME = re.compile(r"[^/]+/[^/]+/[A-Za-z0-9_]+/\d{4}[A-Z0-9-]*/[1-9]\d*")


@dataclass(frozen=True)
class StreetKey:
    """scheme/period/street: what is opened, scored and closed at a time."""

    scheme: str
    period: str
    street_code: str

    @classmethod
    def parse(cls, text: str) -> StreetKey:
        scheme, period, street_code = _parts(text, 3)
        return cls(scheme, period, street_code)

    def __str__(self) -> str:
        return f"{self.scheme}/{self.period}/{self.street_code}"


@dataclass(frozen=True)
class AssessmentKey:
    """scheme/period/street/rN: the id of an assessment; `revision` counts from 1."""

    scheme: str
    period: str
    street_code: str
    revision: int

    @classmethod
    def parse(cls, text: str) -> AssessmentKey:
        scheme, period, street_code, revision = _parts(text, 4)
        return cls(scheme, period, street_code, _revision(revision, text))

    def __str__(self) -> str:
        return f"{StreetKey(self.scheme, self.period, self.street_code)}/r{self.revision}"


@dataclass(frozen=True)
class CircularKey:
    """scheme/period/street/rN/kind: the id of a document that tells of an assessment."""

    assessment: AssessmentKey
    kind: str

    @classmethod
    def parse(cls, text: str) -> CircularKey:
        assessment, _, kind = text.rpartition("/")
        return cls(AssessmentKey.parse(assessment), kind)

    def __str__(self) -> str:
        return f"{self.assessment}/{self.kind}"


@dataclass(frozen=True)
class LetterKey:
    """kind/whom/topic/n: the id of a letter to a unit or street, the n-th on the topic (a day, or a meeting's name, which
    may hold a stroke)."""

    kind: str
    whom: str
    topic: str
    number: int

    @classmethod
    def parse(cls, text: str) -> LetterKey:
        kind, whom, rest = _parts(text, 3, most=True)
        topic, _, number = rest.rpartition("/")
        return cls(kind, whom, topic, int(number))

    def __str__(self) -> str:
        return f"{self.series}{self.number}"

    @property
    def series(self) -> str:
        """How the ids of all letters on the topic begin."""
        return f"{self.kind}/{self.whom}/{self.topic}/"


@dataclass(frozen=True)
class OutcomeKey:
    """kind/whom/scheme/period/n: the id of a letter about a subject's result, the n-th: one after a restatement is another."""

    kind: str
    whom: str
    scheme: str
    period: str
    number: int

    @classmethod
    def parse(cls, text: str) -> OutcomeKey:
        kind, whom, scheme, period, number = _parts(text, 5)
        return cls(kind, whom, scheme, period, int(number))

    def __str__(self) -> str:
        return f"{self.kind}/{self.whom}/{self.scheme}/{self.period}/{self.number}"

    @staticmethod
    def is_one(text: str) -> bool:
        """Whether a letter's id is of this grammar; the topic of any other letter is a day, or what people call a meeting."""
        return _OUTCOME.fullmatch(text) is not None


@dataclass(frozen=True)
class StageKey:
    """stage@date: a stage of the chase after one deadline of an item."""

    stage: str
    deadline: dt.date

    @classmethod
    def parse(cls, text: str) -> StageKey:
        stage, _, deadline = text.rpartition("@")
        return cls(stage, dt.date.fromisoformat(deadline))

    def __str__(self) -> str:
        return f"{self.stage}@{self.deadline}"

    @staticmethod
    def is_one(text: str) -> bool:
        """Whether an event's stage is of the chase; else it is a period, a number or empty."""
        return "@" in text


@dataclass(frozen=True)
class DraftKey:
    """text, text/n, text/第n次 …: of which text of a draft a mail asks. `text` is the beginning of its model's hash; it was sent back
    `sent_back` times before, and is the committee's `answer`-th that does not count. A reminder's stage is a day, and no such key."""

    text: str
    sent_back: int = 0
    answer: str = ""

    @classmethod
    def of(cls, model_hash: str, sent_back: int = 0, answer: str = "") -> DraftKey:
        return cls(model_hash[:_TEXT_LENGTH], sent_back, answer)

    @classmethod
    def parse(cls, text: str) -> DraftKey:
        found = _DRAFT.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} names no text of a draft")
        return cls(found[1], int(found[2] or 0), found[3] or "")

    def __str__(self) -> str:
        sent_back = f"/{self.sent_back}" if self.sent_back else ""
        return f"{self.text}{sent_back}" + (f"/第{self.answer}次" if self.answer else "")

    @staticmethod
    def is_one(text: str) -> bool:
        """Whether a mail that a draft waits asks about a text; else it is a reminder."""
        return _DRAFT.fullmatch(text) is not None


@dataclass(frozen=True)
class FindingKey:
    """period or period/rN: whose circular named an item, or what only that revision of it brought about."""

    period: str
    revision: int | None = None

    @classmethod
    def parse(cls, text: str) -> FindingKey:
        period, _, revision = text.partition("/")
        return cls(period, _revision(revision, text) if revision else None)

    def __str__(self) -> str:
        return self.period if self.revision is None else f"{self.period}/r{self.revision}"


@dataclass(frozen=True)
class BatchKey:
    """topic/office/n: drafts that one office is asked about in one run. `topic` is scheme/period or a day, `office` the login
    that answers for the office, n parts what is too much for one run."""

    topic: str
    office: str
    part: int

    @classmethod
    def parse(cls, text: str) -> BatchKey:
        rest, _, part = text.rpartition("/")
        topic, _, office = rest.rpartition("/")
        return cls(topic, office, int(part))

    def __str__(self) -> str:
        return f"{self.topic}/{self.office}/{self.part}"


@dataclass(frozen=True)
class PlaceKey:
    """workflow/run/step/index/try: where a question waits for its answer. `map_index` tells the documents of a run apart."""

    workflow: str
    run_id: str
    step: str
    map_index: int
    try_number: int

    @classmethod
    def parse(cls, text: str) -> PlaceKey:
        workflow, _, rest = text.partition("/")
        run_id, step, map_index, try_number = rest.rsplit("/", 3)  # a run's id may hold strokes
        return cls(workflow, run_id, step, int(map_index), int(try_number))

    def __str__(self) -> str:
        return f"{self.workflow}/{self.run_id}/{self.step}/{self.map_index}/{self.try_number}"


def _parts(text: str, count: int, *, most: bool = False) -> list[str]:
    """The parts between strokes; with `most` the last one may hold strokes."""
    parts = text.split("/", count - 1) if most else text.split("/")
    if len(parts) != count:
        raise ValueError(f"{text!r} has not {count} parts")
    return parts


def _revision(text: str, key: str) -> int:
    found = _REVISION.fullmatch(text)
    if found is None:
        raise ValueError(f"{key!r} does not end in a revision")
    return int(found[1])
