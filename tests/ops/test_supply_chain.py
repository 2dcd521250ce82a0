"""Every package that is locked has a licence that is known and allowed; what was not audited is no all-clear."""

from __future__ import annotations

from include.settings import REPO
from ops.audit import LOCKS, problems
from ops.sbom import is_allowed, licence_of, locked, rules, wrong_licences


def test_every_locked_package_has_a_licence_that_is_known_and_allowed() -> None:
    assert len(locked()) > 150
    assert list(wrong_licences(rules())) == []


def test_no_rule_speaks_of_a_package_that_is_not_locked() -> None:
    assert set(rules().of_packages) <= set(locked())
    assert {one.inside for one in rules().within if one.inside} <= set(locked())


def test_a_package_that_says_nothing_is_unknown_and_of_alternatives_one_is_enough() -> None:
    known = rules()
    assert licence_of("no-such-package", known) == ""
    assert is_allowed("GPL-2.0-only OR MIT", known)
    assert not is_allowed("MIT AND GPL-2.0-only", known)


def test_every_lock_of_what_is_installed_here_is_audited() -> None:
    assert {path.name for path in REPO.glob("requirements*.txt")} - {"requirements-audit.txt"} == set(LOCKS)


def test_what_could_not_be_audited_is_said_as_what_is_vulnerable_is() -> None:
    found = [
        {"name": "sound", "version": "1", "vulns": []},
        {"name": "weak", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]},
        {"name": "left", "skip_reason": "not on the index"},
    ]
    told = problems("x.txt", found, {"sound": "1", "weak": "2", "left": "1", "gone": "5"})
    assert [sentence.split("（")[0].split()[0] for sentence in told] == ["weak", "left", "gone"]
    assert "升级到 3" in told[0] and "not on the index" in told[1] and "不在 pip-audit 的结果里" in told[2]


def test_the_parts_of_the_image_that_no_lock_names_are_in_the_notice() -> None:
    notice = (REPO / "NOTICE").read_text(encoding="utf-8").lower()
    assert [one.name for one in rules().within if one.name not in notice] == []
