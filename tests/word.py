"""What a Word file says."""

from __future__ import annotations

import html
import io
import re
import zipfile


def words_of(docx: bytes) -> str:
    """Its text, a line for a paragraph."""
    with zipfile.ZipFile(io.BytesIO(docx)) as package:
        xml = package.read("word/document.xml").decode()
    return html.unescape(re.sub(r"<[^>]+>", "", xml.replace("</w:p>", "\n").replace("<w:br", "\n<w:br")))
