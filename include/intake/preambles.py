"""The lines above a table of a hand-in that say what it is: 表, 期间, 编码, each with its value beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from include.errors import UserError
from include.intake.rated import header_of, is_header, subject_code
from include.period import Period
from include.schemes.fields import Form
from include.schemes.loader import find_scheme, keys_default_first, scheme_keys, tree_of
from include.schemes.model import Scheme
from include.workbooks.limits import Refusal
from include.workbooks.values import text_of
from include.workbooks.vocabulary import normalised, period_in, shown

FORM_LABELS, PERIOD_LABELS = {"表", "表单", "填报表"}, {"期间", "填报期", "填报期间"}
CODE_LABELS = {"编码", "单位编码", "填报单位编码"}
_LINES = 12
_ROOM = 100  # a word that only one system knows weighs more than any number of columns


@dataclass(frozen=True)
class Preamble:
    """What the lines say, as it stands there; empty where they do not. `is_of_rows`: a sheet of many rows follows - a table of
    subjects, or that of free rows which is named. `header`: the first line below, normalised."""

    form: str
    period: str
    code: str
    is_of_rows: bool
    header: frozenset[str] = frozenset()


def preamble_of(rows: Sequence[Sequence[Any]]) -> Preamble:
    """The lines down to the header of the table."""
    said: dict[str, str] = {}

    def made(header: Iterable[str] = (), *, is_of_rows: bool) -> Preamble:
        form, period, code = (said.get(part, "") for part in ("form", "period", "code"))
        return Preamble(form, period, code, is_of_rows, frozenset(filter(None, header)))

    titles: list[str] = []
    for row in rows[:_LINES]:
        if is_header(header_of(row)):
            return made(header_of(row), is_of_rows=True)
        texts = [text_of(cell) for cell in row]
        label, value = normalised(texts[0]) if texts else "", next((text for text in texts[1:] if text), "")
        if "填报项" in map(normalised, texts):
            return made(is_of_rows=False)
        if label in FORM_LABELS:
            said.setdefault("form", value)
        elif label in PERIOD_LABELS:
            said.setdefault("period", value)
        elif label in CODE_LABELS and "code" not in said:
            said["code"] = subject_code(value)
        else:
            titles += map(normalised, texts)
    return made(titles, is_of_rows=bool(said.get("form")) and normalised(said["form"]) in _sheets_of_rows())


def _sheets_of_rows() -> set[str]:
    """Names and keys of the sheets of free rows of all systems, as their files say them."""
    found: set[str] = set()
    for key in scheme_keys():
        with suppress(UserError):  # of a file that cannot be read ops is told by itself
            forms = tree_of(key).get("forms") or []
            rows = [form for form in forms if isinstance(form, dict) and "rows" in form]
            found |= {normalised(str(form.get(part))) for form in rows for part in ("name", "key")}
    return found


def period_of(preamble: Preamble, name: str, default_period: Period | None) -> Period:
    """The period that is named, else the one being collected. Raises Refusal."""
    period = period_in(preamble.period) if preamble.period else default_period
    if period is None:
        said = f"的期间“{shown(preamble.period)}”无法识别" if preamble.period else "没有写明填报期间"
        raise Refusal(f"文件“{shown(name)}”{said}。请在表的上方写一行“期间,2026H1”或“期间,2026年上半年”。")
    return period


def sheet_of_rows(preamble: Preamble, period: Period, name: str) -> tuple[Scheme, Form]:
    """The sheet of many rows that is named, by its name or key; where several systems have one, that of whose columns most stand in
    the header, among equals the first. Raises Refusal."""
    wanted = normalised(preamble.form)
    names: list[str] = []
    found: list[tuple[int, Scheme, Form]] = []
    for key in keys_default_first():
        scheme = find_scheme(key, period)
        if scheme is None:
            continue
        for form in scheme.forms_by_row.values():
            if wanted in (normalised(form.name), normalised(form.key)):
                found.append((_known(scheme, form, preamble.header), scheme, form))
            names.append(form.name)
    if found:
        _, scheme, form = max(found, key=lambda one: one[0])
        return scheme, form
    said = f"写的表“{shown(preamble.form)}”不认识" if preamble.form else "没有写明是哪一张表"
    known = (
        f"{period.name}的评分表和台账有：{'、'.join(dict.fromkeys(names))}。"
        if names
        else f"{period.name}没有评分表和台账。"
    )
    raise Refusal(f"文件“{shown(name)}”{said}。请在表的上方写一行“表,<表名>”；{known}")


def _known(scheme: Scheme, form: Form, header: frozenset[str]) -> int:
    """How many titles of a header are columns of the form, and how few of its columns are missing."""
    columns = [{normalised(label) for label in (one.label, *one.also)} for one in scheme.columns_of(form.key)]
    return (
        2 * sum(bool(labels & header) for labels in columns) - len(columns) + _ROOM * _steps_named(scheme, form, header)
    )


def _steps_named(scheme: Scheme, form: Form, header: frozenset[str]) -> int:
    """How many of the words on top are steps, or results of steps, of the system's items: every system has a sheet 事项办理."""
    if form.rows is None or form.rows.takes_steps is None:
        return 0
    steps = [step for kind in scheme.kinds_of_items.values() for step in kind.steps]
    words = {normalised(word) for step in steps for word in (step.step, *step.outcomes)}
    return len(words & header)
