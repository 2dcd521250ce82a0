"""Everything in which a rebuilt record is not the recorded one, as Chinese sentences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from sqlalchemy import Connection

from include.db import sql
from include.documents.sources import sources_of
from include.registry.facts import all_attributes, all_links
from include.registry.imports import all_units
from include.schemes.loader import load_scheme
from include.scoring.restatement import restatement_rows
from include.scoring.reviews import review_state, reviewed_periods

# Which tables are compared by a statement of their own: what people call their rows, and the statement.
BY_ASSESSMENT = {
    "score": ("得分", "rebuild/select_scores"),
    "score_line": ("分项得分", "rebuild/select_score_lines"),
    "score_value": ("填报数", "rebuild/select_score_values"),
    "score_sheet": ("计分的评分表", "rebuild/select_score_sheets"),
}
BY_MOMENT = {
    "delivery": ("收件", "rebuild/select_answers"),
    "evidence": ("佐证材料", "rebuild/select_evidence"),
    "submission": ("报送", "rebuild/select_submissions"),
    "submission_value": ("报送的数", "rebuild/select_submission_values"),
    "finding": ("核对结论", "rebuild/select_findings"),
    "merged_value": ("合并", "rebuild/select_merged_values"),
    "used_code": ("用过的核验码", "rebuild/select_used_codes"),
    "ledger_row": ("台账", "rebuild/select_ledger_rows"),
    "decision": ("决定", "rebuild/select_acts"),
    "question": ("签发请示", "rebuild/select_recorded"),
    "document_number": ("文号", "rebuild/select_document_numbers"),
    "registry_import": ("登记册导入", "rebuild/select_imports"),
    "opened_form": ("发放的表", "rebuild/select_opened_forms"),
    "told_checkpoint": ("已告知的预评", "rebuild/select_told"),
    "paper": ("材料", "rebuild/select_papers"),
    "event": ("活动", "rebuild/select_events"),
    "event_change": ("活动经过", "rebuild/select_event_changes"),
    "item_event": ("整改经过", "rebuild/select_item_events"),
    "item_step": ("事项环节", "rebuild/select_item_steps"),
    "item_report": ("事项办理", "rebuild/select_item_reports"),
}
IN_OWN_WAYS = ("assessment", "restatement", "unit", "unit_attribute", "unit_link", "rectification_item", "circular")
NOT_COMPARED = {  # why a difference in them is none of the record
    "notice": "who is told what: a rebuild tells nobody, and what the daily round put out is not replayed",
    "asked_item": "what notices asked about: made with them, read when the reply comes, whose effect is compared as a move",
    "mail": "what was sent: nothing is sent again",
    "brought_file": "which mails brought a file: known while they are fetched, which is not replayed",
    "referral": "which run asks which committee: there are no runs; what was asked and answered is in question",
    "run_log": "what runs did: there are none",
    "inbox_sighting": "files that lie in the inbox folder just now",
    "table_hint": "hints about values that are compared, of the last look alone",
}
_KEY_OF_ITEM = ("id", "scheme", "found_code", "indicator", "opened_period")
_MOVING = ("state", "withdrawn_at")  # what a circular's row may have come to after the moment
_NO_EFFECT = {"assessment_id": "", "old_total": "", "new_total": ""}
_NAMED = 3


def differences(
    source: Connection, target: Connection, as_of: dt.datetime, circulars: dict[str, sql.Row]
) -> Iterator[str]:
    """Compare what the two hold of the time until `as_of`; `circulars` are the rows of `source` by id. Of what came after sign-off
    and a review let in since, the record holds what became of it later: that alone is not compared."""
    recorded, again = (_by_id(sql.fetch(one, "rebuild/select_assessments", as_of_at=as_of)) for one in (source, target))
    yield from _only_in("考评", recorded.keys(), again.keys())
    for key in sorted(recorded.keys() & again.keys()):
        for name, label in (("input_hash", "输入校验值"), ("scheme_version", "方案版本"), ("assessed_at", "考评时间")):
            if recorded[key][name] != again[key][name]:
                yield f"考评 {key} 的{label}不同：记录 {recorded[key][name]}，重建 {again[key][name]}。"
        for label, statement in BY_ASSESSMENT.values():
            old, new = (sql.fetch(one, statement, assessment_id=key) for one in (source, target))
            yield from _rows_differ(f"考评 {key} 的{label}", old, new)
        yield from _rows_differ(f"考评 {key} 的变动说明", *(restatement_rows(one, key) for one in (source, target)))
    unsettled = {row["sha256"] for row in sql.fetch(source, "rebuild/select_unsettled", as_of_at=as_of)}
    for label, statement in BY_MOMENT.values():
        old, new = (
            [row for row in sql.fetch(one, statement, as_of_at=as_of) if row.get("sha256") not in unsettled]
            for one in (source, target)
        )
        yield from _rows_differ(label, old, new)
    yield from _registers_differ(source, target, as_of)
    yield from _items_differ(source, target, as_of)
    yield from _reviews_differ(source, target, as_of, recorded.keys())
    yield from _circulars_differ(circulars, _by_id(sql.fetch(target, "rebuild/select_circulars")), as_of)


def _registers_differ(source: Connection, target: Connection, as_of: dt.datetime) -> Iterator[str]:
    """The register row by row, unless it was imported anew since: then its rows of then are overwritten in the record."""
    [counted] = sql.fetch(source, "rebuild/count_imports", as_of_at=as_of)
    if counted["ever"] == counted["by_then"]:
        for label, rows in (("登记册", all_units), ("对象属性", all_attributes), ("对象联系", all_links)):
            yield from _rows_differ(label, *(rows(one) for one in (source, target)))


def _items_differ(source: Connection, target: Connection, as_of: dt.datetime) -> Iterator[str]:
    """Items as they stand; of one that has moved since, what never changes (its moves are compared as moves)."""
    old, new = (_by_id(sql.fetch(one, "rebuild/select_items", as_of_at=as_of)) for one in (source, target))
    yield from _only_in("整改事项", old.keys(), new.keys())
    for key in sorted(old.keys() & new.keys()):
        names = _KEY_OF_ITEM if old[key]["is_moved_later"] else tuple(old[key])
        yield from _rows_differ(
            f"整改事项 {key[:12]}", *([{name: one[key][name] for name in names}] for one in (old, new))
        )


def _reviews_differ(
    source: Connection, target: Connection, as_of: dt.datetime, assessments: Iterable[str]
) -> Iterator[str]:
    """Requests for review with their decisions and effects; an effect that came later does not count."""
    known = set(assessments)
    for scheme_key, period in reviewed_periods(source, as_of):
        scheme = load_scheme(scheme_key, period)
        old, new = (
            [
                asdict(state) if state.assessment_id in known else {**asdict(state), **_NO_EFFECT}
                for state in review_state(one, scheme, period, as_of)
            ]
            for one in (source, target)
        )
        yield from _rows_differ(f"{period.name}的复核", old, new)


def _circulars_differ(recorded: dict[str, sql.Row], again: dict[str, sql.Row], as_of: dt.datetime) -> Iterator[str]:
    """Documents issued by then, files by their hashes, whether they stand or were taken back; drafts are drafts."""
    for key, row in recorded.items():
        is_issued = row["approved_at"] is not None and row["approved_at"] <= as_of
        if key not in again:
            if is_issued:
                yield f"通报 {key} 在记录中有，重建不出来。"
            continue
        new = again[key]
        if is_issued:
            is_withdrawn = row["withdrawn_at"] is not None and row["withdrawn_at"] <= as_of
            state = "withdrawn" if is_withdrawn else "issued"
            old = {**{name: value for name, value in row.items() if name not in _MOVING}, "state": state}
            if not sources_of(row["manifest_sha256"]):  # its manifest named no texts; that of today does
                del old["manifest_sha256"]
            yield from _rows_differ(f"通报 {key}", [old], [{name: new[name] for name in old}])
        elif row["state"] == "draft" and new["state"] != "draft":
            yield f"通报 {key} 的状态不同：记录是草稿，重建为 {new['state']}。"


def _by_id(rows: list[sql.Row]) -> dict[str, sql.Row]:
    return {row["id"]: row for row in rows}


def _only_in(what: str, recorded: Iterable[str], again: Iterable[str]) -> Iterator[str]:
    old, new = set(recorded), set(again)
    yield from (f"{what} {key} 在记录中有，重建不出来。" for key in sorted(old - new))
    yield from (f"{what} {key} 在记录中没有，重建却有。" for key in sorted(new - old))


def _rows_differ(what: str, old: list[sql.Row], new: list[sql.Row]) -> Iterator[str]:
    """Rows that only one of them has; the first of them by what they have otherwise."""
    known, known_again = ({tuple(row.values()) for row in rows} for rows in (old, new))
    gone = [row for row in old if tuple(row.values()) not in known_again]
    come = [row for row in new if tuple(row.values()) not in known]
    if not gone and not come:
        return
    examples = []
    for before, after in list(zip(gone, come, strict=False))[:_NAMED]:
        names = [name for name in before if before[name] != after.get(name)]
        examples.append("、".join(f"{name}：记录 {before[name]!s:.60}，重建 {after.get(name)!s:.60}" for name in names))
    detail = f"例如 {'；'.join(examples)}" if examples else f"例如 {(gone or come)[0]}"
    yield f"{what}不同：记录有而重建没有 {len(gone)} 行，重建有而记录没有 {len(come)} 行；{detail:.600}。"
