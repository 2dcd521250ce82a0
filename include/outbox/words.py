"""What a mail template may use: the words of each kind of notice, as its sender must give them.

A list is of rows: what a line of the mail names, by key. A day is ISO, which the templates print as people write it. A word that is
`NotRequired` is given where there is something to say. tests/notices/test_words.py holds every template against these.
"""

# No `from __future__ import annotations`: Python 3.11 would not see what is not required.
import functools
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from include.schemes.score import SaidOfLateness

Rows = Sequence[Mapping[str, Any]]
Words = Mapping[str, object]
"""The words of one notice, of whatever kind."""


class OfEveryKind(TypedDict):
    """What outbox and post add by themselves. `greeted`: who is greeted where a unit's mails go to another. `issuer`: how the mail
    calls an office that is no street's. `page_link`: where the reader acts. `own_mail_of`: the system whose own template is used.
    `is_listed_below`: the problems are in the same mail, among the items."""

    greeted: NotRequired[str]
    issuer: NotRequired[str]
    page_link: NotRequired[str]
    own_mail_of: NotRequired[str]
    is_listed_below: NotRequired[bool]


class ToUnit(TypedDict):
    """`unit_name` is whom the mail greets."""

    unit_name: str


class OfPeriod(ToUnit):
    scheme_name: str
    period_name: str


class FormDue(OfPeriod, SaidOfLateness):
    due_date: str
    window_ends_date: str
    code: str


class FormOpened(FormDue):
    """`sheets` are to be filled in, `asked` is the evidence; `code` proves where the form comes from."""

    opens_date: str
    due_working_note: str
    sheets: Sequence[str]
    asked: Sequence[str]


class InspectionOpened(OfPeriod):
    """`waiting` are units of the `units` that have not reported."""

    window_starts_date: str
    window_ends_date: str
    units: int
    waiting: Sequence[str]
    has_inspectors: bool
    code: str


class HandInReminder(FormDue):
    days_left: int
    status: str
    is_form_attached: bool


class PacketOpened(ToUnit):
    month: str
    sheets: Rows


class LedgerSent(ToUnit):
    day: str
    sender: str
    ledgers: Rows


class OfArrival(OfPeriod):
    """What every answer to something received says. `is_unproved`: it did not show that it came from whom it names."""

    file_name: str
    received_at: str
    is_unproved: NotRequired[bool]


class PacketReceived(OfArrival):
    month: str
    filled: Sequence[str]
    left: Rows


class EvidenceFound(TypedDict):
    """Names of what came with any version of a unit's forms, and of what did not come yet."""

    evidence: list[str]
    evidence_open: list[str]


class Receipt(OfArrival, SaidOfLateness, EvidenceFound):
    version: int
    is_late: bool
    days_late: int
    figures: Rows
    notes: Sequence[str]
    changes: Rows
    merged: NotRequired[Rows]


class Returned(OfArrival, SaidOfLateness):
    version: int
    due_date: str
    problems: Rows
    notes: Sequence[str]
    lost: Sequence[str]
    evidence: Sequence[str]


class Refused(TypedDict):
    file_name: str
    received_at: str
    problems: Sequence[str]


class FileRefused(OfArrival):
    problems: Sequence[str]


class FromSender(TypedDict):
    sender: str
    received_at: str


class UnknownSender(FromSender):
    subject: str
    street: str


class EvidenceReceived(OfPeriod, EvidenceFound):
    subject: str
    received_at: str
    new: Sequence[str]
    is_unproved: bool


class FindingsReceived(OfArrival):
    corrections: Rows
    notes: Sequence[str]


class Duplicate(OfArrival, EvidenceFound):
    first_received_at: str
    status: str


class OfDocument(TypedDict):
    """`kind` is what people call it."""

    title: str
    kind: str
    document_number: str
    issue_date: str


class CircularIssued(OfDocument, ToUnit):
    """`total` is empty for whom nothing is scored; `rank` is among `ranked` of the same group,
    where it is of one."""

    total: str | None
    rank: int | None
    ranked: int | None
    grade: str
    status: str
    problems: Rows


class OfItems(ToUnit):
    items: Rows


class ItemsOpened(OfItems):
    document_number: str
    code: str


class SheetTaken(OfArrival):
    title: str
    count: int
    items: Rows
    notes: Sequence[str]


class ReplyUnclear(FileRefused):
    items: Rows


class ItemMoved(OfItems):
    state: str
    reason: str


class ToVerify(OfItems):
    """`left`: files of evidence that no mail carries."""

    count: int
    new: int
    code: str
    left: Sequence[str]


class LetterIssued(OfDocument, OfItems):
    """A letter about items, to a meeting or to a talk; `topics` of the meeting's agenda. What a letter is not about is empty."""

    topics: Sequence[str]
    reply_by: str
    meeting: str
    meeting_time: str
    place: str
    talk: Mapping[str, Any]
    talk_day: str


class ResultLetter(OfDocument, OfItems):
    total: str
    grade: str
    reply_by: str


class Titled(ToUnit):
    title: str
    kind: str


_From = TypedDict("_From", {"from": str})


class RowLetterSent(_From, Titled):
    """`from` writes of `count` rows; `is_by_hand`: the unit hands it over."""

    to: str
    count: int
    is_by_hand: bool
    reply_by: str


class PaperMade(Titled):
    form_name: str
    edition: int
    missing: NotRequired[Sequence[str]]  # units of the `units` that have not reported
    units: NotRequired[int]


class LedgerOfItems(Titled):
    counted: Mapping[str, int]  # units, all of their items, those closed, open, overdue


class Checkpoint(OfPeriod):
    total: str
    lines: Rows


class EventNews(TypedDict):
    """What is new about an event. `deadline`: until when one that was not held is to be made up for."""

    change: NotRequired[str]
    reason: NotRequired[str]
    absent: NotRequired[Rows]
    topics: NotRequired[Sequence[str]]
    due_date: NotRequired[str]
    is_missed: NotRequired[bool]
    deadline: NotRequired[str]


class OfEvent(ToUnit, EventNews):
    """An event that comes, or did not."""

    series_name: str
    period_name: str
    planned_date: str
    weekday: str
    working_days_left: int
    sheet_name: str
    sheet_due_date: str
    sheet_due_working_days: int
    status: str


class OfSteps(TypedDict):
    """Steps of items, to who takes them."""

    holder_name: str
    items: Rows
    has_sheet: NotRequired[bool]
    street: NotRequired[str]


class Report(TypedDict):
    """`headline` is empty where there is nothing to say."""

    day: str
    headline: str
    systems: Rows
    overdue: int
    due_soon: int
    waiting: Sequence[str]


class OpsAlert(TypedDict):
    title: str
    lines: Sequence[str]
    what_now: NotRequired[str]
    is_for_information: NotRequired[bool]


class MailUnanswered(FromSender):
    reason: str
    subject: str
    names: str
    sha256: str


class ApprovalWaiting(TypedDict):
    """`reply`: what an answer by mail signs with, where the office takes that."""

    title: str
    kind: str
    street: str
    waited_working_days: int
    facts: Sequence[tuple[str, str]]
    why_again: NotRequired[Sequence[str]]
    provisional: NotRequired[str]
    caution: NotRequired[str]
    reply: NotRequired[Mapping[str, Any]]


class SignatureAnswered(FromSender):
    """What became of an answer by mail to a draft: what was recorded, or the `problem`."""

    title: str
    kind: str
    is_taken: bool
    what_now: str
    answer: NotRequired[str]
    name: NotRequired[str]
    note: NotRequired[str]
    problem: NotRequired[str]


KINDS: dict[Any, tuple[str, ...]] = {  # of TypedDicts, for which Python has no type of its own
    FormOpened: ("form_opened",),
    InspectionOpened: ("inspection_opened",),
    HandInReminder: ("hand_in_reminder",),
    PacketOpened: ("packet_opened",),
    PacketReceived: ("packet_received",),
    LedgerSent: ("ledger_sent",),
    Receipt: ("receipt",),
    Returned: ("returned",),
    Refused: ("refused",),
    FileRefused: ("refused",),
    UnknownSender: ("unknown_sender",),
    EvidenceReceived: ("evidence_received",),
    FindingsReceived: ("findings_received",),
    Duplicate: ("duplicate",),
    OfArrival: ("archived_after_signoff",),
    CircularIssued: ("circular",),
    ItemsOpened: ("rectification_opened",),
    SheetTaken: ("rectification_received",),
    ReplyUnclear: ("rectification_unclear",),
    ItemMoved: ("rectification_returned",),
    ToVerify: ("rectification_verification",),
    OfItems: ("rectification_reminder", "rectification_deadline", "rectification_urged"),
    LetterIssued: ("rectification_supervised", "step_supervised", "rectification_notice", "talk_called", "plan_supervised"),  # and others
    ResultLetter: ("feedback_letter", "plan_due", "plan_urged"),
    RowLetterSent: ("pair_letter", "statement"),
    PaperMade: ("contract", "paper_back", "period_table"),
    LedgerOfItems: ("item_ledger",),
    Checkpoint: ("checkpoint",),
    OfEvent: ("event_invitation", "event_missed"),
    OfSteps: ("step_begun", "step_due", "step_urged", "step_supervised", "step_look_again", "order_offered", "order_unmatched"),
    Report: ("daily_report", "weekly_report"),
    OpsAlert: ("ops_alert",),
    MailUnanswered: ("mail_unanswered",),
    ApprovalWaiting: ("approval_waiting",),
    SignatureAnswered: ("signature_answered",),
}  # fmt: skip
"""The kinds of notices (policies.yaml) that each class of words serves. A step is supervised by a letter or, where an office of
its own takes it, without one. A kind that stands under none is that of a letter (documents/kinds.yaml)."""


@functools.cache
def words_of(kind: str) -> list[Any]:
    """The classes of words that a kind of notice may have."""
    return [words for words, kinds in KINDS.items() if kind in kinds] or [LetterIssued]
