"""Whether two OUT folders are the same: file by file, a workbook that only its compression tells apart by its members."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Comparison:
    """`repacked`: files whose members alone are the same; `different`: what is not the same, in words."""

    equal: int = 0
    repacked: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)


def compare(ours: Path, theirs: Path) -> Comparison:
    """All files of both but the one with durations; the manifest last, in which the sums of repacked files may differ and
    nothing else."""
    found = Comparison()
    names = {path.relative_to(folder) for folder in (ours, theirs) for path in folder.rglob("*") if path.is_file()}
    names -= {name for name in names if name.name == "intake.csv"}
    for name in sorted(names, key=lambda name: (name.name == "manifest.json", str(name))):
        one, other = ours / name, theirs / name
        if not (one.is_file() and other.is_file()):
            found.different.append(f"{name} 只在 {ours if one.is_file() else theirs} 里")
        elif one.read_bytes() == other.read_bytes():
            found.equal += 1
        elif zipfile.is_zipfile(one) and zipfile.is_zipfile(other) and _members(one) == _members(other):
            found.repacked.append(str(name))
        elif (
            name.name == "manifest.json"
            and found.repacked
            and _without_sums(one, ours, found) == _without_sums(other, theirs, found)
        ):
            found.equal += 1
        else:
            found.different.append(str(name))
    return found


def _members(path: Path) -> list[tuple[str, str]]:
    with zipfile.ZipFile(path) as archive:
        return sorted((one.filename, hashlib.sha256(archive.read(one)).hexdigest()) for one in archive.infolist())


def _without_sums(path: Path, folder: Path, found: Comparison) -> Any:
    """The manifest with the sums of repacked files left out."""
    sums = {hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in found.repacked}
    text = path.read_text(encoding="utf-8")
    for one in sums:
        text = text.replace(one, "")
    return json.loads(text)
