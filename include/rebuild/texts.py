"""The texts by which a past document is made again: those archived with it, and what is to be said of them today."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from include.data_files import Texts
from include.db import sql
from include.documents.sources import NOT_ARCHIVED, Sources, changes_since, sources_of, texts_of
from include.keys import AssessmentKey, OutcomeKey

_NAMED = 3


@dataclass(frozen=True)
class RecordedTexts:
    """The texts that each issued document was made of, as archived with it: by document, and by what it tells of."""

    by_document: dict[str, tuple[Sources, AssessmentKey | None]]
    """A letter about a result tells of none here: it has texts of its system, but nothing is scored by them."""

    @classmethod
    def of(cls, circulars: dict[str, sql.Row]) -> RecordedTexts:
        """Of issued documents by id: their sources (none where they were not archived yet) and their assessment."""
        return cls(
            {
                key: (
                    sources_of(row["manifest_sha256"]),
                    AssessmentKey.parse(row["assessment_id"]) if row["assessment_id"] else None,
                )
                for key, row in circulars.items()
                if row["approved_at"] is not None
            }
        )

    def of_document(self, key: str) -> Texts | None:
        sources, told = self.by_document.get(key, ({}, None))
        return texts_of(sources, _scheme(key, told))

    def of_assessment(self, row: sql.Row) -> Texts | None:
        """Those of its own document; of a revision that issued none, those of the last one issued before it, else the first
        one after."""
        told = {
            one.revision: key
            for key, (_, one) in self.by_document.items()
            if one and all(getattr(one, name) == row[name] for name in ("scheme", "period", "street_code"))
        }
        before = [revision for revision in told if revision <= row["revision"]]
        wanted = max(before, default=None) if before else min(told, default=None)
        return None if wanted is None else self.of_document(told[wanted])

    def notes(self, circulars: dict[str, sql.Row], as_of: dt.datetime) -> list[str]:
        """Each document whose texts were not archived, and each text that is another today, with the documents it is in."""
        found: dict[str, list[str]] = {}
        for key, (sources, told) in self.by_document.items():
            if circulars[key]["approved_at"] <= as_of:
                number = str(circulars[key]["document_number"] or key)
                for said in changes_since(sources, _scheme(key, told)) if sources else [NOT_ARCHIVED]:
                    found.setdefault(said, []).append(number)
        return [f"{said}：{'、'.join(numbers[:_NAMED])}{_more(numbers)}。" for said, numbers in found.items()]


def _scheme(document: str, told: AssessmentKey | None) -> str:
    if told:
        return told.scheme
    return OutcomeKey.parse(document).scheme if OutcomeKey.is_one(document) else ""


def _more(numbers: list[str]) -> str:
    return f" 等 {len(numbers)} 件" if len(numbers) > _NAMED else ""
