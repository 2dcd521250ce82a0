"""Kinds of subject as systems/_shared/subject_kinds.yaml describes them: communities, villages, units, estates, households."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from include.data_files import Part, kept, read_yaml
from include.settings import shared_folder


def subject_kinds_path() -> Path:
    return shared_folder() / "subject_kinds.yaml"


class ByLink(Part):
    """By way of the subject that this one belongs to by a link."""

    link: str


class SubjectKind(Part):
    """How a kind of subject is written, reached and judged; the words of the file's head."""

    noun: str
    counter: str
    addressee: str
    owner_title: str
    addressed: str = "{unit}党组织"
    mail: Literal["own"] | ByLink
    items: bool
    owner: ByLink | None = None
    named_in_public: Literal[True, False, "commended_only"]
    code: Literal["national", "own"] = "own"
    is_default: bool = False
    endings: list[str] = Field(default_factory=list)


class SubjectKinds(Part):
    """All kinds by name, and the links that mean something to the register itself."""

    kinds: dict[str, SubjectKind]
    successor_link: str
    named_links: list[str]

    def of(self, kind: str) -> SubjectKind:
        """A kind by its name; what is of none is written like the first of the file."""
        return self.kinds.get(kind) or next(iter(self.kinds.values()))

    def kind_of(self, unit_type: str, name: str) -> str:
        """The kind of a subject of which it is not said: the one that its type names, or that its type or name ends like."""
        if unit_type in self.kinds:
            return unit_type
        return self.by_ending(unit_type) or self.by_ending(name)

    def by_ending(self, name: str) -> str:
        """社区, 村 … by the ending of a name; empty where none fits."""
        return next((kind for ending, kind in _endings() if name.endswith(ending)), "")

    def counted_as(self, kind: str) -> list[str]:
        """Kinds whose subjects are meant by one: the first of the file means those of none as well."""
        return [kind, ""] if kind == next(iter(self.kinds)) else [kind]

    @property
    def default(self) -> list[str]:
        """The kinds that take part where a system names none; what is of no kind does too."""
        return ["", *(name for name, kind in self.kinds.items() if kind.is_default)]


@kept
def subject_kinds() -> SubjectKinds:
    """The file, read once."""
    return SubjectKinds.model_validate(read_yaml(subject_kinds_path()))


@kept
def _endings() -> list[tuple[str, str]]:
    return [(ending, name) for name, kind in subject_kinds().kinds.items() for ending in kind.endings]
