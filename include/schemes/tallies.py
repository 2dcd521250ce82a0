"""Counts of votes (票数汇总): the cells that a tally asks for, and the checks that every tally has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, model_validator

from include.data_files import Part, kept, read_yaml
from include.schemes.fields import Check, FormField
from include.settings import shared_folder

ISSUED, RETURNED, NAME = "issued", "returned", "name"


class Tally(Part):
    """Votes by option: `items` are voted on one by one, or up to `rows` whom those name who fill the form in (`row_label`).
    In a form that rates there is neither: every subject has its votes, in its row.

    `options`: what a vote for each weighs in the rate. What is said of ballots stands once a form: the first tally of the
    form that gives a limit of its own has it its way.
    """

    key: str
    name: str
    form: str = ""
    items: list[str] = Field(default_factory=list, max_length=50)
    rows: int = Field(default=0, ge=0, le=50)
    row_label: str = ""
    options: dict[str, Annotated[Decimal, Field(ge=0, le=1)]] = Field(min_length=1, max_length=5)
    return_rate_at_least: Decimal | None = Field(default=None, gt=0, le=1)
    issued_at_least: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _items_or_rows(self) -> Tally:
        if (self.items and self.rows) or bool(self.rows) != bool(self.row_label):
            raise ValueError("票数汇总写 items，或者写 rows 和 row_label；评分表里的两样都不写")
        return self

    @property
    def names(self) -> list[str]:
        """What is voted on, by row: an item, the label of a row that is to be named (职务1), of a subject's own row nothing."""
        return self.items or [f"{self.row_label}{row}" for row in range(1, self.rows + 1)] or [""]

    @property
    def is_of_subjects(self) -> bool:
        """Whether each subject of a form that rates has its votes."""
        return not self.items and not self.rows

    def key_of(self, row: int, option: str) -> str:
        """The cell with the votes of an option; rows count from 1."""
        return f"{self.key}_{option}" if self.is_of_subjects else f"{self.key}_{row}_{option}"

    @property
    def columns(self) -> dict[str, str]:
        """The last part of a cell's key by what stands above its column: of a named row 职务 → name, then each option."""
        return ({self.row_label: NAME} if self.rows else {}) | {option: option for option in self.options}


def ballot_cells(form: str) -> list[FormField]:
    """发出票数 and 收回票数 of a form."""
    words = tally_words()
    return [
        FormField(key=f"{form}_{key}", label=words["labels"][key], type="count", unit=words["unit"], form=form)
        for key in (ISSUED, RETURNED)
    ]


def cells_of(tally: Tally, form: str) -> Iterator[FormField]:
    """A cell an option of every item; of rows the name, too, and all of them may stay empty."""
    own: dict[str, Any] = {"form": form, "group": tally.key, "is_optional": bool(tally.rows)}
    if tally.is_of_subjects:
        for option in tally.options:
            yield FormField(
                key=tally.key_of(0, option), label=option, type="count", unit=tally_words()["unit"], form=form
            )
        return
    for row, name in enumerate(tally.names, 1):
        if tally.rows:
            yield FormField(key=f"{tally.key}_{row}_{NAME}", label=name, type="text", row=row, **own)
        for option in tally.options:
            label = f"{option}{row}" if tally.rows else f"{name}（{option}）"
            key = tally.key_of(row, option)
            yield FormField(key=key, label=label, type="count", unit=tally_words()["unit"], row=row, **own)


def checks_of(tallies: Sequence[Tally], form: str) -> Iterator[Check]:
    """The checks of a form's tallies: 收回 ≤ 发出, none came back, few came back, few went out; of every item the votes."""
    words = tally_words()
    said, issued, returned = words["checks"], f"{form}_{ISSUED}", f"{form}_{RETURNED}"
    rate: Decimal = _own_or_usual(tallies, "return_rate_at_least")
    least: Decimal = _own_or_usual(tallies, "issued_at_least")
    fail, warn = {"severity": "fail"}, {"severity": "warn"}
    of_returned: dict[str, Any] = {"marks": returned, "sum": [returned]}
    limits = {"least": f"{least:f}", "pct": f"{(100 * rate).normalize():f}"}
    texts = {key: text.format(**limits) for key, text in said["form"].items()}
    yield Check(code=f"{returned}_within", message=texts["within"], at_most=issued, **of_returned, **fail)
    yield Check(code=f"{returned}_none", message=texts["none"], at_least=Decimal(1), **of_returned, **fail)
    yield Check(code=f"{returned}_rate", message=texts["rate"], at_least=issued, times=rate, **of_returned, **warn)
    yield Check(code=f"{issued}_few", message=texts["few"], marks=issued, sum=[issued], at_least=least, **warn)
    for tally in tallies:
        for row, name in enumerate(tally.names, 1):
            keys = [tally.key_of(row, option) for option in tally.options]
            of_item: dict[str, Any] = {"marks": keys[0], "sum": keys, **fail}
            texts = {key: text.format(item=name or tally.name) for key, text in said["item"].items()}
            yield Check(code=f"{tally.key}_{row}_within", message=texts["within"], at_most=returned, **of_item)
            yield Check(code=f"{tally.key}_{row}_none", message=texts["none"], at_least=Decimal(1), **of_item)


def _own_or_usual(tallies: Sequence[Tally], name: str) -> Decimal:
    own = (getattr(tally, name) for tally in tallies)
    return Decimal(str(next((value for value in own if value is not None), tally_words()[name])))


@kept
def tally_words() -> dict[str, Any]:
    words: dict[str, Any] = read_yaml(shared_folder() / "tallies.yaml")
    return words
