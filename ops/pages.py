"""Pages under docs/ that are made from the code: written, or compared with what stands there."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from include.settings import REPO


def write_or_check(page: str, make: Callable[[], str], description: str) -> None:
    """The command line of a generator: writes docs/<page>; with --check exits 1 where it is stale."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 where the page is stale")
    path = REPO / "docs" / page
    if parser.parse_args().check:
        if not is_fresh(path, make):
            raise SystemExit(f"docs/{page} is stale: run `make docs`.")
    else:
        path.write_text(make(), encoding="utf-8")


def is_fresh(path: Path, make: Callable[[], str]) -> bool:
    """Whether the page says what the code says now."""
    return path.is_file() and path.read_text(encoding="utf-8") == make()


def cell(text: str) -> str:
    """Text for a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
