"""What a line of the log is about: system, period, street, unit and stage, as fields of their own beside the sentence.

Airflow's log handlers are structlog's, and write what is bound here with each line; with JSON logs each is a field. Codes and
keys alone: no name, no address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from structlog.contextvars import bound_contextvars

_FIELDS = {
    "system": re.compile(r"[a-z][a-z0-9_]*"),
    "period": re.compile(r"[12]\d{3}(H[12]|Q[1-4]|-(0[1-9]|1[0-2]))?"),
    "street": re.compile(r"\d{6}|\d{9}"),
    "unit": re.compile(r"\d{12}|[A-Z]+-[0-9-]+"),
    "stage": re.compile(r"[a-z][a-z0-9_]*"),
}


@contextmanager
def about(**said: Any) -> Iterator[None]:
    """Inside, every line of the log bears these. What is no code or key is left out: it may be somebody's name."""
    known = {
        name: str(value) for name, value in said.items() if value and _FIELDS[name].fullmatch(str(value)) is not None
    }
    with bound_contextvars(**known):
        yield


def of_run(partition_key: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """What a run is about, by its partition key (half_year/2026H1/990000001) or else its form."""
    found = {
        "system": params.get("system") or params.get("scheme"),
        "period": params.get("period"),
        "unit": params.get("unit"),
    }
    first, *rest = partition_key.split("/")
    if rest and _FIELDS["period"].fullmatch(rest[0]):
        found |= {"system": first, "period": rest[0], "street": rest[1] if len(rest) > 1 else None}
    streets = params.get("streets") or []
    if len(streets) == 1:
        found.setdefault("street", streets[0])
    return found
