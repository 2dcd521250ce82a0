"""`make sbom`: what Duban runs on, with hashes and licences, as CycloneDX; every package whose licence is unknown or not allowed.

The list and its hashes are of cyclonedx-py, read from the lock; licences are what the installed packages say of themselves,
read by ops/licences.yaml.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from include.data_files import Part, read_yaml
from include.errors import UserError
from include.settings import REPO
from ops.command import run_command

LOCK, TO = REPO / "requirements.txt", REPO / "var/sbom.json"
PROGRAM = REPO / "var/audit/bin/cyclonedx-py"
_RULES = Path(__file__).with_name("licences.yaml")
_LOCKED = re.compile(r"^([a-zA-Z0-9][\w.-]*)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)
_CLASSIFIER = "License ::"


class Within(Part):
    """A part of the image that no lock names: `inside` which package it lies, empty where beside them."""

    name: str
    inside: str
    licence: str


class Licences(Part):
    """licences.yaml, which says what each is."""

    allowed: list[str]
    read_as: dict[str, str]
    of_packages: dict[str, str]
    within: list[Within]


def rules() -> Licences:
    return Licences.model_validate(read_yaml(_RULES))


def locked(lock: Path = LOCK) -> dict[str, str]:
    """Version by package, as the lock has them."""
    return dict(_LOCKED.findall(lock.read_text(encoding="utf-8")))


def licence_of(package: str, known: Licences) -> str:
    """As an SPDX expression; empty where the package is not installed or says nothing that is understood."""
    if package in known.of_packages:
        return known.of_packages[package]
    try:
        said = importlib.metadata.metadata(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
    if expression := said.get("License-Expression"):
        return str(expression)
    classified = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier", []) if one.startswith(_CLASSIFIER)]
    words = [one for one in classified if one != "OSI Approved"] or [
        (said.get("License") or "").strip().partition("\n")[0]
    ]
    read = [known.read_as.get(word, word) for word in words]
    return " AND ".join(sorted(read)) if all(_is_spdx(one) for one in read) else ""


def _is_spdx(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+-]*( (AND|OR|WITH) [A-Za-z0-9][A-Za-z0-9.+-]*)*", text))


def is_allowed(expression: str, known: Licences) -> bool:
    """Of alternatives one, of several parts all."""
    plain = expression.replace("(", "").replace(")", "")
    return any(all(part in known.allowed for part in choice.split(" AND ")) for choice in plain.split(" OR "))


def wrong_licences(known: Licences) -> Iterator[str]:
    """Locked packages that nobody knows the licence of, or whose licence is not allowed, as sentences."""
    for package in locked():
        licence = licence_of(package, known)
        if not licence:
            yield f"{package} 的许可证不明：请看它的许可证文件，写进 ops/licences.yaml 的 of_packages。"
        elif not is_allowed(licence, known):
            yield f"{package} 的许可证 {licence} 不在允许之列：请换一个软件包；确可使用的，写进 ops/licences.yaml 的 allowed，并说明理由。"


def sbom(known: Licences) -> dict[str, Any]:
    """The bill of materials as CycloneDX says it."""
    command = [str(PROGRAM), "requirements", str(LOCK), "--of", "JSON", "--output-reproducible"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"cyclonedx-py 没有做成：{(done.stderr.strip() or '没有说明').splitlines()[-1]}")
    bill: dict[str, Any] = json.loads(done.stdout)
    for component in bill["components"]:
        if licence := licence_of(component["name"], known):
            component["licenses"] = [{"expression": licence}]
    bill["components"] += [
        {
            "type": "library",
            "name": one.name,
            "bom-ref": f"within:{one.name}",
            "licenses": [{"expression": one.licence}],
            **({"description": f"inside {one.inside}"} if one.inside else {}),
        }
        for one in known.within
    ]
    return bill


def main() -> None:
    known = rules()
    bill = sbom(known)
    missing = set(locked()) - {component["name"] for component in bill["components"]}
    if missing:
        raise UserError(f"清单里缺 {'、'.join(sorted(missing))}：cyclonedx-py 没有读出。")
    TO.parent.mkdir(exist_ok=True)
    TO.write_text(json.dumps(bill, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"软件清单（CycloneDX {bill['specVersion']}）：{len(bill['components'])} 项，写在 {TO.relative_to(REPO)}。")
    if wrong := list(wrong_licences(known)):
        raise UserError(*wrong)
    print(f"{len(locked())} 个锁定的软件包的许可证都已知、都在允许之列。")


if __name__ == "__main__":
    run_command(main)
