"""What takes long is made before the transaction that writes of it, so that nobody waits for typesetting or for a disk.

Work that `in_transaction` (include/db/engine.py) does may find on its way that a document must be typeset, a workbook written, a
file archived. Then what it wrote is taken back, what it lacks is made while no transaction is open, and it is done again and finds
it made. So the work reads as if it made everything itself, and its transaction holds others up for milliseconds. What was made is
found by the function and the values that it was given: other facts meanwhile, and it is made of those.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar, overload

P = ParamSpec("P")
R = TypeVar("R")
_ROUNDS = 12  # what is not ready then is made in the transaction: better slowly than never
_at_hand: ContextVar[AtHand | None] = ContextVar("at_hand", default=None)


class NotReady(BaseException):
    """The work needs something first; whoever began it takes everything back, makes it and begins anew."""


class AtHand:
    """What one work has had made for it."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}
        self._makers: list[Callable[[], Any]] = []
        self._asked: dict[Hashable, Callable[[], Any]] = {}
        self._kept: set[str] = set()
        self._to_keep: dict[str, tuple[bytes, str]] = {}
        self._keep: Callable[[Mapping[str, tuple[bytes, str]]], object] | None = None
        self._rounds = 0

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Around one try of the work, in its transaction."""
        token = _at_hand.set(self if self._rounds < _ROUNDS else None)
        try:
            yield
        except Exception as error:
            if self._asked:  # what stands in for something may be to blame
                raise NotReady from error
            raise
        finally:
            _at_hand.reset(token)
        if self._asked or self._to_keep:
            raise NotReady

    def make(self) -> None:
        """Make what the last try lacked."""
        self._rounds += 1
        for key, make in self._asked.items():
            self._made[key] = make()
            self._makers.append(make)  # holds what a key tells by being the same object
        self._asked.clear()
        if self._keep is not None and self._to_keep:
            self._keep(self._to_keep)
            self._kept |= self._to_keep.keys()
            self._to_keep.clear()

    def made(self, key: Hashable, make: Callable[[], Any], meanwhile: Any) -> Any:
        if key not in self._made:
            self._asked[key] = make
            if meanwhile is None:
                raise NotReady
            return meanwhile
        return self._made[key]

    def keep(
        self, name: str, content: bytes, key: str, keep: Callable[[Mapping[str, tuple[bytes, str]]], object]
    ) -> None:
        if name not in self._kept and not self._asked:  # of what stands in for something nothing is kept
            self._keep = keep
            self._to_keep[name] = (content, key)

    def content_of(self, name: str) -> tuple[bytes, str] | None:
        return self._to_keep.get(name)


def at_hand() -> AtHand | None:
    """What is made for the work that is being done; None outside of any."""
    return _at_hand.get()


@overload
def beforehand(function: Callable[P, R]) -> Callable[P, R]: ...
@overload
def beforehand(*, meanwhile: Any) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def beforehand(function: Any = None, *, meanwhile: Any = None) -> Any:
    """A function that takes long and gives the same for the same values: in a work it is called before its transaction.

    `meanwhile`: what it gives in the try that finds out, which is taken back, so that the next ones are found out with it. Without
    one, the try ends there.
    """
    if function is None:
        return functools.partial(beforehand, meanwhile=meanwhile)

    @functools.wraps(function)
    def found(*args: Any, **kwargs: Any) -> Any:
        ready = _at_hand.get()
        if ready is None:
            return function(*args, **kwargs)
        key = (function.__module__, function.__qualname__, _named(args), _named(kwargs))
        return ready.made(key, functools.partial(function, *args, **kwargs), meanwhile)

    return found


def _named(value: Any) -> Hashable:
    """What tells a value from others: itself, or all that is in it; what is neither is told by being the same object."""
    if isinstance(value, Mapping):
        return ("mapping", *((key, _named(one)) for key, one in value.items()))
    if isinstance(value, list | tuple):
        return (type(value), *map(_named, value))
    if isinstance(value, set | frozenset):
        return frozenset(map(_named, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return (type(value), *(_named(getattr(value, one.name)) for one in dataclasses.fields(value)))
    if isinstance(value, functools.partial):
        return (value.func, _named(value.args), _named(value.keywords))
    is_told_by_itself = isinstance(value, Hashable) and not hasattr(type(value), "model_fields")
    return (type(value), value if is_told_by_itself else id(value))
