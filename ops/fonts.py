"""Get the Chinese faces that the PDF embeds into var/fonts: the Fandol family, from Debian's own archive, without root.

Order: already there → Debian package texlive-lang-chinese, with apt's own state and cache in a temporary
folder → the system's Noto CJK → a plain sentence that says what to do. Always exits 0: without any font
the Word file is delivered all the same.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from include.typesetting.fonts import FOLDER, OWN, font_files

PACKAGE = "texlive-lang-chinese"
SECONDS = 420


def main() -> None:
    """Say in one line what the PDF will be set in."""
    if all((FOLDER / name).is_file() for name in OWN):
        print(f"字体：已就绪（{_shown(FOLDER)}，Fandol 字体 {len(OWN)} 个）。")
    elif fetch_fandol(FOLDER):
        print(f"字体：已从 Debian 软件源取得 Fandol 字体 {len(OWN)} 个，存于 {_shown(FOLDER)}。")
    elif found := font_files():
        print(f"字体：未取得 Fandol 字体，改用本机的 Noto CJK 字体（{len(found)} 个）。")
    else:
        print(
            "字体：本机没有可用的中文字体，暂不能生成 PDF，Word 文件照常生成。请安装 Noto CJK 字体"
            f"（Debian/Ubuntu：apt-get install fonts-noto-cjk），或将 {'、'.join(OWN)} 放入 {_shown(FOLDER)} 后重试。"
        )


def fetch_fandol(folder: Path) -> bool:
    """Download the package and keep only the five faces; False where this machine has no apt or no network."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return False
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        try:
            _download(work)
            package = next(work.glob(f"{PACKAGE}_*.deb"))
            tree = work / "tree"
            _run(["dpkg-deb", "-x", str(package), str(tree)], work)
            found = {path.name: path for path in tree.rglob("Fandol*.otf") if path.name in OWN}
        except (subprocess.SubprocessError, OSError, StopIteration):
            return False
        if set(found) != set(OWN):
            return False
        folder.mkdir(parents=True, exist_ok=True)
        for name, source in found.items():
            part = folder / f".{name}.part"
            shutil.copyfile(source, part)
            part.replace(folder / name)
    return True


def _download(work: Path) -> None:
    for name in ("state/lists/partial", "cache/archives/partial"):
        (work / name).mkdir(parents=True)
    own = [
        f"-oDir::State={work / 'state'}",
        f"-oDir::State::Lists={work / 'state/lists'}",
        f"-oDir::Cache={work / 'cache'}",
        "-oAPT::Sandbox::User=",
        "-oAcquire::Retries=2",
        "-oAcquire::Languages=none",
    ]
    _run(["apt-get", "-qq", *own, "update"], work)
    _run(["apt-get", "-qq", *own, "download", PACKAGE], work)


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=SECONDS)


def _shown(folder: Path) -> str:
    return "/".join(folder.parts[-2:])


if __name__ == "__main__":
    main()
