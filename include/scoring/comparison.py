"""One period against an earlier one: the half before, and the same half (or year) a year ago, marked where the rule changed between."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from include.db import sql
from include.errors import UserError
from include.period import Period
from include.registry.successions import successions
from include.registry.units import span_of
from include.schemes.indicators import Indicator
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.scoring.arrivals import nothing_arrived
from include.scoring.difference import exact


@dataclass(frozen=True)
class UnitComparison:
    """A unit's result then and now. `moved` is the new total less the old, None where one of them is missing.

    A rank, like a total, is that of the street that scored the unit then. `is_new_rule`: the unit's two results
    come from different versions of the scheme.
    """

    unit_code: str
    unit_name: str
    old_total: Decimal | None
    new_total: Decimal | None
    moved: Decimal | None
    old_rank: int | None
    new_rank: int | None
    old_grade: str
    new_grade: str
    old_status: str
    new_status: str
    is_new_rule: bool


@dataclass(frozen=True)
class Comparison:
    """A street's units against one earlier period, by code. `changed_rules`: indicators whose rule differs, by code."""

    period: Period
    earlier: Period
    old_version: str
    new_version: str
    changed_rules: list[str]
    units: list[UnitComparison]

    @property
    def mark(self) -> str:
        """The mark that a table of this comparison carries; empty where the rules are the same."""
        if not self.changed_rules:
            return ""
        return (
            f"※ {self.earlier.name}按 {self.old_version} 年版、{self.period.name}按 {self.new_version} 年版方案考评，"
            f"规则有变动的指标：{'、'.join(self.changed_rules)}。"
        )


def compare(connection: Connection, scheme: Scheme, street_code: str, period: Period) -> list[Comparison]:
    """The period against the one before (halves, quarters) and against the same one last year, where those exist.

    One for which nothing arrived is compared with nothing, and nothing with it.
    `scheme` names the scheme; its rules are loaded for each period. Raises UserError where the period was not assessed.
    """
    period = scheme.scored(period)
    earlier = [period.same_last_year] if period.kind == "year" else [period.previous, period.same_last_year]
    return [one for each in earlier if (one := _against(connection, scheme.scheme, street_code, period, each))]


def _against(
    connection: Connection, scheme_key: str, street_code: str, period: Period, earlier: Period
) -> Comparison | None:
    rows = sql.fetch(
        connection,
        "scoring/select_comparison",
        scheme=scheme_key,
        period=str(period),
        earlier=str(earlier),
        **span_of(street_code),
        on_date=period.end_date,
    )
    if not any(row["newer_id"] for row in rows):
        raise UserError(f"{period.name}（街道 {street_code}）还没有考评结果，不能比较：请先结账 {period}。")
    of_both = [{str(row[column]) for row in rows if row[column]} for column in ("newer_id", "older_id")]
    if any(all(nothing_arrived(connection, one) for one in ids) for ids in of_both):  # or there was none
        return None
    _inherit(connection, scheme_key, period, earlier, rows)
    versions = [load_scheme(scheme_key, one).version for one in (earlier, period)]
    changed = _changed_since(scheme_key, period) if versions[0] != versions[1] else []
    return Comparison(period, earlier, versions[0], versions[1], changed, [_unit(row) for row in rows])


def _inherit(connection: Connection, scheme_key: str, period: Period, earlier: Period, rows: list[sql.Row]) -> None:
    """A unit that came after others is compared with their totals where it had no result of its own; of one that it wholly
    replaces it takes rank, grade and status too."""
    known, day = successions(connection), period.end_date
    heirs = [row for row in rows if not row["older_id"] and known.before(row["unit_code"], day)]
    if not heirs:
        return
    codes = sorted({code for row in heirs for code in known.before(row["unit_code"], day)})
    found = {
        row["unit_code"]: row
        for row in sql.fetch(
            connection, "scoring/select_results", scheme=scheme_key, period=str(earlier), any_code=codes
        )
    }
    totals = {code: Decimal(str(row["old_total"])) for code, row in found.items() if row["old_total"] is not None}
    for row in heirs:
        only = known.only_before(row["unit_code"], day)
        if only in found:
            row.update({name: found[only][name] for name in found[only] if name != "unit_code"})
        else:
            row["old_total"] = known.inherited(row["unit_code"], totals, day)


def _changed_since(scheme_key: str, period: Period) -> list[str]:
    """What the version in force a year before says differently of a period of the same place in the year; of a year's parts."""
    scheme = load_scheme(scheme_key, period)
    changed = [
        code
        for part in scheme.parts.values() or [period]
        for code in changed_rules(load_scheme(scheme_key, part.same_last_year), load_scheme(scheme_key, part))
    ]
    return list(dict.fromkeys(changed))


def changed_rules(old: Scheme, new: Scheme) -> list[str]:
    """Codes of the indicators whose rule differs between two schemes, in the order of the newer, then those that went.

    LATE stands for the deduction for lateness.
    """
    before, after = ({one.code: one for one in scheme.indicators} for scheme in (old, new))
    changed = [
        code
        for code in [*after, *(code for code in before if code not in after)]
        if _differs(before.get(code), after.get(code))
    ]
    return changed + (["LATE"] if old.score.lateness != new.score.lateness else [])


def _differs(old: Indicator | None, new: Indicator | None) -> bool:
    """In how it scores, is applicable or is a problem; not in its reference."""
    if old is None or new is None:
        return True
    return old.model_dump(exclude={"reference"}) != new.model_dump(exclude={"reference"})


def _unit(row: sql.Row) -> UnitComparison:
    old, new = exact(row["old_total"]), exact(row["new_total"])
    return UnitComparison(
        row["unit_code"], row["unit_name"], old, new, new - old if old is not None and new is not None else None,
        row["old_rank"], row["new_rank"], row["old_grade"], row["new_grade"], row["old_status"], row["new_status"],
        bool(row["old_version"] and row["new_version"] and row["old_version"] != row["new_version"]),
    )  # fmt: skip
