"""Ledger sheets against calamine, polars and executemany (COPY on PostgreSQL) doing the same: 200 sheets × 2,000 rows; and a
statistic over 600 streets × 40 figures.

`python -m bench.ledgers [--sheets 200 --rows 2000 --streets 600]`. Ours is everything from the inbox to the receipt: archive, read,
check, hold against what stands, store with history, answer. The floor reads the same files, makes the same checks, writes the rows.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import os
import random
import resource
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from bench.timing import floor_line, spent, timed
from include.db.engine import get_engine, migrate, transaction
from include.intake import inbox
from include.intake.receive import drain
from include.ledgers.keeping import Sheet, keep_rows
from include.ledgers.rows import GivenRow
from include.period import Period, parse_moment
from include.registry.units import Unit, import_units
from include.schemes.loader import load_scheme
from include.scoring.sources import given_to
from include.settings import REPO
from include.validation.suite import great_expectations
from include.workbooks.rating_sheets import FreeRow, write_row_sheet

FLOOR, MOST_SECONDS = 4.0, 60.0
PERIOD, COUNTY = Period.parse("2026H1"), "990000"
KEY, LABELS = (
    "bench_ledger",
    ["编号", "出生年月", "性别", "类别", "登记日期", "离开日期", "时长", "次数", "有岗位", "备注"],
)
COLUMNS = ["number", "born", "gender", "kind", "since", "until", "hours", "times", "has_post", "remark"]


def _row(drawn: random.Random, number: int) -> dict[str, str]:
    left = {"until": f"2026-0{drawn.randint(1, 6)}-15"} if drawn.random() < 0.1 else {}
    return {
        "number": str(number),
        "born": f"{drawn.randint(1940, 2005)}-{drawn.randint(1, 12):02}",
        "gender": drawn.choice("男女"),
        "kind": drawn.choice("甲乙丙丁"),
        "since": f"202{drawn.randint(0, 5)}-{drawn.randint(1, 12):02}-{drawn.randint(1, 28):02}",
        **left,
        "hours": str(drawn.randint(0, 40) / 2).removesuffix(".0"),
        "times": str(drawn.randint(1, 30)),
        "has_post": drawn.choice("是否"),
        "remark": f"备注{number}",
    }


def _register(folder: Path, streets: int, units: int) -> list[tuple[str, str]]:
    """So many streets with so many communities each; their codes, each with its street's."""
    codes = [
        (f"{COUNTY}{street:03}{unit:03}", f"{COUNTY}{street:03}")
        for street in range(1, streets + 1)
        for unit in range(units)
    ]
    (folder / "registry").mkdir(exist_ok=True)
    lines = [f"{code},社区{code[6:]},{street},街道{street[6:]},社区,s@x.cn" for code, street in codes]
    head = "code,name,street_code,street,kind,secretary_email"
    (folder / "registry/subjects.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    (folder / "registry/attributes.csv").write_text("code,name,value\n", encoding="utf-8")
    (folder / "registry/links.csv").write_text("code,link,to_code\n", encoding="utf-8")
    with transaction() as connection:
        import_units(connection, folder / "registry", dt.date(2000, 1, 1))
    return codes


def _sheets(folder: Path, codes: list[tuple[str, str]], rows: int) -> list[Path]:
    scheme, drawn, paths = load_scheme(KEY, PERIOD), random.Random(7), []  # noqa: S311 - figures
    for code, street in codes:
        unit = Unit(code, f"社区{code[6:]}", street, "街道", "", None, "", "", "", False)
        path = folder / "inbox" / f"{code}.xlsx"
        free = [FreeRow(str(n), _row(drawn, n)) for n in range(1, rows + 1)]
        path.write_bytes(write_row_sheet(scheme, "people", unit, free))
        paths.append(path)
    return paths


def _read(path: Path) -> pl.DataFrame:
    with CalamineWorkbook.from_path(path) as book:
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python()
            start = next((at for at, row in enumerate(rows) if "编号" in row and "出生年月" in row), None)
            if start is not None:
                places = [rows[start].index(label) for label in LABELS]
                table = [[str(row[place]) for place in places] for row in rows[start + 1 :] if row[places[0]]]
                return pl.DataFrame(table, schema=COLUMNS, orient="row")
    raise SystemExit(f"no table in {path}")


def _floor(paths: list[Path], engine: Any) -> None:
    """Types, options, patterns, the order of days, halves, what stands: nothing; then the rows."""
    frames = []
    for path in paths:
        sheet = _read(path)
        typed = sheet.with_columns(
            pl.col("since").str.to_date(strict=False),
            pl.col("until").str.to_date(strict=False),
            pl.col("hours").cast(pl.Float64, strict=False),
            pl.col("times").cast(pl.Int64, strict=False),
        )
        wrong = typed.filter(
            ~pl.col("number").str.contains(r"^\d{1,6}$") | ~pl.col("born").str.contains(r"^\d{4}-\d{2}$")
            | ~pl.col("gender").is_in(["男", "女"]) | ~pl.col("kind").is_in(list("甲乙丙丁"))
            | pl.col("since").is_null() | (pl.col("until") < pl.col("since")) | (pl.col("since") > dt.date(2026, 7, 10))
            | pl.col("hours").is_null() | ~pl.col("hours").is_between(0, 100) | (pl.col("hours") % 0.5 != 0)
            | pl.col("times").is_null() | (pl.col("times") < 0) | ((pl.col("has_post") == "是") & (pl.col("times") < 1))
        )  # fmt: skip
        if wrong.height or sheet["number"].is_duplicated().any():
            raise SystemExit(f"{path} is wrong")
        frames.append(sheet.with_columns(filler=pl.lit(path.stem.rpartition("_")[2])).select("filler", *COLUMNS))
    every = pl.concat(frames)
    with engine.begin() as connection:
        names = every.columns
        connection.exec_driver_sql(
            f"CREATE TABLE floor_row ({', '.join(f'{name} TEXT' for name in names)}, PRIMARY KEY (filler, number))"
        )
        cursor = connection.connection.cursor()
        if engine.dialect.name == "sqlite":
            marks = ", ".join("?" * len(names))
            cursor.executemany(f"INSERT INTO floor_row VALUES ({marks})", every.iter_rows())  # noqa: S608
        else:
            cursor.copy_expert(
                "COPY floor_row FROM STDIN WITH (FORMAT csv)", io.StringIO(every.write_csv(include_header=False))
            )


def _drop(engine: Any) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE floor_row")


def _statistic(codes: list[tuple[str, str]], rows: int) -> float:
    """Seconds of forty figures of every community, of so many rows each; the rows are stored without a sheet."""
    scheme, drawn = load_scheme(KEY, PERIOD), random.Random(8)  # noqa: S311 - figures
    asked = scheme.row_forms["people"].rows
    assert asked is not None
    given = [GivenRow(str(n), n, _row(drawn, n)) for n in range(1, rows + 1)]
    moment = parse_moment("2026-07-10T09:00:00", "bench")
    with transaction() as connection:
        for code, street in codes:
            keep_rows(connection, Sheet(f"{KEY}.people", asked, code, street, PERIOD, "0" * 64, moment), given)
    units = [Unit(code, code, street, "街道", "", None, "", "", "", False) for code, street in codes]

    def read() -> None:
        with transaction() as connection:
            found = given_to(connection, scheme, COUNTY, parse_moment("2026-07-26T09:00:00", "bench"), units, {})
        if sum(one.value is not None for figures in found.values() for one in figures.values()) != 40 * len(codes):
            raise SystemExit("figures are missing")

    return timed(read)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheets", type=int, default=200)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--streets", type=int, default=600)
    parser.add_argument("--of-street", type=int, default=200, help="rows of each street's ledger in the statistic")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.setdefault("AIRFLOW_CONN_DUBAN_DB", f"sqlite:///{folder}/duban.db")
        os.environ |= {
            "DUBAN_ARCHIVE": f"{folder}/archive",
            "DUBAN_INBOX": f"{folder}/inbox",
            "DUBAN_INBOX_OWN": "true",
        }
        os.environ |= {"DUBAN_NOW": "2026-07-10T09:00:00", "DUBAN_RECEIVED": "now"}
        (folder / "inbox").mkdir()
        shutil.copytree(REPO / "systems", folder / "systems")
        (folder / "systems" / KEY).mkdir()
        shutil.copyfile(Path(__file__).with_name("ledgers.yaml"), folder / "systems" / KEY / "system.yaml")
        os.environ["DUBAN_SYSTEMS"] = str(folder / "systems")
        migrate()
        codes = _register(folder, 1, options.sheets)
        paths = _sheets(folder, codes, options.rows)
        kept = [shutil.copyfile(path, folder / f"kept_{path.name}") for path in paths]
        great_expectations()
        floors = [spent(lambda: _floor(kept, get_engine()))]
        time.sleep(inbox.QUIET_SECONDS)
        ours = spent(lambda: drain("bench", PERIOD))
        _drop(get_engine())
        floors.append(spent(lambda: _floor(kept, get_engine())))
        with transaction() as connection:
            stored = connection.execute(text("SELECT COUNT(*) FROM ledger_row")).scalar_one()
            connection.execute(text("DELETE FROM ledger_row"))
        if stored != options.sheets * options.rows:
            raise SystemExit(f"{stored} rows stored")
        seconds = _statistic(_register(folder, options.streets, 1), options.of_street)
    print(
        f"{options.sheets} sheets × {options.rows} rows: received {ours.clock:.2f} s ({ours.cpu:.2f} s of processor); "
        f"calamine, polars and bulk inserts {', '.join(f'{one.clock:.2f} s ({one.cpu:.2f})' for one in floors)}; "
        f"{options.streets} streets × 40 figures: {seconds:.1f} s (wanted at most {MOST_SECONDS:.0f})"
    )
    print(f"{floor_line(ours, floors, FLOOR)}; peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
