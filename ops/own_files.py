"""An office's systems and own files in a backup: what DUBAN_SYSTEMS and DUBAN_OFFICE say, as one packed file."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

from include.registry.offices import offices_path
from include.settings import get_settings

FILE = "own.tar.gz"
SETTINGS = {"systems": "DUBAN_SYSTEMS", "office": "DUBAN_OFFICE"}
"""The folders in the packed file, and the settings that say where each of them lies."""
_OFFICES = "office/offices.yaml"
_NAMED = 5


def pack(to: Path) -> None:
    with tarfile.open(to, "w:gz") as tar:
        for name, path in sorted(_here().items()):
            tar.add(path, name)


def _here() -> dict[str, Path]:
    """By the name in the packed file; the offices in force are among them, wherever they lie."""
    found = {f"{what}/{name}": path for what, folder in _folders().items() for name, path in _files(folder).items()}
    return found | {_OFFICES: offices_path()}


def read(folder: Path) -> dict[str, bytes]:
    """What was packed, by its name. Raises OSError, EOFError or tarfile.TarError where it is missing or damaged."""
    with tarfile.open(folder / FILE) as tar:
        return {one.name: file.read() for one in tar.getmembers() if (file := tar.extractfile(one)) is not None}


def differing(packed: dict[str, bytes]) -> set[str]:
    """The folders (keys of SETTINGS) in which anything is other here than in what was packed."""
    here = {name: path.read_bytes() for name, path in _here().items()}
    names = {name for name in here.keys() | packed.keys() if here.get(name) != packed.get(name)}
    return {name.partition("/")[0] for name in names}


def in_the_way(packed: dict[str, bytes]) -> Iterator[str]:
    """Where a folder of the settings holds what was not packed, or takes nothing, as sentences: nothing is written over it."""
    folders = _folders()
    for what in sorted(differing(packed)):
        folder = folders.get(what)
        there = _files(folder)
        if found := [name for name, path in there.items() if packed.get(f"{what}/{name}") != path.read_bytes()]:
            named = "、".join(found[:_NAMED]) + (f" 等 {len(found)} 个" if len(found) > _NAMED else "")
            yield f"{SETTINGS[what]} 指的文件夹 {folder} 里已有与备份不同的文件（{named}）：请换一个空文件夹，或先把它们移走。"
        elif (
            folder is not None and folder.exists() and not os.access(folder, os.W_OK)
        ):  # a container's, mounted to be read
            lacking = sorted(
                name for name in packed if name.startswith(f"{what}/") and name.partition("/")[2] not in there
            )
            yield (
                f"{SETTINGS[what]} 指的文件夹 {folder} 只能读，缺的 {len(lacking)} 个文件（{'、'.join(lacking[:_NAMED])}）放不进去："
                f"请在主机上用 tar -xzf 解开备份里的 {FILE}，把它们放进这个文件夹，再恢复。"
            )


def put(packed: dict[str, bytes]) -> list[str]:
    """Write what is not here into the folders of the settings; sentences of what was put where."""
    told, folders = [], _folders()
    for what in sorted(differing(packed)):
        folder = folders[what]
        for name, content in packed.items():
            place, _, inner = name.partition("/")
            if place == what and folder is not None and not (folder / inner).is_file():
                (folder / inner).parent.mkdir(parents=True, exist_ok=True)
                (folder / inner).write_bytes(content)
        told.append(f"{'制度' if what == 'systems' else '本单位自己的文件'}放在 {folder}（{SETTINGS[what]}）。")
    return told


def _folders() -> dict[str, Path | None]:
    settings = get_settings()
    return {"systems": settings.systems, "office": settings.office}


def _files(folder: Path | None) -> dict[str, Path]:
    """All that lies in a folder, by its name within; nothing where there is none."""
    if folder is None:
        return {}
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
