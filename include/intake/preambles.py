"""The lines above a table of a flat hand-in that say what it is: 表, 期间, 编码, each with its value beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from include.intake.rated import header_of, is_header, subject_code
from include.period import Period
from include.schemes.fields import Form
from include.schemes.loader import find_scheme, keys_default_first
from include.schemes.model import Scheme
from include.workbooks.limits import Refusal
from include.workbooks.values import text_of
from include.workbooks.vocabulary import normalised, period_in, shown

FORM_LABELS, PERIOD_LABELS = {"表", "表单", "填报表"}, {"期间", "填报期", "填报期间"}
CODE_LABELS = {"编码", "单位编码", "填报单位编码"}
_LINES = 12


@dataclass(frozen=True)
class Preamble:
    """What the lines say, as it stands there; empty where they do not. `is_of_rows`: a table of subjects follows."""

    form: str
    period: str
    code: str
    is_of_rows: bool


def preamble_of(rows: Sequence[Sequence[Any]]) -> Preamble:
    """The lines down to the header of the table."""
    said: dict[str, str] = {}
    for row in rows[:_LINES]:
        if is_header(header_of(row)):
            return Preamble(said.get("form", ""), said.get("period", ""), said.get("code", ""), True)
        texts = [text_of(cell) for cell in row]
        label, value = normalised(texts[0]) if texts else "", next((text for text in texts[1:] if text), "")
        if "填报项" in map(normalised, texts):
            break
        if label in FORM_LABELS:
            said.setdefault("form", value)
        elif label in PERIOD_LABELS:
            said.setdefault("period", value)
        elif label in CODE_LABELS:
            said.setdefault("code", subject_code(value))
    return Preamble(said.get("form", ""), said.get("period", ""), said.get("code", ""), False)


def period_of(preamble: Preamble, name: str, default_period: Period | None) -> Period:
    """The period that is named, else the one being collected. Raises Refusal."""
    period = period_in(preamble.period) if preamble.period else default_period
    if period is None:
        said = f"的期间“{shown(preamble.period)}”无法识别" if preamble.period else "没有写明填报期间"
        raise Refusal(f"文件“{shown(name)}”{said}。请在表的上方写一行“期间,2026H1”或“期间,2026年上半年”。")
    return period


def rating_form(preamble: Preamble, period: Period, name: str) -> tuple[Scheme, Form]:
    """The form that rates and is named, by its name or key, in the first system that has it. Raises Refusal."""
    wanted = normalised(preamble.form)
    names: list[str] = []
    for key in keys_default_first():
        scheme = find_scheme(key, period)
        if scheme is None:
            continue
        for form in scheme.rating_forms.values():
            if wanted in (normalised(form.name), normalised(form.key)):
                return scheme, form
            names.append(form.name)
    said = f"写的表“{shown(preamble.form)}”不认识" if preamble.form else "没有写明是哪一张表"
    known = f"{period.name}的评分表有：{'、'.join(names)}。" if names else f"{period.name}没有评分表。"
    raise Refusal(f"文件“{shown(name)}”{said}。请在表的上方写一行“表,<表名>”；{known}")
