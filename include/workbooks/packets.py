"""A month's sheets of one unit in one workbook, and each of them again as a workbook of its own.

What comes back is parted by the package itself, not written anew: every cell of a part is as its sender left it, and the
same cells give the same bytes, whatever was filled in beside them. A part holds nothing of another, its texts neither.
"""

from __future__ import annotations

import datetime as dt
import html
import io
import posixpath
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from include.period import chinese_date
from include.schemes.fields import Form
from include.schemes.model import Scheme
from include.workbooks.form_book import formats_in, new_book
from include.workbooks.grids import Grid, read_grids
from include.workbooks.limits import Package, read_part
from include.workbooks.repacking import relations_of, resolved
from include.workbooks.styles import lines_of
from include.workbooks.texts import METADATA_MARK, PACKET_MARK, PART, PART_MARK, texts

_MAIN, _STRINGS, _TYPES, _ROOT = "xl/workbook.xml", "xl/sharedStrings.xml", "[Content_Types].xml", "_rels/.rels"
_KEPT = ("worksheet", "styles", "theme", "sharedStrings")  # kinds of relation that a part keeps
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_LONGEST_NAME, _WIDE = 31, 96
_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*?/>")
_TEXT = re.compile(rb"<((?:\w+:)?)si(?:\s[^>]*)?(?:/>|>.*?</\1si>)", re.DOTALL)
_SHARED = re.compile(
    rb"(<(?:\w+:)?c\s(?=[^>]*\bt=\"s\")[^>]*>(?:\s*<(?:\w+:)?f[\s>].*?</(?:\w+:)?f>)?\s*<(?:\w+:)?v>)(\d+)(<)"
)
_VIEW = re.compile(
    rb"<(?:\w+:)?selection\b[^>]*/>|\s(?:tabSelected|topLeftCell|zoomScale|zoomScaleNormal|activePane)=\"[^\"]*\""
)
_NO_PLACE = re.compile(
    r"<(\w+:)?(definedNames|bookViews|customWorkbookViews|fileRecoveryPr|externalReferences)\b(?:[^>]*/>|.*?</(?:\w+:)?\2>)",
    re.DOTALL,
)
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"


class Packet:
    """The workbook under construction: the writers of forms are given it (`into`), and put their sheets in."""

    def __init__(self, code: str, name: str, month: str) -> None:
        """`month`: as people write it, in the title and on the hidden sheet."""
        self.code, self.name, self.month = code, name, month
        self.buffer = io.BytesIO()
        self.book = new_book(self.buffer)
        self.styles = formats_in(self.book)
        self.words = texts()["packet"]
        self.cover = self.book.add_worksheet(self.words["cover"])
        self.number = 0
        self._names = {self.words["cover"]}
        self._forms: list[tuple[Scheme, Form, str]] = []  # with the sheet on which it begins
        self._stem = ""

    @property
    def mark(self) -> str:
        """What the hidden corner of every sheet of the form says that is being written."""
        return f"{PART_MARK}{self.number}"

    def begin(self, scheme: Scheme, form: Form) -> None:
        """The sheets from here on are those of a form."""
        self.number += 1
        self._stem = form.name if form.name not in self._names else f"{form.name}（{scheme.name}）"
        self._forms.append((scheme, form, ""))

    def named(self, name: str) -> str:
        """What a sheet of the form is called among those of all: its first as the form itself."""
        scheme, form, first = self._forms[-1]
        wanted = self._stem if not first else f"{self._stem}·{name}"
        wanted = re.sub(r"[\[\]:*?/\\']", "", wanted)[:_LONGEST_NAME]
        while wanted in self._names:
            wanted = f"{wanted[: _LONGEST_NAME - 3]}_{len(self._names)}"
        self._names.add(wanted)
        if not first:
            self._forms[-1] = scheme, form, wanted
        return wanted

    def finish(self) -> bytes:
        """The whole workbook; its bytes depend on what was put in alone."""
        self._write_cover()
        sheet = self.book.add_worksheet(self.words["sheet"])
        sheet.very_hidden()
        for row, (key, value) in enumerate(
            [(PACKET_MARK, "1"), ("unit_code", self.code), ("unit_name", self.name), ("month", self.month)]
        ):
            sheet.write_string(row, 0, key)
            sheet.write_string(row, 1, value)
        opens = min(scheme.dates_of(form.key).opens_date for scheme, form, _ in self._forms)
        self.book.set_properties(
            {"title": self._title, "comments": texts()["marker"], "created": dt.datetime.combine(opens, dt.time())}
        )
        self.cover.activate()
        self.book.close()
        return self.buffer.getvalue()

    @property
    def forms(self) -> list[tuple[Scheme, Form, str]]:
        """What is in it so far, with the sheet on which each form begins."""
        return list(self._forms)

    def due_of(self, scheme: Scheme, form: Form) -> str:
        """Until when a form is to come, as people read it."""
        if form.rows is not None and (form.is_optional or form.rows.holds):
            return str(self.words["any_day"])
        return str(self.words["due"].format(due=chinese_date(scheme.dates_of(form.key).due_date)))

    @property
    def _title(self) -> str:
        return str(self.words["title"].format(name=self.name, month=self.month))

    def _write_cover(self) -> None:
        """What is in it, until when each is due, and how each is filled in."""
        sheet, styles, words = self.cover, self.styles, self.words
        for column, width in enumerate([5, 34, 30, 24]):
            sheet.set_column(column, column, width)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        sheet.set_row(0, 32)
        sheet.merge_range(0, 0, 0, 3, self._title, styles["title"])
        sheet.set_row(1, 6 + 15 * lines_of(words["note"], _WIDE))
        sheet.merge_range(1, 0, 1, 3, words["note"], styles["note"])
        for column, title in enumerate(words["columns"]):
            sheet.write_string(2, column, title, styles["column"])
        row = 3
        for number, (scheme, form, first) in enumerate(self._forms, start=1):
            sheet.set_row(row, 20)
            sheet.write_number(row, 0, number, styles["center"])
            sheet.write_url(row, 1, f"internal:'{first}'!B1", styles["left"], first)
            sheet.write_string(row, 2, f"{scheme.name}（{scheme.period.name}）", styles["left"])
            sheet.write_string(row, 3, self.due_of(scheme, form), styles["center"])
            row += 1
        for _, form, first in self._forms:
            for line in form.instructions:
                said = words["line"].format(sheet=first, line=line)
                sheet.set_row(row, 4 + 15 * lines_of(said, _WIDE))
                sheet.merge_range(row, 0, row, 3, said, styles["paragraph"])
                row += 1


@dataclass(frozen=True)
class Parted:
    """What came back as a packet: whose it is, of which month, and its forms, each a workbook, in order."""

    unit_code: str
    unit_name: str
    month: str
    parts: list[bytes]


def is_packet(package: Package) -> bool:
    """Whether a workbook is one of ours with a month's sheets: by the name of its hidden sheet, which nobody sees."""
    if package.kind != "xlsx" or package.container is None or _MAIN not in package.container.namelist():
        return False
    return f'name="{texts()["packet"]["sheet"]}"'.encode() in read_part(package.container, _MAIN, "")


def part_packet(package: Package, name: str) -> Parted:
    """Raises Refusal as include/workbooks/grids.py. A form whose sheets were deleted is left out."""
    assert package.container is not None
    grids = read_grids(package, name)
    about = next((grid for grid in grids if grid.text(0, 0) == PACKET_MARK), None)
    said = {about.text(row, 0): about.text(row, 1) for row in range(len(about.rows))} if about else {}
    sheets: dict[str, list[str]] = {}
    seen: set[str] = set()
    for grid in grids:
        if number := _part_of(grid):
            sheets.setdefault(number, []).append(grid.name)
            seen |= {number} if grid.text(0, 0) != METADATA_MARK else set()
    taken = _Taken(package.container, name)
    parts = [taken.only(sheets[number]) for number in sorted(seen & sheets.keys(), key=int)]
    return Parted(said.get("unit_code", ""), said.get("unit_name", ""), said.get("month", ""), parts)


def _part_of(grid: Grid) -> str:
    """The number of the form to which a sheet belongs; empty for the cover and for what others added."""
    if grid.text(0, 0) == METADATA_MARK:
        pairs = (grid.text(row, 1) for row in range(len(grid.rows)) if grid.text(row, 0) == PART)
        return next(pairs, "")
    first = (grid.text(row, 0) for row in range(len(grid.rows)))
    found = next((text[len(PART_MARK) :] for text in first if text.startswith(PART_MARK)), "")
    return found if found.isdecimal() else ""


class _Taken:
    """A package from which parts are taken."""

    def __init__(self, container: zipfile.ZipFile, name: str) -> None:
        self.container, self.name = container, name
        self.parts = set(container.namelist())
        self.workbook = self._read(_MAIN).decode("utf-8")
        self.relations = self._relations(_MAIN)
        strings = self._read(_STRINGS) if _STRINGS in self.parts else b""
        found = list(_TEXT.finditer(strings))
        self.strings = [one[0] for one in found]
        self.head = strings[: found[0].start()] if found else strings
        self.tail = strings[found[-1].end() :] if found else b""

    def only(self, sheets: Sequence[str]) -> bytes:
        """The package with these sheets alone."""
        workbook, wanted = self.workbook, set()
        for tag in _SHEET.findall(self.workbook):
            named = re.search(r'\bname="([^"]*)"', tag)
            relation = re.search(r'\b\w+:id="([^"]*)"', tag)
            if named and relation and html.unescape(named[1]) in sheets:
                wanted.add(relation[1])
            else:
                workbook = workbook.replace(tag, "")
        workbook = _NO_PLACE.sub("", workbook)
        kept = {
            key: (kind, target)
            for key, (kind, target) in self.relations.items()
            if _last(kind) in _KEPT and (_last(kind) != "worksheet" or key in wanted)
        }
        reached = {target for _, target in kept.values()} & self.parts
        own = [target for kind, target in kept.values() if _last(kind) == "worksheet"]
        for sheet in own:
            self._reach(sheet, reached)
        content = {part: self._read_raw(part) for part in reached}
        numbers: dict[bytes, int] = {}
        for sheet in own:
            content[sheet] = _VIEW.sub(b"", _SHARED.sub(lambda cell: self._renumbered(cell, numbers), content[sheet]))
        if _STRINGS in reached:
            head = re.sub(rb'\s(?:unique)?[cC]ount="\d+"', b"", self.head)
            content[_STRINGS] = head + b"".join(self.strings[int(one)] for one in numbers) + self.tail
        content[_MAIN] = workbook.encode("utf-8")
        content[relations_of(_MAIN)] = _relations_file(
            (key, kind, f"/{target}") for key, (kind, target) in sorted(kept.items())
        )
        content[_ROOT] = _relations_file([("rId1", _OFFICE, _MAIN)])
        content[_TYPES] = self._types(content.keys())
        return _packed(content)

    def _renumbered(self, cell: re.Match[bytes], numbers: dict[bytes, int]) -> bytes:
        return cell[1] + str(numbers.setdefault(cell[2], len(numbers))).encode() + cell[3]

    def _reach(self, part: str, reached: set[str]) -> None:
        """What a part needs: its relations, their targets, and what those need."""
        relations = relations_of(part)
        if relations not in self.parts or relations in reached:
            return
        reached.add(relations)
        for _, target in self._relations(part).values():
            if target in self.parts and target not in reached:
                reached.add(target)
                self._reach(target, reached)

    def _types(self, parts: Any) -> bytes:
        types = self._read(_TYPES).decode("utf-8")
        for tag in re.findall(r"<(?:\w+:)?Override\s[^>]*?/>", types):
            part = re.search(r'PartName="/([^"]*)"', tag)
            if part and part[1] not in parts:
                types = types.replace(tag, "")
        return types.encode("utf-8")

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Kind and target of what a part names, by id; what lies outside the package is left out."""
        if relations_of(part) not in self.parts:
            return {}
        tree = ElementTree.fromstring(self._read(relations_of(part)))  # noqa: S314 (no DOCTYPE passes)
        return {
            one.get("Id", ""): (one.get("Type", ""), resolved(posixpath.dirname(part), one.get("Target", "")))
            for one in tree
            if one.get("TargetMode") != "External"
        }

    def _read(self, part: str) -> bytes:
        return read_part(self.container, part, self.name)

    def _read_raw(self, part: str) -> bytes:
        return self._read(part) if part.endswith((".xml", ".rels", ".vml")) else self.container.read(part)


def _last(kind: str) -> str:
    """What a relation is, without the address of the standard."""
    return kind.rpartition("/")[2]


def _relations_file(relations: Any) -> bytes:
    lines = "".join(f'<Relationship Id="{key}" Type="{kind}" Target="{target}"/>' for key, kind, target in relations)
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{_RELATIONS}">{lines}</Relationships>'.encode()


def _packed(content: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for part in sorted(content, key=lambda part: (part != _TYPES, part)):
            info = zipfile.ZipInfo(part, _EARLIEST)
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 0
            target.writestr(info, content[part])
    return buffer.getvalue()
