"""Which files lie in the inbox, a folder or an object store: the one answer for who takes them and for who watches."""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import os
import re
import secrets
import signal
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from include.errors import UserError
from include.period import real_now
from include.settings import Settings

SETTING = "DUBAN_INBOX"
QUIET_SECONDS = 1.0
LEFTOVERS = ".taken"
# The schemes of object stores, and the package that Airflow reads each with.
PACKAGES = {
    "s3": "apache-airflow-providers-amazon[s3fs]",
    "gs": "apache-airflow-providers-google",
    "gcs": "apache-airflow-providers-google",
    "abfs": "apache-airflow-providers-microsoft-azure",
    "abfss": "apache-airflow-providers-microsoft-azure",
}
_FOLDER_POLL_SECONDS = 0.5
_STORE_POLL_SECONDS = 5.0  # a look costs a request a folder
_PIECE_BYTES = 4 * 1024 * 1024
_MOST_LYING = 1_000
_LONGEST_NAME = 80  # of 255 bytes
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_READ_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_PASSING = re.compile(r"\.(?!\.).*|~.*|.*\.(part|tmp|crdownload)", re.IGNORECASE | re.DOTALL)
_SECRET = re.compile(r"(?<=://)[^@/]*:[^@/]*@")


@dataclass(frozen=True)
class Look:
    """A file as it was seen once: two equal looks are the same content. `tag` is a store's own mark of the content, of a
    file of a folder its number and the time of its last change of any kind, which nobody can set back."""

    size: int
    changed_ns: int
    tag: str = ""

    def is_content_of(self, other: Look) -> bool:
        """Whether it is that file still, of a folder, though it may have been renamed since."""
        number, other_number = (look.tag.rpartition("/")[0] for look in (self, other))
        return (self.size, self.changed_ns, number) == (other.size, other.changed_ns, other_number)


class ChangedError(Exception):
    """The file is no longer the one that was seen; it is left for the next time."""


class Inbox(Protocol):
    """What a folder and an object store have in common. A place is a file's path in the folder or the store."""

    def look(self) -> dict[str, Look]:
        """Every file in the inbox and one folder below, but for passing names and links, which are never followed."""

    def whole(self) -> dict[str, Look]:
        """As `look`, without those that are still being written."""

    def pieces(self, place: str, look: Look) -> Iterator[bytes]:
        """The content, never whole in memory. Raises FileNotFoundError where somebody has taken it away, ChangedError
        where it is no longer as it was seen."""

    def remove(self, seen: Mapping[str, Look]) -> None:
        """Away with those files that are still as they were seen; the others are new contents, for the next time."""

    def lying(self, seconds: float) -> list[str]:
        """What has been there for so long, taken or not; places below the inbox."""


class StoreRoot(Protocol):
    """What is needed of Airflow's ObjectStoragePath: a file system of fsspec, and a path in it."""

    @property
    def fs(self) -> Any: ...

    @property
    def path(self) -> str: ...


StoreOpener = Callable[[str], StoreRoot]


def is_store(address: str) -> bool:
    """Whether the setting names an object store; a path and a file:// URL are folders."""
    return "://" in address and not address.startswith("file://")


def shown(address: str) -> str:
    """The address for messages and for Airflow's database: without a password that somebody wrote into it."""
    return _SECRET.sub("***:***@", address)


def watched(settings: Settings) -> tuple[str, float]:
    """What the watcher is to look at, from whatever folder it runs in, and how often (seconds)."""
    if is_store(settings.inbox):
        return shown(settings.inbox), settings.inbox_poll_seconds or _STORE_POLL_SECONDS
    address = settings.inbox if settings.inbox.startswith("file://") else str(Path(settings.inbox).absolute())
    return address, settings.inbox_poll_seconds or _FOLDER_POLL_SECONDS


def open_inbox(address: str, open_store: StoreOpener | None = None) -> Inbox:
    """The inbox of a setting: a path, file:///path, or scheme://bucket/prefix with `connection@` before the bucket.

    `open_store` opens object stores: include/airflow_ext/object_store.py hands it in. Raises UserError for an address
    that makes no sense.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        raise UserError(f"{SETTING}“{shown(address)}”不是有效的地址：{_USAGE}") from None
    if not is_store(address):
        if parts.scheme == "file" and (parts.netloc not in ("", "localhost") or not parts.path.startswith("/")):
            raise UserError(
                f"{SETTING}“{address}”不是有效的文件夹地址：file:// 后面应为绝对路径，如 file:///data/inbox。"
            )
        return Folder(Path(unquote(parts.path) if parts.scheme == "file" else address))
    login, _, bucket = parts.netloc.rpartition("@")
    problems = []
    if parts.scheme not in PACKAGES:
        problems.append(f"{SETTING}“{shown(address)}”：不认识“{parts.scheme}://”；{_USAGE}")
    if not bucket:
        problems.append(f"{SETTING}“{shown(address)}”没有写存储桶：{_USAGE}")
    if ":" in login:
        problems.append(
            f"{SETTING} 里不能写密钥：请在 Airflow 里建一个连接，写成 {parts.scheme}://连接名@存储桶/文件夹，并更换已经写出来的密钥。"
        )
    if problems:
        raise UserError(*problems)
    if open_store is None:
        raise UserError(f"{SETTING} 是对象存储（{address}），只有 Airflow 里的流程能读；在这里请改用文件夹。")
    return Store(open_store(address), address)


_USAGE = f"请写成文件夹的路径，或 {'、'.join(f'{scheme}://' for scheme in PACKAGES)} 开头的“存储桶/文件夹”，如 s3://连接名@存储桶/inbox。"


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, into which others write: a file that was seen may be another one, a link or a pipe by now.

    So a file is opened step by step below the inbox, never through a link, and looked at once it is open.
    """

    path: Path

    def look(self) -> dict[str, Look]:
        seen = {**self._seen(0), **self._seen(1)}
        inside = f"{self.path}/"
        return {place: look for place, look in seen.items() if not is_passing(place.removeprefix(inside).split("/"))}

    def leftovers(self) -> dict[str, Look]:
        """What an older version had moved aside, into .taken/<time>/<n>/, when it was stopped. Whoever writes into the
        inbox can write there as well: the time in the name is nobody's word."""
        return self._seen(2, below=LEFTOVERS)

    def lying(self, seconds: float) -> list[str]:
        """Whatever has been in the inbox for so long (real time), at any depth and of any kind, but for folders; paths
        below the inbox, a thousand at most."""
        found: list[str] = []
        for folder, _, names in os.walk(self.path, followlinks=False):
            places = [f"{folder}/{name}" for name in names]
            found += [place.removeprefix(f"{self.path}/") for place in places if _age_seconds(place) > seconds]
            if len(found) >= _MOST_LYING:
                break
        return sorted(found)[:_MOST_LYING]

    def _seen(self, levels: int, below: str = "") -> dict[str, Look]:
        """The regular files so many levels below the inbox, or below one of its folders, by path."""
        folders = [str(self.path / below)]
        for _ in range(levels):
            folders = [one.path for folder in folders for one in _entries(folder) if one.is_dir(follow_symlinks=False)]
        found = {}
        for entry in (one for folder in folders for one in _entries(folder)):
            with suppress(FileNotFoundError):  # taken away meanwhile
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    found[entry.path] = _looked(status)
        return dict(sorted(found.items()))

    def whole(self) -> dict[str, Look]:
        return self._whole(self.look())

    def whole_leftovers(self) -> dict[str, Look]:
        """As `leftovers`, without those that are still being written."""
        return self._whole(self.leftovers())

    def _whole(self, seen: dict[str, Look]) -> dict[str, Look]:
        if any(_age_seconds(place) < QUIET_SECONDS for place in seen):
            time.sleep(QUIET_SECONDS)
        return {place: look for place, look in seen.items() if self._is_whole(place, look)}

    def _is_whole(self, place: str, before: Look) -> bool:
        try:
            with self._opened(place) as handle:
                return _looked(os.fstat(handle)) == before and not _is_being_written(handle)
        except OSError:
            return False

    @contextmanager
    def _opened(self, place: str) -> Iterator[int]:
        """The file, open for reading, whatever it is. Raises OSError where a link is in the way, or nothing there."""
        with self._folder_of(place) as (folder, name):
            handle = os.open(name, _READ, dir_fd=folder)
        try:
            yield handle
        finally:
            os.close(handle)

    @contextmanager
    def _folder_of(self, place: str) -> Iterator[tuple[int, str]]:
        """The folder that the file lies in, open, and its name there. Raises OSError where a link is in the way."""
        *folders, name = place.removeprefix(f"{self.path}/").split("/")
        opened = [os.open(self.path, _READ_FOLDER)]
        try:
            for folder in folders:
                opened.append(os.open(folder, _READ_FOLDER | os.O_NOFOLLOW, dir_fd=opened[-1]))
            yield opened[-1], name
        finally:
            for handle in opened:
                os.close(handle)

    def pieces(self, place: str, look: Look) -> Iterator[bytes]:
        with self._opened(place) as handle:
            if _looked(os.fstat(handle)) != look:
                raise ChangedError(place)
            while piece := os.read(handle, _PIECE_BYTES):
                yield piece
            if _looked(os.fstat(handle)) != look:
                raise ChangedError(place)

    def remove(self, seen: Mapping[str, Look]) -> None:
        """Put away under a name of ours first and looked at there: what came in its place meanwhile stays."""
        for place, before in seen.items():
            with suppress(FileNotFoundError), self._folder_of(place) as (folder, name):
                away = f".{secrets.token_hex(8)}.part"
                os.rename(name, away, src_dir_fd=folder, dst_dir_fd=folder)
                status = os.stat(away, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISREG(status.st_mode) and _looked(status).is_content_of(before):
                    os.unlink(away, dir_fd=folder)
                else:  # not under its old name, where something newer may lie again
                    os.rename(away, f"{away[1:-5]}_{name}"[-_LONGEST_NAME:], src_dir_fd=folder, dst_dir_fd=folder)
        self._tidy_leftovers()

    def _tidy_leftovers(self) -> None:
        """The emptied folders of `leftovers`, from the inside out."""
        for folder, _, _ in os.walk(self.path / LEFTOVERS, topdown=False, followlinks=False):
            with suppress(OSError):  # not empty
                Path(folder).rmdir()


@dataclass(frozen=True)
class Store:
    """A bucket, or a prefix of one. Stores publish whole objects, so that what is seen is never half-written."""

    root: StoreRoot
    address: str

    def look(self) -> dict[str, Look]:
        with self._told():
            self.root.fs.invalidate_cache()  # listings are remembered, and a watcher would see no new object
            top = self._list(self._path)
            below = [entry for folder in top if _is_folder(folder) for entry in self._list(folder["name"].rstrip("/"))]
        found = {}
        for entry in [*top, *below]:
            relative = entry["name"].removeprefix(self._path).strip("/")
            if relative and not _is_folder(entry) and not is_passing(relative.split("/")):
                found[entry["name"]] = Look(int(entry["size"] or 0), _modified_ns(entry), _tag(entry))
        return found

    def whole(self) -> dict[str, Look]:
        return self.look()

    def lying(self, seconds: float) -> list[str]:
        """As of a folder, as far as two prefixes down: what nobody takes, and what ought to be gone by now."""
        with self._told():
            self.root.fs.invalidate_cache()
            level = self._list(self._path)
            entries = list(level)
            for _ in range(2):
                level = [
                    one for folder in level if _is_folder(folder) for one in self._list(folder["name"].rstrip("/"))
                ]
                entries += level
        before_ns = (real_now().timestamp() - seconds) * 1_000_000_000
        files = [entry for entry in entries if not _is_folder(entry) and _modified_ns(entry) < before_ns]
        return sorted(entry["name"].removeprefix(self._path).strip("/") for entry in files)[:_MOST_LYING]

    def pieces(self, place: str, look: Look) -> Iterator[bytes]:
        with self._told(), self.root.fs.open(place, "rb", block_size=_PIECE_BYTES) as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece

    def remove(self, seen: Mapping[str, Look]) -> None:
        now = self.look()
        with self._told():
            for place, look in seen.items():
                if now.get(place) == look:
                    self.root.fs.rm_file(place)  # not `rm`, to which 报表[1].xlsx is a pattern

    @property
    def _path(self) -> str:
        return self.root.path.rstrip("/")

    def _list(self, path: str) -> list[dict[str, Any]]:
        """One level. A prefix with nothing below it does not exist to a store; to us it is an empty inbox."""
        try:
            entries: list[dict[str, Any]] = self.root.fs.ls(path, detail=True)
        except FileNotFoundError:
            bucket = path.split("/", 1)[0]
            if not self.root.fs.exists(bucket):
                raise UserError(f"{SETTING}“{self.address}”：没有存储桶 {bucket}，请检查名字，或先建立它。") from None
            return []
        return [entry for entry in entries if entry["name"].strip("/") != path]

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong between us and the store, in Chinese: rights are a person's to mend, the rest may pass."""
        try:
            yield
        except (UserError, FileNotFoundError):
            raise
        except PermissionError as error:
            raise UserError(
                f"{SETTING}“{self.address}”：对象存储拒绝了请求（{error}）。请检查 Airflow 连接里的密钥，以及列出、读取和删除对象的权限。"
            ) from error
        except Exception as error:  # each store has its own
            raise OSError(f"{SETTING}“{self.address}”：访问对象存储出错（{error}），稍后再试。") from error


def is_passing(parts: Iterable[str]) -> bool:
    """Names that programs use while they write, and hidden ones; not ..\\x.xlsx, which somebody sent to break out."""
    return any(_PASSING.fullmatch(part) for part in parts)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What lies in a folder; nothing in one that is gone, or that we may not read."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []


def _looked(status: os.stat_result) -> Look:
    return Look(status.st_size, status.st_mtime_ns, f"{status.st_dev}/{status.st_ino}/{status.st_ctime_ns}")


def _age_seconds(place: str) -> float:
    try:
        return real_now().timestamp() - os.lstat(place).st_ctime
    except FileNotFoundError:
        return 0.0


def _is_being_written(handle: int) -> bool:
    """Whether a process has the file open for writing: the kernel grants a read lease only where none has.

    Where leases are not to be had (another owner's file, a network folder) the quiet second has to do.
    """
    try:
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)  # a lease that is broken must not end this process
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False


def _is_folder(entry: Mapping[str, Any]) -> bool:
    """A common prefix, or the empty object with a slash at the end that consoles make as a folder."""
    return entry["type"] == "directory" or str(entry["name"]).endswith("/")


def _modified_ns(entry: Mapping[str, Any]) -> int:
    """When the store had the whole object, by its own clock; each store says it in a field of its own."""
    found = next((entry[name] for name in ("LastModified", "updated", "last_modified", "mtime") if entry.get(name)), 0)
    moment = dt.datetime.fromisoformat(found) if isinstance(found, str) else found
    seconds = moment.timestamp() if isinstance(moment, dt.datetime) else float(moment)
    return int(seconds * 1000) * 1_000_000


def _tag(entry: Mapping[str, Any]) -> str:
    return str(next((entry[name] for name in ("ETag", "etag", "generation") if entry.get(name)), ""))
