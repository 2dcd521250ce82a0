"""Which open Chinese faces this machine has, and which characters they can print.

var/fonts (filled by ops/fonts.py) comes first, then the system's Noto CJK. Nothing else is looked at,
so that the same folder gives the same PDF anywhere.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst

from include.settings import REPO

FOLDER = REPO / "var/fonts"
SYSTEM_FOLDERS = tuple(
    Path(folder)
    for folder in (
        "/usr/share/fonts/opentype/noto",
        "/usr/share/fonts/opentype/noto-cjk",
        "/usr/share/fonts/noto-cjk",
        "/usr/share/fonts/google-noto-cjk",
        "/usr/local/share/fonts/noto-cjk",
    )
)
OWN = (
    "FandolFang-Regular.otf",
    "FandolHei-Regular.otf",
    "FandolKai-Regular.otf",
    "FandolSong-Bold.otf",
    "FandolSong-Regular.otf",
)
SYSTEM = ("NotoSerifCJK-Regular.ttc", "NotoSerifCJK-Bold.ttc", "NotoSansCJK-Regular.ttc")
FIRST_IDEOGRAPH = 0x2E80  # from here on every character is as wide as it is high
MISSING_MARK = "〓"  # the trade's own mark for a character that the printer has no type for


@dataclass(frozen=True)
class Fonts:
    """The faces found, ours first, ready for typst."""

    paths: tuple[Path, ...]
    families: frozenset[str]
    loaded: Any

    def missing(self, text: Iterable[str]) -> list[str]:
        """Characters that no face can print, in the order of their code points; white space apart."""
        left = {character for character in text if not character.isspace()}
        for path in self.paths:
            if not left:
                break
            covered = _covered(path, path.stat().st_mtime_ns)
            left = {character for character in left if ord(character) not in covered}
        return sorted(left)

    def advances_em(self, families: Iterable[str]) -> dict[int, float]:
        """How wide the characters below the ideographs are, in parts of the size, in the first of `families` that is here."""
        stem = next(("".join(family.split()[:-1]) or family for family in families if family in self.families), "")
        path = next((path for path in self.paths if path.stem.startswith(stem)), self.paths[0])
        return _advances(path, path.stat().st_mtime_ns)


def font_files(folder: Path = FOLDER, system: Iterable[Path] = SYSTEM_FOLDERS) -> tuple[Path, ...]:
    """Font files present, ours first."""
    own = [folder / name for name in OWN]
    noto = [path for name in SYSTEM if (path := next((f / name for f in system if (f / name).is_file()), None))]
    return tuple(path for path in [*own, *noto] if path.is_file())


def find_fonts() -> Fonts | None:
    """The faces of this machine, read once; None where there is no Chinese face at all."""
    files = font_files()
    return _load(tuple((path, path.stat().st_mtime_ns) for path in files)) if files else None


@functools.lru_cache(maxsize=4)
def _load(files: tuple[tuple[Path, int], ...]) -> Fonts:
    paths = tuple(path for path, _ in files)
    folders = list(dict.fromkeys(str(path.parent) for path in paths))
    loaded = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    return Fonts(paths, frozenset(loaded.families()), loaded)


@functools.lru_cache(maxsize=16)
def _covered(path: Path, _mtime_ns: int) -> frozenset[int]:
    return frozenset(code_points(path.read_bytes()))


@functools.lru_cache(maxsize=16)
def _advances(path: Path, _mtime_ns: int) -> dict[int, float]:
    return advances_em(path.read_bytes())


def code_points(font: bytes) -> set[int]:
    """Code points that the first face of an OpenType file or collection maps to a glyph (cmap formats 4 and 12)."""
    return set(_glyphs(font, _tables(font)))


def advances_em(font: bytes) -> dict[int, float]:
    """How wide each character below the ideographs is in the first face of a file, in parts of its size."""
    tables = _tables(font)
    (per_em,) = struct.unpack_from(">H", font, tables[b"head"] + 18)
    (known,) = struct.unpack_from(">H", font, tables[b"hhea"] + 34)  # the last one stands for all glyphs after it
    return {
        code: struct.unpack_from(">H", font, tables[b"hmtx"] + 4 * min(glyph, known - 1))[0] / per_em
        for code, glyph in _glyphs(font, tables).items()
        if code < FIRST_IDEOGRAPH
    }


def _tables(font: bytes) -> dict[bytes, int]:
    """Where each table of the first face begins."""
    start = struct.unpack_from(">I", font, 12)[0] if font[:4] == b"ttcf" else 0
    count = struct.unpack_from(">H", font, start + 4)[0]
    return {
        font[place : place + 4]: struct.unpack_from(">I", font, place + 8)[0]
        for place in range(start + 12, start + 12 + 16 * count, 16)
    }


def _glyphs(font: bytes, tables: dict[bytes, int]) -> dict[int, int]:
    """The glyph of each code point."""
    cmap = tables[b"cmap"]
    found: dict[int, int] = {}
    for index in range(struct.unpack_from(">H", font, cmap + 2)[0]):
        offset = cmap + struct.unpack_from(">I", font, cmap + 4 + 8 * index + 4)[0]
        kind = struct.unpack_from(">H", font, offset)[0]
        if kind == 4:
            found |= _segments(font, offset)
        elif kind == 12:
            found |= _groups(font, offset)
    return found


def _segments(font: bytes, offset: int) -> dict[int, int]:
    length = struct.unpack_from(">H", font, offset + 6)[0]
    half = length // 2
    ends = struct.unpack_from(f">{half}H", font, offset + 14)
    base = offset + 16 + length
    starts = struct.unpack_from(f">{half}H", font, base)
    deltas = struct.unpack_from(f">{half}H", font, base + length)
    ranges = struct.unpack_from(f">{half}H", font, base + 2 * length)
    found = {}
    for index, (first, last, delta, shift) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
        for code in range(first, last + 1 if last < 0xFFFF else last):
            if shift == 0:
                glyph = (code + delta) & 0xFFFF
            else:
                place = base + 2 * length + 2 * index + shift + 2 * (code - first)
                glyph = struct.unpack_from(">H", font, place)[0]
            if glyph:
                found[code] = glyph
    return found


def _groups(font: bytes, offset: int) -> dict[int, int]:
    count = struct.unpack_from(">I", font, offset + 12)[0]
    found: dict[int, int] = {}
    for index in range(count):
        first, last, glyph = struct.unpack_from(">III", font, offset + 16 + 12 * index)
        found |= {code: glyph + code - first for code in range(first + (glyph == 0), last + 1)}
    return found
