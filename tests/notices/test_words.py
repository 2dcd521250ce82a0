"""A mail template uses no word that no sender gives, and no word is given in vain."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest
from jinja2 import Environment, meta, nodes

from include.data_files import read_yaml
from include.documents.rendering import FOLDER
from include.outbox.notice import Notice
from include.outbox.policies import load_policies
from include.outbox.words import KINDS, OfEveryKind, words_of
from include.period import now
from include.post.rendering import _environment
from include.settings import REPO
from tests.notices.outgoing import SAMPLES

COMMON = REPO / "include/templates/mail"
GREETED = {"unit_name"}  # by the layout of every mail


@functools.cache
def used_by(path: Path, environment: Environment) -> set[str]:
    """The words that a template uses, with what it includes; what it imports has its words handed in."""
    tree = environment.parse(path.read_text(encoding="utf-8"))
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}
    included = {node.template.value for node in tree.find_all(nodes.Include) if isinstance(node.template, nodes.Const)}
    return (meta.find_undeclared_variables(tree) - own).union(
        *(used_by(COMMON / name, environment) for name in included)
    )


def templates_of(kind: str) -> list[Path]:
    """The common ones, and those that systems have of their own."""
    return [*(COMMON / kind).iterdir(), *(REPO / "systems").glob(f"*/mail/{kind}/*")]


def used_by_kind(kind: str) -> set[str]:
    return set().union(*(used_by(path, _environment()) for path in templates_of(kind)))


def given_to(kind: str) -> set[str]:
    return {word for words in words_of(kind) for word in words.__annotations__}


def test_words_are_named_for_kinds_of_notices_and_all_others_are_letters() -> None:
    named = {kind for kinds in KINDS.values() for kind in kinds}
    letters = {kind.get("notice") for kind in read_yaml(FOLDER / "kinds.yaml").values()}
    assert named <= load_policies().kinds.keys()
    assert load_policies().kinds.keys() - named <= letters


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_template_uses_no_word_that_no_sender_gives(kind: str) -> None:
    assert used_by_kind(kind) - given_to(kind) - OfEveryKind.__annotations__.keys() == set()


def test_no_word_is_given_in_vain() -> None:
    """A word that several kinds share is used by one of them."""
    used = {kind: used_by_kind(kind) for kind in SAMPLES}
    vain = [
        f"{words.__name__}.{word}"
        for words in KINDS
        for word in words.__annotations__.keys() - GREETED
        if not any(word in used[kind] for kind in SAMPLES if word in given_to(kind))
    ]
    assert vain == []


def test_a_notice_without_one_of_its_words_or_with_another_one_is_refused_before_anything_is_written() -> None:
    for words in ({}, SAMPLES["refused"] | {"another": ""}):
        with pytest.raises(ValueError, match="refused is said in the words of Refused"):
            Notice("refused", "s", words, now())


def test_words_are_kept_as_text() -> None:
    for kind, words in SAMPLES.items():
        assert json.loads(json.dumps(Notice(kind, "s", words, now()).words)) == words
