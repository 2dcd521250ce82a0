"""The texts that a document is made of, archived by hash when it is issued, and read again where it is made anew.

Each file is kept once; what has several (templates, calendars) goes under the hash of the list of its files and their hashes.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from include.archive import contents
from include.data_files import Texts, documents_folder, files_of, read_bytes
from include.period import calendars_folder
from include.registry.offices import offices_path
from include.schemes.loader import name_of, path_of
from include.scoring.causes import WORDS
from include.scoring.explaining import SENTENCES
from include.typesetting.markdown import FOLDER as TEMPLATES
from include.typesetting.measures import PATH as MEASURES

Sources = dict[str, str]
"""SHA-256 by scheme, templates, calendar, offices; a letter has no scheme of its own."""

NOT_ARCHIVED = "当时的模板未存档，按现在的模板重建"
_WHAT = {"scheme": "考评方案", "templates": "模板", "calendar": "节假日安排", "offices": "街道设置"}
_SHOWN = 12
_CALENDARS = "include/calendars"
_NAMES = {
    "include/templates/circular": TEMPLATES,
    "include/circulars/measures.yaml": MEASURES,
    "include/scoring/explanations.yaml": SENTENCES,
    "include/scoring/causes.yaml": WORDS,
}
"""The names by which the lists in archives know files and folders: they stay, wherever the files lie by now."""
_OF_SYSTEMS = "systems/documents/"  # then the system's key, then the file


def archive_sources(scheme: str) -> Sources:
    """Keep all that a document of the scheme (empty: a letter) is made of now; the hashes for its manifest."""
    kept = {
        "templates": _store_list(_template_files(scheme)),
        "calendar": _store_list(files_of(calendars_folder(), "*.yaml")),
    }
    kept["offices"] = contents.store(read_bytes(offices_path()))
    if scheme:
        kept["scheme"] = contents.store(read_bytes(path_of(scheme)))
    return kept


def sources_of(manifest_sha256: str | None) -> Sources:
    """What the archived manifest of an issued document names; empty where it was issued before texts were archived."""
    found: Sources = json.loads(contents.load(manifest_sha256)).get("sources", {}) if manifest_sha256 else {}
    return found


def texts_of(sources: Mapping[str, str], scheme: str) -> Texts | None:
    """The archived texts, to be read in place of today's; None where there are none. Raises UserError where one is lost."""
    if not sources:
        return None
    files = {
        _path_of(name): contents.load(sha256)
        for what in ("templates", "calendar")
        for name, sha256 in _list(sources[what])
    }
    files[offices_path()] = contents.load(sources["offices"])
    if "scheme" in sources:
        files[path_of(scheme)] = contents.load(sources["scheme"])
    folders = (TEMPLATES, calendars_folder(), *([documents_folder(scheme)] if scheme else []))
    return Texts(tuple(sorted(sources.values())), files, frozenset(folders))


def changes_since(sources: Mapping[str, str], scheme: str) -> list[str]:
    """Every text that is another today than the one archived, as Chinese phrases with both hashes."""
    then: dict[tuple[str, Path], str] = {("offices", offices_path()): sources["offices"]}
    if "scheme" in sources:
        then["scheme", path_of(scheme)] = sources["scheme"]
    for what in ("templates", "calendar"):
        then |= {(what, _path_of(name)): sha256 for name, sha256 in _list(sources[what])}
    return list(_differing(then))


def _differing(then: Mapping[tuple[str, Path], str]) -> Iterator[str]:
    for (what, path), before in then.items():
        try:
            now = hashlib.sha256(read_bytes(path)).hexdigest()
        except FileNotFoundError:
            now = ""
        if now != before:
            is_now = f"现在 {now[:_SHOWN]}…" if now else "现在没有了"
            name = name_of(path) if what == "scheme" else path.name
            yield f"{_WHAT[what]} {name} 已改（当时 {before[:_SHOWN]}…，{is_now}）"


def _template_files(scheme: str) -> list[Path]:
    own = files_of(documents_folder(scheme), "*.*") if scheme else []
    return [*files_of(TEMPLATES, "*.*"), MEASURES, SENTENCES, WORDS, *own]


def _store_list(paths: Iterable[Path]) -> str:
    hashes = {_name_of(path): contents.store(read_bytes(path)) for path in paths}
    return contents.store(json.dumps(hashes, ensure_ascii=False, sort_keys=True).encode())


def _name_of(path: Path) -> str:
    known = (
        name if place == path else f"{name}/{path.name}"
        for name, place in _places().items()
        if place in (path, path.parent)
    )
    return next(known, f"{_OF_SYSTEMS}{path.parent.parent.name}/{path.name}")


def _path_of(name: str) -> Path:
    folder, _, file = name.rpartition("/")
    if name.startswith(_OF_SYSTEMS):
        return documents_folder(folder.removeprefix(_OF_SYSTEMS)) / file
    places = _places()
    return places[name] if name in places else places[folder] / file


def _places() -> dict[str, Path]:
    return {**_NAMES, _CALENDARS: calendars_folder()}


@functools.lru_cache(maxsize=64)
def _list(sha256: str) -> list[tuple[str, str]]:
    return list(json.loads(contents.load(sha256)).items())
