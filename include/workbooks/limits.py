"""What is let in at all: names, sizes, kinds of file. Everything here is cheap and looks before anything is unpacked."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from include.direction_marks import DIRECTION_MARKS
from include.errors import UserError
from include.workbooks.ole import workbook_stream
from include.workbooks.repacking import main_part, relations_of, repacked

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_PART_BYTES = 40 * 1024 * 1024
MAX_PARTS = 2_000
MAX_SHEETS = 50
MAX_ROWS = 20_100  # 20,000 and what stands above and below them
MAX_COLUMNS = 1_000
MAX_AREA = 400_000  # cells of all sheets together
MAX_MERGES = 10_000
MAX_MERGED_CELLS = 500_000
MAX_ELEMENTS = 500_000  # XML elements of all parts that are read
MAX_ELEMENTS_OF_A_LIST = 100_000  # of the list of sheets and the names beside it
MAX_READ_BYTES = 60 * 1024 * 1024  # of all parts that are read
MAX_TEXT_BYTES = 100 * 1024 * 1024  # of the texts of all cells, each as often as it is shown
MAX_LINE_LENGTH = 100_000
MAX_NAME_LENGTH = 200
CHUNK_BYTES = 1024 * 1024

Kind = Literal["xlsx", "xls", "ods", "csv"]

_EXTENSIONS: dict[Kind, tuple[str, ...]] = {
    "xlsx": (".xlsx", ".xlsm"),
    "xls": (".xls",),
    "ods": (".ods",),
    "csv": (".csv", ".txt", ".tsv"),
}
_KIND_NAMES: dict[Kind, str] = {
    "xlsx": "Excel 工作簿（.xlsx）",
    "xls": "Excel 97-2003 工作簿（.xls）",
    "ods": "OpenDocument 电子表格（.ods）",
    "csv": "CSV 文本（.csv）",
}
# Endings that say nothing of the content: what is left of a name that was lost on the way.
_NAMELESS = ("", ".bin", ".dat", ".tmp", ".download", ".octet-stream", ".att")
_MAIN = "xl/workbook.xml"
_ACCEPTED = ".xlsx、.xlsm、.xls、.ods、.csv"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ARCHIVE = "压缩包"
_OTHERS: list[tuple[bytes, str]] = [
    (b"%PDF", "PDF 文件"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"BM", "图片"),
    (b"Rar!", _ARCHIVE),
    (b"7z\xbc\xaf", _ARCHIVE),
    (b"\x1f\x8b", _ARCHIVE),
]
_OFFICE_PARTS = {"word/document.xml": "Word 文档", "ppt/presentation.xml": "PowerPoint 文档"}
_TNEF = b"\x78\x9f\x3e\x22"
_HEAD_BYTES = 4096
_CSV_MARKS = ["填报项".encode(encoding) for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")]
_DECLARATIONS = ("<!DOCTYPE", "<!ENTITY")
_WAY_OUT = "请在本系统发出的填报表中填写，保存后直接发回"


class Refusal(UserError):  # noqa: N818 (it is an answer, not a fault)
    """A file that cannot be read as a form of ours: why, and what to do, in Chinese."""


@dataclass(frozen=True)
class Package:
    """A file that passed: its kind, and for zipped kinds the opened container."""

    kind: Kind
    content: bytes
    container: zipfile.ZipFile | None = None


def admit(content: bytes, name: str) -> Package:
    """The kind of a file by its content, after the checks of name, size and container. Raises Refusal."""
    check_name(name)
    if not content:
        raise Refusal(f"文件“{name}”是空的（0 字节）。请重新保存后再发。")
    if len(content) > MAX_FILE_BYTES:
        raise too_big(name, len(content))
    package = _sniff(content, name)
    extension = PurePosixPath(name.rstrip(" .")).suffix.lower()
    if package.kind == "csv" and extension != ".csv":
        if not _is_text(content):
            raise broken(name)
        if not any(mark in content[:_HEAD_BYTES] for mark in _CSV_MARKS):
            raise _not_a_sheet(name, "普通文本")
    if extension not in (*_EXTENSIONS[package.kind], *_NAMELESS):
        shown = extension or "没有扩展名"
        raise Refusal(
            f"文件“{name}”的扩展名（{shown}）与内容不符：内容是{_KIND_NAMES[package.kind]}。"
            f"请用 Excel 或 WPS 打开后另存为 {_EXTENSIONS[package.kind][0]} 再发。"
        )
    return package


def is_lock_file(name: str) -> bool:
    """Whether it is what Office leaves beside a file that is open (~$名.xlsx): it holds nothing, and nobody meant to send it."""
    return name.startswith("~$")


def _not_a_sheet(name: str, what: str) -> Refusal:
    return Refusal(f"文件“{name}”是{what}，不是电子表格。可用的格式：{_ACCEPTED}。{_WAY_OUT}。")


def _packed(name: str) -> Refusal:
    return Refusal(
        f"文件“{name}”是压缩包，系统不会解压。请解压后，把里面的填报表（{_ACCEPTED}）直接作为附件发来，一个单位一个文件。"
    )


def _is_text(content: bytes) -> bool:
    for encoding in text_encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return "\x00" not in text
    return False


def text_encodings(content: bytes) -> list[str]:
    """What a text may be written in, most likely first: UTF-16 where it has that mark, or noughts as Latin letters give."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    return ["utf-16-le", "utf-16-be"] if b"\x00" in content else ["utf-8-sig", "gb18030"]


def check_name(name: str) -> None:
    """Raise Refusal for a name with path parts, control characters, or too long."""
    shown = printable(name)[:60]
    if not name.strip():
        raise Refusal("文件没有名字。请给文件起一个名字后再发。")
    if "/" in name or "\\" in name or name in (".", ".."):
        raise Refusal(f"文件名“{shown}”含有路径成分（/ 或 \\）。请只用普通文件名后再发。")
    if any(unicodedata.category(character) == "Cc" or character in DIRECTION_MARKS for character in name):
        raise Refusal(f"文件名“{shown}”含有控制字符。请改名后再发。")
    if len(name) > MAX_NAME_LENGTH:
        raise Refusal(f"文件名“{shown}…”超过 {MAX_NAME_LENGTH} 个字。请改短后再发。")


def printable(text: str) -> str:
    """The text without control characters, line breaks and marks that turn the direction of writing."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs") and c not in DIRECTION_MARKS)


def _sniff(content: bytes, name: str) -> Package:
    if content.startswith(b"PK"):
        return _sniff_zip(content, name)
    if content.startswith(_OLE):
        return _sniff_ole(content, name)
    if content.startswith(_TNEF):
        raise Refusal(
            f"文件“{name}”是 Outlook 用富文本格式发信时打的包（winmail.dat），里面的附件取不出来。"
            "请在 Outlook 里把邮件格式改为 HTML（或用网页版邮箱），把填报表作为附件重新发送。"
        )
    for magic, what in _OTHERS:
        if content.startswith(magic):
            raise _packed(name) if what == _ARCHIVE else _not_a_sheet(name, what)
    start = content[:1024].lstrip(b"\xef\xbb\xbf\xff\xfe\r\n\t \x00").lower().replace(b"\x00", b"")
    if re.match(rb"<(!doctype html|html|head|meta|table|body|style|script)", start):
        raise Refusal(f"文件“{name}”的内容是网页（HTML），不是电子表格。请用 Excel 或 WPS 打开后另存为 .xlsx 再发。")
    if re.match(rb"(mime-version:|from: *<saved by)", start):
        raise Refusal(f"文件“{name}”的内容是网页（MHTML），不是电子表格。请用 Excel 或 WPS 打开后另存为 .xlsx 再发。")
    if start.startswith(b"<?xml") or start.startswith(b"<"):
        raise Refusal(f"文件“{name}”的内容是 XML，不是电子表格。请用 Excel 或 WPS 打开后另存为 .xlsx 再发。")
    return Package("csv", content)


def _sniff_zip(content: bytes, name: str) -> Package:
    container = open_zip(content, name)
    names = set(container.namelist())
    if "xl/workbook.bin" in names:
        raise Refusal(f"文件“{name}”是二进制工作簿（.xlsb）。请另存为 .xlsx 再发。")
    if _MAIN in names:
        if any(part.lower().startswith("xl/externallinks/") for part in names):
            raise linked(name)
        relations = relations_of(_MAIN)
        if relations in names and b"./" in read_part(container, relations, name):
            return _usual(container, _MAIN, name)
        return Package("xlsx", content, container)
    if "content.xml" in names and "mimetype" in names:
        if read_part(container, "mimetype", name).startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
            if "META-INF/manifest.xml" in names and b"encryption-data" in read_part(
                container, "META-INF/manifest.xml", name
            ):
                raise encrypted(name)
            return Package("ods", content, container)
        raise _not_a_sheet(name, "其他 OpenDocument 文件")
    main = main_part(names, lambda part: read_part(container, part, name))
    if main is not None:
        return _usual(container, main, name)
    what = next((what for part, what in _OFFICE_PARTS.items() if part in names), "")
    if not what and any(part.replace("\\", "/").lower() == "xl/workbook.xml" for part in names):
        raise _irregular(name)
    if not what:
        raise _packed(name)
    raise _not_a_sheet(name, what)


def _usual(container: zipfile.ZipFile, main: str, name: str) -> Package:
    """A workbook whose parts stand, or are named, otherwise than usual, put in the usual order. Raises Refusal."""
    if any("externallinks/" in part.lower() for part in container.namelist()):
        raise linked(name)
    size = sum(part.file_size for part in container.infolist())
    if size > MAX_READ_BYTES:
        raise too_large(name, f"展开后有 {size / 1024 / 1024:.0f} MB")
    content = repacked(container, main, lambda part: read_part(container, part, name))
    if content is None:
        raise _irregular(name)
    return Package("xlsx", content, open_zip(content, name))


def _irregular(name: str) -> Refusal:
    return Refusal(
        f"文件“{name}”是某些软件导出的工作簿，内部结构不规范，无法读取。请用 Excel 或 WPS 打开后另存为 .xlsx 再发。"
    )


def mail_file(name: str) -> Refusal:
    """A mail kept as a file, as Outlook keeps them."""
    return Refusal(
        f"文件“{name}”是一封保存下来的邮件，不是填报表。请打开它，把里面的填报表另存出来，直接作为附件发来（或放进收件夹）。"
    )


def _sniff_ole(content: bytes, name: str) -> Package:
    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") + b"\x00\x00" in content

    if holds("__properties_version1.0") and workbook_stream(content) is None:  # whatever is attached to it
        raise mail_file(name)
    if holds("EncryptedPackage"):
        raise encrypted(name)
    if holds("Workbook") or holds("Book"):
        return Package("xls", content)
    what = "Word 文档" if holds("WordDocument") else "旧版 Office 文件"
    raise Refusal(f"文件“{name}”是{what}，不是电子表格，或者已经损坏。可用的格式：{_ACCEPTED}。{_WAY_OUT}。")


def linked(name: str) -> Refusal:
    """For a workbook that points into other files."""
    return Refusal(
        f"文件“{name}”含有指向其他文件的外部链接，系统不会打开别的文件。请用“数据—编辑链接—断开链接”改成数值后再发。"
    )


def too_big(name: str, size: int) -> Refusal:
    """For a file of so many bytes, which need not be opened to know."""
    return Refusal(
        f"文件“{name}”有 {size / 1024 / 1024:.1f} MB，超过 20 MB 的上限。填报表本身不到 1 MB，请去掉图片等附件后再发。"
    )


def encrypted(name: str) -> Refusal:
    return Refusal(f"文件“{name}”已加密，无法读取。请取消打开密码（文件—信息—保护工作簿）后再发。")


def broken(name: str) -> Refusal:
    return Refusal(f"文件“{name}”已损坏或不完整，无法读取。请在电脑上确认能打开，重新保存后再发。")


def too_large(name: str, what: str) -> Refusal:
    return Refusal(f"文件“{name}”{what}，超出了填报表的正常大小，没有读取。{_WAY_OUT}。")


def elements_in(xml: bytes) -> int:
    """How many XML elements there are, or a few more."""
    return xml.count(b"<") - xml.count(b"</")


def check_elements(name: str, elements: int, most: int = MAX_ELEMENTS) -> None:
    """Raise Refusal where there is more XML than any form has."""
    if elements > most:
        raise too_large(name, f"的内容（单元格、样式、批注等）超过 {most} 项")


def open_zip(content: bytes, name: str) -> zipfile.ZipFile:
    """The container, with its directory checked: damaged, encrypted, far too large once unpacked. Raises Refusal."""
    try:
        container = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise broken(name) from error
    parts = container.infolist()
    if any(part.flag_bits & 0x1 for part in parts):
        raise encrypted(name)
    total = sum(part.file_size for part in parts)
    if total > MAX_UNPACKED_BYTES or len(parts) > MAX_PARTS:
        raise too_large(name, f"展开后有 {total / 1024 / 1024:.0f} MB、{len(parts)} 个部件")
    if len({part.filename.lower() for part in parts}) != len(parts):
        raise broken(name)
    return container


def read_part(container: zipfile.ZipFile, part: str, name: str) -> bytes:
    """One part, unpacked; its size and checksum are verified on the way. Raises Refusal."""
    try:
        info = container.getinfo(part)
        if info.file_size > MAX_PART_BYTES:
            raise too_large(name, f"的一个部件展开后有 {info.file_size / 1024 / 1024:.0f} MB")
        data = container.read(info)
    except Refusal:
        raise
    except Exception as error:  # zlib, struct, zipfile, key … : whatever a damaged container may raise
        raise broken(name) from error
    encoding = (
        "utf-8"
        if b"\0" not in data[:4]
        else "utf-16-le"
        if data[:1] == b"<" or data[:2] == b"\xff\xfe"
        else "utf-16-be"
    )
    if any(mark.encode(encoding) in data for mark in _DECLARATIONS):
        raise Refusal(f"文件“{name}”含有不允许的 XML 声明（DOCTYPE），没有读取。{_WAY_OUT}。")
    return data
