"""A half-year circular of many communities with its attachments, as Word, PDF and HTML, and each community's sheet.

`python -m bench.circulars [--units 199]`. The peer for the PDF is LibreOffice turning the same Word file into PDF, where it
is on the machine. Both are warm: fonts are loaded and a first document has been made.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine

from bench.timing import best
from include.circulars.circular import UnitSheet
from include.circulars.model import build_model
from include.circulars.sheets import build_sheets, render_sheets
from include.db import tables
from include.documents.rendering import as_markdown, epoch_of
from include.typesetting.fonts import find_fonts
from include.typesetting.markdown import Tree, read_tree
from include.typesetting.pdf import write_pdf
from include.typesetting.web import write_html
from include.typesetting.word import write_docx
from ops.office import find_office, word_to_pdf
from tests.street import ISSUE_DATE, NUMBER, assess_street

SECONDS = 4.0
TIMES = 10.0
ROUNDS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=199)
    units: int = parser.parse_args().units
    engine = create_engine("sqlite://")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        assess_street(connection, period="2025H2", units=units, lift=8)
        key = assess_street(connection, units=units)
        model = build_model(connection, key)
        sheets = list(build_sheets(connection, model, key).values())
    fonts, epoch = find_fonts(), epoch_of(model, ISSUE_DATE)

    def read() -> Tree:
        return read_tree(as_markdown("通报", model, number=NUMBER, issue_date=ISSUE_DATE))

    tree = read()
    seconds = {
        "text": best(read),
        "Word": best(lambda: write_docx(tree, model["title"], epoch)),
        "HTML": best(lambda: write_html(tree, model["title"])),
        **({"PDF": best(lambda: write_pdf(tree, fonts, epoch))} if fonts else {}),
    }
    parts = ", ".join(f"{name} {taken:.2f} s" for name, taken in seconds.items())
    print(f"circular of {units} communities: {parts}; in all {sum(seconds.values()):.2f} s (wanted {SECONDS:g})")
    _print_sheets(sheets)
    if fonts is None:
        print("no Chinese font here (python -m ops.fonts): no PDF to measure")
    elif find_office() is None:
        print("LibreOffice is not on this machine: its PDF is not measured")
    else:
        _print_beside_office(lambda: write_pdf(tree, fonts, epoch), write_docx(tree, model["title"], epoch))


def _print_sheets(sheets: list[UnitSheet]) -> None:
    start = time.perf_counter()
    made = render_sheets(sheets, number=NUMBER, issue_date=ISSUE_DATE)
    taken = time.perf_counter() - start
    size_kb = sum(len(sheet.content) for sheet in made) / len(made) / 1000
    print(f"{len(made)} sheets: {taken:.2f} s, {taken / len(made) * 1000:.0f} ms each, {size_kb:.0f} kB each")


def _print_beside_office(make_pdf: Callable[[], object], docx: bytes) -> None:
    """Our PDF and LibreOffice's in turns, so that what else the machine does falls on both."""
    with tempfile.TemporaryDirectory() as folder:
        word = Path(folder) / "circular.docx"
        word.write_bytes(docx)
        word_to_pdf(word, Path(folder))
        rounds = [(_measured(make_pdf), _measured(lambda: word_to_pdf(word, Path(folder)))) for _ in range(ROUNDS)]
    ours, office = (tuple(map(min, zip(*runs, strict=True))) for runs in zip(*rounds, strict=True))
    print(
        f"PDF {ours[0]:.2f} s, LibreOffice {office[0]:.2f} s: {office[0] / ours[0]:.1f} times (wanted {TIMES:g}); "
        f"of processors {ours[1]:.2f} s and {office[1]:.2f} s: {office[1] / ours[1]:.1f} times"
    )


def _measured(act: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and seconds of processors, those of programs started included."""
    before = os.times()
    act()
    after = os.times()
    return after.elapsed - before.elapsed, sum(after[:4]) - sum(before[:4])


if __name__ == "__main__":
    main()
