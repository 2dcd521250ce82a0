"""What goes out to be filled in: the forms of a period, the workbooks of its inspection."""

from __future__ import annotations

from include.steps.planning import begun, each_street


def open_streets(system: str, period_text: str, streets: list[str], run_id: str) -> int:
    """Make and announce the forms of every unit of the streets; how many."""
    return sum(each_street(begun(system, period_text).open, streets, run_id))


def open_inspections(system: str, period_text: str, streets: list[str], run_id: str) -> int:
    """Make the inspectors' workbook of each street and announce it; how many mails."""
    return sum(each_street(begun(system, period_text).inspect, streets, run_id))
