"""The files beside the code (YAML, templates): how they are read, and how those of a past day are read in their place."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict

from include.settings import get_settings

P = ParamSpec("P")
R = TypeVar("R")


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
    return path.read_bytes()


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


def files_of(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder whose names match, sorted."""
    then = _then.get()
    if then is not None and folder in then.folders:
        return sorted(path for path in then.files if path.parent == folder and path.match(pattern))
    return _once((folder, pattern), lambda: sorted(folder.glob(pattern)))


def version_of(path: Path) -> Hashable:
    """What a cache of the contents is keyed by. Raises FileNotFoundError."""
    then = _then.get()
    if then is not None and path in then.files:
        return then
    return (then, _once(path, lambda: path.stat().st_mtime_ns))


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


def _folders() -> Hashable:
    return tuple(os.environ.get(name) for name in ("DUBAN_SYSTEMS", "DUBAN_OFFICE"))


def kept(function: Callable[P, R]) -> Callable[P, R]:
    """Read once and kept, like functools.cache; what is read as it was then, or from another folder, is kept apart."""

    @functools.lru_cache(maxsize=64)
    def cached(_then: Texts | None, _from: Hashable, *args: Any, **kwargs: Any) -> R:
        return function(*args, **kwargs)

    @functools.wraps(function)
    def read(*args: P.args, **kwargs: P.kwargs) -> R:
        return cached(_then.get(), _folders(), *args, **kwargs)  # type: ignore[arg-type]

    return read


def read_yaml(path: Path) -> Any:
    """The contents of a file. Raises yaml.YAMLError where it is not YAML."""
    return parse_yaml(read_text(path))


def parse_yaml(text: str) -> Any:
    """By libyaml, eight times faster than yaml.safe_load: every task reads several of these files."""
    return yaml.load(text, Loader=yaml.CSafeLoader)
