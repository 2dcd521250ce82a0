"""A statistic that came under a code that nobody has: whom its name fits, so that the sender can say which; never taken by it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from include.registry.names import meant_by
from include.registry.taking_part import scope_codes
from include.registry.units import registered_in
from include.schemes.model import Scheme

_AT_MOST = 5


def name_said(connection: Connection, scheme: Scheme, name: str, words: Mapping[str, str]) -> str:
    """The name in brackets as the answer has it, of what is not scored with those that it fits; empty where there is none.
    `words`: answers.yaml, meant."""
    if not name:
        return ""
    return f"（{name}{'' if scheme.is_scored else _who_is_meant(connection, scheme, name, words)}）"


def _who_is_meant(connection: Connection, scheme: Scheme, name: str, words: Mapping[str, str]) -> str:
    on = scheme.period.end_date
    units = [unit for code in scope_codes(connection, scheme) for unit in registered_in(connection, code, on)]
    places = {unit.code: f"{unit.street}{unit.name}{unit.code}" for unit in units}
    meant = meant_by(name, {unit.code: unit.name for unit in units})
    listed = "、".join(places[code] for code in (meant.codes or meant.similar)[:_AT_MOST])
    return words["several" if len(meant.codes) > 1 else "one"].format(listed=listed) if listed else ""
