"""One assessed street, its model and its documents, made once for all measurements."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pdfplumber
import pytest
from pdfplumber.pdf import PDF
from sqlalchemy import create_engine

from include.circulars.model import build_model
from include.db import tables
from include.documents.model import Model
from include.documents.rendering import Rendered, render
from include.typesetting.markdown import Tree
from ops.office import find_office
from tests.circulars.documents import make_documents
from tests.street import ISSUE_DATE, NUMBER, assess_street

BY_OFFICE = "test_word_as_laid_out.py"
collect_ignore = [] if find_office() else [BY_OFFICE]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if collect_ignore:
        terminalreporter.write_line(f"NOT RUN here: tests/circulars/{BY_OFFICE} (no LibreOffice on this machine).")


@pytest.fixture(scope="session")
def model() -> Model:
    engine = create_engine("sqlite://")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        assess_street(connection, period="2025H2", lift=8)
        return build_model(connection, assess_street(connection))


@pytest.fixture(scope="session")
def documents() -> dict[str, Tree]:
    """Documents of every kind and length, by a name."""
    return make_documents()


@pytest.fixture(scope="session")
def issued(model: Model) -> Rendered:
    return render("通报", model, number=NUMBER, issue_date=ISSUE_DATE)


@pytest.fixture(scope="session")
def pdf(issued: Rendered) -> Iterator[PDF]:
    assert issued.pdf is not None, "no Chinese font here: run python -m ops.fonts"
    with pdfplumber.open(io.BytesIO(issued.pdf)) as opened:
        yield opened
