"""Sheets that rate, against calamine, polars and executemany (COPY on PostgreSQL) doing the same: 2,000 subjects × 20 raters.

`python -m bench.ratings [--subjects 2000 --raters 20]`. Ours is everything from the inbox to the scores: archive, read, check,
store, answer, score, write. The floor reads the same files, makes the same checks, writes the same values, scores and lines.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from bench.timing import added, floor_line, spent
from include.db.engine import get_engine, migrate, transaction
from include.intake import inbox
from include.intake.receive import drain
from include.period import Period, parse_moment
from include.registry.units import import_units, subjects_of
from include.schemes.loader import load_scheme
from include.scoring.assess import assess
from include.settings import REPO
from include.validation.suite import great_expectations
from include.workbooks.rating_sheets import write_rating_sheet

FLOOR = 4.0
PERIOD, STREET = Period.parse("2026H1"), "990000001"
COLUMNS = ["a", "b", "c", "d", "e"]


def _prepare(folder: Path, subjects: int, raters: int) -> list[Path]:
    """The system, the register, and each rater's sheet filled in."""
    shutil.copytree(REPO / "systems", folder / "systems")
    (folder / "systems/rating").mkdir()
    shutil.copyfile(Path(__file__).with_name("rating.yaml"), folder / "systems/rating/system.yaml")
    os.environ["DUBAN_SYSTEMS"] = str(folder / "systems")
    (folder / "registry").mkdir()
    rows = [f"{STREET}001,杏花社区,{STREET},云街街道,社区,s@x.cn"]
    rows += [f"P-{n:03},第{n}单位,{STREET},云街街道,驻区单位,p{n}@x.cn" for n in range(raters)]
    rows += [f"X-{n:05},第{n}小区,{STREET},云街街道,小区," for n in range(subjects)]
    head = "code,name,street_code,street,kind,secretary_email"
    (folder / "registry/subjects.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    (folder / "registry/attributes.csv").write_text("code,name,value\n", encoding="utf-8")
    (folder / "registry/links.csv").write_text("code,link,to_code\n", encoding="utf-8")
    with transaction() as connection:
        import_units(connection, folder / "registry", dt.date(2000, 1, 1))
        rated = subjects_of(connection, STREET, PERIOD.end_date, ["小区"])
        fillers = subjects_of(connection, STREET, PERIOD.end_date, ["驻区单位"])
    scheme, paths, drawn = load_scheme("rating", PERIOD), [], random.Random(7)  # noqa: S311 - figures
    for filler in fillers:
        figures = {f"{one.code}/{key}": str(drawn.randint(0, 40) / 2) for one in rated for key in COLUMNS}
        path = folder / "inbox" / f"{filler.code}.xlsx"
        path.write_bytes(write_rating_sheet(scheme, "rates", filler, rated, figures))
        paths.append(path)
    return paths


def _read(path: Path) -> pl.DataFrame:
    """The rows of a sheet below its header, by calamine."""
    with CalamineWorkbook.from_path(path) as book:
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python()
            start = next((at for at, row in enumerate(rows) if "编码" in row and "名称" in row), None)
            if start is not None:
                header = rows[start]
                places = [header.index(label) for label in ("编码", "道路", "楼道", "垃圾", "绿化", "秩序")]
                table = [[str(row[place]) for place in places] for row in rows[start + 1 :] if row[places[0]]]
                return pl.DataFrame(table, schema=["code", *COLUMNS], orient="row")
    raise SystemExit(f"no table in {path}")


def _floor(paths: list[Path], known: list[str], engine: Any) -> None:
    """The same with polars: read, check (known, once, a number of 0 to 20, not all equal), mean, points, totals, ranks, write."""
    sheets, register = [], pl.DataFrame({"code": known})
    for path in paths:
        sheet = _read(path)
        typed = sheet.with_columns(pl.col(COLUMNS).cast(pl.Float64, strict=False))
        wrong = typed.filter(pl.any_horizontal(pl.col(COLUMNS).is_null() | ~pl.col(COLUMNS).is_between(0, 20)))
        strangers = sheet.join(register, on="code", how="anti")
        if (
            wrong.height
            or strangers.height
            or sheet["code"].is_duplicated().any()
            or typed.select(COLUMNS).unique().height == 1
        ):
            raise SystemExit(f"{path} is wrong")
        sheets.append(typed.with_columns(sha256=pl.lit(path.name.ljust(64, "0"))))
    every = pl.concat(sheets)
    cells = every.unpivot(COLUMNS, index=["sha256", "code"]).with_columns(
        field=pl.concat_str("code", pl.lit("/"), "variable"), text=pl.col("value").cast(pl.String)
    )
    means = every.group_by("code").agg(pl.col(COLUMNS).mean()).sort("code")
    totals = means.with_columns(total=pl.sum_horizontal(COLUMNS).round(2)).with_columns(
        rank=pl.col("total").rank("min", descending=True)
    )
    lines = means.unpivot(COLUMNS, index="code").with_columns(
        said=pl.concat_str(
            pl.col("variable"),
            pl.lit("（引自2026年上半年《驻区单位评小区》20份）为 "),
            pl.col("value").round(2).cast(pl.String),
            pl.lit("，应达到 20，按比例计 "),
            pl.col("value").round(2).cast(pl.String),
            pl.lit(" 分（满分 20 分），依据《互评办法》（2026年版）。"),
        )
    )
    _write(engine, "floor_value", cells.select("sha256", "field", "text", pl.col("text").alias("value")))
    _write(engine, "floor_score", totals.select("code", "total", "rank"))
    _write(engine, "floor_line", lines.select("code", "variable", "value", "said"))


def _write(engine: Any, table: str, frame: pl.DataFrame) -> None:
    """executemany on SQLite, COPY on PostgreSQL, with the key that ours has."""
    names = frame.columns
    key = ", ".join(names[:2]) if table != "floor_score" else names[0]
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE TABLE {table} ({', '.join(f'{name} TEXT' for name in names)}, PRIMARY KEY ({key}))"
        )
        cursor = connection.connection.cursor()
        if engine.dialect.name == "sqlite":
            marks = ", ".join("?" * len(names))
            cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", frame.iter_rows())  # noqa: S608 - names of ours
        else:
            cursor.copy_expert(f"COPY {table} FROM STDIN WITH (FORMAT csv)", _as_csv(frame))


def _drop(engine: Any) -> None:
    with engine.begin() as connection:
        for table in ("floor_value", "floor_score", "floor_line"):
            connection.exec_driver_sql(f"DROP TABLE {table}")


def _as_csv(frame: pl.DataFrame) -> Any:
    import io

    return io.StringIO(frame.write_csv(include_header=False))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=2_000)
    parser.add_argument("--raters", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.setdefault("AIRFLOW_CONN_DUBAN_DB", f"sqlite:///{folder}/duban.db")
        os.environ |= {"DUBAN_ARCHIVE": f"{folder}/archive", "DUBAN_INBOX": f"{folder}/inbox"}
        os.environ |= {"DUBAN_NOW": "2026-07-10T09:00:00", "DUBAN_RECEIVED": "now"}
        (folder / "inbox").mkdir()
        migrate()
        paths = _prepare(folder, options.subjects, options.raters)
        kept = [shutil.copyfile(path, folder / f"kept_{path.name}") for path in paths]
        known = [f"X-{n:05}" for n in range(options.subjects)]
        great_expectations()
        floors = [spent(lambda: _floor(kept, known, get_engine()))]
        time.sleep(inbox.QUIET_SECONDS)
        received = spent(lambda: drain("bench", PERIOD))
        moment = parse_moment("2026-08-16T09:00:00", "bench")

        def score() -> None:
            with transaction() as connection:
                assess(connection, load_scheme("rating", PERIOD), STREET, moment, "bench")

        scored = spent(score)
        _drop(get_engine())
        floors.append(spent(lambda: _floor(kept, known, get_engine())))
        with transaction() as connection:
            accepted = connection.execute(
                text("SELECT COUNT(*) FROM submission WHERE status = 'accepted'")
            ).scalar_one()
            lines = connection.execute(text("SELECT COUNT(*) FROM score_line WHERE points IS NOT NULL")).scalar_one()
    if (accepted, lines) != (options.raters, 5 * options.subjects):
        raise SystemExit(f"{accepted} sheets accepted, {lines} lines")
    print(
        f"{options.subjects} subjects × {options.raters} raters: received {received.clock:.2f} s ({received.cpu:.2f} s of processor), "
        f"scored {scored.clock:.2f} s ({scored.cpu:.2f}); calamine, polars and bulk inserts "
        f"{', '.join(f'{one.clock:.2f} s ({one.cpu:.2f})' for one in floors)}"
    )
    print(floor_line(added([received, scored]), floors, FLOOR))


if __name__ == "__main__":
    main()
