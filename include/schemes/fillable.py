"""Forms that nobody can fill in, sheets that rate nobody, subjects and groups that there are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from include.schemes.conditions import Day
from include.schemes.fields import Form, OfKind, personal_columns
from include.schemes.inputs import Input
from include.schemes.lines import Flaw
from include.schemes.model import Scheme
from include.schemes.references import references
from include.schemes.rows import ListTotals, SetCheck
from include.schemes.subjects import BY_KIND
from include.subject_kinds import subject_kinds


def fillable_problems(scheme: Scheme) -> Iterator[Flaw]:
    """Each a Chinese sentence with its place in the file; none where every form has somebody to fill it in, and of whom."""
    if not scheme.forms and not scheme.sources and not any(one.from_.figure for one in scheme.inputs):
        yield Flaw("forms：至少要有一张表单；由其他期间的结果合成的，inputs 至少要引用一个 result", "forms")
    asked = {cell.form for cell in scheme.all_cells}
    for form in scheme.forms:
        place = ("forms", form.key)
        if form.key not in asked:
            yield Flaw(f"表单 {form.key}：没有填报项，谁也填不了", *place)
        yield from (Flaw(f"表单 {form.key}：{said}", *place) for said in _of_nobody(scheme, form))
    for form in scheme.rating_forms.values():
        columns = scheme.columns_of(form.key)
        if not any(not column.is_optional for column in columns):
            yield Flaw(
                f"评分表 {form.key}：至少要有一个必填的评分项（fields 里 form 写 {form.key}）", "forms", form.key
            )
        if any(column.group for column in columns):
            yield Flaw(f"评分表 {form.key}：不能有清单、多行表格或分项的票数，每个对象只有一行", "forms", form.key)
    for form in scheme.row_forms.values():
        yield from (Flaw(f"台账 {form.key}：{said}", "forms", form.key) for said in _of_rows(scheme, form))
    for tally in scheme.tallies:
        if tally.is_of_subjects and (tally.form or scheme.forms[0].key) not in scheme.rating_forms:
            yield Flaw(f"票数汇总 {tally.key}：缺少 items 或 rows", "tallies", tally.key)
    for one in scheme.inputs:
        yield from (Flaw(f"引用数 {one.key}：{said}", "inputs", one.key) for said in _not_asked(scheme, one))
    yield from _subject_problems(scheme)


def _of_rows(scheme: Scheme, form: Form) -> Iterator[str]:
    """Columns that rows, or the checks of rows, name and that there are not."""
    assert form.rows is not None
    if form.rates is not None:
        yield "rates 和 rows 只能写一个"
    columns = {column.key: column for column in scheme.columns_of(form.key)}
    named = [*form.rows.key, *filter(None, (form.rows.effective, form.rows.corrects))]
    for row in scheme.row_checks_of(form.key):
        days = [
            one for one in (row.not_before, row.not_after, row.later_than, row.same_as) if one not in (*get_args(Day),)
        ]
        if row.beside:
            other = scheme.row_forms.get(row.beside)
            if other is not None and other.rows is not None and other.rows.key:
                yield f"row_checks 的 {row.code}：beside 的“{row.beside}”要是本期一行的表（rows 不写 key）"
            elif other is not None:  # it may be asked in other periods than the check's own
                there = {one.key for one in scheme.columns_of(row.beside)}
                yield from (f"表单 {row.beside} 没有“{one}”这一栏" for one in days if one and one not in there)
            days = []
        named += [one for one in (row.marked, row.column, row.differs, *days) if one]
        named += [key for one in (row.when, row.holds) if one is not None for key in references(one)]
    for whole in scheme.set_checks_of(form.key):
        named += [one for one in (whole.marks, whole.sum, whole.running, whole.signs_of) if one]
        named += [*whole.by, *whole.unique]
        if whole.totals is None:
            named += [key for one in whole.where for key in references(one)]
        else:
            yield from _of_totals(scheme, form, whole, whole.totals)
        if whole.in_a_row is not None and form.rows.key_per != "period":
            yield f"set_checks 的 {whole.code}：in_a_row 要 rows 写 key_per: period"
    yield from (f"没有“{key}”这一栏" for key in dict.fromkeys(named) if key not in columns)
    if form.rows.effective in columns and columns[form.rows.effective].type != "date":
        yield f"effective 的“{form.rows.effective}”要是 date 类型"
    for key in form.rows.key:
        if key in columns and columns[key].may_be_empty:
            yield f"key 的“{key}”不能是可不填的"
    personal = personal_columns(columns.values())
    if bool(personal) != (form.rows.personal is not None):
        yield "有 personal 的栏，rows 要写 personal（保存多久）；没有的不写"
    if form.rows.personal and form.rows.personal.left and form.rows.personal.left not in columns:
        yield f"没有“{form.rows.personal.left}”这一栏"
    if shown := personal.intersection((form.rows.effective, form.rows.corrects)):
        yield f"“{'、'.join(sorted(shown))}”是个人信息，不能作 effective、corrects：要用它称呼这一行"
    if personal.intersection(form.rows.key) and not form.rows.key_per:
        yield "key 里有个人信息的，要写 key_per：这一行的代号用当年的密钥编，每年不同"
    if any(column.group for column in columns.values()):
        yield "不能有清单、多行表格或票数，每行只有 fields 的各栏"


def _of_totals(scheme: Scheme, form: Form, check: SetCheck, totals: ListTotals) -> Iterator[str]:
    """What a list and its totals name and there is not."""
    counted, of = totals.rows or form.key, scheme.row_forms.get(totals.of)
    if of is None or of.rows is None or of.rows.key:
        yield f"set_checks 的 {check.code}：totals 的 of 要是本期一行的表（rows 不写 key），没有“{totals.of}”"
    if form.key not in (counted, totals.of) or counted not in scheme.row_forms:
        yield f"set_checks 的 {check.code}：totals 的 of 或 rows 要是这张表自己"
    needed = [(totals.of, totals.column), *((counted, key) for one in check.where for key in references(one))]
    for key, column in needed:
        if column not in {one.key for one in scheme.columns_of(key)}:
            yield f"set_checks 的 {check.code}：表单 {key} 没有“{column}”这一栏"


def _of_nobody(scheme: Scheme, form: Form) -> Iterator[str]:
    """What makes a form one that no subject fills in, or that rates nobody."""
    kinds = subject_kinds().kinds
    named = {"rates": form.rates.kind} if form.rates else {}
    if isinstance(form.filled_by, OfKind):
        named["filled_by"] = kind = form.filled_by.kind
        taking = [one.kind for one in scheme.subjects]
        if kind in kinds and form.rates is None and kind not in (taking or subject_kinds().default):
            yield f"由“{kind}”填报，而 subjects 里没有这种对象，谁也填不了"
    for field, kind in named.items():
        if kind not in kinds:
            yield f"{field}：没有“{kind}”这种对象，谁也填不了；可用：{'、'.join(kinds)}"


def _subject_problems(scheme: Scheme) -> Iterator[Flaw]:
    """Kinds of subject that there are not, and ranks within groups that a system does not have."""
    kinds = subject_kinds().kinds
    for index, taking in enumerate(scheme.subjects):
        if taking.kind not in kinds:
            yield Flaw(f"subjects：没有“{taking.kind}”这种对象；可用：{'、'.join(kinds)}", "subjects", index)
    if scheme.group_by == BY_KIND and not scheme.subjects:
        yield Flaw("group_by：按 kind 分组时，subjects 要写明有哪些对象", "group_by")
    if scheme.rank is not None and scheme.rank.within == "group" and not scheme.group_by:
        yield Flaw("rank：没有 group_by，不能在组内排名", "rank")


def _not_asked(scheme: Scheme, one: Input) -> Iterator[str]:
    """Votes, ratings and inputs before it that an input reads and the system does not have."""
    source = one.from_
    before = [each.key for each in scheme.inputs]
    for key in source.ratio or ():
        if key not in before[: before.index(one.key)] and key not in scheme.cell:
            yield f"ratio 引用了不存在的填报项或后面的引用数“{key}”"
    for key in source.inputs:
        if key not in before[: before.index(one.key)]:
            yield f"前面没有引用数“{key}”，inputs 只能写排在它前面的"
    if source.tally:
        tally = next((each for each in scheme.tallies if each.key == source.tally), None)
        if tally is None:
            yield f"没有票数汇总“{source.tally}”"
        elif source.item not in tally.items and not (not source.item and (source.option or tally.is_of_subjects)):
            yield f"票数汇总 {tally.key} 没有评议项目“{source.item}”"
        elif source.option and source.option not in tally.options:
            yield f"票数汇总 {tally.key} 没有选项“{source.option}”"
    if source.ratings and source.ratings not in scheme.rating_forms:
        yield f"没有评分表“{source.ratings}”"
    elif source.ratings and source.field not in {column.key for column in scheme.columns_of(source.ratings)}:
        yield f"评分表 {source.ratings} 没有评分项“{source.field}”"
