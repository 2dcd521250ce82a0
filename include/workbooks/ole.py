"""The workbook stream inside an old Excel file (OLE compound file), read with nothing but its allocation tables."""

from __future__ import annotations

import struct

_END = 0xFFFFFFFA  # this and above are marks, not sectors
_ENTRY_BYTES = 128


def workbook_stream(content: bytes) -> bytes | None:
    """The stream Workbook (or Book, before 1997); None where the container is damaged or has none."""
    try:
        return _workbook_stream(content)
    except (struct.error, IndexError, ValueError):
        return None


def _workbook_stream(content: bytes) -> bytes | None:
    sector_bytes, mini_bytes = 1 << _u16(content, 30), 1 << _u16(content, 32)
    if sector_bytes not in (512, 4096) or mini_bytes != 64:
        return None

    def sector(number: int) -> bytes:
        start = (number + 1) * sector_bytes
        if start >= len(content):
            raise ValueError("sector beyond the end")
        return content[start : start + sector_bytes]

    table_sectors = [n for n in struct.unpack_from("<109I", content, 76) if n < _END]
    following, visited = _u32(content, 68), set()
    while following < _END and following not in visited:
        visited.add(following)
        numbers = _numbers(sector(following))
        table_sectors += [n for n in numbers[:-1] if n < _END]
        following = numbers[-1]
    table = [number for n in table_sectors for number in _numbers(sector(n))]
    directory = b"".join(sector(n) for n in _chain(table, _u32(content, 48)))
    entries = [directory[i : i + _ENTRY_BYTES] for i in range(0, len(directory), _ENTRY_BYTES)]
    entry = next((e for e in entries if _name(e).lower() in ("workbook", "book") and e[66] == 2), None)
    if entry is None:
        return None
    start, size = _u32(entry, 116), _u32(entry, 120)
    if size >= _u32(content, 56):
        stream = b"".join(sector(n) for n in _chain(table, start))
    else:
        small = b"".join(sector(n) for n in _chain(table, _u32(entries[0], 116)))
        small_table = [number for n in _chain(table, _u32(content, 60)) for number in _numbers(sector(n))]
        stream = b"".join(small[n * mini_bytes : (n + 1) * mini_bytes] for n in _chain(small_table, start))
    return stream[:size] if len(stream) >= size else None


def _chain(table: list[int], start: int) -> list[int]:
    chain: list[int] = []
    visited: set[int] = set()
    while start < _END:
        if start in visited:
            raise ValueError("a chain that bites its tail")
        visited.add(start)
        chain.append(start)
        start = table[start]
    return chain


def _name(entry: bytes) -> str:
    length = _u16(entry, 64)
    return entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data)


def _u16(data: bytes, offset: int) -> int:
    return int(struct.unpack_from("<H", data, offset)[0])


def _u32(data: bytes, offset: int) -> int:
    return int(struct.unpack_from("<I", data, offset)[0])
