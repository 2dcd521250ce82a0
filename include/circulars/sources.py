"""The texts that a document is made of, archived by hash when it is issued, and read again where it is made anew.

Each file is kept once; what has several (templates, calendars) goes under the hash of the list of its files and their hashes.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from include.circulars.markdown import FOLDER as TEMPLATES
from include.circulars.measures import PATH as MEASURES
from include.data_files import Texts, files_of, read_bytes
from include.intake import archive
from include.period import CALENDARS
from include.schemes.loader import FOLDER as SCHEMES
from include.scoring.causes import WORDS
from include.scoring.explaining import SENTENCES
from include.settings import REPO, get_settings

Sources = dict[str, str]
"""SHA-256 by scheme, templates, calendar, offices; a letter has no scheme of its own."""

NOT_ARCHIVED = "当时的模板未存档，按现在的模板重建"
_WHAT = {"scheme": "考评方案", "templates": "模板", "calendar": "节假日安排", "offices": "街道设置"}
_SHOWN = 12


def archive_sources(scheme: str) -> Sources:
    """Keep all that a document of the scheme (empty: a letter) is made of now; the hashes for its manifest."""
    kept = {"templates": _store_list(_template_files()), "calendar": _store_list(files_of(CALENDARS, "*.yaml"))}
    kept["offices"] = archive.store(read_bytes(get_settings().offices))
    if scheme:
        kept["scheme"] = archive.store(read_bytes(SCHEMES / f"{scheme}.yaml"))
    return kept


def sources_of(manifest_sha256: str | None) -> Sources:
    """What the archived manifest of an issued document names; empty where it was issued before texts were archived."""
    found: Sources = json.loads(archive.load(manifest_sha256)).get("sources", {}) if manifest_sha256 else {}
    return found


def texts_of(sources: Mapping[str, str], scheme: str) -> Texts | None:
    """The archived texts, to be read in place of today's; None where there are none. Raises UserError where one is lost."""
    if not sources:
        return None
    files = {
        REPO / name: archive.load(sha256) for what in ("templates", "calendar") for name, sha256 in _list(sources[what])
    }
    files[get_settings().offices] = archive.load(sources["offices"])
    if "scheme" in sources:
        files[SCHEMES / f"{scheme}.yaml"] = archive.load(sources["scheme"])
    return Texts(tuple(sorted(sources.values())), files, frozenset((TEMPLATES, CALENDARS)))


def changes_since(sources: Mapping[str, str], scheme: str) -> list[str]:
    """Every text that is another today than the one archived, as Chinese phrases with both hashes."""
    then: dict[tuple[str, Path], str] = {("offices", get_settings().offices): sources["offices"]}
    if "scheme" in sources:
        then["scheme", SCHEMES / f"{scheme}.yaml"] = sources["scheme"]
    for what in ("templates", "calendar"):
        then |= {(what, REPO / name): sha256 for name, sha256 in _list(sources[what])}
    return list(_differing(then))


def _differing(then: Mapping[tuple[str, Path], str]) -> Iterator[str]:
    for (what, path), before in then.items():
        try:
            now = hashlib.sha256(read_bytes(path)).hexdigest()
        except FileNotFoundError:
            now = ""
        if now != before:
            is_now = f"现在 {now[:_SHOWN]}…" if now else "现在没有了"
            yield f"{_WHAT[what]} {path.name} 已改（当时 {before[:_SHOWN]}…，{is_now}）"


def _template_files() -> list[Path]:
    return [*files_of(TEMPLATES, "*.*"), MEASURES, SENTENCES, WORDS]


def _store_list(paths: Iterable[Path]) -> str:
    hashes = {path.relative_to(REPO).as_posix(): archive.store(read_bytes(path)) for path in paths}
    return archive.store(json.dumps(hashes, ensure_ascii=False, sort_keys=True).encode())


@functools.lru_cache(maxsize=64)
def _list(sha256: str) -> list[tuple[str, str]]:
    return list(json.loads(archive.load(sha256)).items())
