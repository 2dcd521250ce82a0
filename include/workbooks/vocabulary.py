"""How the labels, keys and periods of the forms are recognised when they come back."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

from include.errors import UserError
from include.period import Period
from include.schemes.fields import Checklist, Repeat
from include.schemes.loader import find_scheme, scheme_keys
from include.schemes.model import Scheme
from include.schemes.tallies import Tally
from include.workbooks.limits import printable
from include.workbooks.values import half_width, visible

_CHINESE_PERIOD = re.compile(
    r"(\d{4})年度?(?:(上半年|下半年)|第?([一二三四1-4])季度|(\d{1,2})(?:[-—–~至到]+(\d{1,2}))?月份?|(?![0-9第]))"
)
_KEYED_PERIOD = re.compile(r"[12]\d{3}年?度?(?:H[12]|Q[1-4])|[12]\d{3}-\d{2}|^[12]\d{3}$", re.IGNORECASE)
_SPANS = {(1, 6): "H1", (7, 12): "H2", (1, 3): "Q1", (4, 6): "Q2", (7, 9): "Q3", (10, 12): "Q4", (1, 12): "Y"}


@dataclass(frozen=True)
class Vocabulary:
    """The labels of one form of a scheme. A repeat's fields, and those of a tally's rows, have one label for all rows."""

    scheme: Scheme
    form: str
    keys: dict[str, str]  # normalised label → key of the cell
    repeated: dict[str, tuple[str, str]]  # normalised label → (group, field) of rows that are told apart by number
    columns: dict[str, dict[str, str]]  # group of rows → normalised title of a column → field
    rows: dict[str, int]  # group whose rows are told apart by number → how many there may be
    items: dict[str, dict[str, int]]  # group whose rows have names of their own → normalised name → row
    fields: frozenset[str]  # keys of the cells, which a CSV may have in place of labels


@functools.lru_cache(maxsize=10_000)
def normalised(text: str) -> str:
    """A label without the accidents of typing: width, composition, blanks, what shows nothing, a colon at its end."""
    return "".join(half_width(unicodedata.normalize("NFC", visible(text))).split()).rstrip(":")


_known: dict[tuple[int, str], Vocabulary] = {}


def vocabulary(scheme: Scheme, form: str) -> Vocabulary:
    """The labels of a form, kept as long as the scheme is the same object."""
    known = _known.get((id(scheme), form))
    if known is not None and known.scheme is scheme:
        return known
    if len(_known) > 200:
        _known.clear()
    cells = scheme.cells_of(form)
    groups = [scheme.groups[key] for key in dict.fromkeys(cell.group for cell in cells if cell.group)]
    columns = {part.key: _columns(part) for part in groups if not isinstance(part, Checklist)}
    items = {part.key: part.items for part in groups if isinstance(part, Tally) and part.items}
    numbered = {key: titles for key, titles in columns.items() if key not in items}
    words = Vocabulary(
        scheme,
        form,
        keys={
            normalised(label): cell.key
            for cell in cells
            if cell.group not in numbered
            for label in ((f"{cell.label}（{cell.unit}）", cell.label) if cell.unit else (cell.label,))
        },
        repeated={title: (group, field) for group, titles in numbered.items() for title, field in titles.items()},
        columns=columns,
        rows={part.key: part.rows for part in groups if not isinstance(part, Checklist) and part.key in numbered},
        items={key: {normalised(item): row for row, item in enumerate(names, 1)} for key, names in items.items()},
        fields=frozenset(cell.key for cell in cells),
    )
    _known[(id(scheme), form)] = words
    return words


def _columns(part: Repeat | Tally) -> dict[str, str]:
    """The fields of a row by the titles of their columns."""
    if isinstance(part, Tally):
        return {normalised(title): field for title, field in part.columns.items()}
    return {normalised(field.label): field.key for field in part.fields}


def candidates(period: Period) -> list[Vocabulary]:
    """The vocabularies of every form of every scheme that has such a period."""
    found = []
    for key in scheme_keys():
        scheme = find_scheme(key, period)
        found += [] if scheme is None else [vocabulary(scheme, form.key) for form in scheme.forms]
    return found


def period_in(text: str) -> Period | None:
    """The period that a text names, as 2026H1, 2026年上半年 or 2026年1—6月; None where it names none.

    Which one it means to a system (the half year, by the form of its last quarter) is told by the system.
    """
    plain = "".join(half_width(text).split())
    try:
        if match := _KEYED_PERIOD.search(plain):
            return Period.parse(re.sub("[年度]", "", match[0]).upper())
        match = _CHINESE_PERIOD.search(plain)
        return None if match is None else _spelled(*match.groups())
    except UserError:
        return None


def _spelled(year: str, half: str | None, quarter: str | None, month: str | None, last: str | None) -> Period | None:
    if half:
        return Period.parse(f"{year}H{1 if half == '上半年' else 2}")
    if quarter:
        return Period.parse(f"{year}Q{'一二三四'.index(quarter) + 1 if quarter in '一二三四' else quarter}")
    if month and last:
        slot = _SPANS.get((int(month), int(last)))
        return Period.in_year(int(year), slot) if slot else None
    return Period.parse(f"{year}-{int(month):02}" if month else year)


def code_in(text: str, *, is_own: bool = False) -> str | None:
    """A 12-digit unit code that is all of a text (a spreadsheet's leading apostrophe, ="…" or .0 at its end aside); where
    `is_own`, any code that the register may give to what is no community: 1 to 32 letters, digits or -."""
    plain = re.sub(r'^=?"(.*)"$', r"\1", half_width(visible(text)).strip().lstrip("'")).strip()
    found = re.fullmatch(r"([0-9A-Za-z-]{1,32})(?:\.0+)?" if is_own else r"([0-9]{12})(?:\.0+)?", plain)
    return found[1] if found else None


def shown(text: str) -> str:
    """A text from outside as it may stand in a sentence: short, on one line."""
    return printable(text)[:40]
