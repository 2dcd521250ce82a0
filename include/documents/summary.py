"""What the committee is asked to sign, in a few facts: for the 待签发 mail and for the question in Airflow alike."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path
from typing import Any

from include.data_files import read_yaml
from include.documents.model import Model
from include.items.deadlines import reply_by

Facts = list[tuple[str, str]]  # label and words, in order


def facts_of(model: Model, on: dt.date) -> Facts:
    """The facts of a draft by its model, as it would be issued on a day."""
    if "letters" in model:
        return _of_batch(model)
    if "circular" in model:
        return _of_result(model, on)
    if "reply_working_days" in model:
        return _of_letter(model, on)
    return _of_correction(model) if model["corrects"] else _of_circular(model)


@functools.cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = read_yaml(Path(__file__).parent / "summary.yaml")
    return words


def _of_circular(model: Model) -> Facts:
    labels, words, counts = _words()["labels"], _words()["circular"], model["counts"]
    reported = counts["on_time"] + len(counts["late"])
    is_scored = counts["scored"] or not reported  # what is not scored has figures alone
    units = words["units" if is_scored else "reported"].format(
        units=counts["units"], scored=counts["scored"], reported=reported
    )
    noun = model["called"]["noun"] if "called" in model else labels["units"]
    facts = [(noun, units)]
    if grades := [words["grade"].format(**grade) for grade in model["grades"]]:
        facts.append((labels["grades"], "，".join(grades)))
    facts += [
        (labels[what], words["named"].format(count=len(counts[what]), names="、".join(counts[what])))
        for what in ("missing", "returned")
        if counts[what]
    ]
    if absent := [name for names in counts.get("raters", {}).values() for name in names]:
        facts.append((labels["raters"], words["named"].format(count=len(absent), names="、".join(absent))))
    items = model["items"]
    with_items = len({item["unit_code"] for item in items})
    return [*facts, (labels["problems"], words["problems"].format(count=len(items), units=with_items, noun=noun))]


def _of_correction(model: Model) -> Facts:
    """What each unit's results were and are; those that only moved in rank are counted."""
    labels, words = _words()["labels"], _words()["correction"]
    facts = [(labels["corrects"], words["corrects"].format(**model["corrects"]))]
    changed = [change for change in model["changes"] if not change["is_rank_only"]]
    listed = changed[: words["longest"]]
    facts += [(change["unit"], _change(change)) for change in listed]
    if len(changed) > len(listed):
        facts.append((labels["more"], words["more"].format(count=len(changed) - len(listed))))
    if moved := len(model["changes"]) - len(changed):
        facts.append((labels["ranks"], words["ranks"].format(count=moved)))
    return facts


def _change(change: Model) -> str:
    words = _words()["correction"]
    before, after = change["before"], change["after"]
    said = [
        words[field].format(old=before[field] or words["nothing"], new=after[field] or words["nothing"])
        for field in ("total", "rank", "grade", "status")
        if before[field] != after[field]
    ]
    said += [
        words[key].format(problems="、".join(change[key])) for key in ("problems_gone", "problems_come") if change[key]
    ]
    return "；".join(said)


def _of_letter(model: Model, on: dt.date) -> Facts:
    labels, words, items = _words()["labels"], _words()["letter"], model["items"]
    facts = []
    if "plans" in model:
        return _of_plan(model)
    if "meeting" in model:
        facts += [
            (labels["meeting"], words["meeting"].format(**model)),
            (labels["topics"], words["topics"].format(count=len(model["agenda"]), items=len(items))),
            *(("", _topic(topic)) for topic in model["agenda"][: words["longest"]]),
        ]
    else:
        facts.append((labels["unit"], model["unit"]))
        overdue = sum(bool(item["days_overdue"]) for item in items)
        facts.append((labels["items"], words["items"].format(count=len(items), overdue=overdue)))
        listed = items[: words["longest"]]
        facts += [
            (item["indicator"], words["late" if item["days_overdue"] else "item"].format(**item)) for item in listed
        ]
        if len(items) > len(listed):
            facts.append((labels["more"], words["more"].format(count=len(items) - len(listed))))
    days = model["reply_working_days"]
    if "talk" in model:
        facts.append(
            (labels["talk"], words["talk"].format(date=reply_by(on, model["talk"]["working_days"]), **model["talk"]))
        )
    answer = [(labels["reply_by"], words["reply_by"].format(days=days, date=reply_by(on, days)))] if days else []
    return [*facts, *answer]


def _of_plan(model: Model) -> Facts:
    """Of a year's plan of events: whose days they are, and which of them moved, with why."""
    labels, words, facts = _words()["labels"], _words()["plan"], []
    if model["is_provisional"]:
        facts.append((labels["provisional"], words["provisional"]))
    for plan in model["plans"]:
        moved = [day for day in plan["days"] if day["moved_from"]]
        facts.append(
            (labels["plan"], words["days"].format(units=len(plan["units"]), days=len(plan["days"]), moved=len(moved)))
        )
        facts += [("", words["moved"].format(**day)) for day in moved]
    return facts


def _of_result(model: Model, on: dt.date) -> Facts:
    """Of a letter about one subject's result."""
    labels, words = _words()["labels"], _words()["result"]
    facts = [(labels["unit"], model["unit"]), (labels["about"], words["about"].format(**model["circular"]))]
    if model["results"] and (result := model["results"][0])["total"]:
        facts.append((labels["result"], words["graded" if result["grade"] else "result"].format(**result)))
    if problems := [one["text"] for one in model["problems"]]:
        facts.append((labels["problems"], words["problems"].format(count=len(problems), names="；".join(problems))))
    if members := [one["unit"] for one in model["members"]]:
        facts.append((labels["members"], words["members"].format(count=len(members))))
    if "corrects" in model:
        facts.append((labels["corrects"], words["corrects"].format(**model["corrects"])))
    if days := model["reply_working_days"]:
        facts.append((labels["plan_by"], _words()["letter"]["reply_by"].format(days=days, date=reply_by(on, days))))
    return facts


def _of_batch(model: Model) -> Facts:
    """Of letters that are approved as one."""
    labels, words, letters = _words()["labels"], _words()["batch"], model["letters"]
    listed = letters[: words["longest"]]
    facts = [(labels["letters"], words["letters"].format(kind=model["of_kind"], count=len(letters)))]
    facts += [("", words["letter"].format(count=len(one["told"]), **one)) for one in listed]
    if len(letters) > len(listed):
        facts.append((labels["more"], words["more"].format(count=len(letters) - len(listed))))
    if by_hand := [one["to"] for one in letters if one["by_hand"]]:
        facts.append((labels["by_hand"], "、".join(dict.fromkeys(by_hand))))
    return facts


def _topic(topic: Model) -> str:
    words = _words()["letter"]
    said = words["topic"].format(problem=topic["problem"], units=len(topic["units"]))
    return str(said + (words["topic_late"].format(overdue=topic["overdue"]) if topic["overdue"] else ""))
