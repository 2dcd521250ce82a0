"""What a scheme's YAML may say, once its values by version and by period (and its parts of other versions) are resolved.

Unknown fields are errors. Numbers are exact decimals. References between parts (a rule's figure, a
check's field) are verified in soundness.py, all at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from include.period import Period, next_working_day

Percentage = Annotated[Decimal, Field(gt=0, le=100)]
Points = Annotated[Decimal, Field(ge=0, le=1000)]


class Part(BaseModel):
    """Base of every part: no unknown fields, never changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Version(Part):
    version: str
    effective_from: str
    reference: str = ""


class RelativeDay(Part):
    """A day by its distance from the period: day `day` of the n-th month after the period's last."""

    months_after_end: int = Field(ge=0, le=12)
    day: int = Field(ge=1, le=28)

    def after(self, period: Period) -> dt.date:
        count = period.end_date.year * 12 + period.end_date.month - 1 + self.months_after_end
        return dt.date(count // 12, count % 12 + 1, self.day)


class Calendar(Part):
    opens: RelativeDay
    due: RelativeDay
    window_starts: RelativeDay
    window_ends: RelativeDay
    circular: RelativeDay
    reminders_days_before_due: list[int] = []
    reference: str = ""


class Dates(Part):
    """The calendar of one period. Every date is inclusive to its last second."""

    opens_date: dt.date
    due_date: dt.date
    window_starts_date: dt.date
    window_ends_date: dt.date
    circular_date: dt.date


class Lateness(Part):
    points_a_day: Points
    at_most: Points


class Grade(Part):
    at_least: Decimal
    grade: str


class Score(Part):
    total: Points
    maximum: Points
    lateness: Lateness | None = None
    grades: list[Grade]
    reference: str = ""


class Missing(Part):
    """The problem raised for a unit that handed in nothing acceptable."""

    code: str
    problem: str
    deadline_working_days: int = Field(gt=0)


class Area(Part):
    code: str
    name: str
    full: Points


class Form(Part):
    key: str
    name: str
    filled_by: Literal["community", "street", "residents"]
    instructions: list[str] = []


FieldType = Literal["count", "yuan", "decimal", "yes_no", "text", "choice", "date"]


class FigureIs(Part):
    """A figure equals a value: a number, or 是 / 否 or an option."""

    figure: str
    is_: Decimal | str = Field(alias="is")


class FormField(Part):
    """One input cell. `group` and `row` are set for cells that come from a checklist or a repeat."""

    key: str
    label: str
    type: FieldType
    form: str = ""
    unit: str = ""
    cover: str = ""
    help: str = ""
    options: list[str] = []
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    is_optional: bool = False
    optional_when: FigureIs | None = None
    group: str = ""
    row: int = 0

    @property
    def choices(self) -> list[str]:
        """The texts that the cell accepts; empty where any will do."""
        return ["是", "否"] if self.type == "yes_no" else self.options

    @property
    def label_with_unit(self) -> str:
        """As printed: 应缴党费（元）; a count's unit is left out."""
        return f"{self.label}（{self.unit}）" if self.type == "yuan" else self.label

    @property
    def label_in_errors(self) -> str:
        """As named to people: a repeated label gets its row."""
        return (
            f"{self.label}（第{self.row}项）"
            if self.group and self.type in ("text", "choice") and self.is_optional
            else self.label
        )


class Checklist(Part):
    key: str
    name: str
    form: str = ""
    options: list[str]
    items: list[str]


class Repeat(Part):
    key: str
    name: str
    form: str = ""
    rows: int = Field(gt=0, le=50)
    fields: list[FormField]


class Check(Part):
    """A check between figures. One of: a sum against a figure, a jump against last period,
    a sum that must equal a figure, a date inside the period, a figure against the registry."""

    code: str
    severity: Literal["fail", "warn"]
    marks: str
    message: str
    sum: list[str] = []
    at_most: str | None = None
    equals: str | None = None
    times: Decimal = Decimal(1)
    figure: str | None = None
    jump_pct: Percentage | None = None
    inside_period: bool = False
    registry_column: Literal["households"] | None = None

    @model_validator(mode="after")
    def _exactly_one_kind(self) -> Check:
        kinds = [self.at_most, self.equals, self.jump_pct, self.inside_period or None, self.registry_column]
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("校验必须且只能是 at_most、equals、jump_pct、inside_period、registry_column 之一")
        if (self.at_most or self.equals) and not self.sum:
            raise ValueError("at_most 和 equals 需要 sum")
        if not (self.at_most or self.equals) and self.figure is None:
            raise ValueError("jump_pct、inside_period 和 registry_column 需要 figure")
        return self


class Multiple(Part):
    """A target that grows with a figure: `times` × the value of field `of`."""

    times: Decimal
    of: str


Target = Decimal | Multiple


class Condition(Part):
    """Something that holds of a figure (or of a quotient figure ÷ of), or of a checklist."""

    figure: str | None = None
    of: str | None = None
    below: Target | None = None
    above: Target | None = None
    is_: Decimal | str | None = Field(default=None, alias="is")
    checklist: str | None = None
    all: str | None = None
    has: str | None = None

    @model_validator(mode="after")
    def _one_subject_one_comparison(self) -> Condition:
        if (self.figure is None) == (self.checklist is None):
            raise ValueError("条件必须且只能写 figure 或 checklist 之一")
        comparisons = [self.below, self.above, self.is_] if self.figure else [self.all, self.has]
        if sum(value is not None for value in comparisons) != 1:
            raise ValueError("条件必须且只能有一个比较（figure 用 below、above、is；checklist 用 all、has）")
        return self


class ProRata(Part):
    kind: Literal["pro_rata"]
    points: Points
    figure: str
    target: Target


class Ratio(Part):
    kind: Literal["ratio"]
    points: Points
    figure: str
    of: str
    target: Decimal = Field(gt=0)
    halved_unless: FigureIs | None = None


class Threshold(Part):
    kind: Literal["threshold"]
    points: Points
    figure: str
    is_: str | None = Field(default=None, alias="is")
    at_least: Target | None = None


class Band(Part):
    """`at_least` bands are read from the top down, `at_most` bands likewise; the last has neither."""

    at_least: Decimal | None = None
    at_most: Decimal | None = None
    points: Points


class Banded(Part):
    kind: Literal["band"]
    points: Points
    figure: str
    of: str | None = None
    bands: list[Band] = Field(min_length=2)


class ChecklistShare(Part):
    kind: Literal["checklist"]
    points: Points
    checklist: str
    present: str
    excluded: str


class Deduction(Part):
    kind: Literal["deduction"]
    points: Points
    figure: str
    points_each: Points


class CappedBonus(Part):
    kind: Literal["capped_bonus"]
    repeat: str
    by: str
    points_each: dict[str, Points]
    at_most: Points


class PeriodTotal(Part):
    """The total of a part of the period (H1 of a year) stands as it is."""

    kind: Literal["period_total"]
    points: Points
    slot: Literal["H1", "H2"]


Rule = Annotated[
    ProRata | Ratio | Threshold | Banded | ChecklistShare | Deduction | CappedBonus | PeriodTotal,
    Field(discriminator="kind"),
]


class Problem(Part):
    any: list[Condition] = Field(min_length=1)
    text: str
    deadline_working_days: int = Field(gt=0)
    naming: str | None = None  # a checklist whose missing papers the text names


class Indicator(Part):
    code: str
    name: str
    full: Points
    rules: list[Rule] = Field(min_length=1)
    not_applicable_when: Condition | None = None
    problem: Problem | None = None
    reference: str = ""

    @property
    def is_bonus(self) -> bool:
        """A bonus is added to the total and has no full marks."""
        return all(rule.kind == "capped_bonus" for rule in self.rules)


class Scheme(Part):
    """A scheme in the version and for the period that it was loaded for."""

    scheme: str
    name: str
    title: str
    document_title: str
    reference: str = ""
    period_kinds: list[Literal["month", "quarter", "half", "year"]]
    versions: list[Version] = Field(min_length=1)
    calendar: Calendar
    score: Score
    missing: Missing
    areas: list[Area]
    forms: list[Form]
    fields: list[FormField]
    checklists: list[Checklist] = []
    repeats: list[Repeat] = []
    checks: list[Check] = []
    indicators: list[Indicator] = Field(min_length=1)
    version: str
    period_text: str

    @property
    def period(self) -> Period:
        return Period.parse(self.period_text)

    @cached_property
    def parts(self) -> dict[str, Period]:
        """The periods whose totals make this one's, by indicator; empty where forms are handed in."""
        totals = [(one.code, rule) for one in self.indicators for rule in one.rules if rule.kind == "period_total"]
        return {code: Period.parse(f"{self.period.year}{rule.slot}") for code, rule in totals}

    @cached_property
    def dates(self) -> Dates:
        """The calendar of the period; a due date on a day off moves to the next working day."""
        period, calendar = self.period, self.calendar
        return Dates(
            opens_date=calendar.opens.after(period),
            due_date=next_working_day(calendar.due.after(period)),
            window_starts_date=calendar.window_starts.after(period),
            window_ends_date=calendar.window_ends.after(period),
            circular_date=calendar.circular.after(period),
        )

    @cached_property
    def cells(self) -> list[FormField]:
        """Every input cell of every form: plain fields, then checklists, then repeats, in the order of the YAML."""
        first = self.forms[0].key if self.forms else ""
        cells = [field.model_copy(update={"form": field.form or first}) for field in self.fields]
        for checklist in self.checklists:
            for row, item in enumerate(checklist.items, 1):
                cells.append(
                    FormField(
                        key=f"{checklist.key}_{row:02}", label=item, type="choice", form=checklist.form or first,
                        options=checklist.options, group=checklist.key, row=row,
                    )
                )  # fmt: skip
        for repeat in self.repeats:
            for row in range(1, repeat.rows + 1):
                for field in repeat.fields:
                    update = {
                        "key": f"{repeat.key}_{row}_{field.key}", "form": repeat.form or first,
                        "is_optional": True, "group": repeat.key, "row": row,
                    }  # fmt: skip
                    cells.append(field.model_copy(update=update))
        return cells

    def cells_of(self, form: str) -> list[FormField]:
        return [cell for cell in self.cells if cell.form == form]

    @cached_property
    def cell(self) -> dict[str, FormField]:
        """Input cells by key."""
        return {cell.key: cell for cell in self.cells}

    @cached_property
    def scored_cells(self) -> list[FormField]:
        """The cells that an indicator needs filled in: all that it reads, save the rows of a repeat."""
        used = {key for indicator in self.indicators for key in self.figures_of(indicator)}
        repeats = {repeat.key for repeat in self.repeats}
        return [cell for cell in self.cells if cell.key in used and cell.group not in repeats]

    def group(self, key: str) -> list[FormField]:
        """The cells of a checklist or a repeat."""
        return [cell for cell in self.cells if cell.group == key]

    def clause(self, indicator: Indicator) -> str:
        """How a rule is cited to people: 《半年党建检查考评方案》（2026年版）A1."""
        return self.clause_of(indicator.code)

    def clause_of(self, code: str) -> str:
        """How any part of the scheme is cited, S0 and LATE too."""
        return f"《{self.title}》（{self.version}年版）{code}"

    def figures_of(self, indicator: Indicator) -> list[str]:
        """Keys of the cells that an indicator reads, in the order of the form."""
        used = set(references(indicator))
        return [cell.key for cell in self.cells if cell.key in used or cell.group in used]


def references(part: object) -> Iterator[str]:
    """Every key of a field, checklist or repeat that a part of a scheme names."""
    if isinstance(part, list):
        for element in part:
            yield from references(element)
    elif isinstance(part, Part):
        for name in type(part).model_fields:
            value = getattr(part, name)
            if name in ("figure", "of", "checklist", "repeat", "naming", "marks", "sum") or (
                isinstance(part, Check) and name in ("at_most", "equals")
            ):
                yield from value if isinstance(value, list) else [value] if isinstance(value, str) else []
            else:
                yield from references(value)
