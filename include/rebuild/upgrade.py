"""A database brought to today's schema, and the hashes of its assessments to today's recipe, so that a rerun makes no revision.

A revision keeps with each unit what decided its result (`score.inputs`); which rules it was scored by is found by replay. The
hash is computed anew with the rules of today, or those archived with what was issued, if by them the first recipe gives the
stored hash: then they are those of then to the letter. Words may have changed since; then those of today, if by them every
unit has the same points, outcome and days to mend it. If not, the rules have changed: the hash stays as it is, and the next
scoring makes the revision that is due.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine

from include.data_files import Texts, files_of, read_bytes, reading
from include.db import sql
from include.db.engine import get_engine, migrate
from include.errors import UserError
from include.period import Period, calendar_path
from include.rebuild.texts import RecordedTexts
from include.schemes.loader import load_scheme
from include.schemes.model import Scheme
from include.scoring.assess import gather_inputs, score_all
from include.scoring.explaining import SENTENCES
from include.scoring.input_hash import RECIPE, canonical, hash_of, repeated
from include.scoring.inputs import decided, scope_of
from include.scoring.restatement import unit_inputs

_REGISTERED = ("code", "name", "street_code")


def upgrade(engine: Engine | None = None) -> int:
    """Migrate, and rewrite every hash of an older recipe; how many. Stopped in between, the next call goes on."""
    engine = engine or get_engine()
    migrate(engine)
    with engine.begin() as connection:
        outdated = sql.fetch(connection, "rebuild/select_outdated_hashes", recipe=RECIPE)
        texts = _recorded_texts(connection) if outdated else RecordedTexts({})
    rewritten = 0
    for key in outdated:
        with engine.begin() as connection:
            revisions = sql.fetch(connection, "rebuild/select_revisions", **key)
            if sql.execute(connection, "rebuild/claim_hashes", recipe=RECIPE, **key):
                rewritten += _rewrite(connection, key, revisions, texts)
    return rewritten


def _recorded_texts(connection: Connection) -> RecordedTexts:
    """None where the archive has lost one: today's have to do."""
    try:
        return RecordedTexts.of({row["id"]: row for row in sql.fetch(connection, "rebuild/select_circulars")})
    except UserError:
        return RecordedTexts({})


def _rewrite(connection: Connection, key: sql.Row, revisions: list[sql.Row], texts: RecordedTexts) -> int:
    """Those of a street's period, oldest first: the hash of one that tells inputs of another once more is hashed again."""
    acts = sql.fetch(connection, "rebuild/select_period_decisions", scheme=key["scheme"], period=key["period"])
    order = {row["id"]: (place, decided(row)) for place, row in enumerate(acts)}
    taken = {row["input_hash"] for row in revisions if row["hash_recipe"] == RECIPE}
    rewritten = 0
    for row in revisions:
        if row["hash_recipe"] == RECIPE:
            continue
        stored = unit_inputs(connection, row["id"])
        if stored and all(one["inputs"] for one in stored):
            units = [json.loads(one["inputs"]) for one in stored]
            facts = [_facts(unit, order) for unit in units]
            digest = _new_hash(connection, row, units, facts, texts)
            while digest in taken:
                digest = repeated(digest)
            sql.execute(connection, "rebuild/update_hash", id=row["id"], input_hash=digest)
            sql.execute_many(connection, "rebuild/update_inputs", _inputs(row["id"], facts))
            rewritten += digest != row["input_hash"]
            taken.add(digest)
    return rewritten


def _inputs(assessment_id: str, facts: list[dict[str, Any]]) -> Iterator[sql.Row]:
    for unit in facts:
        yield {"assessment_id": assessment_id, "unit_code": unit["unit"]["code"], "inputs": canonical(unit)}


def _facts(unit: dict[str, Any], order: dict[str, tuple[int, list[str]]]) -> dict[str, Any]:
    """What decided a unit's result, as the first recipe kept it (its whole row of the register, ids of decisions) and as
    it is kept now."""
    facts = {**unit, "unit": {name: unit["unit"][name] for name in _REGISTERED}}
    if "decisions" in unit:
        facts["decisions"] = [act for _, act in sorted(order[key] for key in unit["decisions"] if key in order)]
    return facts


def _new_hash(
    connection: Connection, row: sql.Row, units: list[dict[str, Any]], facts: list[dict[str, Any]], texts: RecordedTexts
) -> str:
    """By the rules that the assessment was made by; as it was, where these are not known any more."""
    due_dates = [dt.date.fromisoformat(unit["due_date"]) for unit in units if "due_date" in unit]
    for then in dict.fromkeys((_texts(texts, row), None)):  # last the files of today
        with reading(then):
            scheme = _scheme(row)
            if scheme is not None and _is_first_recipe(row, scheme, units, due_dates):
                return hash_of(scheme, facts, due_dates)
    if scheme is not None and _scores_the_same(connection, scheme, row):
        return hash_of(scheme, facts, due_dates)
    return str(row["input_hash"])


def _texts(texts: RecordedTexts, row: sql.Row) -> Texts | None:
    try:
        return texts.of_assessment(row)
    except UserError:  # the archive has lost one
        return None


def _scheme(row: sql.Row) -> Scheme | None:
    try:
        return load_scheme(row["scheme"], Period.parse(row["period"]))
    except UserError:  # there is none any more, or none of that day's kind that today's code can read
        return None


def _is_first_recipe(row: sql.Row, scheme: Scheme, units: list[dict[str, Any]], due_dates: list[dt.date]) -> bool:
    """Whether the stored hash is that of these rules and files with the stored inputs by the first recipe, which took the
    scheme with its words, the bytes of sentences and calendars, all of a unit's row in the register and ids of decisions."""
    rules = json.loads(scheme.model_dump_json(by_alias=True, exclude_defaults=True))
    rules["versions"] = [version for version in rules["versions"] if version["version"] == scheme.version]
    years = sorted({day.year for day in (*scheme.dates.model_dump().values(), *due_dates)})
    deciding = {
        "scheme": rules,
        "sentences": hashlib.sha256(read_bytes(SENTENCES)).hexdigest(),
        "calendars": {str(year): _calendar(year) for year in years},
        "units": units,
    }
    digest = hashlib.sha256(canonical(deciding).encode()).hexdigest()
    for _ in range(row["revision"]):
        if digest == row["input_hash"]:
            return True
        digest = repeated(digest)
    return False


def _calendar(year: int) -> str:
    path = calendar_path(year)
    return hashlib.sha256(read_bytes(path)).hexdigest() if path in files_of(path.parent, path.name) else ""


def _scores_the_same(connection: Connection, scheme: Scheme, row: sql.Row) -> bool:
    """Whether today's rules give what the assessment says, words apart."""
    as_of = row["assessed_at"]
    try:
        inputs = gather_inputs(connection, scheme, row["street_code"], as_of)
        results = score_all(connection, scheme, scope_of(scheme, row["street_code"], as_of), inputs)
    except UserError:
        return False
    scores = {(one.inputs.unit.code, one.inputs.status, one.score.grade, _number(one.score.total)) for one in results}
    lines = {
        (one.inputs.unit.code, line.indicator, line.outcome, line.has_problem, line.deadline_working_days,
         _number(line.points_shown), _number(line.full))
        for one in results
        for line in one.score.lines
    }  # fmt: skip
    old_scores = {
        (one["unit_code"], one["status"], one["grade"], _number(one["total"]))
        for one in sql.fetch(connection, "rebuild/select_scores", assessment_id=row["id"])
    }
    old_lines = {
        (one["unit_code"], one["indicator"], one["outcome"], bool(one["has_problem"]), one["deadline_working_days"],
         _number(one["points"]), _number(one["full_points"]))
        for one in sql.fetch(connection, "rebuild/select_score_lines", assessment_id=row["id"])
    }  # fmt: skip
    return (scores, lines) == (old_scores, old_lines)


def _number(value: Any) -> Decimal | None:
    """As it is compared, however the database gives it."""
    return None if value is None else Decimal(str(value))
