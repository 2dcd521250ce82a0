"""A CSV of the register line by line, plain or in gzip, in any usual encoding."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from include.errors import UserError

ERRORS_LISTED = 50
_PACKED = b"\x1f\x8b"


def lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every line that is not blank."""
    try:
        content = path.read_bytes()
        if content.startswith(_PACKED):
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"登记册 {path.name} 无法打开：请检查文件是否存在、是否完整。") from error
    reader = csv.reader(io.StringIO(_decode(content, path.name), newline=""))
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise UserError(f"登记册 {path.name} 第{reader.line_num}行：不是有效的 CSV（{error}）。") from error


def listed(name: str, problems: list[str]) -> list[str]:
    """What is wrong with a file of the register: the first 50 problems, and how many more there are."""
    more = len(problems) - ERRORS_LISTED
    found = [f"登记册 {name} {problem}" for problem in problems[:ERRORS_LISTED]]
    return [*found, *([f"……另有 {more} 处问题未列出，请改正后重新导入。"] if more > 0 else [])]


def _decode(content: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError(f"{name}：文字编码无法识别，请另存为 UTF-8 编码的 CSV。")
