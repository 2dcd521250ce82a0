"""Papers that follow from a system's result beside its circular: letters, papers that go along, lists (`documents` in system.yaml)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from include.data_files import Part
from include.schemes.calendar import RelativeDay
from include.schemes.conditions import Condition
from include.schemes.derived import Entries
from include.subject_kinds import ByLink

CIRCULAR = "通报"
SUBJECT: Literal["subject"] = "subject"
OFFICE: Literal["office"] = "office"


class ToKind(Part):
    """Those that take part who are of a kind."""

    kind: str


class ToLinked(ByLink):
    """Everybody to whom the link leads, about those of a kind alone, where one is named."""

    kind: str = ""


class ClassIs(Part):
    """Those of a class, or of one of several."""

    class_: str | list[str] = Field(alias="class")

    @property
    def names(self) -> list[str]:
        return [self.class_] if isinstance(self.class_, str) else self.class_


class Address(Part):
    """Where else the address of whom a letter is to is found: `column` of the row of a `ledger` whose key it is."""

    ledger: str
    column: str


class Beside(Part):
    """Rows of a further ledger that a letter lists below its own: those of the same filler, or of all in its street."""

    ledger: str
    of: Literal["filler", "street"] = "filler"


class PerRows(Part):
    """One letter for each filler of a `ledger`, or each (filler, value of the columns `by`) pair, about the rows that `where` holds of.

    It is to the subject that the column `to` names, else to the filler. With each row go its `entries`, and where it is an item how
    that stands; rows of further ledgers stand `beside`. Made on the day
    `drafted` (a day off: the next working day) as of then and not after the period's end; without one when a person asks for it, about one row. All of
    an office are approved as one. People named in personal columns are named to whom the letter is to, and to nobody else.
    """

    ledger: str
    by: list[str] = Field(default_factory=list)
    to: str = ""
    where: list[Condition] = Field(default_factory=list)
    address: Address | None = None
    entries: Entries | None = None
    beside: list[Beside] = Field(default_factory=list)
    drafted: RelativeDay | None = None
    shows: list[str] = Field(min_length=1)  # columns of the rows, as whoever approves sees them
    reply_working_days: int = Field(default=0, ge=0)


class PerQuarter(Part):
    """One for the committee after each quarter in which an item of those that `when` fits stood open: how each of them stands."""

    items: Literal["quarterly"]


class Gathers(Part):
    """What a summary tells beside figures: `texts`, fields in which units wrote in the periods within the one told of (of another system
    <system>.<field>, in the same period where it has one), and `items` of every system: how many, which are open, until when."""

    texts: list[str] = Field(default_factory=list)
    items: bool = False


def _which(value: Any) -> str:
    return "class" if isinstance(value, ClassIs) or (isinstance(value, dict) and "class" in value) else "condition"


When = Annotated[Annotated[ClassIs, Tag("class")] | Annotated[Condition, Tag("condition")], Discriminator(_which)]
"""Whom a document is about: those of a class, or of whom a condition of the one vocabulary holds."""


class Column(Part):
    """A column of a list, or several: one thing of `show`, a figure, an indicator's points, a checklist (a column a paper,
    ✓ or ✗), or a `result` against its `target` (both, and the rate)."""

    label: str = ""
    show: Literal["name", "code", "group", "rank", "total", "class", "status", "problems"] | ByLink | None = None
    figure: str | None = None
    points: str | None = None
    checklist: str | None = None
    result: str | None = None
    target: str | None = None
    share: Decimal = Field(default=Decimal(1), gt=0, le=1)  # of the target that is due by the period's end
    width: int = Field(default=0, ge=0)  # of the page, against the other columns; 0: as wide as its label asks for

    @model_validator(mode="after")
    def _one_source(self) -> Column:
        if sum(one is not None for one in (self.show, self.figure, self.points, self.checklist, self.result)) != 1:
            raise ValueError("columns 的每一项写且只写 show、figure、points、checklist、result 之一")
        if (self.result is None) != (self.target is None):
            raise ValueError("result 和 target 要一起写：完成数与目标数")
        return self


def named_in(text: str) -> list[str]:
    """What is filled in where a text says {unit} or the key of a figure from elsewhere."""
    return re.findall(r"\{(\w+)\}", text)


class Document(Part):
    """One kind of paper of the system.

    `per`: whom there is one each of: everybody who takes part, those of a kind, or everybody to whom a link leads from those
    that fit `when`; `office`: one for the committee, with the tables; `{items: quarterly}`: one for it a quarter, from the items. Numbered ones are letters, put to the committee once the circular is out; others leave with the circular,
    or, with `made_after`, when that form's window has ended. With `annex_of` it is a list: printed behind the circular, and
    exported. `plan_working_days`: until when a plan for the items is asked for by return.
    """

    kind: str
    template: str = ""
    title: str = ""
    per: Literal["subject", "office"] | ToKind | ToLinked | PerRows | PerQuarter | None = None
    when: When | None = None
    annex_of: str = ""
    columns: list[Column] = Field(default_factory=list)
    numbered: bool = True
    made_after: str = ""
    plan_working_days: int = Field(default=0, ge=0)
    copied_to: list[str] = Field(default_factory=list)
    gathers: Gathers | None = None  # of the circular, and of what leaves with it
    to_be_signed: bool = True  # of what follows a form: printed, signed and sent back by whom it is to
    to_ops: bool = False  # operations get them too, all in one mail

    @model_validator(mode="after")
    def _fits_together(self) -> Document:
        if self.kind == CIRCULAR:
            if self.model_fields_set - {"kind", "template", "annex_of", "gathers"}:
                raise ValueError("通报只写 template：发给谁、附什么，通报自有规定")
        elif self.annex_of:
            if not isinstance(self.per, ToKind) and self.per not in (None, SUBJECT):
                raise ValueError("附在通报后的名单，per 只能写 subject 或 {kind: …}")
            if self.made_after or self.plan_working_days or self.copied_to:
                raise ValueError("附在通报后的名单不单独发：不写 made_after、plan_working_days、copied_to")
        elif self.per is None:
            raise ValueError("缺少 per：写 subject、{kind: …} 或 {link: …}；附在通报后的写 annex_of")
        if isinstance(self.per, PerRows) and (self.numbered or self.annex_of or self.made_after or self.when):
            raise ValueError("按台账行制作的函：写 numbered: false，不写 annex_of、made_after、when")
        if self.of_items and (self.numbered or self.annex_of or self.made_after or self.copied_to):
            raise ValueError("按季度列事项的台账：写 numbered: false，不写 annex_of、made_after、copied_to")
        if self.per == OFFICE and not self.made_after:
            raise ValueError("per: office 只用于 made_after 的材料：表单收完以后给党工委（县委组织部）的汇总")
        if self.gathers is not None and self.kind != CIRCULAR:
            raise ValueError("gathers 写在通报上：随通报的材料跟着有")
        if self.made_after and self.numbered:
            raise ValueError("made_after 的材料不编号：请写 numbered: false")
        if self.per is not None and not self.annex_of and not self.numbered and not self.template:
            raise ValueError("不编号的材料没有通用文本：请写 template")
        if self.to_ops and not self.goes_along:
            raise ValueError("to_ops 只用于随通报发出、不编号的材料")
        if self.plan_working_days and not self.numbered:
            raise ValueError("plan_working_days 只用于编号的公函")
        return self

    @property
    def is_list(self) -> bool:
        return bool(self.annex_of)

    @property
    def of_rows(self) -> PerRows | None:
        """For whom there is one each, where that is said by the rows of a ledger."""
        return self.per if isinstance(self.per, PerRows) else None

    @property
    def of_items(self) -> bool:
        """Made after each quarter from the items of the result."""
        return isinstance(self.per, PerQuarter)

    @property
    def is_letter(self) -> bool:
        """Numbered, to somebody, signed by a person."""
        return self.per is not None and self.numbered and not self.annex_of

    @property
    def goes_along(self) -> bool:
        """It leaves with the circular, unnumbered."""
        is_apart = self.annex_of or self.made_after or self.of_rows or self.of_items
        return self.per is not None and not self.numbered and not is_apart
