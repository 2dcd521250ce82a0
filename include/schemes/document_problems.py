"""What is wrong with a system's documents: kinds twice, templates that there are not, columns and conditions of nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from include.data_files import documents_folder, files_of
from include.schemes.conditions import Condition
from include.schemes.documents import CIRCULAR, ClassIs, Column, Document, ToKind, ToLinked, named_in
from include.schemes.lines import Flaw
from include.schemes.model import Scheme
from include.schemes.references import references
from include.subject_kinds import subject_kinds


def document_problems(scheme: Scheme) -> Iterator[Flaw]:
    """Each a Chinese sentence with its place in the file; none where all is sound."""
    lists = Counter((one.kind, one.title) for one in scheme.documents if one.is_list)
    papers = Counter(one.kind for one in scheme.documents if not one.is_list)
    doubled = [*(kind for (kind, _), n in lists.items() if n > 1), *(kind for kind, n in papers.items() if n > 1)]
    for kind in dict.fromkeys(doubled):
        yield Flaw(f"documents：“{kind}”重复：同一种文书只写一次，几份名单用 title 区分", "documents")
    for index, one in enumerate(scheme.documents):
        for sentence in _problems_of(scheme, one):
            yield Flaw(f"文书“{one.title or one.kind}”：{sentence}", "documents", index)


def _problems_of(scheme: Scheme, one: Document) -> Iterator[str]:
    folder = documents_folder(scheme.scheme)
    if one.template and folder / one.template not in files_of(folder, one.template):
        yield f"没有模板 documents/{one.template}：请放进本制度的文件夹，或改正文件名"
    kind = one.per.kind if isinstance(one.per, ToKind | ToLinked) else ""
    if kind and kind not in subject_kinds().kinds:
        known = "、".join(subject_kinds().kinds)
        yield f"per 的 kind“{kind}”不是已有的对象种类；可写：{known}"
    if one.annex_of and one.annex_of != CIRCULAR:
        yield f"annex_of 只能写 {CIRCULAR}，写的是“{one.annex_of}”"
    if one.is_list and not one.columns:
        yield "名单没有 columns：请写明有哪些列"
    if one.made_after and one.made_after not in {form.key for form in scheme.forms}:
        yield f"made_after 的表单“{one.made_after}”本期没有：只在有这张表单的期间制作的，请写 in_periods"
    if isinstance(one.when, ClassIs):
        known_classes = {*scheme.grades, scheme.unscored_class}
        yield from (f"when 的类别“{name}”不在等次或定级中" for name in one.when.names if name not in known_classes)
    elif isinstance(one.when, Condition):
        yield from (f"when 引用了不存在的填报项“{key}”" for key in references(one.when) if not _is_figure(scheme, key))
    figures = {"unit", *(each.key for each in scheme.inputs)}
    copied_to = [] if one.of_rows else one.copied_to  # letters about rows are named by their rows
    unknown = dict.fromkeys(key for name in copied_to for key in named_in(name) if key not in figures)
    yield from (f"copied_to 引用了不存在的引用数“{key}”：可写 {{unit}} 和 inputs 的标识" for key in unknown)
    for column in one.columns:
        yield from _column_problems(scheme, column)


def _column_problems(scheme: Scheme, column: Column) -> Iterator[str]:
    figures = [key for key in (column.figure, column.result, column.target) if key is not None]
    yield from (f"columns 引用了不存在的填报项“{key}”" for key in figures if not _is_figure(scheme, key))
    if column.points is not None and column.points not in scheme.names:
        yield f"columns 引用了不存在的指标或板块“{column.points}”"
    if column.checklist is not None and column.checklist not in scheme.groups:
        yield f"columns 引用了不存在的清单“{column.checklist}”"


def _is_figure(scheme: Scheme, key: str) -> bool:
    return key in scheme.cell or key in scheme.groups or any(one.key == key for one in scheme.inputs)
