"""Every file ever received or issued, stored once by its SHA-256 and never changed (design invariant 1), encrypted.

What holds personal columns lies under the key of its ledger, subject and year instead of the one for all: `close_under` changes
the key, not the content, and what the first key closed is overwritten. Files of older versions lie there unencrypted, and stay so.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from include.archive import ciphertext
from include.archive.data_keys import INTAKE, ErasedError
from include.beforehand import at_hand
from include.errors import UserError
from include.machine_faults import as_fault
from include.settings import get_settings

NAME_LENGTH = 64
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


def path_of(sha256: str) -> Path:
    """Where a content lies, two folder levels deep: ab/cd/abcd….  Raises ValueError for what is no SHA-256."""
    if not re.fullmatch(rf"[0-9a-f]{{{NAME_LENGTH}}}", sha256):
        raise ValueError(f"not a SHA-256 in hex: {sha256!r}")
    return Path(_folder_of(sha256, get_settings().archive), sha256)


def _folder_of(sha256: str, archive: Path | str) -> str:
    return f"{archive}/{sha256[:2]}/{sha256[2:4]}"


def store(content: bytes, key: str = INTAKE) -> str:
    """Keep `content` under a key, for as long as that is there; its SHA-256. Storing the same again changes nothing, but for a
    damaged copy, which it mends, and one that is to be closed under a ledger's key.

    A crash at any point leaves either no file or the whole file: written beside, synced, renamed.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    if (ready := at_hand()) is not None:  # in a transaction: it is stored before that, which is then begun anew
        ready.keep(sha256, content, key, _store_before)
        return sha256
    path = path_of(sha256)
    if _holds(str(path), content):
        close_under(key, [sha256])
        return sha256
    temporary = _write_beside(str(path.parent), ciphertext.encrypted(content, key), is_synced=True)
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

    def add(self, content: bytes, key: str = INTAKE) -> str:
        """Write `content` beside where it will live; its SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        folder = _folder_of(sha256, self._archive)
        path = f"{folder}/{sha256}"
        if path not in self._beside and not _holds(path, content):
            self._beside[path] = _write_beside(folder, ciphertext.encrypted(content, key), is_synced=False)
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


def _store_before(contents: Mapping[str, tuple[bytes, str]]) -> None:
    store_all([content for content, key in contents.values() if key == INTAKE])
    for content, key in contents.values():
        if key != INTAKE:
            store(content, key)


def store_all(contents: Sequence[bytes]) -> list[str]:
    """`store` for many, as one pile."""
    if at_hand() is not None:
        return [store(content) for content in contents]
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
            for piece in ciphertext.encrypted_pieces(_hashed(pieces, copied.update), INTAKE):
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


def _hashed(pieces: Iterable[bytes], hear: Callable[[bytes], object]) -> Iterator[bytes]:
    for piece in pieces:
        hear(piece)
        yield piece


def close_under(key: str, names: Iterable[str]) -> None:
    """Put contents under a ledger's key that still lie under the one for all, and overwrite what that one could open.

    Done already, or lost: nothing happens, so that whoever is stopped may begin again. Raises UserError for a damaged one.
    """
    close_each(dict.fromkeys(names, key))


def close_each(keys: Mapping[str, str]) -> None:
    """`close_under` for many contents, each with its key."""
    beside: list[tuple[Path, str]] = []
    try:
        for sha256, key in keys.items():
            if key == INTAKE or is_personal(sha256):
                continue
            path = path_of(sha256)
            if path.exists():
                content = ciphertext.encrypted(load(sha256), key)
                beside.append((path, _write_beside(str(path.parent), content, is_synced=False)))
        if beside:
            with _told():
                _sync_file_system(get_settings().archive)
                for path, temporary in beside:
                    replace_and_overwrite(path, temporary)
                _sync_file_system(get_settings().archive)
    finally:
        for _, temporary in beside:
            _remove(temporary)


def replace_and_overwrite(path: Path, temporary: str) -> None:
    """Put another file in the place of one: the old bytes are reached by nobody and are no more, whichever way the disk is looked at later."""
    path.chmod(0o600)
    with path.open("r+b") as old:
        os.replace(temporary, path)
        old.write(bytes(os.fstat(old.fileno()).st_size))
        old.flush()
        os.fsync(old.fileno())


def key_of(sha256: str) -> str | None:
    """The name of the key under which a content lies; None where it lies unencrypted, or is not there."""
    try:
        with path_of(sha256).open("rb") as file:
            head = file.read(300)
    except FileNotFoundError:
        return None
    return ciphertext.key_of(head) if ciphertext.is_encrypted(head) else None


def is_personal(sha256: str) -> bool:
    """Whether a content lies under the key of a ledger with personal columns, be it destroyed."""
    return bool(key_of(sha256))


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
    """Whether the file is there and whole; not where it was closed by a key that is destroyed: it has come anew."""
    try:
        written = Path(path).read_bytes()
    except FileNotFoundError:
        return False
    if written == content:
        return True
    try:
        return ciphertext.is_encrypted(written) and ciphertext.decrypted(written) == content
    except (ciphertext.BrokenError, ErasedError):
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
    """The content. Raises UserError, in Chinese, where the archive has lost or damaged it, ErasedError where its time was up."""
    return load_with_key(sha256)[0]


def load_with_key(sha256: str) -> tuple[bytes, str]:
    """The content, and the name of the key under which it lies. Raises as `load`."""
    if (ready := at_hand()) is not None and (coming := ready.content_of(sha256)) is not None:
        return coming
    path, key = path_of(sha256), INTAKE
    try:
        written = path.read_bytes()
    except FileNotFoundError:
        raise _lost(path) from None
    if ciphertext.is_encrypted(written):
        try:
            key, written = ciphertext.key_of(written), ciphertext.decrypted(written)
        except ciphertext.BrokenError:
            raise _damaged(path) from None
    if hashlib.sha256(written).hexdigest() != sha256:
        raise _damaged(path)
    return written, key


def verify(sha256: str) -> None:
    """As `load`, without holding a content of any size in memory; nothing is wrong with one whose key is destroyed."""
    path = path_of(sha256)
    try:
        with path.open("rb") as file:
            is_closed = ciphertext.is_encrypted(file.read(300))
            file.seek(0)
            if is_closed:
                copied = hashlib.sha256()
                for piece in ciphertext.decrypted_pieces(file.read, os.fstat(file.fileno()).st_size):
                    copied.update(piece)
                found = copied.hexdigest()
            else:
                found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise _lost(path) from None
    except ErasedError:
        return
    except ciphertext.BrokenError:
        found = ""
    if found != sha256:
        raise _damaged(path)


def _lost(path: Path) -> UserError:
    return UserError(f"档案库中没有文件 {path.name}（应在 {path.parent}），请从备份恢复后重试。")


def _damaged(path: Path) -> UserError:
    return UserError(
        f"档案库中的文件 {path.name} 已损坏：内容与其校验值不符（或本系统的密钥 DUBAN_SECRET 换过），请从备份恢复后重试。"
    )


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
