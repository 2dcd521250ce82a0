"""Who takes part in a system, who is ranked with whom, and values that differ by group."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from include.data_files import Part
from include.schemes.inputs import known_word
from include.subject_kinds import ByLink

BY_KIND = "kind"


class ByResult(Part):
    """Those whose class in the newest official result of a system is one of these; `period` as seen from the one that they take
    part in."""

    result: str
    period: Annotated[str, AfterValidator(known_word)]
    grade: list[str] = Field(min_length=1)


class Taking(Part):
    """Subjects of a kind that take part; `where`: of these only those with one of the values of every attribute, on the
    period's last day, or those with a class in another result. `has_items` and `owner`: what this system has otherwise than the
    kind (subject_kinds.yaml)."""

    kind: str
    where: ByResult | dict[str, list[str]] = Field(default_factory=dict)
    has_items: bool | None = Field(default=None, exclude=True)  # decides no result
    owner: ByLink | None = Field(default=None, exclude=True)

    @property
    def attributes(self) -> dict[str, list[str]]:
        return {} if isinstance(self.where, ByResult) else self.where

    @property
    def by_result(self) -> ByResult | None:
        return self.where if isinstance(self.where, ByResult) else None


class Ranking(Part):
    """Who is in one list: those of a group, or those that a link joins to the same. Groups `apart` have no ranks, and a circular
    counts and tells of them apart from the others."""

    within: Literal["group"] | ByLink
    apart: list[str] = Field(default_factory=list, exclude=True)  # enters input_hash where there are any


def groups_of(tree: dict[str, Any]) -> list[str]:
    """The groups of a system's tree, resolved by version and period: the kinds that take part, or the values of the attribute
    that it groups by; those that its parts name, where it does not say who takes part. Empty where it has none."""
    by = tree.get("group_by")
    if not by:
        return []
    taking = [one for one in tree.get("subjects") or [] if isinstance(one, dict)]
    if by == BY_KIND:
        found = [str(one.get("kind", "")) for one in taking]
    else:
        found = [str(value) for one in taking for value in (one.get("where") or {}).get(by) or []]
    return list(dict.fromkeys(found or _named(tree)))


def _named(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.keys() == {"by_group"} and isinstance(node["by_group"], dict):
            yield from map(str, node["by_group"])
        yield from map(str, node.get("in_groups") or [])
        for value in node.values():
            yield from _named(value)
    elif isinstance(node, list):
        for entry in node:
            yield from _named(entry)


def in_group(node: Any, group: str) -> Any:
    """The tree of a group: every by_group and in_groups decided. What has no value for it is left as it stands."""
    if isinstance(node, list):
        return [
            in_group(entry, group)
            for entry in node
            if not (isinstance(entry, dict) and entry.get("in_groups") and group not in entry["in_groups"])
        ]
    if not isinstance(node, dict):
        return node
    if node.keys() == {"by_group"} and isinstance(node["by_group"], dict) and group in node["by_group"]:
        return in_group(node["by_group"][group], group)
    return {key: in_group(value, group) for key, value in node.items() if key != "in_groups"}


def of_all(trees: list[dict[str, Any]]) -> dict[str, Any]:
    """The trees of all groups as one, for who asks about no group: entries of the lists of all, values of the first that has them."""
    together: dict[str, Any] = {}
    for tree in trees:
        for key, value in tree.items():
            if isinstance(value, list) and key in together:
                known = {_key_of(entry) for entry in together[key]}
                together[key] = [*together[key], *(entry for entry in value if _key_of(entry) not in known)]
            else:
                together.setdefault(key, value)
    return together


def _key_of(entry: Any) -> str:
    if isinstance(entry, dict):
        for name in ("key", "code"):
            if name in entry:
                return str(entry[name])
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, default=str)


def said_of_groups(problems: dict[str, list[str]], groups: int) -> list[str]:
    """What is wrong, by group, as one list: what is wrong in all of them once, else with the groups."""
    found: dict[str, list[str]] = {}
    for group, sentences in problems.items():
        for sentence in sentences:
            found.setdefault(sentence, []).append(group)
    return [
        sentence if len(among) == groups else f"{sentence.removesuffix('。')}（{'、'.join(among)}）。"
        for sentence, among in found.items()
    ]
