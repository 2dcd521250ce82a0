"""Whether what came in is from whom it should be from: the one home of that question.

It is where the office itself handed it in, where the mail server vouches for the sender, where it carries the code of the
sheet that we sent out (in its hidden sheet, or in the mail), and where it replies to a mail of ours by an id that only its
readers know. A community's form and 整改反馈表 are taken without; what changes others' figures or closes an item is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection

from include.errors import UserError
from include.identity import is_code
from include.intake.cases import Case
from include.intake.judging import answers
from include.intake.telling import shown_moment
from include.items.workbooks import Sheet
from include.post.sender_trust import OWN, UNPROVED, VOUCHED
from include.registry.offices import office_of
from include.workbooks import codes
from include.workbooks.codes import CODE, MADE_ON, RECIPIENT, Subject
from include.workbooks.used_codes import use_up, used_by


def is_proved(case: Case) -> bool:
    """Whether the case comes from somebody to whom we sent what it answers, or who is known otherwise."""
    if case.sender_trust in (OWN, VOUCHED) or (case.reply is not None and case.reply.asked.is_proved):
        return True
    return proved_subject(case) is not None


def proved_subject(case: Case) -> Subject | None:
    """What the code that came with the case was made for; None where there is no code, or none that fits."""
    given = [*filter(None, [_marks(case).get(CODE, "")]), *case.codes]
    return next((one for one in _subjects(case) if any(is_code(text, *one) for text in given)), None)


def with_proof(case: Case) -> Case:
    """The case, and whether anything vouches for its sender: the mail server, or a code that came with it.

    The inspectors' sheet is refused where nothing proves it; who may not hand it in at all is told so instead. That a reply
    names a mail of ours shows what it answers, and not who of that mail's readers wrote it.
    """
    case = replace(case, is_sender_unproved=case.sender_trust == UNPROVED and proved_subject(case) is None)
    stopped = case.gate.stopped if case.gate is not None else None
    if not case.is_inspection or is_proved(case) or (stopped is not None and stopped.check_code == "wrong_sender"):
        return case
    return replace(case, form=None, findings=[], refusals=[answers()["proof"]["inspection"]], is_unproved=True)


def refuse_unproved(connection: Connection, case: Case, sheet: Sheet) -> None:
    """Raise UserError, in Chinese, where a 整改核验表 is not proved, or by a code that an earlier act has used up."""
    if sheet.kind != "verification" or case.sender_trust in (OWN, VOUCHED):
        return
    subject = proved_subject(case)
    if subject is None:
        raise UserError(answers()["proof"]["verification"])
    used = used_by(connection, subject)
    if used is not None and used["sha256"] != case.sha256:
        raise UserError(answers()["proof"]["used"].format(used=shown_moment(used["used_at"])))


def use_up_code(connection: Connection, case: Case, sheet: Sheet) -> None:
    """The code of a 整改核验表 by which something was done, however that was proved, serves for nothing else; again changes nothing."""
    subject = proved_subject(case) if sheet.kind == "verification" else None
    if subject is not None:
        use_up(connection, subject, case.sha256, case.received_at)


def _marks(case: Case) -> dict[str, str]:
    """The pairs of the case's hidden sheet."""
    return case.form.marks if case.form is not None else case.sheet.marks if case.sheet is not None else {}


def _subjects(case: Case) -> Iterator[Subject]:
    """What a code would have to be made for, to prove this case."""
    marks = _marks(case)
    if case.sheet is not None:
        made_on = marks.get(MADE_ON, "")
        if case.sheet.kind == "verification":
            yield from (
                codes.of_verification(case.sheet.code, made_on, reader)
                for reader in dict.fromkeys((marks.get(RECIPIENT, ""), case.sender))
                if reader
            )
        else:
            yield codes.of_answer(case.sheet.code, made_on)
    elif case.form is not None and case.gate is not None:
        scheme = case.gate.scheme
        of_what = (scheme.scheme, str(scheme.period))
        if not case.is_inspection:
            yield codes.of_form(*of_what, case.form.form, case.form.unit_code)
            return
        office = office_of(case.gate.street_code, case.gate.street)
        readers = [marks.get(RECIPIENT, ""), case.sender, *office.inspectors, office.ops_email]
        for reader in dict.fromkeys(reader.lower() for reader in readers if reader):
            yield codes.of_inspection(*of_what, case.form.unit_code, reader)
