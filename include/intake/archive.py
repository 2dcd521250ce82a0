"""Every file ever received or issued, stored once by its SHA-256 and never changed (design invariant 1)."""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from include.errors import UserError
from include.settings import get_settings

_PIECE_BYTES = 1024 * 1024


def path_of(sha256: str) -> Path:
    """Where a content lies, two folder levels deep: ab/cd/abcd….  Raises ValueError for what is no SHA-256."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(f"not a SHA-256 in hex: {sha256!r}")
    return get_settings().archive / sha256[:2] / sha256[2:4] / sha256


def store(content: bytes) -> str:
    """Keep `content` for ever; its SHA-256. Storing the same again changes nothing, and mends a damaged copy.

    A crash at any point leaves either no file or the whole file: written beside, synced, renamed.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(sha256)
    if _holds(path, content):
        return sha256
    temporary = _write_beside(path, content, is_synced=True)
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return sha256


def store_all(contents: Sequence[bytes]) -> list[str]:
    """`store` for many: as durable when it returns, but the file system is synced twice in all and not twice a file."""
    names = [hashlib.sha256(content).hexdigest() for content in contents]
    new = {
        path: content
        for sha256, content in zip(names, contents, strict=True)
        if not _holds(path := path_of(sha256), content)
    }
    if not new:
        return names
    beside: dict[Path, Path] = {}
    try:
        for path, content in new.items():
            beside[path] = _write_beside(path, content, is_synced=False)
        _sync_file_system(get_settings().archive)
        for path, temporary in beside.items():
            temporary.replace(path)
    except BaseException:
        for temporary in beside.values():
            temporary.unlink(missing_ok=True)
        raise
    _sync_file_system(get_settings().archive)
    return names


def store_file(source: Path) -> str:
    """`store` for a file of any size, which is never held in memory whole."""
    with source.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        path = path_of(sha256)
        if path.exists() and path.stat().st_size == file.tell():
            return sha256
        file.seek(0)
        temporary = _write_beside(path, b"", is_synced=False)
        copied = hashlib.sha256()
        try:
            temporary.chmod(0o600)
            with temporary.open("wb") as target:
                while piece := file.read(_PIECE_BYTES):
                    target.write(piece)
                    copied.update(piece)
                target.flush()
                os.fsync(target.fileno())
                os.fchmod(target.fileno(), 0o444)
            if copied.hexdigest() != sha256:
                raise OSError(f"{source} was changed while it was copied")
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    _sync_folder(path.parent)
    return sha256


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False


def _write_beside(path: Path, content: bytes, *, is_synced: bool) -> Path:
    """The content under a passing name in the folder where it will live, read-only."""
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if is_synced:
                os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o444)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return Path(temporary)


def load(sha256: str) -> bytes:
    """The content. Raises UserError, in Chinese, where the archive has lost or damaged it."""
    path = path_of(sha256)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"档案库中没有文件 {sha256}（应在 {path.parent}），请从备份恢复后重试。") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UserError(f"档案库中的文件 {sha256} 已损坏：内容与其校验值不符，请从备份恢复后重试。")
    return content


def _sync_file_system(folder: Path) -> None:
    """Make everything written so far durable, contents and renames. Raises OSError where the disk refuses."""
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:  # not Linux
        os.sync()
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        if syncfs(handle) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
