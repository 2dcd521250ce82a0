"""What is wrong with a system's agreements, standards and tables: figures that there are not, codes twice, bands that overlap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from include.schemes.lines import Flaw, Place
from include.schemes.model import Scheme


def statistics_problems(scheme: Scheme) -> Iterator[Flaw]:
    """Each a Chinese sentence with its place in the file; none where all is sound."""
    known = {*scheme.cell, *(one.key for one in scheme.inputs)}
    for keys, where, place, own in _read(scheme):
        yield from (Flaw(f"{where}：引用了不存在的填报项“{key}”", *place) for key in keys if key not in (own or known))
    codes = [*(one.code for one in scheme.agreements), *(one.code for one in scheme.standards)]
    for section, keys in (("agreements 和 standards", codes), ("tables", [one.key for one in scheme.tables])):
        yield from (Flaw(f"{section}：“{key}”重复", "tables") for key, count in Counter(keys).items() if count > 1)
    for agreement in scheme.agreements:
        if years := agreement.shared_years():
            said = "、".join(map(str, years))
            yield Flaw(
                f"核对 {agreement.code}：bounds 的年龄段都含 {said} 岁，请改成不重叠的", "agreements", agreement.code
            )
    standards = {one.code for one in scheme.standards}
    for table in scheme.tables:
        for column in table.columns:
            if column.standard is not None and column.standard not in standards:
                yield Flaw(f"表 {table.key}：没有标准“{column.standard}”", "tables", table.key)
    yield from _totals_problems(scheme)


def _read(scheme: Scheme) -> Iterator[tuple[list[str], str, Place, set[str]]]:
    """What each reads, where, and the figures of its own that alone it may read."""
    none: set[str] = set()
    for agreement in scheme.agreements:
        yield agreement.read, f"核对 {agreement.code}", ("agreements", agreement.code), none
    for standard in scheme.standards:
        total = [standard.total] if standard.total else []
        yield [*standard.read, *total], f"标准 {standard.code}", ("standards", standard.code), none
    for table in scheme.tables:
        own = {one.key for one in table.figures}
        for column in table.columns:
            total = [column.total] if isinstance(column.total, str) else list(column.total or [])
            yield [*column.read, *total], f"表 {table.key} 的“{column.label}”", ("tables", table.key), own
        for one in table.named:
            yield (
                [leaf.figure for leaf in one.when.leaves if leaf.figure],
                f"表 {table.key} 的 named",
                ("tables", table.key),
                own,
            )


def _totals_problems(scheme: Scheme) -> Iterator[Flaw]:
    """Only a county has totals of what others hand in."""
    forms = {form.key for form in scheme.forms}
    for form in scheme.totals_forms.values():
        assert form.totals is not None
        if scheme.scope != "county":
            yield Flaw(f"表单 {form.key}：由县填报汇总数的制度，scope 要写 county", "forms", form.key)
        if form.totals.of and form.totals.of not in forms - {form.key}:
            yield Flaw(f"表单 {form.key}：totals 的 of“{form.totals.of}”不是另一张表单", "forms", form.key)
        count = scheme.cell.get(form.totals.count)
        if count is None or count.form != form.key:
            yield Flaw(f"表单 {form.key}：totals 的 count“{form.totals.count}”不是这张表的填报项", "forms", form.key)
