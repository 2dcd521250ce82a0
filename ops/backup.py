"""`make backup TO=`: database, archive, systems, offices, secret and keys of an office that goes on working meanwhile.

The database comes first: what it names is in the archive already (design invariant 1). The keys come last: whatever was
closed before is opened by them. A key that is destroyed in between would leave rows that nobody can read, which are under
another key by now: then the database is taken again.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import io
import json
import os
import shutil
import tarfile
import tomllib
from pathlib import Path

from include.archive import contents
from include.archive.data_keys import keys_folder, known_keys
from include.db.engine import get_engine
from include.errors import UserError
from include.identity import secret
from include.period import in_zone, now
from include.settings import REPO, get_settings
from ops import copied_database, own_files
from ops.backed_up import (
    ARCHIVE,
    CONTENTS,
    FORMAT,
    KEYS,
    MANIFEST,
    SECRET,
    foreign_in,
    hash_of,
    mark_of,
    part_of,
    seal,
    stamp,
    unfinished_in,
)
from ops.command import BadArgumentsError, run_command
from ops.last_database import speak_to_last_database

_TRIES = 3


def main() -> None:
    parser = argparse.ArgumentParser(description="备份上次 demo、close 或 up 的全部数据，可在运行中进行。")
    parser.add_argument("--to", default="", help="the place of backups: an empty folder, or that of earlier ones")
    options = parser.parse_args()
    if not options.to:
        raise BadArgumentsError("缺少参数 TO，例如 TO=/mnt/backup：备份写到哪个文件夹（可以是以前备份用的）。")
    place = Path(options.to).absolute()
    if foreign := foreign_in(place) if place.is_dir() or not place.exists() else [place.name]:
        raise BadArgumentsError(
            f"TO 指定的 {place} 里有不是备份的东西：{'、'.join(foreign[:5])}。请换一个空文件夹，或以前备份用的文件夹。"
        )
    speak_to_last_database(may_lack_units=True, is_upgraded=False)
    _refuse_overlap(place)
    folder, kept, added, problems = backup(place)
    print(
        f"备份完成：{folder}\n档案 {kept} 件（本次新增或更新 {added} 件）；密钥在 {place / SECRET}、{place / KEYS}，每次备份都换成最新的。\n"
        "密钥能打开其余的一切：请另存到别的介质上，不要和其余的放在一起。"
    )
    if problems:
        raise UserError(*problems, "以上各件没有备份；其余的都已备份，以前备份过的仍在原处。")


def _refuse_overlap(place: Path) -> None:
    settings = get_settings()
    for name, own in (
        ("档案夹", settings.archive),
        ("密钥文件夹", keys_folder()),
        ("制度文件夹", settings.systems),
    ):
        own, to = own.resolve(), place.resolve()
        if own == to or own in to.parents or to in own.parents:
            raise BadArgumentsError(f"TO（{place}）与{name}（{own}）不能互相包含：请换一个文件夹，最好在另一块磁盘上。")


def backup(place: Path) -> tuple[Path, int, int, list[str]]:
    """A backup in `place`; its folder, how many contents it has, how many of them were copied now, and which are damaged here."""
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    for left in unfinished_in(place):
        shutil.rmtree(left)
    name = _free_name(place)
    part = part_of(place, name)
    try:
        for _ in range(_TRIES):
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(mode=0o700)
            keys_before = set(known_keys())
            database = copied_database.save(get_engine(), part)
            names, added, problems = _copy_archive(place / ARCHIVE)
            keys = _packed_keys()
            if keys_before <= set(known_keys()):
                break
        else:
            raise UserError("备份期间一再有到期的密钥被销毁，没有做成备份：请过几分钟再运行。")
        (part / CONTENTS).write_bytes(gzip.compress("\n".join(names).encode("ascii"), mtime=0))
        own_files.pack(part / own_files.FILE)
        _write_manifest(part, database)
        _replace(place / SECRET, secret() + b"\n")
        _replace(place / KEYS, keys)
        os.sync()
        part.rename(place / name)
        os.sync()
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return place / name, len(names), added, problems


def _free_name(place: Path) -> str:
    at = in_zone(dt.datetime.now(dt.UTC))
    while (place / stamp(at)).exists():
        at += dt.timedelta(seconds=1)
    return stamp(at)


def _copy_archive(target: Path) -> tuple[list[str], int, list[str]]:
    """Bring `target` to what the archive has, by size and time: what lies under another key since takes the place of what it
    was. A content that is damaged here is not copied, so that a sound one there stays, as does one that is missing here."""
    names, added, problems = [], 0, []
    for path in sorted(get_settings().archive.glob("??/??/*")):
        if len(path.name) != contents.NAME_LENGTH:
            continue  # on its way
        names.append(path.name)
        copy = target / path.parent.parent.name / path.parent.name / path.name
        if copy.exists() and _is_same(path, copy):
            continue
        try:
            contents.verify(path.name)
        except UserError as error:
            problems += error.problems
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        part = copy.with_name(f".{copy.name}.part")
        part.unlink(missing_ok=True)
        shutil.copy2(path, part)
        _put(part, copy)
        added += 1
    return names, added, problems


def _version() -> str:
    """Of the program."""
    return str(tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def _put(part: Path, path: Path) -> None:
    """In the place of what was there, whose bytes are no more."""
    if path.exists():
        contents.replace_and_overwrite(path, str(part))
    else:
        part.replace(path)


def _is_same(path: Path, copy: Path) -> bool:
    one, other = path.stat(), copy.stat()
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def _packed_keys() -> bytes:
    """The folder of keys as it is, with the marks of those that are destroyed."""
    packed, folder = io.BytesIO(), keys_folder()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in sorted(folder.glob("*/*/*")):
            if path.suffix in (".key", ".destroyed"):
                tar.add(path, path.relative_to(folder).as_posix())
    return packed.getvalue()


def _write_manifest(folder: Path, database: dict[str, object]) -> None:
    clock = get_settings().now
    said = {
        "format": FORMAT,
        "version": _version(),
        "made_at": in_zone(dt.datetime.now(dt.UTC)).isoformat(timespec="seconds"),
        "clock": now().isoformat(timespec="seconds") if clock else "",
        "secret": mark_of(secret()),
        "keys": [str(key) for key in known_keys()],
        "database": database,
        "files": {path.name: hash_of(path) for path in sorted(folder.iterdir())},
    }
    said["seal"] = seal(said, secret())
    text = json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _replace(path: Path, content: bytes) -> None:
    """A file that only its owner reads, in the place of what it was."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_bytes(content)
    _put(part, path)


if __name__ == "__main__":
    run_command(main)
