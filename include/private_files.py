"""Files that only their owner reads, and that are whole at every moment."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def private_draft(path: Path, content: bytes) -> Iterator[Path]:
    """A file of this content beside `path`, mode 0600 and on the disk, to be put into its place; gone afterwards where it was not."""
    private_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")  # mode 0600
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def private_folder(path: Path) -> None:
    """Makes a folder, and those above it that are missing, its owner's alone, whatever the process's umask; one that is there stays."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
