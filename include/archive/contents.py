"""Every file ever received or issued, stored once by its SHA-256 and never changed (design invariant 1)."""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from include.errors import UserError
from include.machine_faults import as_fault
from include.settings import get_settings

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


def path_of(sha256: str) -> Path:
    """Where a content lies, two folder levels deep: ab/cd/abcd….  Raises ValueError for what is no SHA-256."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(f"not a SHA-256 in hex: {sha256!r}")
    return Path(_folder_of(sha256, get_settings().archive), sha256)


def _folder_of(sha256: str, archive: Path | str) -> str:
    return f"{archive}/{sha256[:2]}/{sha256[2:4]}"


def store(content: bytes) -> str:
    """Keep `content` for ever; its SHA-256. Storing the same again changes nothing, and mends a damaged copy.

    A crash at any point leaves either no file or the whole file: written beside, synced, renamed.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(sha256)
    if _holds(str(path), content):
        return sha256
    temporary = _write_beside(str(path.parent), content, is_synced=True)
    try:
        with _told():
            os.replace(temporary, path)
            _sync_folder(path.parent)
    except BaseException:
        _remove(temporary)
        raise
    return sha256


class Pile:
    """Contents on their way into the archive: each is written when it is added, `keep` makes all durable at once.

    As durable as `store`, but the file system is synced twice a pile and not twice a file. Until `keep` the archive has none.
    """

    def __init__(self) -> None:
        self._archive = get_settings().archive
        self._beside: dict[str, str] = {}  # by path: the passing one

    def add(self, content: bytes) -> str:
        """Write `content` beside where it will live; its SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        folder = _folder_of(sha256, self._archive)
        path = f"{folder}/{sha256}"
        if path not in self._beside and not _holds(path, content):
            self._beside[path] = _write_beside(folder, content, is_synced=False)
        return sha256

    def keep(self) -> None:
        """Take all into the archive for ever; the pile is empty then."""
        if not self._beside:
            return
        with _told():
            _sync_file_system(self._archive)
            for path, temporary in self._beside.items():
                os.replace(temporary, path)
            _sync_file_system(self._archive)
        self._beside.clear()

    def drop(self) -> None:
        """Remove what was added since the last `keep`."""
        for temporary in self._beside.values():
            _remove(temporary)
        self._beside.clear()


def store_all(contents: Sequence[bytes]) -> list[str]:
    """`store` for many, as one pile."""
    pile = Pile()
    try:
        names = [pile.add(content) for content in contents]
        pile.keep()
    finally:
        pile.drop()
    return names


def store_pieces(pieces: Iterable[bytes]) -> str:
    """`store` for a content of any size, which is never held in memory whole."""
    folder = get_settings().archive
    with _told():
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
    copied, temporary = hashlib.sha256(), Path(name)
    try:
        with os.fdopen(handle, "wb", buffering=0) as target:
            for piece in pieces:
                copied.update(piece)
                with _told():
                    _write_all(target.fileno(), piece)
            with _told():
                os.fsync(target.fileno())
                os.fchmod(target.fileno(), 0o444)
        path = path_of(copied.hexdigest())
        with _told():
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(path)
            _sync_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return copied.hexdigest()


@contextmanager
def _told() -> Iterator[None]:
    """A disk that is full, read-only or broken, in Chinese and with the archive's name (MachineError)."""
    try:
        yield
    except OSError as error:
        raise _fault(error) from error


def _fault(error: OSError) -> Exception:
    return as_fault(error, get_settings().archive) or error


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _holds(path: str, content: bytes) -> bool:
    try:
        return os.stat(path).st_size == len(content) and Path(path).read_bytes() == content
    except FileNotFoundError:
        return False


def _write_beside(folder: str, content: bytes, *, is_synced: bool) -> str:
    """The content under a passing name in the folder where it will live, read-only; its path.

    Thousands of mails go this way: the calls of the system and nothing around them.
    """
    temporary = f"{folder}/.{secrets.token_hex(8)}.part"
    try:
        try:
            handle = os.open(temporary, _NEW_FILE, 0o600)
        except FileNotFoundError:
            os.makedirs(folder, exist_ok=True)
            handle = os.open(temporary, _NEW_FILE, 0o600)
    except OSError as error:
        raise _fault(error) from error
    try:
        _write_all(handle, content)
        os.fchmod(handle, 0o444)
        if is_synced:
            os.fsync(handle)
    except BaseException as error:
        _remove(temporary)
        raise (_fault(error) if isinstance(error, OSError) else error) from None
    finally:
        os.close(handle)
    return temporary


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def load(sha256: str) -> bytes:
    """The content. Raises UserError, in Chinese, where the archive has lost or damaged it."""
    path = path_of(sha256)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise _lost(path) from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _damaged(path)
    return content


def verify(sha256: str) -> None:
    """As `load`, without holding a content of any size in memory."""
    path = path_of(sha256)
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise _lost(path) from None
    if found != sha256:
        raise _damaged(path)


def _lost(path: Path) -> UserError:
    return UserError(f"档案库中没有文件 {path.name}（应在 {path.parent}），请从备份恢复后重试。")


def _damaged(path: Path) -> UserError:
    return UserError(f"档案库中的文件 {path.name} 已损坏：内容与其校验值不符，请从备份恢复后重试。")


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
