"""Who may hand in by mail: the people of the unit, and those of the street office on its behalf."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from include.db import sql
from include.registry.offices import Office, known_addresses, office_on
from include.registry.units import Unit, only_street
from include.schemes.fields import Form, OfOffice


def is_known(connection: Connection, sender: str, on: dt.date) -> bool:
    """Whether the address is anybody's in the register or in the offices."""
    return bool(sender) and (sender in known_addresses() or bool(units_of_sender(connection, sender, on)))


def may_hand_in(sender: str, unit: Unit | None, office: Office, form: Form | None = None) -> bool:
    """For a unit its own people and the office's; for the whole street (`unit` None) the office's alone, and so for a `form`
    that is filled in by the office, whoever it is about; for a department's form the department too."""
    people = [office.committee_email, office.ops_email, *office.inspectors]
    if form is not None and isinstance(form.filled_by, OfOffice):
        names = form.filled_by.names
        own = [unit.code] if unit is not None and unit.code in names else names
        people += [office.departments.get(name, "") for name in own]
    if form is not None and form.filled_by == "anyone" and unit is not None:
        people.append(office.departments.get(unit.code, ""))
    if unit is not None and (form is None or form.is_by_subject):
        people += [unit.secretary_email, unit.officer_email, unit.liaison_email]
    return sender.lower() in {address.strip().lower() for address in people if address}


def office_of_sender(connection: Connection, sender: str, on: dt.date) -> Office:
    """The office of the sender's unit, else that of the only street, else the nameless one."""
    found = units_of_sender(connection, sender, on) if sender else []
    street_code = found[0]["street_code"] if found else only_street(connection) or ""
    return office_on(connection, street_code, on)


def units_of_sender(connection: Connection, sender: str, on: dt.date) -> list[sql.Row]:
    """code and street_code of the units that an address belongs to on a day."""
    return sql.fetch(connection, "registry/select_senders_units", address=sender.lower(), on_date=on)
