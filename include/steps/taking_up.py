"""Changes to the files that ops edit are taken up while everything runs: what is sound from now on, what is broken not, and told.

Any process may do it, and finds the same; what is in force lies in the archive (include/in_force.py).
"""

from __future__ import annotations

import functools
import hashlib
import logging
from pathlib import Path

from include.data_files import Part, is_read_otherwise, read_yaml
from include.errors import UserError
from include.in_force import (
    About,
    Edition,
    Files,
    Place,
    edition_of,
    is_due,
    keep,
    kept_edition,
    lying,
    place_of_now,
    reading_edition,
)
from include.machine_faults import as_fault
from include.period import now, today
from include.schemes.unsound import unsound_systems
from include.steps import health
from include.steps.sending import alert
from include.steps.sound_files import SHARED, Problems, problems_in, unit_of

_log = logging.getLogger(__name__)
_judged: dict[tuple[str, str], Edition] = {}  # of this process: by how the folders looked, and what was in force before


class _Words(Part):
    """taking_up.yaml, which says what each is."""

    gone: str
    gone_all: str
    by_another: str
    held: str
    first: str
    shown_at_most: int
    more: str
    wrong_title: str
    mended_title: str
    mended: str


@functools.cache
def words() -> _Words:
    return _Words(**read_yaml(Path(__file__).with_suffix(".yaml")))


def take_up(*, anew: bool = False) -> list[str]:
    """Take up what was changed in the folders since the last time; what is wrong with what lies there, each a sentence.

    Looks at no file's contents where nothing was changed, unless `anew`. Each fault is told to ops once, and once when it is mended.
    """
    if is_read_otherwise():  # in a rebuild, or a past day: nothing is taken up
        return _told_of_the_past()
    place, before = place_of_now(), kept_edition()
    if before is not None and not anew and not is_due():
        return faults_of(before)
    seen = lying(place)
    after = _judge(place, seen.looks, {name: path.read_bytes() for name, path in seen.paths.items()}, before)
    with reading_edition(after):
        _tell(before, after)
    keep(after)
    return faults_of(after)


def proposed() -> tuple[Edition, list[str]]:
    """What lies in the folders, taken up or not, and all that is wrong with it."""
    place = place_of_now()
    seen = lying(place)
    files = {name: path.read_bytes() for name, path in seen.paths.items()}
    edition = edition_of(place, files, About(seen.looks))
    return edition, [problem for problems in problems_in(edition).values() for problem in problems]


def take_up_if_possible() -> None:
    """`take_up`, for who has something else to do: that it could not be done now stops nobody."""
    try:
        take_up()
    except Exception as error:
        if as_fault(error) is None and not isinstance(error, UserError):
            raise
        _log.warning("%s", error)


def faults_in_force() -> list[str]:
    """What is wrong with the files as they were last judged."""
    edition = kept_edition()
    return [] if edition is None else faults_of(edition)


def faults_of(edition: Edition) -> list[str]:
    """What is wrong with what lies in the folders, and what is in force meanwhile: a text for each unit."""
    found = []
    for unit, problems in edition.about.faults.items():
        since, problem = edition.about.since.get(unit, ""), "".join(problems)
        if unit in edition.about.held:
            found.append(words().held.format(problem=problem, since=since))
        elif unit.startswith("systems/") and not unit.startswith(SHARED):
            found.append(health.rules().findings["system"].format(problem=problem))
        else:
            found.append(words().first.format(problem=problem))
    return list(dict.fromkeys(found))


def _told_of_the_past() -> list[str]:
    findings = [health.rules().findings["system"].format(problem=problem) for problem in unsound_systems()]
    if findings:
        alert(subject=f"systems/{today()}/{_hash(findings)}", title=words().wrong_title, lines=findings)
    return findings


def _judge(place: Place, looks: str, live: Files, before: Edition | None) -> Edition:
    """What comes into force: of each unit what lies there, where it can be used, else its last sound version."""
    known = (looks, before.key if before else "")
    if known not in _judged:
        _judged.clear()
        _judged[known] = _judged_anew(place, looks, live, before)
    found = _judged[known]
    number = before.about.number + 1 if before else 1
    since = dict.fromkeys(map(unit_of, found.files), f"{now():%Y-%m-%d %H:%M}")
    if before is not None:
        same = {unit for unit in since if _of(unit, before.files) == _of(unit, found.files)}
        since |= {unit: moment for unit, moment in before.about.since.items() if unit in same}
    about = About(looks, number, found.about.faults, found.about.held, since)
    return edition_of(place, found.files, about)


def _judged_anew(place: Place, looks: str, live: Files, before: Edition | None) -> Edition:
    old = before.files if before else {}
    changed = {unit for unit in map(unit_of, {**live, **old}) if _of(unit, live) != _of(unit, old)}
    may_be_held = changed & set(map(unit_of, old))
    faults = {unit: said for unit, said in _gone(place, live, old).items() if unit in changed}
    held = set(faults)
    while True:
        files = {**{n: c for n, c in live.items() if unit_of(n) not in held}, **_of_units(held, old)}
        found = problems_in(edition_of(place, files, About(looks)))
        wrong = {unit: said for unit, said in found.items() if unit in may_be_held - held}
        if not wrong and (other := next((unit for unit in found if unit not in held | changed), "")):
            # What nobody touched is wrong now: what was changed beside it does not go with it.
            said = {"other": _short(other), "problem": found[other][0].rstrip("。")}
            wrong = {
                unit: [words().by_another.format(file=_short(unit), **said)] for unit in sorted(may_be_held - held)
            }
        if not wrong:
            faults |= {unit: said for unit, said in found.items() if unit not in held}
            break
        faults |= wrong
        held |= wrong.keys()
    shown = {unit: _few(said) for unit, said in faults.items()}
    return edition_of(place, files, About(looks, 1, shown, sorted(held)))


def _few(said: list[str]) -> list[str]:
    """One slip of the pen may be wrong in each of a hundred periods: the first are shown, the others counted."""
    most = words().shown_at_most
    return said if len(said) <= most else [*said[:most], words().more.format(count=len(said) - most)]


def _gone(place: Place, live: Files, old: Files) -> Problems:
    """Files that must not go: a system may be taken away as a whole, what several share may not, nor a system's own file alone."""
    if old and not any(name.startswith(f"{SHARED}/") for name in live):
        units = sorted({unit_of(name) for name in old if name.startswith("systems/")})
        said = words().gone_all.format(folder=place.systems)
        return {unit: [said] for unit in units}
    found: Problems = {}
    for name in sorted(old.keys() - live.keys()):
        unit = unit_of(name)
        if unit == name or (name.endswith("/system.yaml") and _of(unit, live)):
            found.setdefault(unit, []).append(words().gone.format(file=_short(name)))
    return found


def _of(unit: str, files: Files) -> Files:
    return {name: content for name, content in files.items() if unit_of(name) == unit}


def _of_units(units: set[str], files: Files) -> Files:
    return {name: content for name, content in files.items() if unit_of(name) in units}


def _short(name: str) -> str:
    return name.partition("/")[2]


def _tell(before: Edition | None, after: Edition) -> None:
    """Ops hear of faults that are new, and of what has been mended, once each: two processes that find the same tell the same."""
    earlier = before.about.faults if before else {}
    mended = sorted(earlier.keys() - after.about.faults.keys())
    _log.info("files taken up: edition %s of %s, faults in %s", after.about.number, after.key, list(after.about.faults))
    if after.about.faults and after.about.faults != earlier:
        lines = faults_of(after)
        alert(f"systems/{after.about.number}/{_hash(lines)}", words().wrong_title, lines)
    if mended:
        lines = [words().mended.format(file=_short(unit)) for unit in mended]
        alert(f"systems/{after.about.number}/{_hash(lines)}", words().mended_title, lines)


def _hash(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
