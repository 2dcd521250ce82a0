"""What the READMEs tell people to type and to open is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.settings import REPO

PAGES = [
    REPO / "README.md",
    REPO / "README.zh-CN.md",
    REPO / "docs/operations.md",
    REPO / "docs/new-system.md",
    REPO / "docs/architecture.md",
    *sorted((REPO / "docs/adr").glob("*.md")),
]
_TARGETS = re.compile(r"^([a-z][a-z-]*)(?: [a-z -]+)?:", re.MULTILINE)


def _commands(page: Path) -> set[str]:
    return set(re.findall(r"\bmake ([a-z][a-z-]*)", page.read_text(encoding="utf-8")))


def test_every_make_command_in_a_page_is_in_the_makefile() -> None:
    targets = set(_TARGETS.findall((REPO / "Makefile").read_text(encoding="utf-8")))
    assert {page.name: unknown for page in PAGES if (unknown := _commands(page) - targets)} == {}


@pytest.mark.parametrize("page", PAGES[:2], ids=lambda page: page.name)
def test_the_two_commands_come_first(page: Path) -> None:
    first_block = re.search(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert first_block is not None
    assert re.findall(r"^make (\w+)", first_block[1], re.MULTILINE) == ["demo", "test"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_setting_is_in_the_handbook_by_its_name() -> None:
    from include.settings import Settings

    handbook = (REPO / "docs/operations.md").read_text(encoding="utf-8")
    names = [str(field.validation_alias) for field in Settings.model_fields.values()]
    assert [name for name in names if f"`{name}`" not in handbook] == []


def test_every_decision_is_short_and_says_what_was_weighed() -> None:
    decisions = sorted((REPO / "docs/adr").glob("[0-9]*.md"))
    assert len(decisions) >= 10
    for number, path in enumerate(decisions, 1):
        text = path.read_text(encoding="utf-8")
        assert path.name.startswith(f"{number:04}-")
        assert re.findall(r"^## (\w+)", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], path.name
        assert len(text) < 3000, path.name


def test_each_of_fifteen_questions_of_a_stranger_is_answered_by_one_path() -> None:
    page = (REPO / "docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+\?) \| (.+) \|$", page, re.MULTILINE)
    assert len(rows) == 15
    assert [question for question, answer in rows if len(re.findall(r"\]\(", answer)) != 1] == []
