"""What the register says of a unit that its form says too: a check between the two returns nothing by itself."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from sqlalchemy import Connection

from include.registry.taking_part import chosen_in, count_linked
from include.registry.units import Unit
from include.schemes.model import Scheme


def registered(connection: Connection, scheme: Scheme, form: str, unit: Unit) -> dict[str, Decimal]:
    """The register's figures that the checks of a form hold others against, by the check's code, on the period's last day; none
    where the register has none."""
    own = {cell.key for cell in scheme.cells_of(form)}
    found: dict[str, Decimal] = {}
    for check in scheme.checks:
        if check.marks not in own:
            continue
        if check.registry_column is not None and unit.households is not None:
            found[check.code] = Decimal(unit.households)
        elif check.registry_link is not None:
            found[check.code] = Decimal(count_linked(connection, scheme, unit.code, check.registry_link))
        elif check.registry_attribute is not None:
            text = chosen_in(connection, scheme, check.registry_attribute, [unit.code]).get(unit.code, "")
            if (figure := _number(text)) is not None:
                found[check.code] = figure
    return found


def _number(text: str) -> Decimal | None:
    try:
        figure = Decimal(text)
    except InvalidOperation:
        return None
    return figure if figure.is_finite() else None
