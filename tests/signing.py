"""The committee signs: asked, answered and issued as the workflows do it."""

from __future__ import annotations

import itertools

from include.steps import approvals

_count = itertools.count(1)


def asks(document_id: str) -> str:
    """Where the committee is asked about the document now."""
    place = f"test/{document_id}/{next(_count)}"
    approvals.request(document_id, place)
    return place


def sends_back(document_id: str, note: str, name: str = "李书记") -> None:
    answer = approvals.Approval("committee", name, note)
    assert approvals.take_answer(asks(document_id), approvals.REJECTION, answer) == ("rejection", [])


def signs(document_id: str, name: str = "王书记") -> str:
    """The committee approves the document as it stands, and it is issued; its number."""
    answer = approvals.Approval("committee", name)
    assert approvals.take_answer(asks(document_id), approvals.APPROVAL, answer) == ("approval", [])
    return approvals.issue_document(document_id)
