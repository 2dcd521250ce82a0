"""`make audit`: known vulnerabilities of what is locked, by pip-audit, on the first source of advisories that can be reached.

What could not be audited counts as a failure there. Where no source is reachable nothing was audited, and that is said.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

from include.errors import UserError
from include.settings import REPO
from ops.command import run_command
from ops.sbom import locked

LOCKS = ("requirements.txt", "requirements-demo.txt", "requirements-dev.txt")
SOURCES = ("pypi", "osv")
PROGRAM = REPO / "var/audit/bin/pip-audit"
_UNREACHABLE = ("ConnectionError", "NameResolutionError", "ConnectTimeout", "ServiceError", "ProxyError", "SSLError")


def audited(lock: str, source: str) -> list[dict[str, Any]] | None:
    """What pip-audit found out about each package of a lock; None where the source cannot be reached, or knows of none of
    them: a mirror of packages alone answers so.

    Raises UserError where it failed otherwise.
    """
    command = [str(PROGRAM), "-r", lock, "--require-hashes", "--disable-pip", "--progress-spinner", "off"]
    done = subprocess.run([*command, "-s", source, "-f", "json"], cwd=REPO, capture_output=True, text=True, check=False)
    if done.stdout.lstrip().startswith("{"):
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
        return None if all("skip_reason" in one for one in found) else found
    if any(word in done.stderr for word in _UNREACHABLE):
        return None
    raise UserError(f"pip-audit 没有做成（{lock}）：{(done.stderr.strip() or '没有说明').splitlines()[-1]}")


def problems(lock: str, found: list[dict[str, Any]], wanted: dict[str, str]) -> list[str]:
    """Sentences: packages with a known vulnerability, and those that were not audited."""
    told = [
        f"{one['name']} {one['version']}（{lock}）有已知漏洞 {vulnerability['id']}"
        + (
            f"，升级到 {'、'.join(vulnerability['fix_versions'])} 即可"
            if vulnerability["fix_versions"]
            else "，还没有修复的版本"
        )
        + "。"
        for one in found
        for vulnerability in one.get("vulns", [])
    ]
    skipped = {one["name"]: one["skip_reason"] for one in found if "skip_reason" in one}
    told += [f"{name}（{lock}）没有审计：{reason}" for name, reason in skipped.items()]
    known = {(one["name"], one.get("version")) for one in found}
    missing = [name for name, version in wanted.items() if name not in skipped and (name, version) not in known]
    return told + [f"{name}（{lock}）没有审计：不在 pip-audit 的结果里。" for name in missing]


def main() -> None:
    for source in SOURCES:
        wrong, count = [], 0
        for lock in LOCKS:
            if (found := audited(lock, source)) is None:
                print(f"漏洞公告源 {source} 连不上，或不提供公告。")
                break
            count += len(found)
            wrong += problems(lock, found, locked(REPO / lock))
        else:
            if wrong:
                raise UserError(*wrong)
            print(f"已按公告源 {source} 审计 {count} 项（{'、'.join(LOCKS)}）：没有已知漏洞，没有漏审的。")
            return
    print(
        f"没有审计：{len(SOURCES)} 个漏洞公告源（{'、'.join(SOURCES)}）都连不上或不提供公告。请在能上网的机器上运行 make audit。"
    )


if __name__ == "__main__":
    run_command(main)
