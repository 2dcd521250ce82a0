"""Every file ever received or issued, stored once by its SHA-256 and never changed (design invariant 1)."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from include.errors import UserError
from include.settings import get_settings


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
    if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return sha256
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o444)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return sha256


def load(sha256: str) -> bytes:
    """The content. Raises UserError, in Chinese, where the archive has lost or damaged it."""
    path = path_of(sha256)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"档案库中没有文件 {sha256}(应在 {path.parent}),请从备份恢复后重试。") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UserError(f"档案库中的文件 {sha256} 已损坏:内容与其校验值不符,请从备份恢复后重试。")
    return content


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
