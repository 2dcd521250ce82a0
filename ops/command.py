"""How a command ends: well, with what the user must mend (2), or with what went wrong (1). Always in Chinese."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from include.errors import UserError
from include.machine_faults import as_fault


class BadArgumentsError(UserError):
    """The command was asked for something impossible; nothing was started."""


def run_command(main: Callable[[], None]) -> None:
    """Run `main`; print problems, one a line, to stderr and exit with the code.

    What it writes, and what it starts, is for its user's eyes only: databases, archive and OUT hold people's figures.
    """
    os.umask(0o077)
    try:
        main()
    except UserError as error:
        _tell(error)
        sys.exit(2 if isinstance(error, BadArgumentsError) else 1)
    except Exception as error:
        fault = as_fault(error)
        if fault is None:
            raise  # a mistake of ours: with all that helps to find it
        _tell(fault)
        sys.exit(1)


def _tell(error: UserError) -> None:
    for problem in error.problems:
        print(f"错误：{problem}", file=sys.stderr)
