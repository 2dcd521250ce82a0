"""One packet a month for a clerk: what a unit is asked for, by all systems of an office, travels in one workbook and one mail.

Forms are opened as ever, each kept as a workbook of its own, which reminders bring again; the packet is made of those of which
nobody was told yet. Opened again, it tells nobody twice.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from include.archive import contents
from include.archive.data_keys import INTAKE
from include.asking.opening import FormsOut, Told, file_name_of
from include.beforehand import beforehand
from include.db import sql
from include.ledgers.personal import personal_of
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.outbox.words import PacketOpened
from include.period import in_zone
from include.registry.fillers import Asked, asked_in
from include.registry.offices import office_on
from include.schemes.model import Scheme
from include.workbooks.packets import Packet
from include.workbooks.texts import texts

_KIND = "packet_opened"


def opens_this_month(scheme: Scheme, today: dt.date) -> bool:
    """Whether forms of the period opened this month by today and may still come in."""
    dates = [scheme.dates_of(form.key) for form in scheme.forms if form.is_by_subject]
    return any(_is_this_months(one.opens_date, today) and today <= one.window_ends_date for one in dates)


def _is_this_months(day: dt.date, today: dt.date) -> bool:
    return day <= today and (day.year, day.month) == (today.year, today.month)


@beforehand(meanwhile=(b"", []))
def _packed(
    code: str, name: str, month: str, writers: Sequence[Callable[..., bytes]]
) -> tuple[bytes, list[dict[str, str]]]:
    """The packet of a unit, and what its mail says of each sheet."""
    packet = Packet(code, name, month)
    for write in writers:
        write(into=packet)
    content = packet.finish()
    return content, [
        {"name": sheet, "scheme": f"{scheme.name}，{scheme.period.name}", "due": packet.due_of(scheme, form)}
        for scheme, form, sheet in packet.forms
    ]


def send_packets_in(
    connection: Connection,
    schemes: Sequence[Scheme],
    scope_code: str,
    at: dt.datetime,
    told_of: Callable[[Scheme], Told],
) -> int:
    """Put a packet into the outbox for every unit of a street or county with forms that opened this month, of which nobody was
    told; how many. `schemes` are what its office runs, in each of the periods that are asked for; `told_of`: what
    ledgers say of the figures of its forms."""
    today = in_zone(at).date()
    office = office_on(connection, scope_code, today)
    asked: dict[str, list[tuple[FormsOut, Asked]]] = defaultdict(list)
    for scheme in schemes:
        untold = {
            (row["unit_code"], row["form"])
            for row in sql.fetch(connection, "asking/select_untold", scheme=scheme.scheme, period=str(scheme.period))
        }
        if not untold:
            continue
        out = FormsOut(connection, scheme, scope_code, told_of(scheme))
        for form in scheme.forms:
            if not form.is_by_subject or not _is_this_months(scheme.dates_of(form.key).opens_date, today):
                continue
            for one in asked_in(connection, scheme, form, scope_code):
                if (one.filler.code, form.key) in untold:
                    asked[one.filler.code].append((out, one))
    words, month = texts()["packet"], f"{today.year}年{today.month}月"
    for code, forms in sorted(asked.items()):
        unit = forms[0][1].filler
        keys = [INTAKE]
        content, sheets = _packed(code, unit.name, month, [out.writer(one) for out, one in forms])
        for out, one in forms:
            if one.form.rows is not None:
                keys.append(personal_of(out.scheme, one.form.key, code, at).key)
        name = file_name_of(words["file"].format(name=unit.name, month=month))
        noticed = notify(
            connection,
            Notice(
                _KIND,
                subject=f"packet/{scope_code}/{code}",
                stage=today.isoformat(),
                unit=unit,
                office=office,
                due_at=at,
                attachments=[(name, contents.store(content, max(keys)))],
                words=PacketOpened({"unit_name": unit.name, "month": month, "sheets": sheets}),
            ),
        )
        if not noticed.is_skipped:
            for out, one in forms:
                sql.execute(
                    connection,
                    "asking/mark_told",
                    scheme=out.scheme.scheme,
                    period=str(out.scheme.period),
                    unit_code=code,
                    form=one.form.key,
                    asked_at=at,
                )
    return len(asked)
