"""What units wrote, as a circular may quote it: texts by field, and the rows of small tables."""

from __future__ import annotations

from include.circulars.circular import Quote
from include.db import sql
from include.schemes.fields import FormField
from include.schemes.model import Scheme
from include.workbooks.values import is_nothing

_Texts = dict[tuple[str, str], str]  # by unit code and field


def quoted(scheme: Scheme, values: list[sql.Row], names: dict[str, str]) -> dict[str, list[Quote]]:
    """What communities wrote in the scheme's text fields, by field.

    Where the scheme lets a text stay empty by a figure, the figure decides who is listed: with 特色活动数 0 a name is
    left out, and above 0 the community is there, if with an empty text (an inspector may have corrected the figure).
    """
    used = {(row["unit_code"], row["field"]): "" if is_nothing(row["used"]) else row["used"] for row in values}
    figures = {(row["unit_code"], row["field"]): row["used"] for row in values}
    result: dict[str, list[Quote]] = {}
    for cell in scheme.cells:
        if cell.type == "text" and not cell.group:
            result[cell.key] = [
                {"unit": name, "text": used.get((code, cell.key), "")}
                for code, name in sorted(names.items())
                if _is_listed(cell, code, used, figures)
            ]
    return result


def _is_listed(cell: FormField, code: str, used: _Texts, figures: _Texts) -> bool:
    rule = cell.optional_when
    if rule is None:
        return bool(used.get((code, cell.key)))
    return figures.get((code, rule.figure), str(rule.is_)) != str(rule.is_)


def entries(scheme: Scheme, values: list[sql.Row], names: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """Rows of the scheme's repeats that are filled in, by repeat: unit and the texts by field."""
    used = {(row["unit_code"], row["field"]): row["used"] for row in values if not is_nothing(row["used"])}
    result: dict[str, list[dict[str, str]]] = {}
    for repeat in scheme.repeats:
        result[repeat.key] = [
            {"unit": names[code], **texts}
            for code in names
            for row in range(1, repeat.rows + 1)
            if all(
                (texts := {f.key: used.get((code, f"{repeat.key}_{row}_{f.key}"), "") for f in repeat.fields}).values()
            )
        ]
    return result
