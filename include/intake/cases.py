"""An arrival on its way to an answer, with all that was found out about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from include.intake.judging import Gate
from include.intake.merging import Merge, Standing, notes_of
from include.intake.read_form import ReadForm
from include.items.replies import Reply
from include.items.workbooks import Sheet
from include.post.sender_trust import Trust
from include.registry.units import Unit
from include.validation.findings import Candidate, Finding
from include.workbooks.printed import Printed
from include.workbooks.texts import INSPECTION

MOST_ATTEMPTS = 2
"""How often a file may end the process that reads it, before it is given up."""


class Marked(NamedTuple):
    """The workbook that goes back: where the archive has it, its name, and what of the original it lacks, in Chinese."""

    sha256: str
    name: str
    lost: list[str]


@dataclass(frozen=True)
class FilledSheet:
    """A form of a packet as a workbook of its own, in the archive."""

    name: str
    sha256: str
    size: int

    @property
    def title(self) -> str:
        return self.name.removesuffix(".xlsx").lstrip("0123456789 ") or self.name


@dataclass(frozen=True)
class PacketCase:
    """A month's forms of one unit: those that were filled in; of the others name and due day."""

    unit_code: str
    unit_name: str
    month: str
    filled: Sequence[FilledSheet]
    left: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Case:
    """An arrival with all that was found out about it: reading, judging and checking each give another one.

    Before it is read nothing but the arrival itself is known. `form` and `gate` stay None where it could not be read.
    """

    id: str
    sha256: str
    name: str
    sender: str
    sender_trust: Trust  # whether the sender is who the mail says
    codes: tuple[str, ...]  # what its mail held that may be a code of ours
    received_at: dt.datetime
    bytes: int
    attempts: int  # how often its reading was begun and did not end
    streets: str = ""  # of the person who handed it in on the page, by blanks; empty: everywhere, or nobody did
    part_of: str = ""  # the arrival of the packet that it is a sheet of
    form: ReadForm | None = None
    sheet: Sheet | None = None  # a workbook of rectification instead of a form
    packet: PacketCase | None = None  # several forms in one workbook
    reply: Reply | None = None  # the mail that says what such a workbook would
    refusals: Sequence[str] = ()
    gate: Gate | None = None
    standing: Standing | None = None  # of a unit's form: the versions that it was merged with
    merge: Merge | None = None
    sheets_before: int = 0  # of a sheet of free rows: how many of its ledger had been accepted when it was judged
    candidates: Sequence[Candidate] = ()  # what of it is checked
    doubts: Sequence[Printed] = ()  # printed cells in which something may have been typed
    sent: Sequence[str] = ()  # the form as it went out, in the archive: what was printed there
    findings: Sequence[Finding] = ()
    seconds: float = 0.0
    is_unproved: bool = False  # refused, because nothing shows whom it is from (include/intake/proving.py)
    is_sender_unproved: bool = False  # neither the mail server nor a code vouches for the sender

    @property
    def is_given_up(self) -> bool:
        return self.attempts >= MOST_ATTEMPTS

    @property
    def failures(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == "fail"]

    @property
    def owner(self) -> Unit | None:
        """Whose marked workbook goes back: the unit's, or the street's as one; None where none goes back."""
        if self.form is None or self.gate is None or not self.failures or self.gate.is_signed_off:
            return None
        if self.gate.unit is not None or not self.is_inspection or not self.gate.street_code:
            return self.gate.unit
        code, street = self.gate.street_code, self.gate.street
        return Unit(code, street, code, street, "", None, "", "", "", False)

    @property
    def told_in_log(self) -> dict[str, str]:
        """What lines of the log about it bear (include/log_context.py), as far as it is known."""
        if self.packet is not None:
            return {"period": self.packet.month, "unit": self.packet.unit_code}
        if self.gate is None:
            return {}
        unit, street = self.gate.unit, self.gate.street_code
        return {
            "system": self.gate.scheme.scheme,
            "period": str(self.gate.scheme.period),
            "street": unit.street_code if unit is not None else street,
            "unit": unit.code if unit is not None else "",
        }

    @property
    def warnings(self) -> list[str]:
        """In short, what is accepted but should be looked at, where it names nobody."""
        return [finding.summary for finding in self.findings if finding.severity == "warn" and not finding.is_private]

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
