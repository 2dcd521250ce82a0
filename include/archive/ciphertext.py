"""How a content lies on the disk: a mark, the name of its key, then AES-GCM. What an older version archived lies there as it is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from include.archive.data_keys import INTAKE, NONCE, LedgerKey, cipher, raw_key

_MARK = b"\x00DUBAN\x01"
_NAME_AT = len(_MARK) + 1
_TAG = 16
_PIECE = 1 << 20


class BrokenError(Exception):
    """The bytes are not what was encrypted."""


def encrypted(content: bytes, key: str) -> bytes:
    """The content as it is written. Raises UserError where the key is destroyed or lost."""
    nonce = os.urandom(NONCE)
    return _head(key, nonce) + cipher(key, may_make=True).encrypt(nonce, content, None)


def encrypted_pieces(pieces: Iterable[bytes], key: str) -> Iterator[bytes]:
    """As `encrypted`, for a content that is never in memory whole."""
    nonce = os.urandom(NONCE)
    yield _head(key, nonce)
    encryptor = Cipher(algorithms.AES(raw_key(key, may_make=True)), modes.GCM(nonce)).encryptor()
    for piece in pieces:
        yield encryptor.update(piece)
    yield encryptor.finalize() + encryptor.tag


def is_encrypted(written: bytes) -> bool:
    return written.startswith(_MARK)


def key_of(head: bytes) -> str:
    """The name of the key, from the first bytes of what is encrypted. Raises BrokenError where they are damaged."""
    try:
        name = head[_NAME_AT : _nonce_at(head)].decode()
        return str(LedgerKey.parse(name)) if name else INTAKE
    except (IndexError, ValueError):
        raise BrokenError from None


def decrypted(written: bytes) -> bytes:
    """The content. Raises BrokenError where the bytes are damaged, and as `cipher` where the key is not there."""
    opener, start = cipher(key_of(written)), _nonce_at(written)
    try:
        return opener.decrypt(written[start : start + NONCE], memoryview(written)[start + NONCE :], None)
    except (InvalidTag, ValueError):
        raise BrokenError from None


def decrypted_pieces(read: Callable[[int], bytes], size: int) -> Iterator[bytes]:
    """As `decrypted`, read in pieces; what is given is proved only when all has come."""
    head = read(_NAME_AT)
    head += read(head[-1] + NONCE)
    start = _nonce_at(head)
    decryptor = Cipher(algorithms.AES(raw_key(key_of(head))), modes.GCM(head[start:])).decryptor()
    left = size - len(head) - _TAG
    while left > 0 and (piece := read(min(left, _PIECE))):
        left -= len(piece)
        yield decryptor.update(piece)
    try:
        yield decryptor.finalize_with_tag(read(_TAG))
    except (InvalidTag, ValueError):
        raise BrokenError from None


def _head(key: str, nonce: bytes) -> bytes:
    name = key.encode()  # at most 255 bytes: a ledger's name, a code of 32 letters or a department, a year
    return _MARK + bytes([len(name)]) + name + nonce


def _nonce_at(head: bytes) -> int:
    return _NAME_AT + head[_NAME_AT - 1]
