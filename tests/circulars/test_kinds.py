"""Every kind of document behaves: what kinds.yaml names is numbered by its behaviour, or goes along with one that is."""

from __future__ import annotations

import ast

import pytest
import yaml

from include.circulars import sheets
from include.settings import REPO
from include.signing.kinds import behaviour_of, kinds
from include.typesetting.markdown import FOLDER

NAMED = yaml.safe_load((FOLDER / "kinds.yaml").read_text(encoding="utf-8"))
GO_ALONG = {sheets.KIND} | {kind["briefing"] for kind in NAMED.values() if "briefing" in kind}


def test_every_kind_has_its_behaviour_or_goes_along_with_one_that_has() -> None:
    assert kinds() | GO_ALONG == set(NAMED)
    assert kinds() & GO_ALONG == set()


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_kind_says_what_ops_do_about_a_draft_that_was_sent_back(kind: str) -> None:
    behaviour = behaviour_of(kind)
    assert behaviour.after_rejection.endswith("。")
    assert behaviour.has_revisions != behaviour.ends_when_rejected, (
        "a draft that stays is replaced by its next revision"
    )


@pytest.mark.parametrize(
    "path", ["include/steps/approvals.py", "include/signing/issue.py", "include/rebuild/replay.py"]
)
def test_no_turn_of_a_documents_life_asks_for_a_kind_by_name(path: str) -> None:
    """Whoever compares a kind there has found what belongs into its behaviour."""
    tree = ast.parse((REPO / path).read_text(encoding="utf-8"))
    compared = [name for node in ast.walk(tree) if isinstance(node, ast.Compare) for name in _texts(node)]
    assert set(compared) & {*NAMED, "SUPERVISION", "RECTIFICATION", "JOINT_MEETING"} == set()


def _texts(node: ast.Compare) -> list[str]:
    found = []
    for side in [node.left, *node.comparators]:
        found += [one.value for one in ast.walk(side) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        found += [one.id for one in ast.walk(side) if isinstance(one, ast.Name)]
    return found
