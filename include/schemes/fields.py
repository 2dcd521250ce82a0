"""What a scheme asks for: its forms, their input cells, and the checks between figures."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from include.data_files import Part
from include.schemes.calendar import FormCalendar
from include.schemes.conditions import Condition
from include.schemes.part import Percentage
from include.schemes.rows import Rows


class OfKind(Part):
    """Every subject of a kind fills it in, each its own."""

    kind: str


class OfOffice(Part):
    """Departments fill it in, each its own sheet, under their names; their addresses are in offices.yaml."""

    office: str | list[str]

    @property
    def names(self) -> list[str]:
        return [self.office] if isinstance(self.office, str) else self.office


class Rates(Part):
    """Whom a sheet rates: the subjects of a kind, all of the scope, or those that a link joins to who fills it in."""

    kind: str
    link: str = ""


class Totals(Part):
    """The sums of every count of another form (`of`), but for some (`without`), asked of whom has them and not the forms; without `of`
    its own fields alone. `count` is its own field that says how many subjects there are."""

    of: str = ""
    without: list[str] = Field(default_factory=list)
    count: str


class Form(Part):
    """`filled_by`: the community about itself; the street or its residents' assembly about a community; a kind, a department; the
    county `totals` about itself, of which it may leave out what it has not.

    `is_optional`: a unit is scored without it, too. A form that `rates` is one sheet of many rows: a row a subject, and its fields are the columns. `row_optional`: a row left
    empty, or left out, is not rated; otherwise every subject must be. Where fewer of the register's than
    `rated_share_at_least` are, that is noted.
    empty, or left out, is not rated; otherwise every subject must be. What raters gave a subject item by item,
    and what they wrote of it (without their names), is shown in public only where at least `shown_from` rated it: of fewer everybody
    would know who it was. One `instead_of` another that rates has the columns of that, and whoever was looked at again in it counts
    by it alone: a check on the spot. A form with `rows` is a sheet of free rows (include/schemes/rows.py), and its fields are the columns;
    `anyone`: whoever in the register or its offices has something to say.
    """

    key: str
    name: str
    filled_by: Literal["community", "street", "county", "residents", "anyone"] | OfKind | OfOffice
    rates: Rates | None = None
    totals: Totals | None = Field(default=None, exclude=True)
    rows: Rows | None = Field(default=None, exclude=True)  # in no dump, as what the first recipe did not know
    # Who may fill it in besides: the office of the street (the county), under its own code. In no dump, as `rows`.
    also_by: list[Literal["street", "county"]] = Field(default_factory=list, exclude=True)
    row_optional: bool = False
    rated_share_at_least: Decimal | None = Field(default=None, gt=0, le=1, exclude=True)
    shown_from: int = Field(default=1, ge=1, exclude=True)
    instead_of: str = Field(default="", exclude=True)
    is_optional: bool = Field(default=False, exclude=True)
    instructions: list[str] = Field(default_factory=list)
    calendar: FormCalendar | None = Field(
        default=None, exclude=True
    )  # in no dump, as what the first recipe did not know

    @model_validator(mode="after")
    def _totals_of_a_county(self) -> Form:
        if (self.filled_by == "county") != (
            self.totals is not None or (self.rows is not None and self.filled_by == "county")
        ):
            raise ValueError("totals（汇总数）和 filled_by: county 要一起写")
        if self.instead_of and (self.rates is None or not self.row_optional or not self.is_optional):
            raise ValueError("instead_of（抽查）的表单要写 rates、row_optional: true 和 is_optional: true")
        return self

    @property
    def is_by_subject(self) -> bool:
        """Whether a subject of the register fills it in, and not an office."""
        return self.filled_by in ("community", "anyone") or isinstance(self.filled_by, OfKind)

    @property
    def is_by_row(self) -> bool:
        """Whether it is a sheet of many rows, rated or free."""
        return self.rates is not None or self.rows is not None


FieldType = Literal["count", "yuan", "decimal", "yes_no", "text", "choice", "date", "month"]


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
    options: list[str] = Field(default_factory=list)
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    is_optional: bool = False
    optional_when: FigureIs | None = None
    # Of a text: what all of it must match (`help` says it to people). `also`: other titles of a column. In no dump.
    pattern: str = Field(default="", exclude=True)
    also: list[str] = Field(default_factory=list, exclude=True)
    # Of a column of free rows: it tells who a person is, or something of a person that is nobody else's matter. Encrypted.
    personal: Literal["", "name", "sensitive"] = Field(default="", exclude=True)
    # What it is set beside as last period's: another field of then; itself where nothing is said. In no dump: it decides nothing.
    previous_of: str = Field(default="", exclude=True)
    group: str = ""
    row: int = 0

    @property
    def choices(self) -> list[str]:
        """The texts that the cell accepts; empty where any will do."""
        return ["是", "否"] if self.type == "yes_no" else self.options

    @property
    def is_number(self) -> bool:
        return self.type in ("count", "yuan", "decimal")

    @property
    def may_be_empty(self) -> bool:
        """Whether the scheme allows it to be left out, always or while another figure says so."""
        return self.is_optional or self.optional_when is not None

    @property
    def label_with_unit(self) -> str:
        """As printed: 应缴党费（元）; a count's unit is left out."""
        return f"{self.label}（{self.unit}）" if self.type == "yuan" else self.label

    @property
    def label_in_errors(self) -> str:
        """As named to people: a repeated label gets its row, unless it ends in it (职务1)."""
        is_repeated = bool(self.group) and self.type in ("text", "choice") and self.is_optional
        return (
            f"{self.label}（第{self.row}项）" if is_repeated and not self.label.endswith(str(self.row)) else self.label
        )


def personal_columns(columns: Iterable[FormField]) -> frozenset[str]:
    """The keys of those that tell of a person."""
    return frozenset(column.key for column in columns if column.personal)


class Checklist(Part):
    """`noun`: what its items are, as a sentence calls them; it decides nothing, so it is in no dump."""

    key: str
    name: str
    noun: str = Field(default="材料", exclude=True)
    form: str = ""
    options: list[str]
    items: list[str]


class Repeat(Part):
    key: str
    name: str
    form: str = ""
    rows: int = Field(gt=0, le=50)
    fields: list[FormField]


class Evidence(Part):
    """What a community shows for something that its form claims: a figure above 0, 是, 有, a row of a repeat.

    `of` is the field, checklist or repeat; a file has come when its name has one of the words. Of a sheet of ratings (its form's
    key): of each subject to which it gives a total `below` that, a file that bears the subject's name.
    """

    of: str
    name: str
    words: list[str] = Field(default_factory=list)
    below: Decimal | None = Field(default=None, exclude=True)

    @model_validator(mode="after")
    def _known_by_its_name(self) -> Evidence:
        if bool(self.words) == (self.below is not None):
            raise ValueError("佐证材料要写 words；评分表的写 below，不写 words：文件名写对象的名称")
        return self


class Check(Part):
    """A check between figures. One of: a sum that is at most, or at least, a figure (or at least a number), a jump against
    last period, a sum that must equal a figure, a date inside the period, a figure against the registry (a column, how many a link leads from to the unit, or
    at least an attribute of the unit), an answer that was
    given last period (`was`) and is not now, of a field or of every item of a checklist, a figure that is at least, or at most,
    `times` last period's."""

    code: str
    severity: Literal["fail", "warn"]
    marks: str
    message: str
    sum: list[str] = Field(default_factory=list)
    at_most: str | None = None
    at_least: str | Decimal | None = None
    equals: str | None = None
    times: Decimal = Decimal(1)
    figure: str | None = None
    jump_pct: Percentage | None = None
    inside_period: bool = False
    registry_column: Literal["households"] | None = None
    registry_link: str | None = Field(default=None, exclude=True)  # how many subjects it leads from to the unit
    registry_attribute: str | None = Field(default=None, exclude=True)  # of the unit: the figure is at least that
    was: str | None = Field(default=None, exclude=True)  # in no dump, as what the first recipe did not know
    when: Condition | None = Field(
        default=None, exclude=True
    )  # it is asked only where this holds of the form's figures
    tolerance_pct: Percentage | None = Field(default=None, exclude=True)  # by which a registry's figure may be missed
    against_previous: Literal["at_least", "at_most"] | None = Field(default=None, exclude=True)
    plus: list[str] = Field(
        default_factory=list, exclude=True
    )  # last period's figure, these added and `minus` taken away
    minus: list[str] = Field(default_factory=list, exclude=True)

    @model_validator(mode="after")
    def _exactly_one_kind(self) -> Check:
        sums = [self.at_most, self.at_least, self.equals]
        kinds = [
            *sums,
            self.jump_pct,
            self.inside_period or None,
            self.registry_column,
            self.registry_link,
            self.registry_attribute,
            self.was,
            self.against_previous,
            self.plus or None,
        ]
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError(
                "校验必须且只能是 at_most、at_least、equals、jump_pct、inside_period、registry_column、registry_link、registry_attribute、was、against_previous、plus 之一"
            )
        is_of_a_sum = any(limit is not None for limit in sums)
        if is_of_a_sum and not self.sum:
            raise ValueError("at_most、at_least 和 equals 需要 sum")
        if not is_of_a_sum and self.figure is None:
            raise ValueError("只看一个数的校验（jump_pct、registry_column、was 等）需要 figure")
        return self
