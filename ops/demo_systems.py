"""The part of `make demo` after the half year: what else the sample street runs, played on to the turn of the year."""

from __future__ import annotations

import shutil
from pathlib import Path

from include.period import chinese_date, in_zone, now, parse_moment
from include.registry.taking_part import scope_codes
from include.schemes.model import Scheme
from include.shapes import shape_of
from ops.components import looking
from ops.hand_ins import Inbox
from ops.play import Play
from ops.sample import systems as sample
from ops.sample.street import HandIn, write_inbox

Arrivals = list[tuple[str, HandIn]]


def beside(folder: Path) -> Path:
    """Where the systems' files lie that belong beside those of the half year, a folder a system."""
    return folder.with_name(f"{folder.name}-systems")


def play_systems(stage: Play, offices: Path, out: Path, inbox: Path, signed: str) -> None:
    """The office begins with its further systems; each is collected, closed, signed and exported on its day. `offices`: the
    office's own file, which says so from now on. Their files never stay in the half year's OUT and inbox."""
    for folder in (beside(out), beside(inbox)):
        shutil.rmtree(folder, ignore_errors=True)
    sample.write_offices(offices)
    residents = stage.place.folder / "residents.csv"
    sample.write_residents(residents)
    schemes = sample.closes()
    names = "、".join(scheme.name for scheme in schemes)
    stage.say(f"街道下半年起另外运行：{names}；登记驻区单位 {stage.import_registry(residents)} 家。")
    arrivals = sample.hand_ins()
    for system in dict(arrivals):
        write_inbox(beside(inbox) / system, [arrival for of, arrival in arrivals if of == system])
    arrivals = _tell(stage, schemes, arrivals, inbox)
    for scheme in schemes:
        closing_at = Inbox(scheme, []).closing_at
        batch = [one for one in arrivals if one[1].received_at <= closing_at]
        arrivals = arrivals[len(batch) :]
        _hand_in(stage, batch, inbox)
        stage.set_clock(max(closing_at, now()))
        _close(stage, scheme, signed)
        _export(scheme, beside(out) / scheme.scheme)


def _tell(stage: Play, schemes: list[Scheme], arrivals: Arrivals, inbox: Path) -> Arrivals:
    """The daily round of one morning, with what has come until then; what comes later."""
    told = sample.data()["told"]
    moment = parse_moment(str(told["at"]), "systems.yaml")
    batch = [one for one in arrivals if one[1].received_at <= moment]
    _hand_in(stage, batch, inbox)
    stage.set_clock(max(moment, now()))
    scheme = next(one for one in schemes if one.scheme == told["system"])
    stage.run("diary", scheme=scheme.scheme, period=str(scheme.period))
    mails = stage.wait_for_mails()
    stage.say(f"{chinese_date(moment.date())} {scheme.name}：已通知下一次，催未报的，邮箱共 {mails} 封。")
    return arrivals[len(batch) :]


def _hand_in(stage: Play, batch: Arrivals, inbox: Path) -> None:
    """Through the watched inbox, which is empty of them again once they are answered."""
    if not batch:
        return
    stage.set_clock(max(batch[-1][1].received_at, now()))
    stage.drop([(beside(inbox) / system / arrival.file_name, None) for system, arrival in batch], inbox)
    for _, arrival in batch:
        (inbox / arrival.file_name).unlink()
    mails = stage.wait_for_mails()
    days = "至".join(chinese_date(in_zone(one.received_at).date()) for one in (batch[0][1], batch[-1][1]))
    stage.say(f"{days}：收到 {len(batch)} 件，已逐件答复，邮箱共 {mails} 封。")


def _close(stage: Play, scheme: Scheme, signed: str) -> None:
    system, period = scheme.scheme, str(scheme.period)
    stage.run("close_period", partition_key=period, scheme=system)
    for assessment_id in stage.wait_for_drafts(system, period):
        stage.approve(assessment_id, signed)
    mails = stage.wait_for_mails()
    stage.say(
        f"{chinese_date(scheme.dates.circular_date)} {scheme.period.name}{scheme.name}已结账，邮箱共 {mails} 封。"
    )


def _export(scheme: Scheme, folder: Path) -> None:
    """As the workflow `export` does it, which knows the half year's folder alone."""
    shape = shape_of(scheme.scheme, scheme.period)
    with looking() as connection:
        for scope_code in scope_codes(connection, scheme):
            shape.export(connection, folder, scope_code)
