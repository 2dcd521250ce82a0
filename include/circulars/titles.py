"""What a system's document is called."""

from __future__ import annotations

from include.documents.rendering import kind_of
from include.schemes.documents import Document
from include.schemes.model import Scheme


def title_of(document: Document, scheme: Scheme, unit: str = "") -> str:
    """Its own title, else that of its kind; {period}, {year}, {scheme} and {unit} are filled in."""
    title = document.title or kind_of(document.kind).title or "{period}{scheme}{kind}"
    words = {
        "period": scheme.period.name,
        "year": f"{scheme.period.year}年",
        "scheme": scheme.name,
        "unit": unit,
        "kind": document.kind,
    }
    for name, word in words.items():
        title = title.replace(f"{{{name}}}", word)
    return title
