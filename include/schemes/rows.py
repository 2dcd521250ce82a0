"""Sheets of many free rows (台账): what a row is, how it is kept, and what must hold of a row and of the rows together."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from include.data_files import Part
from include.schemes.conditions import Condition
from include.schemes.part import Percentage

REGISTRY = "registry"
"""What `to` of a reference says for a code of the register of subjects."""


class TakesSteps(Part):
    """Which columns of a sheet say what of a step of an item. `fills`: which cell of the item a column fills in."""

    number: str = "number"
    step: str = "step"
    done: str = "done_on"
    outcome: str = "outcome"
    fills: dict[str, str] = Field(default_factory=dict)


class RowGap(Part):
    """What does not hold is an item until it does: of which kind, so many working days from the day on which the sheet was accepted."""

    working_days: int = Field(gt=0)
    problem: str = ""
    kind: str = "standard_gap"


class Kept(Part):
    """For how long after the end of a year."""

    years: int = Field(default=0, ge=0)
    months: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _some_time(self) -> Kept:
        if bool(self.years) == bool(self.months):
            raise ValueError("keep 写 years 或 months")
        return self


class PersonalData(Part):
    """How long personal columns are kept: counted from the end of the year of the sheet. `left`: the date column of a row that
    says since when it is over; what is not over then is kept on with the key of the running year."""

    keep: Kept
    left: str = ""


class Rows(Part):
    """`noun` is what one row is, in every sentence to people. `key`: the columns that tell rows of one filler apart; without any
    there is one row a period. `key_per`: the key is counted anew each year or period (of the sheet).

    `keep`: upsert - rows named change, others stay; full - rows not named end (with `key_per`, of the sheet's year or period); entries - rows are only added, and put right
    by a row whose column `corrects` names the key of the one that it takes back. `effective`: the date column from which a
    row holds; without it the day of receipt, and not after the period of the sheet. `nothing` is the tick of a sheet without
    rows. `opens`: every new row is an item of this kind; `takes_steps`: every row is a step of an item; `holds`: every
    row is an event of this series. `any_day`: it may come any day from the period's beginning until the period is closed.
    """

    noun: str = "行"
    key: list[str] = Field(default_factory=list)
    key_per: Literal["", "year", "period"] = ""
    at_most: int = Field(default=2000, gt=0, le=20_000)
    keep: Literal["upsert", "full", "entries"] = "upsert"
    effective: str = ""
    corrects: str = ""
    nothing: str = "本期无变化"
    opens: str = ""
    takes_steps: TakesSteps | None = None
    holds: str = ""
    any_day: bool = False
    personal: PersonalData | None = None

    @model_validator(mode="after")
    def _fits(self) -> Rows:
        if self.corrects and (self.keep != "entries" or not self.key):
            raise ValueError("corrects 只能与 keep: entries 和 key 一起写")
        return self


class Reference(Part):
    """`to`: a ledger (a form of this system, or <system>.<form>), or registry. `column`: of a ledger, what the cell names there;
    its key where nothing is said. `kind`: of the register, the kind of subject. `where` must hold of the row that is named.
    `own`: of a ledger, only rows of the same filler count. `also`: further ledgers in which it may be named by their key; then nothing
    is asked while none of them has a row."""

    to: str
    also: list[str] = Field(default_factory=list)
    column: str = ""
    kind: str = ""
    where: list[Condition] = Field(default_factory=list)
    own: bool = True


class CountedRows(Part):
    """The filler's rows of a ledger (a form of this system, or <system>.<form>) that hold, of which `where` does."""

    ledger: str
    where: list[Condition] = Field(default_factory=list)


class RowCheck(Part):
    """What must hold of a row, where `when` does and its columns are filled in. One of: `required`; `holds`; a day
    (`column`) not before, not after, later than, or the same as another column or a day (`Day`), `months` and `days` later (fewer than 0 days: earlier);
    with `beside` the other column is one of that sheet of one row, of the same filler and period;
    a number that is a `multiple_of`; `near_register` (what the register says of the filler), give or take `near_pct` per cent; no more than there are rows `within` ledgers (not asked
    while the first of them has none); `differs` from a column; the `sum` of columns, or how many `names` a column has, `equals` another; `refers` to a row or a subject."""

    form: str = ""
    code: str
    severity: Literal["fail", "warn"]
    marks: str = ""
    column: str = ""
    message: str
    when: Condition | None = None
    required: bool = False
    holds: Condition | None = None
    not_before: str = ""
    not_after: str = ""
    later_than: str = ""
    beside: str = ""
    same_as: str = ""
    months: int = Field(default=0, ge=0)
    days: int = 0
    multiple_of: Decimal | None = Field(default=None, gt=0)
    within: list[CountedRows] = Field(default_factory=list)
    differs: str = ""
    near_register: Literal["", "households"] = ""
    near_pct: Percentage = Decimal(0)
    refers: Reference | None = None
    sum: list[str] = Field(default_factory=list)
    names: str = ""
    equals: str = ""
    gap: RowGap | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> RowCheck:
        kinds = (
            self.required,
            self.holds,
            self.not_before,
            self.not_after,
            self.later_than,
            self.same_as,
            self.multiple_of,
            self.within,
            self.differs,
            self.near_register,
            self.refers,
            self.equals,
        )
        if sum(bool(kind) for kind in kinds) != 1:
            raise ValueError(
                "row_checks 必须且只能写 required、holds、not_before、not_after、later_than、same_as、multiple_of、within、differs、near_register、refers、equals 之一"
            )
        if bool(self.equals) != (bool(self.sum) != bool(self.names)):
            raise ValueError("equals 要与 sum（几栏之和）或 names（一栏里用、隔开的名称有几个）之一同写")
        if not self.column and not self.holds and not self.equals:
            raise ValueError("row_checks 要写 column（holds 可以不写）")
        if not self.marked:
            raise ValueError("row_checks 要写 marks")
        return self

    @property
    def marked(self) -> str:
        """The column whose cell turns red."""
        return self.marks or self.column or self.equals


class ListTotals(Part):
    """What another sheet of the same filler and period says of how many rows there are: its column, where it has one row a
    period. `rows`: of which form they are counted, where not of the check's own (which is the sheet with the number then)."""

    of: str
    column: str
    rows: str = ""


class SetCheck(Part):
    """What must hold of a filler's rows as they would stand after the sheet. One of: `unique` columns; the rows' number, or the
    `sum` of a column, `by` columns within `at_least` and `at_most`; a `jump_pct` of the number of rows against those that stood before;
    as many rows of the period as `totals` say; rows of periods running, `by` columns, of which `where` holds: fewer than `in_a_row`.

    `where`: the rows that count; of rows that are alike where they should be `unique`, only those that differ in `unlike`.
    `over`: each row of this ledger is a group, also one without rows (`by` has one column, which names its key), `over_own`: of
    the same filler alone; `over_where` which of them; `at_most_column`: the limit is a column of that row, and with `near_pct` what it must come to, give or take so much per cent. `running`: a date column -
    the sum must keep within the limits after each of its days. `signs`: by the value of `signs_of`, what a row's number counts for.
    """

    form: str = ""
    code: str
    severity: Literal["fail", "warn"]
    marks: str = ""
    message: str
    where: list[Condition] = Field(default_factory=list)
    unique: list[str] = Field(default_factory=list)
    unlike: str = ""
    by: list[str] = Field(default_factory=list)
    sum: str = ""
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    at_most_column: str = ""
    near_pct: Percentage | None = None
    over: str = ""
    over_own: bool = True
    over_where: list[Condition] = Field(default_factory=list)
    running: str = ""
    signs_of: str = ""
    signs: dict[str, Decimal] = Field(default_factory=dict)
    jump_pct: Percentage | None = None
    totals: ListTotals | None = None
    in_a_row: int | None = Field(default=None, ge=2)
    gap: RowGap | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> SetCheck:
        is_limited = self.at_least is not None or self.at_most is not None or bool(self.at_most_column)
        kinds = (
            bool(self.unique),
            is_limited,
            self.jump_pct is not None,
            self.totals is not None,
            self.in_a_row is not None,
        )
        if sum(kinds) != 1:
            raise ValueError("set_checks 必须且只能是 unique、at_least/at_most、jump_pct、totals、in_a_row 之一")
        if self.in_a_row is not None and not (self.by and self.where and self.marks):
            raise ValueError("in_a_row 要写 by（哪几栏相同的算同一个）、where（哪样的算）和 marks")
        if (self.over or self.at_most_column) and len(self.by) != 1:
            raise ValueError("over 和 at_most_column 要写一个 by：指向那一行的列")
        if self.near_pct is not None and not self.at_most_column:
            raise ValueError("near_pct 要与 at_most_column 一起写")
        if self.at_most_column and not self.over:
            raise ValueError("at_most_column 要与 over 一起写")
        if self.unlike and not self.unique:
            raise ValueError("unlike（哪一列不同才算）只能与 unique 一起写")
        if bool(self.signs) != bool(self.signs_of):
            raise ValueError("signs 和 signs_of 要一起写")
        return self
