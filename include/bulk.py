"""Work on hundreds of thousands of small things at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THINGS = 200_000


@contextmanager
def in_bulk() -> Iterator[None]:
    """Inside, the collector looks for circles of dead objects after many new ones only: what is read stays until it is
    written, and going through all of it every few hundred objects takes longer than the work itself."""
    usual = gc.get_threshold()
    gc.set_threshold(_THINGS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
