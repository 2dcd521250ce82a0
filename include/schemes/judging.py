"""What is wrong with what a scheme decides by: grades, classes, conditions, coded problems, ranks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from include.schemes.conditions import CLASS, EACH_AREA, OF_THE_SCORE, PROBLEMS, RANK_SHARE, Condition
from include.schemes.lines import Flaw, Place
from include.schemes.model import Scheme


def judging_problems(scheme: Scheme) -> Iterator[Flaw]:
    """Each a Chinese sentence with its place in the file; none where all is sound."""
    yield from _grade_problems(scheme)
    yield from _class_problems(scheme)
    yield from _code_problems(scheme)
    yield from _rank_problems(scheme)
    codes = scheme.names
    for condition, where, place, allowed in _conditions(scheme):
        for leaf in condition.leaves:
            if leaf.score is None:
                continue
            if leaf.score not in OF_THE_SCORE and leaf.score not in codes:
                yield Flaw(f"{where}：score 引用了不存在的指标或板块“{leaf.score}”", *place)
            elif leaf.score in (PROBLEMS, RANK_SHARE) and allowed != "class":
                yield Flaw(f"{where}：score: {leaf.score} 只能用于定级（classes）的条件", *place)
            elif leaf.score == CLASS and (allowed != "defect" or not scheme.classes):
                yield Flaw(f"{where}：score: class 只能用于 defects 的条件，并且要有 classes", *place)
            elif leaf.score == CLASS and (unknown := _no_classes(scheme, leaf)):
                yield Flaw(f"{where}：classes 里没有“{'、'.join(unknown)}”", *place)
            elif allowed == "figures":
                yield Flaw(f"{where}：这里的条件只能看填报项，不能看得分（score）", *place)
            elif leaf.score == EACH_AREA and not scheme.areas:
                yield Flaw(f"{where}：没有板块（areas），不能写 score: each_area", *place)
            for code in leaf.of if isinstance(leaf.of, list) else []:
                if code not in {*scheme.problem_texts, *scheme.findings}:
                    yield Flaw(f"{where}：of 引用了没有问题的编码“{code}”", *place)


def _grade_problems(scheme: Scheme) -> Iterator[Flaw]:
    limits = [grade.at_least for grade in scheme.score.grades]
    if scheme.classes and limits:
        yield Flaw("等次：grades（按总分）和 classes（按条件）只能写一种", "classes")
    elif not limits and (scheme.parts or not scheme.is_ranked):
        return  # nobody is put into a class in it: a year made of its halves may do without
    elif not scheme.classes and (limits != sorted(limits, reverse=True) or not limits or limits[-1] > 0):
        yield Flaw("等次：at_least 应从高到低排列，最后一档为 0", "score", "grades")
    if scheme.unscored_class and not scheme.classes:
        yield Flaw("unscored_class：没有 classes，不能写没有总分时的类别", "unscored_class")


def _class_problems(scheme: Scheme) -> Iterator[Flaw]:
    """The last takes all that are left; before it nobody may."""
    if scheme.classes and scheme.classes[-1].when is not None:
        name = scheme.classes[-1].name
        yield Flaw(
            f"classes：最后一类“{name}”写了 when，不符合任何条件的单位就没有类别：请在最后加一类不写 when 的",
            "classes",
            name,
        )
    for one in scheme.classes[:-1]:
        if one.when is None:
            yield Flaw(
                f"classes：“{one.name}”没有 when，排在它后面的类别永远轮不到：只有最后一类可以不写", "classes", one.name
            )
    for name, count in Counter([*(one.name for one in scheme.classes), scheme.unscored_class]).items():
        if count > 1:
            yield Flaw(f"classes：类别“{name}”重复", "classes", name)


def _code_problems(scheme: Scheme) -> Iterator[Flaw]:
    """Items and lines are known by their codes."""
    further = [one.code for indicator in scheme.indicators for one in indicator.all_problems if one.code]
    codes = [*further, *(defect.code for defect in scheme.defects)]
    taken = {scheme.missing.code, "LATE", *scheme.names}
    for code, count in Counter(codes).items():
        if count > 1 or code in taken:
            yield Flaw(
                f"问题编码“{code}”重复：每个问题的编码都要与指标、板块和其他问题的不同", *_place_of(scheme, code)
            )


def _place_of(scheme: Scheme, code: str) -> Place:
    if any(defect.code == code for defect in scheme.defects):
        return ("defects", code)
    owner = next(one.code for one in scheme.indicators if any(problem.code == code for problem in one.all_problems))
    return ("indicators", owner, "problems", code)


def _rank_problems(scheme: Scheme) -> Iterator[Flaw]:
    """What is ranked by must stand before anybody has a rank: figures, and points that no rank gives."""
    by_rank = {one.code for one in scheme.indicators if any(rule.kind == "by_rank" for rule in one.rules)}
    for indicator in scheme.indicators:
        for rule in indicator.rules:
            if rule.kind == "by_rank" and any(code.startswith(rule.of) for code in by_rank):
                sentence = f"指标 {indicator.code}：by_rank 的 of“{rule.of}”本身又按名次计分，不能再排名次"
                yield Flaw(sentence, "indicators", indicator.code)
            elif rule.kind == "by_rank" and rule.of in scheme.cell and not scheme.cell[rule.of].is_number:
                yield Flaw(
                    f"指标 {indicator.code}：by_rank 的 of“{rule.of}”不是数字，不能排名次", "indicators", indicator.code
                )


def _no_classes(scheme: Scheme, leaf: Condition) -> list[str]:
    """What a condition compares the class with and no class is called."""
    wanted = leaf.comparison[1]
    named = [str(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
    return [one for one in named if one not in {*(each.name for each in scheme.classes), scheme.unscored_class}]


def _conditions(scheme: Scheme) -> Iterator[tuple[Condition, str, Place, str]]:
    """Every condition, how errors call what it belongs to, where that stands, and what it may speak of."""
    for indicator in scheme.indicators:
        place: Place = ("indicators", indicator.code)
        if indicator.not_applicable_when is not None:
            yield indicator.not_applicable_when, f"指标 {indicator.code}", place, "figures"
        for problem in indicator.all_problems:
            yield from ((one, f"指标 {indicator.code}", place, "score") for one in problem.any)
    for defect in scheme.defects:
        yield defect.when, f"问题 {defect.code}", ("defects", defect.code), "defect"
    for one in scheme.classes:
        if one.when is not None:
            yield one.when, f"类别“{one.name}”", ("classes", one.name), "class"
