"""Whether the files that ops edit can be used: what is wrong with each, by unit, in sentences for people.

A unit stands or falls as a whole: a system's folder (those that belong together are one), or a file that several share.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

import yaml
from jinja2 import TemplateSyntaxError
from pydantic import ValidationError

from include.data_files import read_yaml
from include.errors import UserError
from include.in_force import Edition, reading_edition
from include.items.chase import escalations
from include.items.reply_rules import rules as reply_rules
from include.outbox.policies import SHIPPED as SHIPPED_POLICIES
from include.outbox.policies import SIGNATURE_ANSWERED, load_policies
from include.post.bounces import bounce_words
from include.post.unanswered import unanswered_rules
from include.registry.offices import answering_accounts, is_signed_by_reply, offices_path
from include.registry.persons import persons_from, persons_path
from include.schemes.item_kinds import shared_kinds
from include.schemes.loader import default_system, path_of, scheme_keys
from include.schemes.tallies import tally_words
from include.schemes.unsound import problems_by_system
from include.schemes.wrong_fields import sentence
from include.steps.health import rules as health_rules
from include.subject_kinds import subject_kinds
from include.typesetting.markdown import environment

Problems = dict[str, list[str]]
SHARED, OFFICES, PERSONS = "systems/_shared", "offices.yaml", "persons.yaml"
_DAYS_OFF = f"{SHARED}/days_off"
_TEMPLATES = (".md", ".txt", ".html")
_READERS: dict[str, Callable[[], object]] = {
    "subject_kinds.yaml": subject_kinds,
    "item_kinds.yaml": shared_kinds,
    "escalations.yaml": escalations,
    "tallies.yaml": tally_words,
}
_OF_OFFICE: dict[str, Callable[[], object]] = {
    OFFICES: answering_accounts,
    PERSONS: lambda: persons_from(dt.date.min),
    "policies.yaml": load_policies,
    "unanswered.yaml": unanswered_rules,
    "bounces.yaml": bounce_words,
    "replies.yaml": reply_rules,
    "health.yaml": health_rules,
}


def unit_of(name: str) -> str:
    """The unit that a file belongs to: systems/half_year, systems/_shared/days_off/2026.yaml, office/policies.yaml."""
    parts = PurePosixPath(name).parts
    is_of_system = parts[0] == "systems" and len(parts) > 2 and f"{parts[0]}/{parts[1]}" != SHARED
    return "/".join(parts[:2]) if is_of_system else name


def problems_in(edition: Edition) -> Problems:
    """What is wrong with the files of an edition, by unit. Where a file is broken that several systems share, that alone is said:
    what else is wrong may come of it."""
    with reading_edition(edition):
        shared = {name: said for name in edition.files if (said := list(_of_shared(edition, name)))}
        return shared or _of_systems(edition)


def _of_shared(edition: Edition, name: str) -> Iterator[str]:
    path, short = edition.place.path_of(name), PurePosixPath(name).name
    if name.startswith(f"{_DAYS_OFF}/"):
        yield from _said(name, lambda: _days_off(read_yaml(path), short))
    elif name == f"{SHARED}/default.yaml":
        yield from _said(name, _default)
    elif name.startswith(f"{SHARED}/") and short in _READERS:
        yield from _said(name, _READERS[short])
    elif path == offices_path():
        yield from _said(name, answering_accounts)
        yield from _said(name, _signing_by_reply)
    elif path == persons_path():
        yield from _said(name, lambda: persons_from(dt.date.min))
    elif name.startswith("office/") and short in _OF_OFFICE and short not in (OFFICES, PERSONS):
        yield from _said(name, _OF_OFFICE[short])
        if short == "policies.yaml":
            yield from _said(name, _policies)
    elif name.startswith("office/") and short.endswith((".yaml", ".yml")) and short not in _OF_OFFICE:
        yield f"{short}：没有用处：本单位的文件夹里只读 {'、'.join(_OF_OFFICE)}，请改正文件名或移走。"


def _of_systems(edition: Edition) -> Problems:
    found: Problems = {}
    for key, problems in problems_by_system().items():
        found.setdefault(unit_of(edition.paths[path_of(key)]), []).extend(problems)
    for name, content in edition.files.items():
        if name.startswith("systems/") and name.endswith(_TEMPLATES) and (said := _template(name, content)):
            found.setdefault(unit_of(name), []).append(said)
    return found


def _template(name: str, content: bytes) -> str:
    short = name.removeprefix("systems/")
    try:
        environment().parse(content.decode("utf-8"))
    except TemplateSyntaxError as error:
        return f"{short} 第 {error.lineno} 行：模板写法不对（{error.message}），请改正。"
    except UnicodeDecodeError as error:
        return f"{short}：读不出（{error}）：应是 UTF-8 编码的文本文件。"
    return ""


def _said(name: str, read: Callable[[], object]) -> list[str]:
    """What reading a file finds wrong; nothing where it can be used."""
    short = name.removeprefix("systems/").removeprefix("office/").removeprefix("offices/").removeprefix("persons/")
    try:
        read()
    except UserError as error:
        return [problem if short in problem.partition("：")[0] else f"{short}：{problem}" for problem in error.problems]
    except ValidationError as error:
        return [sentence(short, details) for details in error.errors()]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"第 {mark.line + 1} 行第 {mark.column + 1} 列附近：" if mark else ""
        return [f"{short}：{place}不是有效的 YAML（{getattr(error, 'problem', error)}），请改正。"]
    except UnicodeDecodeError as error:
        return [f"{short}：读不出（{error}）：应是 UTF-8 编码的文本文件。"]
    except (TypeError, AttributeError, LookupError, ValueError) as error:
        return [f"{short}：结构不对（{error}）：请对照随程序来的同名文件检查缩进和冒号。"]
    return []


def _default() -> None:
    if (key := default_system()) not in scheme_keys():
        raise UserError(f"没有名为“{key}”的制度；现有：{'、'.join(scheme_keys())}。")


def _policies() -> None:
    """Every kind that the program sends must be there."""
    missing = read_yaml(SHIPPED_POLICIES)["kinds"].keys() - load_policies().kinds.keys()
    if missing:
        raise UserError(f"kinds 少了 {'、'.join(sorted(missing))}：请照随程序来的 policies.yaml 补上。")


def _signing_by_reply() -> None:
    """Who signs by reply is answered by a kind of its own, which an older file of policies has not."""
    if is_signed_by_reply() and SIGNATURE_ANSWERED not in load_policies().kinds:
        raise UserError(
            f"打开了 sign_by_reply（回复邮件签发），但本单位的 policies.yaml 的 kinds 里没有 {SIGNATURE_ANSWERED}："
            "请先照随程序来的 policies.yaml 补上，再打开。"
        )


def _days_off(tree: Any, short: str) -> None:
    problems = []
    if not isinstance(tree, dict) or tree.keys() != {"year", "days_off", "working_weekends"}:
        raise UserError("应有 year、days_off、working_weekends 三项，不多不少。")
    if f"{tree['year']}.yaml" != short:
        problems.append(f"year 是 {tree['year']}，与文件名不一致。")
    for key in ("days_off", "working_weekends"):
        days = tree[key]
        if not isinstance(days, list):
            problems.append(f"{key} 应是一列日期，一行一个，如“- {short[:4]}-10-01”。")
            continue
        wrong = [str(day) for day in days if not isinstance(day, dt.date) or day.year != tree["year"]]
        problems += [f"{key} 的“{day}”不是 {tree['year']} 年的日期，应写成 {short[:4]}-10-01 的样子。" for day in wrong]
    if problems:
        raise UserError(*problems)
