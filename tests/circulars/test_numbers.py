"""The register of document numbers: no gap, no reuse, also with several processes at once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sqlalchemy import Connection, Engine

from include.db.engine import get_engine, transaction
from include.documents.numbers import take_number
from include.settings import REPO

_TAKER = """
import sys
from include.documents.numbers import take_number
from include.db.engine import transaction

name, is_clumsy = sys.argv[1], sys.argv[2] == "clumsy"
print("ready", flush=True)
sys.stdin.readline()
for place in range(10):
    try:
        with transaction() as connection:
            number = take_number(connection, "云街党工委", 2026, f"{name}/{place}")
            if is_clumsy and place % 2:
                raise RuntimeError("the document could not be made")
        print(number, flush=True)
    except RuntimeError:
        pass
"""


def test_numbers_of_two_processes_at_once_have_no_gap_and_no_double_though_some_documents_fail(
    database: Engine,
) -> None:
    takers = [
        subprocess.Popen(
            [sys.executable, "-c", _TAKER, name, name],
            cwd=REPO,
            env={**os.environ, "PYTHONPATH": str(REPO)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("deft", "clumsy")
    ]
    for taker in takers:
        assert taker.stdout is not None
        assert taker.stdout.readline() == "ready\n"
    for taker in takers:  # both wait at the door: off they go together
        assert taker.stdin is not None
        taker.stdin.write("go\n")
        taker.stdin.flush()
    taken = [line for taker in takers for line in taker.communicate(timeout=120)[0].split()]
    assert [taker.returncode for taker in takers] == [0, 0]
    assert sorted(taken) == sorted(f"云街党工委〔2026〕{n}号" for n in range(1, 16))


def test_a_document_that_could_not_be_made_gives_its_number_back(database: Engine) -> None:
    def fail() -> None:
        with transaction() as connection:
            take_number(connection, "云街党工委", 2026, "broken")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with transaction() as connection:
        assert take_number(connection, "云街党工委", 2026, "whole") == "云街党工委〔2026〕1号"
    get_engine().dispose()


def test_each_committee_and_each_year_counts_for_itself(connection: Connection) -> None:
    keys = [("云街党工委", 2026), ("枞阳镇党委", 2026), ("云街党工委", 2027), ("云街党工委", 2026)]
    taken = [take_number(connection, prefix, year, str(place)) for place, (prefix, year) in enumerate(keys)]
    assert taken == ["云街党工委〔2026〕1号", "枞阳镇党委〔2026〕1号", "云街党工委〔2027〕1号", "云街党工委〔2026〕2号"]
