"""The half year scored by polars, whole country at once, and the hand-ins that it and ours are given."""

from __future__ import annotations

import functools
import io
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine

from include.db import sql
from include.db.tables import metadata
from include.schemes.model import Scheme

_A_STREET = 17
_SAMPLES = 500  # hand-ins that are drawn; the rest repeat their figures otherwise mixed


def streets(units: int) -> list[str]:
    return [f"{110_000_000 + number}" for number in range(-(-units // _A_STREET))]


def _code(number: int) -> str:
    return f"{110_000_000 + number // _A_STREET}{number % _A_STREET + 1:03}"


def fill(connection: Connection, scheme: Scheme, units: int) -> None:
    """A register and an accepted form of each unit."""
    drawn = random.Random(7)  # noqa: S311 - figures
    for start in range(0, units, 1_000):
        numbers = range(start, min(units, start + 1_000))
        sql.execute_many(connection, "registry/insert_unit", [_unit(number) for number in numbers])
        _insert(connection, "submission", [_submission(scheme, number) for number in numbers])
        _insert(connection, "submission_value", [row for number in numbers for row in _values(scheme, number, drawn)])


def _unit(number: int) -> dict[str, Any]:
    from datetime import date

    return {
        "code": _code(number), "valid_from": date(2000, 1, 1), "valid_to": None, "name": f"第{number}社区",
        "street_code": _code(number)[:9], "street": f"第{number // _A_STREET}街道", "unit_type": "社区", "households": 900,
        "secretary_email": "", "officer_email": "", "liaison_email": "", "is_provisional_code": False, "kind": "社区",
    }  # fmt: skip


def _submission(scheme: Scheme, number: int) -> dict[str, Any]:
    return {
        "sha256": f"{number:064}", "scheme": scheme.scheme, "scheme_version": scheme.version, "form": "main",
        "period": str(scheme.period), "unit_code": _code(number), "version": 1, "status": "accepted",
        "received_at": "2026-07-18T01:00:00+00:00", "returned_sha256": None, "returned_name": None,
    }  # fmt: skip


def _values(scheme: Scheme, number: int, drawn: random.Random) -> Iterator[dict[str, Any]]:
    figures = _figures(scheme, drawn)
    for at, cell in enumerate(scheme.cells):
        text = figures[cell.key]
        yield {
            "sha256": f"{number:064}",
            "field": cell.key,
            "field_label": cell.label,
            "reported": text,
            "value": text or None,
            "source_cell": f"C{at + 5}",
        }


def _figures(scheme: Scheme, drawn: random.Random) -> dict[str, str]:
    """As communities report: most of what is asked is done, parts are parts of their wholes."""
    found: dict[str, str] = {}
    members = drawn.randint(40, 160)
    for cell in scheme.cells:
        if cell.choices:
            found[cell.key] = drawn.choices(cell.choices, [8] + [1] * (len(cell.choices) - 1))[0]
        elif cell.type == "text":
            found[cell.key] = ""
        else:
            found[cell.key] = str(drawn.randint(0, 8))
    old = drawn.randint(10, members)
    vouchers, registered, payable = drawn.randint(20, 60), drawn.randint(5, 40), drawn.randint(1000, 9000)
    found |= {
        "members": str(members), "members_over_60": str(old), "members_under_35": str(drawn.randint(0, members - old)),
        "vouchers": str(vouchers), "audited_vouchers": str(drawn.randint(vouchers - 10, vouchers)),
        "registered_members": str(registered), "claimed_members": str(drawn.randint(0, registered)),
        "qualified_members": str(drawn.randint(0, registered)), "dues_payable_yuan": str(payable),
        "dues_paid_yuan": str(drawn.randint(payable - 900, payable)), "volunteer_members": str(drawn.randint(10, 99)),
        "special_activity_names": "邻里节",
    }  # fmt: skip
    for row in range(1, 6):
        is_told = drawn.random() < 0.1
        found[f"bonus_{row}_matter"] = "受到表彰" if is_told else ""
        found[f"bonus_{row}_level"] = found[f"bonus_{row}_level"] if is_told else ""
    return found


def _insert(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    _write_frame(connection, table, pl.DataFrame(rows, infer_schema_length=None))


def score(engine: Engine, scheme: Scheme) -> None:
    """Read, pivot, 21 indicators with sentences, totals, places, grades, write."""
    with engine.connect() as connection:
        cells = _read(
            connection,
            "SELECT unit.code AS unit_code, unit.name AS unit_name, unit.street_code, submission.sha256, submission.version, "
            "submission_value.field, submission_value.reported, submission_value.value, submission_value.source_cell "
            "FROM submission JOIN unit ON unit.code = submission.unit_code "
            "JOIN submission_value ON submission_value.sha256 = submission.sha256 "
            "WHERE submission.scheme = 'half_year' AND submission.period = '2026H1' AND submission.status = 'accepted' "
            "ORDER BY submission.unit_code, submission.version",
        )
    units = cells.pivot("field", index=["unit_code", "unit_name", "street_code", "sha256"], values="value")
    lines = pl.concat(
        [_line(scheme, indicator, position, units) for position, indicator in enumerate(scheme.indicators, 1)]
    )
    result = (
        lines.group_by("unit_code")
        .agg(
            points=pl.col("points").filter(pl.col("indicator") != "X1").sum(), full=pl.col("full").sum(),
            bonus=pl.col("points").filter(pl.col("indicator") == "X1").sum(),
        )
        .with_columns(total=(100 * pl.col("points") / pl.col("full") + pl.col("bonus")).clip(0, 105))
        .with_columns(total=((pl.col("total") * 100 + 1e-7 + 0.5).floor() / 100))
        .join(units.select("unit_code", "unit_name", "street_code", "sha256"), on="unit_code")
        .with_columns(rank=pl.col("total").rank("min", descending=True).over("street_code").cast(pl.Int64))
        .with_columns(
            grade=pl.when(pl.col("total") >= 90).then(pl.lit("优秀")).when(pl.col("total") >= 80).then(pl.lit("良好"))
            .when(pl.col("total") >= 70).then(pl.lit("合格")).otherwise(pl.lit("相对后进"))
        )
    )  # fmt: skip
    assessment = pl.concat_str(pl.lit("half_year/2026H1/"), pl.col("unit_code").str.slice(0, 9), pl.lit("/r1"))
    scores = result.select(
        assessment_id=assessment, unit_code="unit_code", unit_name="unit_name", total="total", rank="rank", grade="grade",
        grade_reason=pl.lit(""), status=pl.lit("按时"), days_late=pl.lit(0), sha256="sha256", inputs=pl.lit("{}"),
    )  # fmt: skip
    positions = pl.DataFrame(
        [(cell.key, at, cell.label) for at, cell in enumerate(scheme.cells, 1)],
        schema=["field", "position", "field_label"],
        orient="row",
    )
    values = cells.join(positions, on="field").select(
        assessment_id=assessment, unit_code="unit_code", field="field", position="position", field_label="field_label",
        version="version", reported="reported", corrected=pl.lit(""), used=pl.col("value").fill_null(""), source_cell="source_cell",
    )  # fmt: skip
    own = lines.with_columns(assessment_id=assessment)
    columns = [column.name for column in metadata.tables["score_line"].columns]
    with engine.begin() as connection:
        for name, frame in (("score", scores), ("score_line", own.select(columns)), ("score_value", values)):
            table = metadata.tables[name].to_metadata(metadata.__class__(), name=f"floor_{name.removeprefix('score_')}")
            table.indexes.clear()
            table.primary_key.name = f"pk_{table.name}"
            table.create(connection)
            _write_frame(connection, table.name, frame)


def _line(scheme: Scheme, indicator: Any, position: int, units: pl.DataFrame) -> pl.DataFrame:
    parts = [_rule(scheme, rule) for rule in indicator.rules]
    points = functools.reduce(lambda a, b: a + b, [one for one, _ in parts])
    absent = _is(scheme, indicator.not_applicable_when) if indicator.not_applicable_when else pl.lit(value=False)
    shown = ((points * 100 + 1e-7 + 0.5).floor() / 100).cast(pl.String)
    problem = indicator.problem if hasattr(indicator, "problem") else None
    told = pl.concat_str(
        *[said for _, said in parts],
        pl.lit("，得 "),
        shown,
        pl.lit(f" 分（满分 {indicator.full} 分），依据《{scheme.title}》{indicator.code}。"),
    )
    has_problem = points < float(indicator.full) - 1e-9 if indicator.full else pl.lit(value=False)
    word = str(getattr(problem, "text", "")) or indicator.name
    days = getattr(problem, "deadline_working_days", 30)
    return units.select(
        unit_code="unit_code", indicator=pl.lit(indicator.code), position=pl.lit(position),
        points=pl.when(absent).then(None).otherwise(points), full=pl.when(absent).then(None).otherwise(pl.lit(float(indicator.full))),
        outcome=pl.when(absent).then(pl.lit("not_applicable")).otherwise(pl.lit("scored")),
        explanation=pl.when(absent).then(pl.lit("不适用")).otherwise(told), has_problem=~absent & has_problem,
        problem=pl.when(~absent & has_problem).then(pl.lit(word)).otherwise(pl.lit("")),
        deadline_working_days=pl.when(~absent & has_problem).then(pl.lit(days)).otherwise(None), details=pl.lit(None, pl.String),
        points_exact=pl.when((points * 100 - (points * 100).round()).abs() > 1e-9).then(points.cast(pl.String)).otherwise(None),
    )  # fmt: skip


def _number(key: str) -> pl.Expr:
    return pl.col(key).cast(pl.Float64, strict=False)


def _target(target: Any) -> pl.Expr:
    return float(target.times) * _number(target.of) if hasattr(target, "times") else pl.lit(float(target))


def _quotient(rule: Any) -> pl.Expr:
    of = getattr(rule, "of", None)
    if of is None:
        return _number(rule.figure)
    return pl.when(_number(of) == 0).then(0.0).otherwise(_number(rule.figure) / _number(of))


def _share(part: pl.Expr, target: pl.Expr) -> pl.Expr:
    return pl.when(target == 0).then(1.0).otherwise((part / target).clip(upper_bound=1.0))


def _is(scheme: Scheme, condition: Any) -> pl.Expr:
    if getattr(condition, "checklist", None):
        return pl.all_horizontal(pl.col(cell.key) == condition.all for cell in scheme.group(condition.checklist))
    wanted = condition.is_
    return (
        _number(condition.figure) == float(wanted)
        if isinstance(wanted, Decimal)
        else pl.col(condition.figure) == wanted
    )


def _rule(scheme: Scheme, rule: Any) -> tuple[pl.Expr, pl.Expr]:
    """Points and phrase."""
    if rule.kind == "checklist":
        cells = [cell.key for cell in scheme.group(rule.checklist)]
        there = pl.sum_horizontal((pl.col(key) == rule.present).cast(pl.Int64) for key in cells)
        asked = len(cells) - pl.sum_horizontal((pl.col(key) == rule.excluded).cast(pl.Int64) for key in cells)
        points = float(rule.points) * there / asked
        return points, pl.concat_str(
            pl.lit("应有材料 "), asked.cast(pl.String), pl.lit(" 份，实有 "), there.cast(pl.String), pl.lit(" 份")
        )
    if rule.kind == "capped_bonus":
        levels = [cell.key for cell in scheme.group(rule.repeat) if cell.key.endswith(rule.by)]
        each = {level: float(points) for level, points in rule.points_each.items()}
        earned = pl.sum_horizontal(
            pl.col(key).replace_strict(each, default=0.0, return_dtype=pl.Float64).fill_null(0.0) for key in levels
        )
        return earned.clip(upper_bound=float(rule.at_most)), pl.concat_str(
            pl.lit("加分事项计 "), earned.cast(pl.String), pl.lit(" 分")
        )
    label = scheme.cell[rule.figure].label
    said = [pl.lit(f"{label} "), pl.col(rule.figure).fill_null("")]
    if rule.kind == "threshold":
        points = pl.when(_is(scheme, rule)).then(float(rule.points)).otherwise(0.0)
    elif rule.kind == "band":
        chain: Any = pl.lit(0.0)
        for band in reversed(rule.bands):
            value = _quotient(rule)
            bounds = [value >= float(band.at_least)] if band.at_least is not None else []
            bounds += [value <= float(band.at_most)] if band.at_most is not None else []
            chain = (
                pl.when(pl.all_horizontal(bounds)).then(float(band.points)).otherwise(chain)
                if bounds
                else pl.lit(float(band.points))
            )
        points = chain
    elif rule.kind == "deduction":
        points = (float(rule.points) - float(rule.points_each) * _number(rule.figure)).clip(lower_bound=0.0)
    else:
        points = float(rule.points) * _share(_quotient(rule), _target(rule.target))
        said += [pl.lit("，应达到 "), _target(rule.target).cast(pl.String)]
        if getattr(rule, "halved_unless", None):
            points = pl.when(_is(scheme, rule.halved_unless)).then(points).otherwise(points / 2)
            said.append(pl.lit("，未按时的减半"))
    return points, pl.concat_str(
        *said,
        pl.lit("，按比例计 "),
        ((points * 100).round() / 100).cast(pl.String),
        pl.lit(f" 分（满分 {rule.points} 分）"),
    )


def _read(connection: Connection, query: str) -> pl.DataFrame:
    driver: Any = connection.connection
    if connection.dialect.name == "postgresql":
        found = io.BytesIO()
        with driver.cursor() as cursor:
            cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER)", found)
        found.seek(0)
        return pl.read_csv(found, infer_schema=False).with_columns(pl.col("version").cast(pl.Int64))
    cursor = driver.cursor()
    cursor.execute(query)
    names = [one[0] for one in cursor.description]
    return pl.DataFrame(cursor.fetchall(), schema=names, orient="row", infer_schema_length=None)


def _write_frame(connection: Connection, table: str, frame: pl.DataFrame) -> None:
    """executemany of tuples on SQLite, COPY on PostgreSQL."""
    names = ", ".join(f'"{name}"' for name in frame.columns)
    driver: Any = connection.connection
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(frame.columns))
        driver.cursor().executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", frame.iter_rows())  # noqa: S608 - names of ours
        return
    with driver.cursor() as cursor:
        text = frame.write_csv(include_header=False, null_value="\\N", quote_style="necessary")
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv, NULL '\\N')", io.StringIO(text))
