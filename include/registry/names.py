"""Whom a name means: names as people write them, against those of the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Longest first: what is left is what people call it by.
_ENDINGS = (
    "社区居民委员会",
    "居民委员会",
    "村民委员会",
    "社区居委会",
    "居委会",
    "村委会",
    "街道办事处",
    "社区",
    "街道",
    "镇",
    "乡",
    "村",
)


@dataclass(frozen=True)
class Meant:
    """`codes` of those that a name fits: one where it is certain, several where the place must be said with it, none where the
    register has no such name; `similar` are then those that a person may compare."""

    name: str
    codes: tuple[str, ...]
    similar: tuple[str, ...] = ()

    @property
    def code(self) -> str | None:
        return self.codes[0] if len(self.codes) == 1 else None


def meant_by(name: str, register: Mapping[str, str]) -> Meant:
    """`register`: names by code. Endings (居委会, 镇 …) do not count; nothing is guessed."""
    core = _core(name)
    codes = tuple(sorted(code for code, known in register.items() if core and _core(known) == core))
    if codes:
        return Meant(name, codes)
    return Meant(name, (), tuple(sorted(code for code, known in register.items() if _is_similar(core, _core(known)))))


def _core(name: str) -> str:
    name = name.strip()
    ending = next((one for one in _ENDINGS if name.endswith(one) and len(name) > len(one)), "")
    return name.removesuffix(ending)


def _is_similar(one: str, other: str) -> bool:
    """As long, and different in less than all of its characters."""
    return len(one) == len(other) and any(a == b for a, b in zip(one, other, strict=True))
