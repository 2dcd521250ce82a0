"""A file with what is inside it, to be searched: the parts of a workbook or document, the decoded parts of a mail and what they hold."""

from __future__ import annotations

import email
import email.header
import io
import zipfile
from pathlib import Path


def unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    if zipfile.is_zipfile(path):
        return content + _parts(content)
    return decoded(content) if path.suffix == ".eml" else content


def decoded(mail: bytes) -> bytes:
    message = email.message_from_bytes(mail)
    found = [str(email.header.make_header(email.header.decode_header(message["Subject"] or ""))).encode()]
    for part in message.walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            found += [content, _parts(content) if content.startswith(b"PK") else b""]
    return b"".join(found)


def _parts(package: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        return b"".join(opened.read(name) for name in opened.namelist())
