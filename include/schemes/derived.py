"""Columns of a ledger that no sheet has: they are reckoned from the entries of other ledgers, or chosen by conditions."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from include.data_files import Part
from include.schemes.conditions import Condition


class Through(Part):
    """What entries name is the `key` of a row of `ledger`, and the column `to` of that row names ours."""

    ledger: str
    to: str


class Entries(Part):
    """The rows of another ledger of the same filler that belong to a row: their column `by` names it (its own column `names`, or
    its key). With `through` what they name may also be a row of a third ledger that names it."""

    ledger: str
    by: str
    names: str = ""
    through: Through | None = None
    where: list[Condition] = Field(default_factory=list)


class Choice(Part):
    """A text, or what stands in a column, where the condition holds of the row; without one in every other case."""

    is_: str = Field(default="", alias="is")
    of: str = ""
    when: Condition | None = None


class Derived(Part):
    """A column `key` of the rows of `form`. Of its `entries` the `sum` of a column (by the value of `signs_of` times one of `signs`),
    how many there are (`count`), how many different ones by some columns (`distinct`), the cell of the last; or the first of `choose`.
    They are reckoned in the order in which they are written; a later one may read the ones before it."""

    form: str
    key: str
    label: str
    entries: Entries | None = None
    take: Literal["sum", "count", "distinct", "last"] = "sum"
    columns: list[str] = Field(default_factory=list)
    signs_of: str = ""
    signs: dict[str, Decimal] = Field(default_factory=dict)
    choose: list[Choice] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_kind(self) -> Derived:
        if (self.entries is None) == (not self.choose):
            raise ValueError("derived 的每一项写且只写 entries 或 choose")
        if self.entries is not None and (len(self.columns) != 1) and self.take in ("sum", "last"):
            raise ValueError("take: sum 和 last 要写一个 columns")
        if bool(self.signs) != bool(self.signs_of):
            raise ValueError("signs 和 signs_of 要一起写")
        return self
