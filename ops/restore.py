"""`make restore FROM=`: an office from a backup, into a place that holds nothing yet.

Everything is looked at first, and all that is wrong is said at once; nothing is written then. What was recorded as destroyed
is destroyed before anybody can read the database. Stopped in between, the same command goes on.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Set
from contextlib import contextmanager, suppress
from pathlib import Path

from include.archive import contents
from include.archive.data_keys import LedgerKey, destroy, keys_folder
from include.db.engine import SETTING, get_engine
from include.errors import UserError
from include.identity import keep_key
from include.private_files import private_folder
from include.rebuild.upgrade import upgrade
from include.settings import get_settings
from ops import copied_database, own_files
from ops.backed_up import ARCHIVE, KEYS, SECRET, Backup, find, mark_of, seal, wrong_files
from ops.command import BadArgumentsError, run_command
from ops.environment import duban_environment
from ops.place import Place

_NAMED = 20
_SETTINGS = ("DUBAN_SECRET", "DUBAN_ARCHIVE", "DUBAN_KEYS")


class WrongError(UserError):
    """A backup that is not whole, or a place where it cannot go; nothing was written."""


def main() -> None:
    parser = argparse.ArgumentParser(description="从备份恢复到空的地方。")
    parser.add_argument("--from", dest="source", default="", help="a place of backups (the newest), or one of them")
    options = parser.parse_args()
    if not options.source:
        raise BadArgumentsError("缺少参数 FROM，例如 FROM=/mnt/backup：make backup 的 TO 所写的文件夹。")
    place = Place("up")
    place.refuse_if_running()
    os.environ.update({name: text for name, text in duban_environment(place).items() if not os.environ.get(name)})
    try:
        backup = find(Path(options.source).absolute())
    except UserError as error:
        raise BadArgumentsError(*error.problems) from None
    given = _folders_beside(backup, place)
    try:
        said = restore_checked(backup)
    except WrongError as error:
        raise BadArgumentsError(*error.problems) from None
    if given:
        place.note(settings=given)
    if os.environ["DUBAN_ARCHIVE"] == str(place.archive) and backup.said["clock"]:
        place.clock.write_text(backup.said["clock"], encoding="utf-8")
    print(f"已从 {backup.folder} 恢复（备份于 {backup.said['made_at']}，版本 {backup.said['version']}）。")
    print(*said, sep="\n", end="\n" if said else "")
    print("请核对：make rebuild TO=新文件，应当“与记录完全一致”。")


def restore_checked(backup: Backup) -> list[str]:
    """Restore a backup of which nothing is wrong; what people should know. Raises WrongError with all that is."""
    secret, problems = _secret_for(backup)
    problems += _wrong_with(backup, secret)
    problems += _wrong_here(backup)
    if problems or secret is None:
        raise WrongError(*problems, "没有恢复，什么也没有改动。")
    return _restore(backup, secret)


def _restore(backup: Backup, secret: bytes) -> list[str]:
    """Into the settings' database, archive, keys, systems and offices."""
    settings, told = get_settings(), []
    if not settings.secret.get_secret_value() and not settings.secret_file.exists():
        keep_key(settings.secret_file, secret + b"\n")
    for sha256 in backup.contents():
        _copy_content(backup.place / ARCHIVE, sha256)
    told += own_files.put(own_files.read(backup.folder))

    def keys_first(erased: list[str]) -> None:
        told.extend(_restore_keys(backup.place / KEYS, erased))

    copied_database.load(get_engine(), backup.folder, backup.said["database"], keys_first)
    os.sync()
    upgrade()
    return told


def _restore_keys(packed: Path, erased: list[str]) -> list[str]:
    """All but those that are recorded as destroyed."""
    private_folder(keys_folder())
    since = [
        name[:-10]
        for name in _unpack_keys(packed, keys_folder(), without={f"{name}.key" for name in erased})
        if name.endswith(".destroyed") and name[:-10] not in erased
    ]
    for name in erased:
        destroy(LedgerKey.parse(name))
    if not since:
        return []
    return [
        f"做这份备份以后，有 {len(since)} 把台账密钥到期销毁：用它们加密的姓名已读不出；仍在册的人，请有关单位下次报台账时补上姓名。"
    ]


def _copy_content(archive: Path, sha256: str) -> None:
    path = contents.path_of(sha256)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{sha256}.part")
    part.unlink(missing_ok=True)
    shutil.copy2(archive / path.relative_to(get_settings().archive), part)
    part.replace(path)


def _secret_for(backup: Backup) -> tuple[bytes | None, list[str]]:
    """The secret that opens the backup: that of the settings, or the one beside it; what is wrong with them."""
    settings, beside = get_settings(), backup.place / SECRET
    own = settings.secret.get_secret_value().strip().encode()
    if not own and settings.secret_file.is_file():
        own = settings.secret_file.read_bytes().strip()
    if own:
        if mark_of(own) == backup.said["secret"]:
            return own, []
        where = "DUBAN_SECRET" if settings.secret.get_secret_value() else str(settings.secret_file)
        return None, [
            f"本机已有的密钥（{where}）不是做备份的那一个：这里已有别的数据，请恢复到空的地方；或先换上备份时的密钥。"
        ]
    if not beside.is_file():
        return None, [f"备份里没有密钥 {beside}：请把另存的密钥放回这里，或设为 DUBAN_SECRET。没有密钥，档案打不开。"]
    found = beside.read_bytes().strip()
    if mark_of(found) != backup.said["secret"]:
        return None, [f"密钥 {beside} 不是做这份备份时的：请放回当时的密钥。"]
    return found, []


def _wrong_with(backup: Backup, secret: bytes | None) -> Iterator[str]:
    """What is missing or damaged in a backup, or of another version than this program can read."""
    yield from wrong_files(backup)
    if secret is not None and backup.said.get("seal") != seal(backup.said, secret):
        yield f"备份 {backup.folder} 的清单与做备份时的不符：被改动过或已损坏，请换一份。"
    database = backup.said["database"]
    if not copied_database.is_known(database["revision"]):
        yield (
            f"备份来自更新的版本（{backup.said['version']}，数据库 {database['revision']}）：请先把程序升级到那个版本，再恢复。"
        )
    keys = backup.place / KEYS
    if not (keys.is_file() and tarfile.is_tarfile(keys)):
        yield f"台账密钥 {keys} 缺少或已损坏：请从另存的一份放回来。"
        return
    there = {name.rpartition(".")[0] for name in _key_names(backup)}
    if missing := [name for name in backup.said["keys"] if name not in there]:
        named = "、".join(missing[:_NAMED])
        yield f"台账密钥 {keys} 里缺 {len(missing)} 把（{named}）：放在这里的是旧的一份，请放回做这份备份以后的。"
    if secret is not None:
        wrong = list(_wrong_contents(backup, secret))
        yield from wrong[:_NAMED]
        if len(wrong) > _NAMED:
            yield f"档案中共有 {len(wrong)} 件缺少或损坏，以上是前 {_NAMED} 件。"


def _wrong_contents(backup: Backup, secret: bytes) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        _unpack_keys(backup.place / KEYS, Path(folder))
        with _meaning(secret, backup.place / ARCHIVE, Path(folder)):
            for sha256 in sorted(_names(backup)):
                try:
                    contents.verify(sha256)
                except UserError as error:
                    yield from error.problems


def _unpack_keys(packed: Path, folder: Path, *, without: Set[str] = frozenset()) -> list[str]:
    """The files of keys, under the names of keys alone, each its owner's; what was packed. (Python before 3.11.4, which Debian 12
    has, takes no filter for what a tar may unpack.)"""
    with tarfile.open(packed) as tar:
        for one in tar.getmembers():
            if one.name in without or (content := tar.extractfile(one)) is None:
                continue
            with suppress(ValueError):  # no name of a key: none of ours, and nothing is written there
                path = folder / f"{LedgerKey.parse(one.name.rpartition('.')[0])}{Path(one.name).suffix}"
                private_folder(path.parent)
                path.touch(mode=0o600)
                path.write_bytes(content.read())
        return tar.getnames()


@contextmanager
def _meaning(secret: bytes, archive: Path, keys: Path) -> Iterator[None]:
    """Inside, the archive and the keys are those of the backup."""
    before = {name: os.environ.get(name) for name in _SETTINGS}
    os.environ.update(zip(_SETTINGS, (secret.decode(), str(archive), str(keys)), strict=True))
    try:
        yield
    finally:
        for name, text in before.items():
            os.environ.pop(name, None)
            if text is not None:
                os.environ[name] = text


def _wrong_here(backup: Backup) -> Iterator[str]:
    """Where something lies already that is none of this backup's."""
    kind, engine = backup.said["database"]["kind"], get_engine()
    shown = engine.url.render_as_string(hide_password=True)
    if engine.dialect.name != kind:
        yield f"备份的数据库是 {kind}，{SETTING} 指的是 {engine.dialect.name}（{shown}）：请恢复到同一种数据库。"
    elif copied_database.holds_rows(engine):
        yield f"数据库 {shown} 里已有数据：恢复只写入空的地方，请换一个空的数据库（{SETTING}），或先把它移走。"
    archive, keys = get_settings().archive, keys_folder()
    there = {path.name for path in archive.glob("??/??/*")}
    if foreign := there - _names(backup):
        yield f"档案夹 {archive} 里已有别的内容（{len(foreign)} 件）：请换一个空的档案夹（DUBAN_ARCHIVE），或先把它移走。"
    if foreign := {path.relative_to(keys).as_posix() for path in keys.glob("*/*/*.key")} - _key_names(backup):
        yield f"密钥文件夹 {keys} 里已有别的密钥（{len(foreign)} 把）：请换一个空的文件夹（DUBAN_KEYS），或先把它移走。"
    yield from own_files.in_the_way(_own_files(backup))


def _own_files(backup: Backup) -> dict[str, bytes]:
    try:
        return own_files.read(backup.folder)
    except (OSError, EOFError, tarfile.TarError):
        return {}  # said with the files


def _names(backup: Backup) -> set[str]:
    try:
        return set(backup.contents())
    except (OSError, EOFError, ValueError):
        return set()  # said with the files


def _key_names(backup: Backup) -> set[str]:
    try:
        with tarfile.open(backup.place / KEYS) as tar:
            return set(tar.getnames())
    except (OSError, tarfile.TarError):
        return set()


def _folders_beside(backup: Backup, place: Place) -> dict[str, str]:
    """Folders for systems and own files that are others than those of the program, where no setting says where they lie."""
    packed = _own_files(backup)
    free = [what for what in own_files.differing(packed) if not os.environ.get(own_files.SETTINGS[what])]
    given = {own_files.SETTINGS[what]: str(place.folder / what) for what in free if packed}
    os.environ.update(given)
    return given


if __name__ == "__main__":
    run_command(main)
