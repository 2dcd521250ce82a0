"""What a system makes of its figures beside points: checks that statements agree, norms, tables (agreements, standards, tables)."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from include.data_files import Part
from include.schemes.conditions import Condition, Multiple
from include.schemes.inputs import Input
from include.schemes.part import Percentage


class Case(Part):
    """A norm that holds where a condition does; the last holds for all others. `is` left empty: none is asked of these."""

    when: Condition | None = None
    is_: Decimal | None = Field(alias="is")


class Gap(Part):
    """The item that a gap opens, of a kind of the system's: who must close it, from the day on which the document that tells of
    it is issued."""

    owner: Literal["community", "street", "county"]
    problem: str
    kind: str = "standard_gap"


class Standard(Part):
    """A figure (of several their sum) against a norm, or answers that are all to be 是.

    `total`: the figure of a form of totals that says how many meet it; `others_have_none`: those that do not have nothing, so
    that their gap is the whole norm. `kinds`: the kinds of subject that it is asked of; without them of all.
    """

    code: str
    name: str
    figure: str | list[str] = ""
    at_least: Decimal | Multiple | list[Case] | None = None
    is_: Decimal | str | None = Field(default=None, alias="is")
    all_yes: list[str] = Field(default_factory=list)
    unit: str = ""
    total: str = ""
    others_have_none: bool = False
    kinds: list[str] = Field(default_factory=list)
    item: Gap | None = None
    reference: str = ""

    @model_validator(mode="after")
    def _one_norm(self) -> Standard:
        norms = [self.at_least is not None, self.is_ is not None, bool(self.all_yes)]
        if sum(norms) != 1 or bool(self.figure) == bool(self.all_yes):
            raise ValueError("标准写 figure 和 at_least（或 is），或者只写 all_yes")
        if isinstance(self.at_least, list) and (not self.at_least or self.at_least[-1].when is not None):
            raise ValueError("at_least 按条件写几档的，最后一档不写 when")
        return self

    @property
    def figures(self) -> list[str]:
        return [self.figure] if isinstance(self.figure, str) else self.figure

    @property
    def read(self) -> list[str]:
        """Every figure that it reads of a subject."""
        cases = self.at_least if isinstance(self.at_least, list) else []
        conditions = [leaf.figure for case in cases if case.when for leaf in case.when.leaves]
        times = [self.at_least.of] if isinstance(self.at_least, Multiple) else []
        return list(dict.fromkeys([*filter(None, self.figures), *self.all_yes, *filter(None, conditions), *times]))

    @property
    def norms(self) -> list[Decimal]:
        """Every norm that may hold, where none depends on another figure's value."""
        if isinstance(self.at_least, list):
            return [case.is_ for case in self.at_least if case.is_ is not None]
        return [self.at_least] if isinstance(self.at_least, Decimal) else []


class Agreement(Part):
    """Two statements that are to agree; what does not is said, and nothing is repaired.

    - `parts`: figures that make up the `whole`; shares of it are told with it;
    - `share`: a `stated` percentage of `part` in `whole`, rounded half up or cut off to as many decimals as it has;
    - `same`: `figure` and `other`, two statements of one thing; `against`: the same, the other from elsewhere (only ever a note);
      both by `tolerance_pct` of the other at most;
    - `within`: `part` is no more than `whole`;
    - `bands`: `bounds` of the `parts`, in years, share none; a label that says otherwise is noted.
    """

    code: str
    name: str
    kind: Literal["parts", "share", "same", "against", "bands", "within"]
    parts: list[str] = Field(default_factory=list)
    part: str | list[str] = ""
    whole: str = ""
    stated: str = ""
    figure: str = ""
    other: str = ""
    tolerance_pct: Percentage | None = None
    bounds: list[tuple[int | None, int | None]] = Field(default_factory=list)
    reference: str = ""

    @model_validator(mode="after")
    def _has_its_sides(self) -> Agreement:
        needed = {
            "parts": ("parts", "whole"),
            "share": ("part", "whole", "stated"),
            "same": ("figure", "other"),
            "against": ("figure", "other"),
            "within": ("part", "whole"),
            "bands": ("parts", "bounds"),
        }[self.kind]
        if any(not getattr(self, name) for name in needed):
            raise ValueError(f"{self.kind} 要写 {'、'.join(needed)}")
        if self.kind == "bands" and len(self.bounds) != len(self.parts):
            raise ValueError("bounds 要与 parts 一一对应")
        return self

    @property
    def read(self) -> list[str]:
        part = [self.part] if isinstance(self.part, str) else self.part
        return [key for key in (*self.parts, *part, self.whole, self.stated, self.figure, self.other) if key]

    def shared_years(self) -> list[int]:
        """Years that two of the bounds have in common."""
        spans = [(low if low is not None else -1, high if high is not None else 999) for low, high in self.bounds]
        return sorted(
            {
                max(one[0], other[0])
                for place, one in enumerate(spans)
                for other in spans[place + 1 :]
                if max(one[0], other[0]) <= min(one[1], other[1])
            }
        )


class StatColumn(Part):
    """A column of a table: how many `count` holds of ("all": that reported), the `sum` of figures, a `ratio` of two sums, a figure
    `shown` as it is and never added, or of a standard: how many meet it (`met`), their `rate`, the `gap` of all. `of_street`: a
    figure of the rows that a street itself hands in, which stands in its line, and of all in the county's.

    `total`: the figure of a form of totals that says the same of the whole, where nobody below reported (of a `ratio` or `rate`
    two: part and whole). `per_cent`: a ratio is shown times 100. `kinds`: the kinds of subject that are counted; without them all.
    """

    label: str
    count: Literal["all"] | Condition | None = None
    sum: str | list[str] | None = None
    ratio: tuple[str, str] | None = None
    shown: str | None = None
    met: str | None = None
    rate: str | None = None
    gap: str | None = None
    of_street: str | None = None
    per_cent: bool = True
    kinds: list[str] = Field(default_factory=list)
    total: str | list[str] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> StatColumn:
        sources = (self.count, self.sum, self.ratio, self.shown, self.met, self.rate, self.gap, self.of_street)
        if sum(source is not None for source in sources) != 1:
            raise ValueError("表格的每一列写且只写 count、sum、ratio、shown、met、rate、gap、of_street 之一")
        return self

    @property
    def standard(self) -> str | None:
        return self.met or self.rate or self.gap

    @property
    def read(self) -> list[str]:
        """Every figure of a subject that it reads by itself."""
        counted = [leaf.figure for leaf in self.count.leaves] if isinstance(self.count, Condition) else []
        summed = [self.sum] if isinstance(self.sum, str) else self.sum or []
        return [key for key in (*counted, *summed, *(self.ratio or ()), self.shown, self.of_street) if key]


class NamedRows(Part):
    """Of which subjects of a table the document speaks by name, though nothing is to be put right by it: those of whose figures
    `when` holds. `says`: in the words of a heading; `also_in`: systems whose documents of a longer period name them, too - by any of the
    periods within it, or by the `last` alone, where what is no longer so is not named."""

    when: Condition
    says: str
    also_in: list[str] = Field(default_factory=list)
    of: Literal["any", "last"] = "any"


class StatTable(Part):
    """A table: a row a subject, rolled up to streets and county. Of `checks` a row a statement that does not agree, or is noted.
    `named`: who is named for what stands in the row.

    `few_hidden`: the table tells of persons; where it is printed, 1 or 2 of them are said as ≤2 (OUT has the figure, for the office alone).
    `rows_of`: a row a unit of that kind instead, of those of whom rows or items of a street say anything, and one of the street;
    its `figures` are of the units (of a ledger `by` a column, of items `whose: holder`), and its columns read them alone.
    """

    key: str
    name: str
    columns: list[StatColumn] = Field(default_factory=list)
    of: Literal["figures", "checks"] = "figures"
    named: list[NamedRows] = Field(default_factory=list)
    few_hidden: bool = False
    rows_of: str = ""
    figures: list[Input] = Field(default_factory=list)

    @model_validator(mode="after")
    def _has_columns(self) -> StatTable:
        if bool(self.columns) != (self.of == "figures"):
            raise ValueError("表格要写 columns；of: checks 的不写")
        if bool(self.rows_of) != bool(self.figures) or (self.rows_of and self.of == "checks"):
            raise ValueError("按单位的表格 rows_of 和 figures 要一起写")
        if self.rows_of and any(column.sum is None and column.ratio is None for column in self.columns):
            raise ValueError("按单位的表格，每一列写 sum 或 ratio")
        if any(not one.from_.ledger and not one.from_.items for one in self.figures):
            raise ValueError("按单位的表格，figures 只引 ledger 或 items")
        if any(not (one.from_.by if one.from_.ledger else one.from_.whose == "holder") for one in self.figures):
            raise ValueError("按单位的表格，figures 引台账的写 by（哪一列是单位），引事项的写 whose: holder")
        return self
