"""Which streets a run over a period works on, in batches, and what stands against the run."""

from __future__ import annotations

from include.db.engine import transaction
from include.errors import UserError
from include.period import Period, now
from include.registry.offices import is_run, is_run_by_any, may_run
from include.registry.units import street_codes
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme

MAX_BATCHES = 20


def scored_scheme(scheme_key: str, period_text: str) -> Scheme:
    """The scheme for what a run of that period scores (2026Q2 → 2026H1).

    Raises UserError for an unknown scheme or period, one that the scheme does not have, and one that has not ended.
    """
    scheme = load_scheme(scheme_key, Period.parse(period_text))
    period = scheme.period
    if now() <= period.end_at:
        raise UserError(
            f"{period.name}（{period}）尚未结束（现在是 {now():%Y-%m-%d %H:%M}），不能办理；请在 {scheme.dates.opens_date} 以后再试。"
        )
    return scheme


def plan(scheme_key: str, period_text: str, streets: list[str], *, by_schedule: bool = False) -> list[list[str]]:
    """The codes of the streets to work on, in at most 20 batches of neighbours.

    All streets of the register at the period's end, or those named; by schedule those of them whose office runs the system,
    which may be none. Raises UserError where there are none, one is unknown, or the office of one named runs the system
    only from a later period.
    """
    scheme = scored_scheme(scheme_key, period_text)
    with transaction() as connection:
        known = street_codes(connection, scheme.period.end_date)
    if not known:
        raise UserError(f"登记册里没有 {scheme.period.end_date} 在册的单位，请先导入登记册。")
    unknown = sorted(set(streets) - set(known))
    if unknown:
        raise UserError(f"登记册里没有这些街道代码：{'、'.join(unknown)}。")
    wanted = sorted(set(streets)) or known
    if by_schedule:
        chosen = [code for code in wanted if is_run(code, scheme_key, scheme.period)]
    else:
        chosen = [code for code in wanted if may_run(code, scheme_key, scheme.period)]
        later = sorted(set(wanted) - set(chosen))
        if later and (streets or not chosen):
            raise UserError(
                f"街道设置 offices.yaml 写明，{'、'.join(later)} 的{scheme.name}在{scheme.period.name}（{scheme.period}）"
                "之后才开始使用，之前的期间不能办理；如有误，请改 systems 的 from。"
            )
    size = max(1, -(-len(chosen) // MAX_BATCHES))
    return [chosen[start : start + size] for start in range(0, len(chosen), size)]


def plan_inspection(
    scheme_key: str, period_text: str, streets: list[str], *, by_schedule: bool = False
) -> list[list[str]]:
    """As `plan`. Raises UserError for a period that is not inspected on site: a checkpoint, a year made of its halves."""
    scheme = scored_scheme(scheme_key, period_text)
    if scheme.is_checkpoint or scheme.parts:
        raise UserError(f"{scheme.period.name}（{scheme.period}）没有现场检查，不发现场核查表；请填半年，例如 2026H1。")
    return plan(scheme_key, period_text, streets, by_schedule=by_schedule)


def reminded(scheme: Scheme, streets: list[str]) -> list[str]:
    """Those of the streets whose units may be reminded: of a system that some office runs by schedule, such offices' alone."""
    key, period = scheme.scheme, scheme.period
    return [code for code in streets if is_run(code, key, period)] if is_run_by_any(key, period) else streets
