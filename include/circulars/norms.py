"""What a document states of what is not scored, by type."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Norm(TypedDict):
    """How many meet a standard, in a sentence, and who does not."""

    code: str
    name: str
    message: str
    is_met: bool
    units: list[str]


class Named(TypedDict):
    """Who is named for what a table says of them."""

    says: str
    units: list[str]


class Statistics(TypedDict):
    """`whole`: cells of the row of all, by table and title; `unreported`: what of it nobody told; `disagreements` and `notes`:
    sentences, of a subject with its name."""

    whole: dict[str, dict[str, str]]
    unreported: list[str]
    disagreements: list[str]
    notes: list[str]
    standards: list[Norm]
    named: NotRequired[list[Named]]
