"""What lies in a place of backups, and how it is found whole.

    <place>/archive/ab/cd/<sha256>   every content, as the archive has it; all backups of the place share them
    <place>/keys.tar                 the keys of ledgers with personal columns as they are now: replaced by each backup
    <place>/secret                   the installation's secret, replaced likewise
    <place>/<date>-<time>/           a backup: the database, the systems, the offices, the names of its contents, manifest.json

Keys are in no backup but beside all of them: what was destroyed since cannot be read from an older one (docs/adr/0057).
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.errors import UserError

FORMAT = 1
ARCHIVE, KEYS, SECRET = "archive", "keys.tar", "secret"
MANIFEST, CONTENTS = "manifest.json", "contents.txt.gz"
_STAMP = re.compile(r"\d{8}-\d{6}")
_PART = re.compile(r"\.\d{8}-\d{6}\.part")


@dataclass(frozen=True)
class Backup:
    """One backup of a place: its folder and what its manifest says."""

    folder: Path
    said: dict[str, Any]

    @property
    def place(self) -> Path:
        return self.folder.parent

    def contents(self) -> list[str]:
        """The SHA-256 of every content that it needs."""
        return gzip.decompress((self.folder / CONTENTS).read_bytes()).decode("ascii").split()


def stamp(at: dt.datetime) -> str:
    """The name of the folder of a backup."""
    return f"{at:%Y%m%d-%H%M%S}"


def foreign_in(place: Path) -> list[str]:
    """What lies in a place of backups and is none of ours."""
    if not place.exists():
        return []
    names = sorted(path.name for path in place.iterdir())
    known = (ARCHIVE, KEYS, SECRET, f"{KEYS}.part", f"{SECRET}.part")
    return [name for name in names if name not in known and not _STAMP.fullmatch(name) and not _PART.fullmatch(name)]


def unfinished_in(place: Path) -> list[Path]:
    """What a backup that was stopped has left."""
    return [path for path in place.iterdir() if _PART.fullmatch(path.name)]


def part_of(place: Path, name: str) -> Path:
    """Where a backup is written before it is whole."""
    return place / f".{name}.part"


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(said: dict[str, Any], secret: bytes) -> str:
    """What only this installation can have written of a manifest."""
    body = json.dumps({name: value for name, value in said.items() if name != "seal"}, sort_keys=True)
    return hmac.digest(secret, f"duban/backup/{body}".encode(), hashlib.sha256).hex()


def mark_of(secret: bytes) -> str:
    """By which a secret is known again, and nothing of it told."""
    return hmac.digest(secret, b"duban/backup", hashlib.sha256).hex()[:16]


def find(given: Path) -> Backup:
    """The backup in a folder, or the newest one of a place. Raises UserError where there is none that can be read."""
    if not given.is_dir():
        raise UserError(f"FROM 指定的文件夹 {given} 不存在。")
    if (given / MANIFEST).is_file() or _STAMP.fullmatch(given.name):
        return _read(given)
    dated = sorted(path for path in given.iterdir() if _STAMP.fullmatch(path.name))
    if not dated:
        raise UserError(
            f"FROM 指定的文件夹 {given} 里没有备份：请指明 make backup 的 TO 所写的文件夹，或其中某一天的。"
        )
    return _read(dated[-1])


def _read(folder: Path) -> Backup:
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"备份 {folder} 里没有清单 {MANIFEST}：这份备份不完整，请换一份。") from None
    except ValueError:
        raise UserError(f"备份 {folder} 的清单 {MANIFEST} 读不出：文件已损坏，请换一份。") from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        has = said.get("format") if isinstance(said, dict) else said
        raise UserError(f"备份 {folder} 的格式是 {has}，本程序只认 {FORMAT}：请用做备份的那个版本恢复，再升级。")
    return Backup(folder, said)


def wrong_files(backup: Backup) -> Iterator[str]:
    """Files of a backup that are missing or not what they were."""
    for name, known in sorted(backup.said["files"].items()):
        path = backup.folder / name
        if not path.is_file():
            yield f"备份里缺少文件 {path}。"
        elif hash_of(path) != known:
            yield f"备份里的文件 {path} 已损坏：与清单里的校验值不符。"
