"""Whether the copy of a workbook that goes back holds what came: its sheets, its red cells, its pictures and shapes.

openpyxl loads much without complaint and without parts of it; so what it wrote is compared with what came.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection
from xml.etree import ElementTree

from include.errors import UserError
from include.workbooks.limits import Package, admit, read_part
from include.workbooks.look_xlsx import sheet_parts
from include.workbooks.ole import workbook_stream
from include.workbooks.texts import texts

# What may lie over or in cells, by kind (its name is in texts.yaml): folders of parts, and elements of a drawing.
_PARTS = {
    "cell_pictures": ("xl/cellimages", "xl/richdata/"),
    "pictures": ("xl/media/",),
    "objects": ("xl/embeddings/",),
    "controls": ("xl/ctrlprops/", "xl/activex/"),
    "talks": ("xl/threadedcomments/",),
}
_ELEMENTS = {
    "pictures": re.compile(rb"<(?:\w+:)?pic[\s>]"),
    "shapes": re.compile(rb"<(?:\w+:)?(?:sp|cxnSp|grpSp|contentPart)[\s>]"),
    "charts": re.compile(rb"<(?:\w+:)?graphicFrame[\s>]"),
}
_ODS_SHAPES = re.compile(
    rb"<draw:(?:frame|custom-shape|g|line|rect|circle|ellipse|polyline|polygon|path|connector|control)[\s>]"
)
_XLS_OBJECT = 0x005D
_XLS_SHAPES = {0, 1, 2, 3, 4, 5, 6, 8, 9, 0x1E}  # group, line, … text box, picture, polygon, drawing; no comments


def is_whole(original: Package, copy: bytes, places: Collection[tuple[str, str]], color: str) -> bool:
    """Whether every sheet of an .xlsx is in its copy, and every one of the places (sheet, G7) filled with the colour."""
    package = admit(copy, "x.xlsx")
    parts = {_folded(name): part for name, part in sheet_parts(package, "x.xlsx")}
    ours = texts()["sheets"]["returned"]
    came = {_folded(name) for name, _ in sheet_parts(original, "x.xlsx")} - {ours}
    if not came <= parts.keys() or not came:
        return False
    assert package.container is not None
    colored = _styles_of(read_part(package.container, "xl/styles.xml", "x.xlsx"), color)
    sheets: dict[str, bytes] = {}
    for sheet, reference in places:
        part = parts.get(_folded(sheet))
        if part is None:
            return False
        xml = sheets.setdefault(sheet, b"") or read_part(package.container, part, "x.xlsx")
        sheets[sheet] = xml
        cell = re.search(rb'<c r="' + reference.encode() + rb'"[^<>]*?\ss="(\d+)"', xml)
        if cell is None or int(cell[1]) not in colored:
            return False
    return True


def _folded(name: str) -> str:
    return " ".join(name.split())


def _styles_of(styles: bytes, color: str) -> set[int]:
    """The numbers of the cell styles of openpyxl's that are filled with a colour."""
    tree = ElementTree.fromstring(styles)  # noqa: S314 (openpyxl wrote it)
    space = tree.tag.partition("}")[0] + "}"
    fills = {
        number
        for number, fill in enumerate(tree.iterfind(f"{space}fills/{space}fill"))
        if any(one.get("rgb") == color for one in fill.iter(f"{space}fgColor"))
    }
    styled = tree.iterfind(f"{space}cellXfs/{space}xf")
    return {number for number, style in enumerate(styled) if int(style.get("fillId", "0")) in fills}


def lost_in_copy(original: bytes, copy: bytes, name: str) -> list[str]:
    """What came in a file and is not in the workbook that goes back, in Chinese: 图片, 文本框和图形 …"""
    try:
        package = admit(original, name)
        if package.kind == "xlsx":
            came, kept = _held(package), _held(admit(copy, "x.xlsx"))
            lost = [kind for kind, count in came.items() if kept.get(kind, 0) < count]
        else:
            lost = ["shapes"] if _has_shapes(package, name) else []
    except UserError:
        return []
    if copy and _is_list_alone(copy):
        lost.append("entries")
    if "cell_pictures" in lost and "pictures" in lost and not _in_drawings(package)["pictures"]:
        lost.remove("pictures")
    names: dict[str, str] = texts()["returned"]["lost"]
    return [names[kind] for kind in names if kind in lost]


def _is_list_alone(copy: bytes) -> bool:
    """Whether what goes back of a 现场核查表 (of another format than .xlsx) has but the list of errors, and no entries."""
    sheets, ours = {sheet for sheet, _ in sheet_parts(admit(copy, "x.xlsx"), "x.xlsx")}, texts()["sheets"]
    return ours["inspection"] in sheets and ours["metadata"] not in sheets


def _held(package: Package) -> dict[str, int]:
    """How many there are of each kind."""
    assert package.container is not None
    held = _in_drawings(package)
    for kind, folders in _PARTS.items():
        parts = [part for part in map(str.lower, package.container.namelist()) if part.startswith(folders)]
        held[kind] = max(held.get(kind, 0), len([part for part in parts if not part.endswith("/")]))
    return held


def _in_drawings(package: Package) -> dict[str, int]:
    assert package.container is not None
    drawings = [
        read_part(package.container, part, "x.xlsx")
        for part in package.container.namelist()
        if part.lower().startswith("xl/drawings/") and part.lower().endswith(".xml")
    ]
    return {kind: sum(len(element.findall(xml)) for xml in drawings) for kind, element in _ELEMENTS.items()}


def _has_shapes(package: Package, name: str) -> bool:
    """Whether an .ods or .xls has pictures, text boxes or shapes; the answer to them is our form, which has none."""
    if package.kind == "ods" and package.container is not None:
        return _ODS_SHAPES.search(read_part(package.container, "content.xml", name)) is not None
    stream, position = (workbook_stream(package.content) or b"") if package.kind == "xls" else b"", 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        if kind == _XLS_OBJECT and length >= 6 and struct.unpack_from("<H", stream, position + 8)[0] in _XLS_SHAPES:
            return True
        position += 4 + length
    return False
