"""Do two checkouts make the same bytes? Both play the demo, rerun it, rebuild it, and close three periods of two systems.

`python -m tests.end_to_end.compare_checkouts OLD NEW`: two checkouts with their environments set up. Compared are every
file of every OUT but the one with durations, every mail, and what rerun and rebuild print. Exit code 1 where anything differs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from include.period import Period
from include.schemes.fields import FormField
from include.schemes.loader import load_scheme
from tests.end_to_end.conftest import hashes
from tests.end_to_end.office import REGISTER, UNITS, moment_before_due
from tests.scoring.community import WORKED, values_of

CLOSES = (("half_year", "2025H2"), ("half_year", "2026H1"), ("five_good", "2026H1"))
_SECONDS = re.compile(r"\d+(\.\d+)? ?(秒|MB)")


def write_inbox(folder: Path, system: str, period: str) -> None:
    """A flat CSV a community and form: the figures of the system's worked cases, one of them other in each community."""
    scheme = load_scheme(system, Period.parse(period))
    folder.mkdir(parents=True)
    cases = [
        case for case in WORKED[system]["cases"] if case.get("period", "2026H1") == period and "days_late" not in case
    ]
    for number, unit in enumerate(UNITS):
        case = cases[number * len(cases) // len(UNITS)] if cases else {"given": {}}
        values = values_of(scheme, case.get("base", "满分"), case["given"])
        for form in scheme.forms:
            told = [(cell, values[cell.key] or _name_of(cell)) for cell in scheme.cells_of(form.key)]
            lines = [f"{unit.code},{cell.label_in_errors},{value}" for cell, value in told if value]
            text = "\n".join(["编码,填报项,填报值", f"{unit.code},期间,{period}", *lines]) + "\n"
            (folder / f"{unit.name}_{form.key}.csv").write_text(text, encoding="utf-8")


def _name_of(cell: FormField) -> str:
    """A text that the cases leave out, as no points hang on it."""
    return "特色活动" if cell.type == "text" and not cell.group else ""


def play(checkout: Path, work: Path, inboxes: Path) -> dict[str, str]:
    """What a checkout makes: SHA-256 by a name that both have."""
    runs = work / "runs"
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "DUBAN"))}
    environment = {**kept, "PYTHONPATH": str(checkout), "DUBAN_RUNS": str(runs), "DUBAN_SECRET": "two checkouts"}

    def run(name: str, *arguments: str | Path) -> str:
        command = [str(checkout / ".venv/bin/python"), "-m", f"ops.{name}", *map(str, arguments)]
        done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
        print(f"{checkout.name}: {name} {' '.join(map(str, arguments[:2]))}: {done.returncode}", flush=True)
        said = _SECONDS.sub("", done.stdout + done.stderr).replace(str(work), "").replace(str(checkout), "")
        return f"{done.returncode}\n{said}"

    found: dict[str, str] = {}
    run("demo", "--out", work / "demo", "--inbox", work / "demo-inbox")
    found |= _hashes(work / "demo", "demo") | _mails(runs / "demo", "demo")
    run("rerun", "--period", "2026H1")
    found |= _hashes(work / "demo", "rerun")
    found["rebuild says"] = run("rebuild", "--to", work / "rebuilt.db")
    registry = work / "registry.csv"
    registry.write_text(REGISTER, encoding="utf-8")
    for system, period in CLOSES:
        out = work / f"{system}-{period}"
        run(
            "close", "--scheme", system, "--period", period, "--registry", registry, "--inbox", inboxes / out.name,
            "--out", out, "--received", moment_before_due(period), "--approve", "王书记", "--fresh", "1",
        )  # fmt: skip
        found |= _hashes(out, out.name) | _mails(runs / "close", out.name)
    return found


def _hashes(folder: Path, name: str) -> dict[str, str]:
    return {f"{name}/{path}": sha256 for path, sha256 in hashes(folder).items()}


def _mails(run: Path, name: str) -> dict[str, str]:
    """By what they are: in which order mails that are due together arrive is the machine's affair."""
    return {f"{name} mail {path.partition('_')[2]} {sha256}": sha256 for path, sha256 in hashes(run / "mails").items()}


def main(old: Path, new: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        for system, period in CLOSES:
            write_inbox(Path(folder) / "inboxes" / f"{system}-{period}", system, period)
        made = []
        for checkout in (old, new):
            work = Path(folder) / "work"  # the same place for both, as documents and mails may name it
            work.mkdir()
            made.append(play(checkout, work, Path(folder) / "inboxes"))
            work.rename(Path(folder) / f"done-{len(made)}")
    before, after = made
    differing = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    print("\n".join(f"differs: {name}" for name in differing))
    print(f"{len(before)} and {len(after)} things compared, {len(differing)} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()))
