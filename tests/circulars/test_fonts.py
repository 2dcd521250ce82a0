"""Which faces there are, and which characters they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.typesetting.fonts import FOLDER, OWN, code_points, find_fonts, font_files
from ops import fonts as command


def test_our_own_folder_comes_before_the_system(tmp_path: Path) -> None:
    own, system = tmp_path / "own", tmp_path / "system"
    own.mkdir()
    system.mkdir()
    (own / OWN[0]).write_bytes(b"")
    (system / "NotoSansCJK-Regular.ttc").write_bytes(b"")
    assert font_files(own, [system]) == (own / OWN[0], system / "NotoSansCJK-Regular.ttc")


def test_a_machine_without_any_chinese_face_has_none(tmp_path: Path) -> None:
    assert font_files(tmp_path, [tmp_path]) == ()


def test_coverage_is_read_from_the_font_itself() -> None:
    covered = code_points((FOLDER / "FandolFang-Regular.otf").read_bytes())
    assert {ord(character) for character in "督办通报〔〕—“”A9"} <= covered
    assert ord("𠮷") not in covered


def test_a_missing_character_is_found_whatever_stands_around_it() -> None:
    fonts = find_fonts()
    assert fonts is not None
    assert fonts.missing("云街 \U000e0fff\n社区") == ["\U000e0fff"]


def test_the_command_says_that_the_fonts_are_there_and_leaves_them(capsys: pytest.CaptureFixture[str]) -> None:
    before = {name: (FOLDER / name).stat().st_mtime_ns for name in OWN}
    command.main()
    assert capsys.readouterr().out.startswith("字体：已就绪")
    assert {name: (FOLDER / name).stat().st_mtime_ns for name in OWN} == before


def test_without_apt_and_without_fonts_the_command_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(command, "FOLDER", tmp_path / "fonts")
    monkeypatch.setattr(command, "font_files", lambda: ())
    command.main()
    said = capsys.readouterr().out
    assert "Word 文件照常生成" in said
    assert "fonts-noto-cjk" in said
