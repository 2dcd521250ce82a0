"""The personal columns of a row as the database keeps them: one text that nobody can read without the key of ledger, subject and year."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping

from include.archive.ciphertext import decrypted, encrypted, key_of
from include.archive.data_keys import ErasedError, raw_key

_CODE = 24  # characters


def sealed(cells: Mapping[str, str], key: str) -> str | None:
    """The texts of personal columns by their keys, encrypted; None where there are none."""
    told = {name: text for name, text in cells.items() if text}
    if not told:
        return None
    return base64.b64encode(encrypted(json.dumps(told, ensure_ascii=False, sort_keys=True).encode(), key)).decode()


def unsealed(kept: str | None) -> dict[str, str] | None:
    """The texts by their keys, empty where there are none; None where their time was up and the key is destroyed."""
    if kept is None:
        return {}
    try:
        found: dict[str, str] = json.loads(decrypted(base64.b64decode(kept)))
    except ErasedError:
        return None
    return found


def key_of_sealed(kept: str) -> str:
    """The name of the key under which they are."""
    return key_of(base64.b64decode(kept))


def code_of(text: str, key: str) -> str:
    """A code in the place of a text, always the same under a key, and without it made by nobody."""
    return hmac.digest(raw_key(key, may_make=True), f"row\n{text}".encode(), "sha256").hex()[:_CODE]
