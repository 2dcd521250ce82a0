"""What a circular states, by type: the model whose canonical JSON a person approves by its hash.

Figures are texts with two decimals; a day is a text as it is printed, or ISO where its name ends in `_date`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from include.circulars.gathering import Gathered
from include.circulars.norms import Named, Statistics
from include.circulars.opinions import Opinions
from include.circulars.progress import Progress
from include.documents.model import Spoken


class Late(TypedDict):
    unit: str
    days: int


class Counts(TypedDict):
    """How many units there are, and how they handed in. `unnamed`: how many more are late, missing or returned, of those who may
    not be named in public. `raters`: who was to rate them, takes no part and did not hand in (missing) or not well (returned)."""

    units: int
    scored: int
    on_time: int
    late: list[Late]
    missing: list[str]
    returned: list[str]
    unnamed: NotRequired[dict[str, int]]
    raters: NotRequired[dict[str, list[str]]]


class GradeUnits(TypedDict):
    """A grade with the units that have it; `consequence` is what follows for those named."""

    grade: str
    at_least: str
    count: int
    units: list[str]
    consequence: str


class Band(TypedDict):
    label: str
    count: int


class Column(TypedDict):
    """A column of points; `rate_pct` is the average share of the full marks that applied."""

    code: str
    name: str
    full: str
    rate_pct: str


class IndicatorFigures(TypedDict):
    """How many units an indicator applied to, and how many of them raised no problem in it."""

    name: str
    full: str
    applicable: int
    reached: int
    average: str


class Praise(TypedDict):
    indicator: str
    text: str
    units: int


class Counted(TypedDict):
    """How many activities there were, where that is known, and whether more than are named."""

    count: str
    has_more: bool


class Activity(Counted):
    unit: str
    activities: str


class Innovation(TypedDict):
    units: int
    named: list[Activity]


class Quote(TypedDict):
    unit: str
    text: str


class Detail(TypedDict):
    unit: str
    detail: str


class UnitsProblem(TypedDict):
    """A problem with the units that it was found at."""

    indicator: str
    problem: str
    units: list[str]
    details: list[Detail]
    deadline_working_days: int


class Reckoned(TypedDict):
    """What a total was reckoned on, and why its row may not add up to it."""

    full: str
    is_partial: bool
    is_rounded: bool
    is_floored: bool


class ScoredRow(Reckoned):
    """A row of the table of scores; `rank` is None, and figures are empty, where there is no score."""

    rank: int | None
    unit_code: str
    unit: str
    areas: list[str]
    extra: str
    total: str
    grade: str
    status: str


class ScoreRow(ScoredRow):
    """With its list, and how many are ranked in that, where there are several."""

    list: NotRequired[str]
    ranked: NotRequired[int]
    is_rater: NotRequired[bool]  # only to rate others: no place in a list
    street: NotRequired[str]  # where units of several streets are ranked together


class ListGrade(TypedDict):
    """How many of a list have a grade; `or_better_pct`: the share of those ranked who have it or a better one."""

    grade: str
    count: int
    or_better_pct: str


class RankList(TypedDict):
    """A list in which units are ranked; `areas` are the columns of its table of scores."""

    name: str
    units: int
    ranked: int
    first: list[str]
    grades: list[ListGrade]
    areas: list[Column]


class Running(TypedDict):
    """A deadline that runs already (ISO), else empty."""

    deadline_date: str
    is_provisional: NotRequired[bool]


class Item(Running):
    """A problem of one unit, to be put right."""

    unit_code: str
    unit: str
    indicator: str
    problem: str
    owner: str
    deadline_working_days: int


class Overdue(TypedDict):
    unit: str
    problem: str
    deadline: str


class GradeCount(TypedDict):
    grade: str
    count: int


class Comparison(TypedDict):
    """Against the period before, of the units that had a total in both."""

    assessment_id: str
    period_name: str
    average: str
    difference: str
    is_higher: bool
    is_lower: bool
    units: int
    risen: int
    fallen: int
    grades: list[GradeCount]
    scheme_version: str
    is_other_version: bool


class Change(TypedDict):
    """What a correction says of one unit; `before` and `after` hold total, rank, grade and status."""

    unit_code: str
    unit: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    is_rank_only: bool
    problems_gone: list[str]
    problems_come: list[str]


class Corrected(TypedDict):
    """The document that a correction corrects, and the first of its line."""

    title: str
    original_title: str
    sequence: int
    number: str
    date: str


class Frame(Spoken):
    """Who speaks, about what, over which days."""

    next_period_name: str
    subject: str
    title: str
    revision: int
    copied_to: list[str]
    window_starts: str
    window_ends: str
    due_date: str
    as_of_date: str
    total_marks: str
    indicator_count: int
    missing_text: str


class Totals(TypedDict):
    average: str
    highest: str
    lowest: str
    first: list[str]
    grades: list[GradeUnits]
    distribution: list[Band]


class Stated(Frame, Totals):
    """`indicators` by code, `quoted` by field, `entries` by repeat; without `corrects` it is no correction."""

    counts: Counts
    areas: list[Column]
    indicators: dict[str, IndicatorFigures]
    praise: list[Praise]
    innovation: Innovation
    quoted: dict[str, list[Quote]]
    entries: dict[str, list[dict[str, str]]]
    problems: list[UnitsProblem]
    rows: list[ScoreRow]
    items: list[Item]
    overdue: list[Overdue]
    comparison: Comparison | None
    changes: list[Change]
    corrects: Corrected | None


class Called(TypedDict):
    """How those whom a document is about are written: 3 家单位, 各驻区单位党组织."""

    noun: str
    counter: str
    addressee: str
    owner_title: str
    with_items: NotRequired[str]  # of whom what is wrong is an item, where not of all
    owner: NotRequired[str]  # whose these are, where some belong to another


class Annex(TypedDict):
    """A list behind the circular: `widths` and `aligns` (left, center, right) of its columns, the first of which counts."""

    title: str
    note: str
    labels: list[str]
    widths: list[int]
    aligns: list[str]
    rows: list[list[str]]


class Told(TypedDict):
    """Results that the circular tells of beside its own: those of another system, or of a group that is listed apart; who of whom may
    be named, in what list (none where there is but one), with what problems."""

    scheme: str
    name: str
    rows: list[ScoreRow]
    lists: list[RankList]
    problems: list[UnitsProblem]
    areas: list[Column]
    average: str
    grades: list[GradeUnits]


class Circular(Stated, Opinions):
    """What every circular states, and the `lists` where units are ranked in several; what raters, voters and notes say where the
    system has them. The others are said where the system says who takes part, names a template or has lists of its own."""

    lists: NotRequired[list[RankList]]
    replaces: NotRequired[list[str]]  # assessments that are no longer held
    called: NotRequired[Called]
    issuer: NotRequired[str]  # what the office is called in a sentence, where it is not a street's
    template: NotRequired[str]
    annexes: NotRequired[list[Annex]]
    progress: NotRequired[list[Progress]]
    statistics: NotRequired[Statistics]  # of what is not scored
    named: NotRequired[list[Named]]  # for what other systems found
    without_extra: NotRequired[bool]  # nothing is added to or taken from a total: no bonus, no lateness
    told: NotRequired[list[Told]]
    told_title: NotRequired[str]  # of the annex with their points
    gathered: NotRequired[Gathered]


class Result(TypedDict):
    """A unit's result in a period, on its own sheet."""

    name: str
    total: str
    rank: int | None
    ranked: int
    grade: str
    grade_reason: str
    status: str
    list: NotRequired[str | None]


class SheetLine(TypedDict):
    code: str
    name: str
    full: str
    points: str
    before: str
    explanation: str
    has_problem: bool


class Sum(TypedDict):
    """How a unit's total comes about."""

    points: str
    full: str
    total_marks: str
    converted: str
    extra: str
    total: str
    is_rounded: bool
    is_floored: bool


class UnitSheet(TypedDict):
    """A unit's own sheet (成绩单), made from the circular's model and its lines."""

    scheme: str
    scheme_title: str
    scheme_version: str
    subject: str
    as_of_date: str
    committee_name: str
    sign_name: str
    title: str
    circular_title: str
    unit: str
    unit_code: str
    results: list[Result]
    before: Comparison | None
    lines: list[SheetLine]
    sum: Sum | None
    problems: list[Item]
    called: NotRequired[Called]
    issuer: NotRequired[str]
    without_extra: NotRequired[bool]
