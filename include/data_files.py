"""The files beside the code (YAML, templates): how they are read, and how those of a past day are read in their place."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict

from include.in_force import Edition, edition_read, kept_edition, place_of_now
from include.settings import get_settings, systems_folder

P = ParamSpec("P")
R = TypeVar("R")

SYSTEM_FILE = "system.yaml"


class Part(BaseModel):
    """Base of what a file's parts become: no unknown fields, never changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Texts:
    """Files as they once were, by path. `folders`: those of which all is told; what lies there now besides is not seen.

    Two are the same where their `key` is: the hashes that they were archived under.
    """

    key: tuple[str, ...]
    files: Mapping[Path, bytes] = field(compare=False)
    folders: frozenset[Path] = field(compare=False)


_then: ContextVar[Texts | None] = ContextVar("then", default=None)


@contextmanager
def reading(texts: Texts | None) -> Iterator[None]:
    """Inside, files are read as they were then; None: as outside."""
    token = _then.set(texts or _then.get())
    try:
        yield
    finally:
        _then.reset(token)


def read_bytes(path: Path) -> bytes:
    """The contents of a file. Raises OSError where there is none."""
    then = _then.get()
    if then is not None and path in then.files:
        return then.files[path]
    if then is not None and path.parent in then.folders:
        raise FileNotFoundError(path)
    in_force = _in_force()
    return in_force.read(path) if in_force is not None and in_force.covers(path) else path.read_bytes()


def read_text(path: Path) -> str:
    return read_bytes(path).decode("utf-8")


_looked: ContextVar[dict[Any, Any] | None] = ContextVar("looked", default=None)


@contextmanager
def looking_once() -> Iterator[None]:
    """Inside, what lies in a folder and how old a file is are asked once: what is changed meanwhile counts from the next time on.

    For who handles many things at one moment: hundreds of forms ask for the same few files.
    """
    token = _looked.set({})
    try:
        yield
    finally:
        _looked.reset(token)


def _once(key: Hashable, look: Callable[[], R]) -> R:
    looked = _looked.get()
    if looked is None:
        return look()
    if key not in looked:
        looked[key] = look()
    found: R = looked[key]
    return found


def _in_force() -> Edition | None:
    return edition_read() or _once("edition", kept_edition)


def files_of(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder whose names match, sorted."""
    then = _then.get()
    if then is not None and folder in then.folders:
        return sorted(path for path in then.files if path.parent == folder and path.match(pattern))
    in_force = _in_force()
    if in_force is not None and in_force.covers(folder):
        return _once((in_force, folder, pattern), lambda: in_force.matching(folder, pattern))
    return _once((folder, pattern), lambda: sorted(folder.glob(pattern)))


def version_of(path: Path) -> Hashable:
    """What a cache of the contents is keyed by. Raises FileNotFoundError."""
    then = _then.get()
    if then is not None and path in then.files:
        return then
    in_force = _in_force()
    if in_force is not None and in_force.covers(path):
        return (then, in_force.version_of(path))
    return (then, _once(path, lambda: path.stat().st_mtime_ns))


def system_folder(system: str) -> Path:
    """Where a system lies; systems that belong together lie in one folder, each in its own."""
    systems = systems_folder()
    own = systems / system
    if is_there(own / SYSTEM_FILE):
        return own
    return next((path.parent for path in files_of(systems, f"*/{system}/{SYSTEM_FILE}")), own)


def documents_folder(system: str) -> Path:
    """Where the templates of a system's own documents lie."""
    return system_folder(system) / "documents"


def mail_folder(system: str) -> Path:
    """Where the templates of a system's own mails lie, a folder a kind."""
    return system_folder(system) / "mail"


def is_there(path: Path) -> bool:
    """Whether there is such a file."""
    try:
        version_of(path)
    except FileNotFoundError:
        return False
    return True


def own_file(shipped: Path) -> Path:
    """The office's own file in the place of a shipped one, where it has one of that name (DUBAN_OFFICE)."""
    folder = get_settings().office
    own = folder / shipped.name if folder is not None else shipped
    return own if is_there(own) else shipped


def is_read_otherwise() -> bool:
    """Whether files are read here as they once were, and not as they are in force."""
    return _then.get() is not None


def _in_use() -> Hashable:
    """What decides which files are read: the edition in force, else the folders."""
    in_force = _in_force()
    return in_force.key if in_force is not None else _once("place", place_of_now)


def kept(function: Callable[P, R]) -> Callable[P, R]:
    """Read once and kept, like functools.cache; what is read as it was then, or of another edition or folder, is kept apart."""

    @functools.lru_cache(maxsize=64)
    def cached(_then: Texts | None, _of: Hashable, *args: Any, **kwargs: Any) -> R:
        return function(*args, **kwargs)

    @functools.wraps(function)
    def read(*args: P.args, **kwargs: P.kwargs) -> R:
        return cached(_then.get(), _in_use(), *args, **kwargs)  # type: ignore[arg-type]

    return read


def read_yaml(path: Path) -> Any:
    """The contents of a file. Raises yaml.YAMLError where it is not YAML."""
    return parse_yaml(read_text(path))


def parse_yaml(text: str) -> Any:
    """By libyaml, eight times faster than yaml.safe_load: every task reads several of these files."""
    return yaml.load(text, Loader=yaml.CSafeLoader)
