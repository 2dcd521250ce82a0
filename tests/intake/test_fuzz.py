"""Bytes of real hand-ins changed at random: every one is answered in Chinese, within the limits of time and memory."""

from __future__ import annotations

import io
import multiprocessing
import random
import re
import resource
import signal
import zipfile
from multiprocessing.connection import Connection

import pytest

from include.errors import UserError
from include.intake.reading import read_file
from include.intake.returned import mark_returned
from include.validation.findings import Finding
from tests.intake.form_samples import H1, as_ods, as_xls, figures, flat, half_year, unit, whole_form, zipped

KINDS = ["xlsx", "xls", "ods", "csv"]
SECONDS, MEMORY_BYTES = 2, 500 * 1024 * 1024
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_FINDING = Finding("required:members", "members", "fail", "not_reported", "", "整数", "党员数未填", label="党员数")


def sample(kind: str) -> bytes:
    filled = whole_form()
    return {"xlsx": filled, "xls": as_xls(filled), "ods": as_ods(filled), "csv": flat(figures())}[kind]


def mutated(content: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, a piece cut out, doubled or moved; for zipped kinds also inside the parts."""
    if content.startswith(b"PK") and chance.random() < 0.6:
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            parts = {name: container.read(name) for name in container.namelist()}
        name = chance.choice(sorted(parts))
        return zipped(parts | {name: _scrambled(parts[name], chance)})
    return _scrambled(content, chance)


def _scrambled(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randint(1, 12)):
        if data:
            data[chance.randrange(len(data))] = chance.choice([chance.randrange(256), 0, 255, 34, 39, 60, 62])
    start, length = chance.randrange(len(data) + 1), chance.randrange(300)
    piece = bytes(data[start : start + length])
    way = chance.random()
    if way < 0.2:
        del data[start : start + length]
    elif way < 0.4:
        data[start:start] = piece * chance.randint(1, 50)
    elif way < 0.5:
        data[chance.randrange(len(data) + 1) :] = piece
    return bytes(data)


def answer(content: bytes, kind: str) -> str:
    """What is wrong with how the file was answered; empty where nothing is."""
    name = f"表.{kind}"
    try:
        form = read_file(content, name, H1)
    except UserError as error:
        return "" if all(_CHINESE.search(problem) for problem in error.problems) else f"not Chinese: {error}"
    places = {cell.source_cell for cell in form.cells.values() if cell.source_cell}
    if form.form == "main" and form.scheme_key == "half_year" and places:
        mark_returned(content, name, form, [_FINDING], half_year(), unit())
    return ""


def _work(kind: str, seed: int, how_many: int, results: Connection) -> None:
    """In a process of its own: an alarm at the limit of time, no more memory than allowed, and a broken reader."""

    def alarm(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"more than {SECONDS} seconds of work")

    signal.signal(signal.SIGPROF, alarm)
    content, chance = sample(kind), random.Random(f"{kind}{seed}")
    answer(content, kind)
    with open("/proc/self/statm") as file:  # noqa: PTH123
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_BYTES, used + MEMORY_BYTES))
    for number in range(how_many):
        state, data = chance.getstate(), mutated(content, chance)
        try:
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            complaint = answer(data, kind)
        except BaseException as error:
            complaint = f"{type(error).__name__}: {error}"
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        if complaint:
            results.send(f"{kind}, seed {seed}, file {number}: {complaint} ({hash(state)})")
    results.send(None)


def complaints(kind: str, seed: int, how_many: int) -> list[str]:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(kind, seed, how_many, theirs))
    process.start()
    theirs.close()
    found = []
    try:
        while (complaint := ours.recv()) is not None:
            found.append(complaint)
    except EOFError:
        found.append(f"{kind}, seed {seed}: the process ended")
    process.join()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_file_is_answered(kind: str) -> None:
    assert complaints(kind, seed=1, how_many=60) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 8))
@pytest.mark.parametrize("kind", KINDS)
def test_thousands_of_changed_files_are_answered(kind: str, seed: int) -> None:
    assert complaints(kind, seed, how_many=1_000) == []
