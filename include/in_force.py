"""The files that ops edit, as they are in force: the last that were sound, in one file of the archive, the same for every process.

Who saves a file under DUBAN_SYSTEMS or DUBAN_OFFICE changes nothing yet: what lies there is judged (include/steps/taking_up.py)
and what is sound is kept here as a new edition, which everybody reads from then on. A file that is broken stays as it was in the
edition before. Where nothing was kept so far, the files are read where they lie.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath

from include.private_files import private_draft
from include.settings import REPO, get_settings

SETTLE_SECONDS = 2.0  # by the machine's clock
FILE = ".in_force.zip"  # in the archive
_ABOUT = "about.json"
_NAMES = ("DUBAN_ARCHIVE", "DUBAN_SYSTEMS", "DUBAN_OFFICE", "DUBAN_OFFICES", "DUBAN_PERSONS")
_LONGEST = 2_000_000  # bytes: nothing that is read as a text is longer
_PASSING = (".part", ".tmp", ".swp", "~", ".bak", ".pyc")
Files = dict[str, bytes]
"""Contents by name: systems/half_year/system.yaml, office/policies.yaml, offices/offices.yaml."""


@dataclass(frozen=True)
class Place:
    """Where the files lie that are watched, by the first part of their names, and where the edition is kept."""

    kept: Path
    systems: Path
    office: Path | None
    offices: Path
    persons: Path

    def path_of(self, name: str) -> Path:
        root, _, rest = name.partition("/")
        if root in ("offices", "persons"):
            return self.offices if root == "offices" else self.persons
        return ((self.office if root == "office" else None) or self.systems) / rest

    @property
    def roots(self) -> list[str]:
        return [str(one) for one in (self.systems, self.office, self.offices, self.persons)]


@dataclass(frozen=True)
class About:
    """`looks`: of the folders when they were judged. `number`: of the edition, from 1. `faults`: by unit (a system's folder, a file that
    several share) what is wrong with what lies there; `held`: those of them of which the last sound version is in force. `since`: the
    moment since which each unit is in force as it is."""

    looks: str
    number: int = 1
    faults: dict[str, list[str]] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    since: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Edition:
    """`key`: the same for the same contents. `about`: what was found when they were judged. `paths`: their names by path."""

    key: str
    files: Files
    about: About
    place: Place
    paths: Mapping[Path, str]

    def covers(self, path: Path) -> bool:
        """Whether the edition says what is at that path, though it be nothing."""
        if path in self.paths:
            return True
        roots = (self.place.systems, self.place.office)
        return any(root is not None and (path == root or root in path.parents) for root in roots)

    def version_of(self, path: Path) -> str:
        """The same for the same contents of all that is read together with that file: with a system the others and what they
        share, but nothing of the office. Raises FileNotFoundError."""
        if (name := self.paths.get(path)) is None:
            raise FileNotFoundError(path)
        return self._of_systems if name.startswith("systems/") else self.key

    @functools.cached_property
    def _of_systems(self) -> str:
        return _digest({name: content for name, content in self.files.items() if name.startswith("systems/")})

    def read(self, path: Path) -> bytes:
        """Raises FileNotFoundError."""
        if (name := self.paths.get(path)) is None:
            raise FileNotFoundError(path)
        return self.files[name]

    def matching(self, folder: Path, pattern: str) -> list[Path]:
        """As `folder.glob(pattern)`, sorted."""
        depth = len(folder.parts) + len(PurePosixPath(pattern).parts)
        return sorted(
            path for path in self.paths if len(path.parts) == depth and folder in path.parents and path.match(pattern)
        )


def edition_of(place: Place, files: Files, about: About) -> Edition:
    """An edition of these files, not kept yet."""
    return Edition(_digest(files), files, about, place, {place.path_of(one): one for one in files})


def _digest(files: Files) -> str:
    look = hashlib.sha256()
    for name in sorted(files):
        look.update(f"{name}\n{len(files[name])}\n".encode() + files[name])
    return look.hexdigest()[:16]


_read: ContextVar[Edition | None] = ContextVar("read", default=None)


@contextmanager
def reading_edition(edition: Edition | None) -> Iterator[None]:
    """Inside, that edition is read, whatever is kept meanwhile; None: as outside."""
    token = _read.set(edition or _read.get())
    try:
        yield
    finally:
        _read.reset(token)


def edition_read() -> Edition | None:
    """The edition that is read here whatever is kept."""
    return _read.get()


def kept_edition() -> Edition | None:
    """What is in force: the edition in the archive. None where there is none, or one of folders that lay elsewhere: the files are read
    where they lie."""
    place = place_of_now()
    try:
        seen = place.kept.stat()
    except OSError:
        return None
    return _load(place, seen.st_mtime_ns, seen.st_ino)


def place_of_now() -> Place:
    return _place(tuple(map(os.environ.get, _NAMES)))


@functools.lru_cache(maxsize=16)
def _place(_environment: tuple[str | None, ...]) -> Place:
    settings = get_settings()
    shipped = REPO / "include/registry"
    return Place(
        settings.archive / FILE,
        settings.systems,
        settings.office,
        settings.offices or shipped / "offices.yaml",
        settings.persons or shipped / "persons.yaml",
    )


@functools.lru_cache(maxsize=4)
def _load(place: Place, _changed_ns: int, _number: int) -> Edition | None:
    try:
        with zipfile.ZipFile(place.kept) as pack:
            about = json.loads(pack.read(_ABOUT))
            files = {name: pack.read(name) for name in pack.namelist() if name != _ABOUT}
    except (OSError, zipfile.BadZipFile, KeyError, ValueError):  # damaged: as if nothing had been kept
        return None
    if about.pop("roots") != place.roots:
        return None
    return edition_of(place, files, About(**about))


def keep(edition: Edition) -> None:
    """Put an edition into force: from the next look on everybody reads it. Whole or not at all."""
    with private_draft(edition.place.kept, _packed(edition)) as draft:
        draft.replace(edition.place.kept)


def _packed(edition: Edition) -> bytes:
    about = {"roots": edition.place.roots, **asdict(edition.about)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as pack:
        pack.writestr(_ABOUT, json.dumps(about, ensure_ascii=False, indent=1))
        for name in sorted(edition.files):
            pack.writestr(name, edition.files[name])
    return packed.getvalue()


@dataclass(frozen=True)
class Lying:
    """The files as they lie there: their paths by name, how they look, and when the last was changed, by the machine's clock."""

    paths: dict[str, Path]
    looks: str
    changed_at: float


def lying(place: Place) -> Lying:
    """What lies in the folders now. Cheap: nothing is opened."""
    paths: dict[str, Path] = {}
    for root, folder in (("systems", place.systems), ("office", place.office)):
        if folder is not None:
            paths |= {f"{root}/{path.relative_to(folder).as_posix()}": path for path in _below(folder)}
    for root, path in (("offices", place.offices), ("persons", place.persons)):
        if path.is_file():
            paths[f"{root}/{path.name}"] = path
    look, changed_at = hashlib.sha256(), 0.0
    for name in sorted(paths):
        with suppress(FileNotFoundError):
            seen = paths[name].stat()
            look.update(f"{name}\n{seen.st_mtime_ns}\n{seen.st_size}\n".encode())
            changed_at = max(changed_at, seen.st_mtime)
    return Lying(paths, look.hexdigest()[:16], changed_at)


def is_due() -> str:
    """How the folders look, where that is not what was last judged; empty where there is nothing to take up, and while a file was
    changed a moment ago: it may be written only in half."""
    kept, seen = kept_edition(), lying(place_of_now())
    if kept is None:
        return seen.looks
    is_restless = 0 <= time.time() - seen.changed_at < SETTLE_SECONDS
    return "" if kept.about.looks == seen.looks or is_restless else seen.looks


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part.startswith((".", "~")) for part in parts) or path.name.endswith(_PASSING):
            continue
        if path.is_file() and path.stat().st_size <= _LONGEST:
            yield path
