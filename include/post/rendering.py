"""Notices → subject, plain text and HTML, by the templates under include/templates/mail."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Generator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    FunctionLoader,
    StrictUndefined,
    Template,
    UndefinedError,
    select_autoescape,
)
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from include.data_files import is_there, kept, mail_folder, read_text
from include.direction_marks import without_direction_marks
from include.period import chinese_date, in_zone
from include.settings import REPO
from include.titles import cited

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MAX_SUBJECT_LENGTH = 120


@dataclass(frozen=True)
class MailText:
    """A mail's words. `subject` is one line."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Signature:
    """Who writes, when, and whom to call; empty where that is not known."""

    day: str = ""
    office: str = ""
    name: str = ""
    telephone: str = ""


class _Environment(SandboxedEnvironment):
    """A word of a payload is its key; a dict's own methods are no words."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """As a plain dict, which is copied for every mail much faster than Jinja's chained one."""
        return {**self.globals, **(d or {})}

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is not dict:
            return super().getattr(obj, attribute)
        return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)


@kept
def _environment() -> SandboxedEnvironment:
    environment = _Environment(
        loader=ChoiceLoader([FileSystemLoader(REPO / "include/templates/mail"), FunctionLoader(_own)]),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["day"] = _day
    environment.filters["moment"] = _moment
    environment.filters["pick"] = _pick
    environment.filters["cited"] = cited
    return environment


def _own(name: str) -> str | None:
    """A system's own words of a kind: `<system>:<kind>/body.txt`."""
    system, mark, file = name.partition(":")
    path = mail_folder(system) / file
    return read_text(path) if mark and is_there(path) else None


def _template_of(kind: str, file: str, payload: Mapping[str, Any]) -> Template:
    system = payload.get("own_mail_of", "")
    common = f"{kind}/{file}"
    return _environment().select_template([f"{system}:{common}", common] if system else [common])


def _pick(rows: Sequence[Mapping[str, Any]], *keys: str) -> list[tuple[Any, ...]]:
    """The rows of a table: of each mapping the values under these keys."""
    try:
        return [tuple(row[key] for key in keys) for row in rows]
    except KeyError as error:
        raise UndefinedError(f"a row has no {error}") from error


def _day(text: str) -> str:
    """2026-07-20 → 2026年7月20日； anything else as it is."""
    return chinese_date(dt.date.fromisoformat(text[:10])) if _DATE.match(text) else text


def _moment(text: str) -> str:
    """2026-07-20T18:05:00+08:00 → 2026年7月20日 18:05; anything else as it is."""
    if not _DATE.match(text):
        return text
    moment = in_zone(dt.datetime.fromisoformat(text))
    return f"{chinese_date(moment.date())} {moment:%H:%M}"


def _one_line(text: str) -> str:
    """A header's value: no line break, no control character, not endless."""
    shown = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(shown.split())
    return line if len(line) <= _MAX_SUBJECT_LENGTH else line[: _MAX_SUBJECT_LENGTH - 1] + "…"


def render_subject(kind: str, payload: Mapping[str, Any]) -> str:
    return _one_line(_template_of(kind, "subject.txt", payload).render(payload))


def letter_in_steps(
    notices: Sequence[tuple[str, Mapping[str, Any]]], digest_name: str = "", signed: Signature | None = None
) -> Generator[None, None, MailText]:
    """One mail's words for (kind, payload) of one notice, of several under `digest_name`, or without it of several that were
    put out together, under all their subjects; pauses after each piece.

    Raises jinja2.TemplateError where a payload lacks what its template needs.
    """
    subjects = [render_subject(kind, payload) for kind, payload in notices]
    subject = (
        f"【{digest_name}】共{len(notices)}项：{subjects[0]}等" if digest_name and subjects[1:] else "；".join(subjects)
    )
    names = {str(payload.get("greeted") or payload.get("unit_name", "")) for _, payload in notices}
    name = names.pop() if len(names) == 1 else ""
    title, greeting = _one_line(subject), _greeting(name)
    yield
    text = yield from _form("txt", title, greeting, subjects, notices, signed or Signature(), bool(digest_name))
    yield
    html = yield from _form("html", title, greeting, subjects, notices, signed or Signature(), bool(digest_name))
    return MailText(title, text, html)


def _form(
    form: str,
    title: str,
    greeting: str,
    subjects: Sequence[str],
    notices: Sequence[tuple[str, Mapping[str, Any]]],
    signed: Signature,
    is_numbered: bool,
) -> Generator[None, None, str]:
    sections = []
    for subject, (kind, payload) in zip(subjects, notices, strict=True):
        sections.append((subject, _body(form, kind, payload)))
        yield
    return _layout(form, title, greeting, sections, signed, is_numbered)


def _greeting(name: str) -> str:
    """A community's organisation is addressed; a committee or a street already is one."""
    if not name:
        return "您好："
    return (
        f"{name}："
        if "党" in name or name.startswith("中共") or name.endswith(("街道", "镇", "乡"))
        else f"{name}党组织："
    )


def _body(form: str, kind: str, payload: Mapping[str, Any]) -> str:
    text = _template_of(kind, f"body.{form}", payload).render(payload).strip("\n")
    if link := payload.get("page_link"):
        text += "\n\n" + _environment().get_template(f"_page_link.{form}").render(link=link).strip("\n")
    return Markup(text) if form == "html" else text  # noqa: S704 the template has escaped what it was given


def _layout(
    form: str, title: str, greeting: str, sections: Sequence[tuple[str, str]], signed: Signature, is_numbered: bool
) -> str:
    template = _environment().get_template(f"_layout.{form}")
    rows = [{"title": title, "body": body} for title, body in sections]
    signature = _signature(form, signed)
    words = template.render(title=title, greeting=greeting, sections=rows, signature=signature, is_numbered=is_numbered)
    letter = without_direction_marks(words)
    while "\n\n\n" in letter:  # at most one blank line
        letter = letter.replace("\n\n\n", "\n\n")
    return letter


@functools.lru_cache(maxsize=256)
def _signature(form: str, signed: Signature) -> str:
    """The end of a mail: the same in all that one office writes on one day."""
    text = _environment().get_template(f"_signature.{form}").render(vars(signed))
    return Markup(text) if form == "html" else text  # noqa: S704 the template has escaped what it was given
