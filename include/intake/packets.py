"""A month's sheets in one workbook: each that was filled in is an arrival of its own, and all are answered in one mail.

A sheet that is as it was put out is no hand-in: 0 is a figure, an empty sheet is not. What came is kept whole, as a mail is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from include.archive import contents
from include.archive.data_keys import INTAKE
from include.asking.opened import workbooks_of
from include.db import sql
from include.db.engine import transaction
from include.intake.cases import Case, FilledSheet, PacketCase
from include.intake.judging import answers
from include.intake.read_form import ReadForm
from include.intake.reading import Refusal, read_file
from include.intake.telling import said_of, tell, tell_refused
from include.ledgers.personal import personal_of
from include.outbox.words import PacketReceived
from include.period import Period, chinese_date
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.workbooks.limits import Package
from include.workbooks.packets import part_packet


def with_parts(case: Case, package: Package, default_period: Period | None) -> Case:
    """The case with the sheets that were filled in, each archived as a workbook of its own. Raises Refusal."""
    parted = part_packet(package, case.name)
    filled: list[FilledSheet] = []
    left: list[tuple[str, str]] = []
    for number, part in enumerate(parted.parts, start=1):
        try:
            form = read_file(part, case.name, default_period)
        except Refusal:  # its own answer says why
            filled.append(FilledSheet(f"{number:02}.xlsx", contents.store(part), len(part)))
            continue
        scheme = load_scheme(form.scheme_key, Period.parse(form.period))
        asked = next(one for one in scheme.forms if one.key == form.form)
        name = f"{asked.name}（{scheme.period.name}）"
        if is_untouched(form, scheme, default_period):
            left.append((name, chinese_date(scheme.dates_of(form.form).due_date)))
            continue
        key = (
            personal_of(scheme, form.form, form.unit_code, case.received_at).key
            if form.form in scheme.row_forms
            else INTAKE
        )
        filled.append(FilledSheet(f"{number:02} {name}.xlsx", contents.store(part, key), len(part)))
    return replace(
        case, packet=PacketCase(parted.unit_code, parted.unit_name, parted.month, tuple(filled), tuple(left))
    )


def is_untouched(form: ReadForm, scheme: Scheme, default_period: Period | None) -> bool:
    """Whether a sheet holds nothing, or nothing but what it was put out with."""
    said = dict(_said(form))
    if form.is_nothing:
        return False
    if not said:
        return True
    if form.form not in scheme.row_forms:
        return False
    with transaction() as connection:
        opened = workbooks_of(connection, scheme, [form.form], form.unit_code)
    if not opened:
        return False
    try:
        return said == dict(_said(read_file(contents.load(opened[0][1]), opened[0][0], default_period)))
    except Refusal:
        return False


def _said(form: ReadForm) -> Iterator[tuple[str, str]]:
    """What stands in each cell, by row as it was put out, however far it has moved."""
    return ((key, cell.text) for key, cell in form.cells.items() if cell.text)


@dataclass(frozen=True)
class Taken:
    """What became of a packet: its status, and the first line of the answer."""

    status: str
    message: str


def take_packet(connection: Connection, case: Case, packet: PacketCase) -> Taken:
    """Its sheets become arrivals, which wait to be answered with it."""
    words = answers()["packet"]
    if not packet.filled:
        problem = words["empty"].format(month=packet.month)
        tell_refused(connection, case, [problem])
        return Taken("refused", problem)
    for sheet in packet.filled:
        named = "\n".join((case.id, sheet.name, sheet.sha256))
        sql.execute(
            connection,
            "intake/insert_part",
            id=hashlib.sha256(named.encode()).hexdigest(),
            sha256=sheet.sha256,
            bytes=sheet.size,
            file_name=sheet.name,
            packet=case.id,
        )
        sql.execute(connection, "intake/bring_part", sha256=sheet.sha256, packet_sha256=case.sha256)
        sql.execute(connection, "intake/give_part_evidence", sha256=sheet.sha256, packet_sha256=case.sha256)
    left = [{"name": name, "due": due} for name, due in packet.left]
    filled = [sheet.title for sheet in packet.filled]
    told: PacketReceived = {**said_of(connection, case), "month": packet.month, "filled": filled, "left": left}
    tell(connection, case, "packet_received", told)
    said = words["taken"].format(count=len(packet.filled), names="、".join(sheet.title for sheet in packet.filled))
    return Taken(
        "accepted", said + (words["left"].format(names="、".join(name for name, _ in packet.left)) if left else "")
    )
