"""A city's half year on a stack: streets of a hundred communities, their forms, their circulars, every mail; each step timed.

Every community hands in a flat CSV of its own, all on one day; the committee signs all circulars at once.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import shutil
import time
from pathlib import Path

from include.period import end_of
from include.registry.rows import SUBJECT_COLUMNS
from include.schemes.model import Scheme
from ops.components import Components
from ops.demo import at
from ops.place import Place
from ops.play import Play
from ops.sample import street as sample_street


def write_register(path: Path, streets: int, a_street: int) -> list[tuple[str, str]]:
    """Invented streets and communities; their codes and names."""
    units = []
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, SUBJECT_COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for street in range(1, streets + 1):
            for number in range(1, a_street + 1):
                code, name = f"9907{street:05}{number:03}", f"第{street}街第{number}社区"
                units.append((code, name))
                writer.writerow(
                    {
                        "code": code,
                        "name": name,
                        "street_code": code[:9],
                        "street": f"第{street}街道",
                        "secretary_email": f"c{code}@city.invalid",
                    }
                )
    return units


def write_hand_ins(folder: Path, scheme: Scheme, units: list[tuple[str, str]]) -> None:
    """A flat CSV a community with the figures of one of the sample street's, received on the last day."""
    sample = sample_street.units()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    received = (end_of(scheme.dates.due_date) - dt.timedelta(hours=9)).timestamp()
    for number, (code, name) in enumerate(units):
        values = sample_street.figures_of(scheme, sample[number % len(sample)].code)
        cells = [f"{code},{scheme.cell[key].label_in_errors},{value}" for key, value in values.items()]
        path = folder / f"{name}.csv"
        path.write_text(
            "\n".join(["编码,填报项,填报值", f"{code},期间,{scheme.period}", *cells]) + "\n", encoding="utf-8"
        )
        os.utime(path, (received, received))


def play(
    scheme: Scheme, inbox: Path, *, streets: int, a_street: int, settings: dict[str, str], components: Components
) -> dict[str, float]:
    """The seconds of each step, also written to city.json beside the inbox."""
    place, steps = Place("demo"), dict[str, float]()
    period, dates = str(scheme.period), scheme.dates
    files = inbox.with_name("city-hand-ins")
    units = write_register(place.folder / "registry.csv", streets, a_street)
    write_hand_ins(files, scheme, units)
    with Play(place, settings=settings, components=components) as stage:

        def step(name: str, began: float) -> None:
            steps[name] = round(time.monotonic() - began, 1)
            stage.say(f"{name}：{steps[name]} 秒")
            (inbox.parent / "city.json").write_text(json.dumps(steps, ensure_ascii=False, indent=1), encoding="utf-8")

        began = time.monotonic()
        stage.import_registry(place.folder / "registry.csv")
        step("登记册", began)
        began = time.monotonic()
        stage.run("open_period", partition_key=period)
        step("开放填报", began)
        began = time.monotonic()
        stage.wait_for_mails()
        step("填报表发出", began)
        stage.set_clock(end_of(dates.due_date))
        began = time.monotonic()
        stage.drop([(path, None) for path in sorted(files.iterdir())], inbox)
        step("收件", began)
        began = time.monotonic()
        stage.wait_for_mails()
        step("回执发出", began)
        stage.set_clock(at(dates.window_ends_date + dt.timedelta(days=1), 8))
        began = time.monotonic()
        stage.run("close_period", partition_key=str(scheme.period.children[-1]))
        step("结账", began)
        began = time.monotonic()
        waiting = stage.wait_for_drafts(scheme.scheme, period)
        step(f"起草 {len(waiting)} 份通报", began)
        stage.set_clock(at(dates.circular_date, 9))
        began = time.monotonic()
        stage.approve_together(waiting, sample_street.signer())
        step("签发", began)
        began = time.monotonic()
        mails = stage.wait_for_mails()
        step(f"通报发出（共 {mails} 封）", began)
        began = time.monotonic()
        stage.run("export", period=period)
        step("导出", began)
    return steps
