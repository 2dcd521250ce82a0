"""LibreOffice turning a Word file into PDF, where a machine has it: a second reader of our Word files, for tests and bench."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from include.typesetting.fonts import FOLDER

SECONDS = 180
# What the official faces are called in the open fonts of var/fonts, so that a machine without them measures the same.
_ALIASES = {
    "仿宋_GB2312": "FandolFang R",
    "黑体": "FandolHei",
    "楷体_GB2312": "FandolKai",
    "宋体": "FandolSong",
    "方正小标宋简体": "FandolSong",
}


def find_office() -> str | None:
    """The path of soffice; None where there is none."""
    return shutil.which("soffice")


def word_to_pdf(docx: Path, folder: Path) -> Path:
    """The Word file as LibreOffice lays it out, as <stem>.pdf in `folder`, which also holds its profile."""
    return words_to_pdfs([docx], folder)[0]


def words_to_pdfs(files: Sequence[Path], folder: Path) -> list[Path]:
    """Word files as LibreOffice lays them out, all by one start of it."""
    office = find_office()
    if office is None:
        raise FileNotFoundError("soffice")
    settings = folder / "fonts.conf"
    settings.write_text(_font_settings(folder), encoding="utf-8")
    subprocess.run(
        [office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "pdf",
         "--outdir", str(folder), *map(str, files)],
        check=True, capture_output=True, timeout=SECONDS, env={**os.environ, "FONTCONFIG_FILE": str(settings)},
    )  # fmt: skip
    return [folder / f"{docx.stem}.pdf" for docx in files]


def _font_settings(folder: Path) -> str:
    aliases = "".join(
        f'<match target="pattern"><test name="family"><string>{name}</string></test>'
        f'<edit name="family" mode="assign" binding="strong"><string>{ours}</string></edit></match>'
        for name, ours in _ALIASES.items()
    )
    return (
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>'
        f"<dir>{FOLDER}</dir><dir>/usr/share/fonts</dir><cachedir>{folder / 'cache'}</cachedir>{aliases}</fontconfig>\n"
    )
