"""An arrival on its way to an answer, with all that was found out about it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from include.intake.judging import Gate
from include.intake.merging import Merge, Standing, notes_of
from include.intake.read_form import ReadForm
from include.items.replies import Reply
from include.items.workbooks import Sheet
from include.post.sender_trust import OWN, Trust
from include.validation.findings import Finding
from include.workbooks.texts import INSPECTION


class Marked(NamedTuple):
    """The workbook that goes back: where the archive has it, its name, and what of the original it lacks, in Chinese."""

    sha256: str
    name: str
    lost: list[str]


@dataclass(frozen=True)
class Case:
    """An arrival with all that was found out about it. `form` and `gate` are None where it could not be read."""

    id: str
    sha256: str
    name: str
    sender: str
    received_at: dt.datetime
    form: ReadForm | None
    gate: Gate | None
    findings: list[Finding]
    refusals: list[str]
    seconds: float
    is_given_up: bool = False
    sheet: Sheet | None = None  # a workbook of rectification instead of a form
    sender_trust: Trust = OWN  # whether the sender is who the mail says
    reply: Reply | None = None  # the mail that says what such a workbook would
    codes: tuple[str, ...] = ()  # what its mail held that may be a code of ours
    is_unproved: bool = False  # refused, because nothing shows whom it is from (include/intake/proving.py)
    is_sender_unproved: bool = False  # neither the mail server nor a code vouches for the sender
    standing: Standing | None = None  # of a unit's form: the versions that it was merged with
    merge: Merge | None = None

    @property
    def failures(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == "fail"]

    @property
    def is_inspection(self) -> bool:
        return self.form is not None and self.form.form == INSPECTION

    @property
    def notes(self) -> list[str]:
        """What is accepted but should be looked at."""
        assert self.gate is not None
        of_merge = notes_of(self.merge, self.gate) if self.merge is not None and self.failures else []
        return [
            *self.gate.notes,
            *of_merge,
            *(finding.message for finding in self.findings if finding.severity == "warn"),
        ]
