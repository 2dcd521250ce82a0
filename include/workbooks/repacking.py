"""Workbooks put together otherwise than Excel does it, brought into the one order that the reader knows.

The package itself says where its workbook is (_rels/.rels) and where that has its sheets, by paths that may go up and
down (../xl/worksheets/sheet1.xml); the reader looks for xl/workbook.xml and takes paths as they are written.
"""

from __future__ import annotations

import datetime as dt
import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from xml.etree import ElementTree

_MAIN, _TYPES, _ROOT = "xl/workbook.xml", "[Content_Types].xml", "_rels/.rels"
_FIXED = {"sharedStrings": "xl/sharedStrings.xml", "styles": "xl/styles.xml"}  # looked for by name alone
_MOST_ELEMENTS = 10_000
_EARLIEST = (1980, 1, 1, 0, 0, 0)
Read = Callable[[str], bytes]


def main_part(names: set[str], read: Read) -> str | None:
    """The part that is the workbook by _rels/.rels; None where that names none."""
    tree = _tree(read(_ROOT)) if _ROOT in names else None
    for relation in tree if tree is not None else ():
        if relation.get("Type", "").endswith("/officeDocument"):
            part = resolved("", relation.get("Target", ""))
            workbook = _tree(read(part)) if part in names and part.endswith(".xml") else None
            return part if workbook is not None and workbook.tag.endswith("}workbook") else None
    return None


def relations_of(part: str) -> str:
    """The part that says where another has its parts."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def repacked(container: zipfile.ZipFile, main: str, read: Read) -> bytes | None:
    """The package in the usual order, with `main` as its workbook; None where its relations cannot be followed."""
    names = container.namelist()
    tree = _tree(read(relations_of(main))) if relations_of(main) in names else None
    if tree is None:
        return None
    moved = {main: _MAIN, relations_of(main): relations_of(_MAIN)}
    for relation in tree:
        if relation.get("TargetMode") == "External":
            continue
        part, kind = resolved(posixpath.dirname(main), relation.get("Target", "")), relation.get("Type", "")
        moved |= {part: _FIXED[last]} if (last := kind.rpartition("/")[2]) in _FIXED and part in names else {}
        place = moved.get(part, part)
        relation.set("Target", place.removeprefix("xl/") if place.startswith("xl/") else f"/{place}")
    taken = {place for part, place in moved.items() if part != place}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for part in names:
            if part in taken and part not in moved:
                continue  # another part of that name, which the package does not use
            data = ElementTree.tostring(tree) if part == relations_of(main) else read(part)
            if part in (_TYPES, _ROOT):
                for old, new in moved.items():
                    data = data.replace(f'"/{old}"'.encode(), f'"/{new}"'.encode())
                    data = data.replace(f'"{old}"'.encode(), f'"{new}"'.encode())
            target.writestr(zipfile.ZipInfo(moved.get(part, part)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def resolved(folder: str, target: str) -> str:
    """The part that a target names, seen from a folder."""
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _tree(xml: bytes) -> ElementTree.Element | None:
    try:
        return ElementTree.fromstring(xml) if xml.count(b"<") <= _MOST_ELEMENTS else None  # noqa: S314 (no DOCTYPE passes)
    except (ElementTree.ParseError, ValueError, LookupError):
        return None


def with_fixed_moments(content: bytes, modified_at: dt.datetime) -> bytes:
    """The same package with every date in it fixed and its parts in one order."""
    source = zipfile.ZipFile(io.BytesIO(content))
    buffer = io.BytesIO()
    stamp = modified_at.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for part in sorted(source.namelist(), key=lambda part: (part != "[Content_Types].xml", part)):
            data = source.read(part)
            if part == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            info = zipfile.ZipInfo(part, _EARLIEST)
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 0
            target.writestr(info, data)
    return buffer.getvalue()
