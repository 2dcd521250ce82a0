"""The one error that people read."""

from __future__ import annotations


class UserError(Exception):
    """Bad input, said in Chinese: what is wrong, where, and what to do.

    Carries all problems at once, so that a person mends them in one go.
    """

    def __init__(self, *problems: str) -> None:
        if not problems:
            raise ValueError("a UserError needs at least one problem")
        self.problems = list(problems)
        super().__init__("\n".join(problems))


class NotAllowedError(UserError):
    """Sound, but not for who asked: another's to do, or to see."""
