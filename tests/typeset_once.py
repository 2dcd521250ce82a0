"""What the same words were typeset to is kept for the tests that come after: most of them draft the same street's documents.

pandoc and typst are asked once for each text; who looks at what they do themselves asks for `typeset_anew`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any

import pypandoc
import pytest
import typst

_MOST = 512  # texts that are kept; a street's documents are a dozen

_kept: OrderedDict[Hashable, Any] = OrderedDict()
_lock = threading.Lock()
_convert, _Compiler = pypandoc.convert_text, typst.Compiler


def _once(key: Hashable, make: Callable[[], Any]) -> Any:
    with _lock:
        found = _kept.pop(key, None)
    if found is None:
        found = make()
    with _lock:  # the newest last
        _kept[key] = found
        if len(_kept) > _MOST:
            _kept.popitem(last=False)
    return found


def _converted(text: str, to: str, *, outputfile: str = "", extra_args: list[str] | None = None, **options: Any) -> str:
    """As pypandoc's. A reference document lies elsewhere each time: it is known by what it holds."""
    known = tuple(
        Path(one.partition("=")[2]).read_bytes() if one.startswith("--reference-doc=") else one
        for one in extra_args or ()
    )

    def make() -> str | bytes:
        said = _convert(
            text, to, extra_args=extra_args or (), **({"outputfile": outputfile} if outputfile else {}), **options
        )
        return Path(outputfile).read_bytes() if outputfile else said

    made = _once(("pandoc", text, to, known, bool(outputfile), *sorted(options.items())), make)
    if not outputfile:
        return str(made)
    Path(outputfile).write_bytes(made)
    return ""


class _CompilerOnce:
    """As typst's, with one source or none; it is started for a text that was not typeset yet."""

    def __init__(self, source: Path | bytes = b"", **options: Any) -> None:
        self._source, self._options = source, options
        text = source.read_bytes() if isinstance(source, Path) else source
        self._known = (text, options["font_paths"])
        self._real: Any = None

    def compile(self, source: bytes | None = None, **options: Any) -> Any:
        return self._asked("compile", (source,), options)

    def query(self, selector: str, **options: Any) -> Any:
        return self._asked("query", (selector,), options)

    def _asked(self, what: str, given: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return _once(
            ("typst", what, *self._known, *given, *sorted(options.items())), lambda: self._ask(what, given, options)
        )

    def _ask(self, what: str, given: tuple[Any, ...], options: dict[str, Any]) -> Any:
        if self._real is None:
            self._real = _Compiler(*([self._source] if self._source else []), **self._options)
        return getattr(self._real, what)(*given, **options)


@pytest.fixture(scope="session", autouse=True)
def typeset_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pypandoc, "convert_text", _converted)
        patched.setattr(typst, "Compiler", _CompilerOnce)
        yield


@pytest.fixture
def typeset_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the test, pandoc and typst themselves."""
    monkeypatch.setattr(pypandoc, "convert_text", _convert)
    monkeypatch.setattr(typst, "Compiler", _Compiler)
