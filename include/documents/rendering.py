"""One model, three documents: Word, PDF and HTML, the same bytes for the same arguments."""

from __future__ import annotations

import datetime as dt
import functools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import Field

from include.beforehand import beforehand
from include.data_files import Part, kept, read_yaml
from include.documents.model import Model
from include.items.deadlines import Deadline, deadline
from include.period import chinese_date, start_of
from include.subject_kinds import subject_kinds
from include.typesetting.fonts import Fonts, find_fonts
from include.typesetting.markdown import FOLDER, Tree, read_tree, read_trees, write_markdown
from include.typesetting.pdf import characters, write_pdf_of_document
from include.typesetting.web import write_html
from include.typesetting.word import write_docx

_A_BATCH = 25  # documents that one pandoc reads
_Of = TypeVar("_Of")
_Made = TypeVar("_Made")
NO_FONT = "本机没有可用的中文字体，未生成 PDF；Word 和网页文件不受影响。请运行 python -m ops.fonts 取得字体后重新生成。"


@dataclass(frozen=True)
class Rendered:
    """A document in each form. `pdf` is None where no Chinese face is to be had; `warnings` say why, in Chinese."""

    markdown: str
    docx: bytes
    pdf: bytes | None
    html: bytes
    warnings: list[str] = field(default_factory=list)


@beforehand(meanwhile=Rendered("", b"", b"", b"", []))  # one try finds out all papers that leave with a circular
def render(
    kind: str, model: Model, *, number: str = "", issue_date: dt.date | None = None, status: str = ""
) -> Rendered:
    """The document of `kind` from a model. Without number and date it is a draft and says so."""
    markdown = as_markdown(kind, model, number=number, issue_date=issue_date)
    tree = read_tree(markdown)
    epoch = epoch_of(model, issue_date)
    title = f"{model['title']}（{status}）" if status else str(model["title"])
    pdf, is_imprint_apart, warnings = _pdf(tree, epoch)
    docx = write_docx(tree, title, epoch, is_imprint_apart=is_imprint_apart)
    return Rendered(markdown, docx, pdf, write_html(tree, title), warnings)


@beforehand
def in_batches(models: Sequence[_Of], render: Callable[[Sequence[_Of]], list[_Made]]) -> list[_Made]:
    """What `render` makes of many short documents, in the order given: of as many at a time as one pandoc reads."""
    batches = [models[start : start + _A_BATCH] for start in range(0, len(models), _A_BATCH)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [one for made in pool.map(render, batches) for one in made]


def render_many(
    models: Sequence[Model], *, fonts: Fonts | None, number: str, issue_date: dt.date | None
) -> list[tuple[bytes, bytes | None]]:
    """Word and PDF of each of some short documents of one day, which one pandoc reads."""
    trees = read_trees([as_markdown(one["kind"], one, number=number, issue_date=issue_date) for one in models])
    epoch = epoch_of(models[0], issue_date)
    made: list[tuple[bytes, bytes | None]] = []
    for tree, one in zip(trees, models, strict=True):
        pdf, is_apart = write_pdf_of_document(tree, fonts, epoch) if fonts else (None, False)
        made.append((write_docx(tree, one["title"], epoch, is_imprint_apart=is_apart), pdf))
    return made


def epoch_of(model: Model, issue_date: dt.date | None) -> int:
    """The time stamp of the files: the first second of the date of issue, of a draft that of the day its facts stand at."""
    return int(start_of(issue_date or dt.date.fromisoformat(model["as_of_date"])).timestamp())


def as_markdown(kind: str, model: Model, *, number: str, issue_date: dt.date | None) -> str:
    """The text of the document, before any layout."""
    return write_markdown(
        [*_own(model), *(name.replace("{scheme}", model["scheme"]) for name in kind_of(kind).templates)],
        model=model,
        who=model.get("called") or _usual(),
        title=model["title"],
        number=number,
        date=chinese_date(issue_date) if issue_date else "",
        deadline=functools.partial(_deadline, issue_date),
        deadline_from_draft=functools.partial(_deadline, dt.date.fromisoformat(model["as_of_date"])),
        **_changed(model),
    )


def _usual() -> dict[str, str]:
    """How those are written whom a document is about, where it does not say: communities."""
    kind = subject_kinds().of("")
    return {name: getattr(kind, name) for name in ("noun", "counter", "addressee", "owner_title")}


def _own(model: Model) -> list[str]:
    """The template that the system names for its document."""
    return [f"{model['scheme']}/{model['template']}"] if model.get("template") else []


def _changed(model: Model) -> dict[str, Any]:
    """The rows and items of a correction: those of the units that it corrects; items only of those whose problems changed."""
    changes = model.get("changes") or []
    codes = {change["unit_code"] for change in changes}
    with_items = {change["unit_code"] for change in changes if change["problems_gone"] or change["problems_come"]}
    return {
        "changed_rows": [row for row in model.get("rows", []) if row["unit_code"] in codes],
        "changed_items": [item for item in model.get("items", []) if item["unit_code"] in with_items],
    }


class Kind(Part):
    """A kind of document as kinds.yaml has it; what follows the templates is for letters."""

    templates: list[str]
    notice: str = ""
    briefing: str = ""
    title: str = ""
    copied_to: list[str] = Field(default_factory=list)
    reply_working_days: int = 0
    dates_in_notes: str = ""
    is_answered_by_mail: bool = False
    is_copied_by_mail: bool = False


OF_A_SYSTEM = "制度文书"


def kind_of(name: str) -> Kind:
    """A kind as kinds.yaml has it; one that only a system names is what all of them are."""
    return _kinds().get(name) or _kinds()[OF_A_SYSTEM]


@kept
def _kinds() -> dict[str, Kind]:
    kinds = read_yaml(FOLDER / "kinds.yaml")
    return {name: Kind.model_validate(kind) for name, kind in kinds.items()}


def _deadline(issue_date: dt.date | None, working_days: int, running: str = "", is_provisional: bool = False) -> str:
    """Last day of so many working days, or the deadline that runs already; empty while there is no date of issue."""
    if running:
        return Deadline(dt.date.fromisoformat(running), is_provisional).shown
    return deadline(issue_date, int(working_days)).shown if issue_date else ""


def _pdf(tree: Tree, epoch: int) -> tuple[bytes | None, bool, list[str]]:
    """The PDF, whether its 版记 stands on a page of its own, and what there is to say of its faces."""
    fonts = find_fonts()
    if fonts is None:
        return None, False, [NO_FONT]
    missing = [f"{character}(U+{ord(character):04X})" for character in fonts.missing(characters(tree))]
    warnings = [f"字体缺少字符：{'、'.join(missing)}；PDF 中以“〓”代替。"] if missing else []
    return *write_pdf_of_document(tree, fonts, epoch), warnings
