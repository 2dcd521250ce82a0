"""What a letter states, by type: the model whose canonical JSON a person approves by its hash."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class LetterItem(TypedDict):
    """An open item as a letter lists it; `heading` is the problem in the scheme's words, `details` what it names of the unit."""

    id: str
    scheme: str
    unit: str
    unit_code: str
    indicator: str
    problem: str
    heading: str
    details: str
    opened_period: str
    opened_date: str
    deadline: str
    deadline_date: str
    days_overdue: int
    is_answered: bool
    was_supervised: bool
    stage_key: NotRequired[str]  # of a step: what its history calls the stage
    told: NotRequired[dict[str, Any]]  # of a step: as notices list it


class Topic(TypedDict):
    """An open problem as a topic of a meeting; `overdue` counts its units."""

    scheme: str
    indicator: str
    problem: str
    units: list[str]
    overdue: int


class PlannedEvent(TypedDict):
    """A day of a year's plan; `moved_from` and `why` are empty where it is the day that the rule alone names."""

    period: str
    day: str
    weekday: str
    moved_from: str
    why: str


class YearPlan(TypedDict):
    """The days of a year, and by whom they are kept."""

    units: list[str]
    days: list[PlannedEvent]


class Letter(TypedDict):
    """`unit_code` is empty where it is to a whole street; what not every kind says is at the end."""

    scheme: str
    period: str
    title: str
    street: str
    street_code: str
    unit_code: str
    committee_name: str
    sign_name: str
    printed_by: str
    copied_to: list[str]
    reply_working_days: int
    as_of_date: str
    as_of: str
    items: list[LetterItem]
    called: NotRequired[dict[str, str]]
    issuer: NotRequired[str]
    unit: NotRequired[str]
    stage: NotRequired[str]
    note: NotRequired[str]
    note_has_date: NotRequired[bool]
    meeting: NotRequired[str]
    meeting_time: NotRequired[str]
    meeting_at: NotRequired[str]
    place: NotRequired[str]
    agenda: NotRequired[list[Topic]]
    figures: NotRequired[list[str]]  # what other systems come to so far, a sentence each
    talk: NotRequired[dict[str, Any]]  # working_days after the letter, time, place, what to bring
    plan: NotRequired[dict[str, Any]]  # that did not come: letter_id, letter, number, due, due_date, days_late
    event: NotRequired[str]
    plans: NotRequired[list[YearPlan]]
    is_provisional: NotRequired[bool]
