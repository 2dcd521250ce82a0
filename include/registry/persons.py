"""Who works for the offices: each person with an account, what he may do, where, from when until when; and who stands in for whom.

The file says it by days. A login that it does not name is a shared one, and may do what `roles` of the file of offices say; but an
office for which the file names anybody to sign has its papers signed by persons alone.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from include.data_files import Part, own_file, read_yaml, version_of
from include.errors import UserError
from include.registry.offices import LOGIN_PATTERN, office_of, role_of
from include.settings import get_settings

Role = Literal["viewer", "inspector", "ops", "committee"]
_END = dt.date.max
_SHIPPED = Path(__file__).with_name("persons.yaml")


class _Term(Part):
    """Days from the first to the last, both included; without a last: for good."""

    since: dt.date = Field(alias="from")
    until: dt.date | None = None

    def holds(self, on: dt.date) -> bool:
        return self.since <= on <= (self.until or _END)

    def meets(self, other: _Term) -> bool:
        return self.since <= (other.until or _END) and other.since <= (self.until or _END)


class Person(_Term):
    """A person in office. `streets`: codes of streets and counties (six digits: all that is in it), empty: everywhere; `email`: the
    address that is his alone, from which he may sign by reply where the office allows that."""

    account: str = Field(pattern=LOGIN_PATTERN)
    name: str = Field(min_length=1, max_length=40)
    roles: list[Role] = Field(min_length=1)
    streets: list[str] = Field(default_factory=list)
    email: str = ""

    def acts_in(self, office_code: str) -> bool:
        return not self.streets or is_within(self.streets, office_code)

    def signs_for(self, office_code: str) -> bool:
        """A street is not signed for by who signs for its county."""
        return "committee" in self.roles and (not self.streets or office_code in self.streets)


class Deputy(_Term):
    """Somebody who signs for another while that one is away."""

    account: str = Field(alias="by")
    absent: str = Field(alias="for")


class _Persons(Part):
    persons: list[Person] = Field(default_factory=list)
    deputies: list[Deputy] = Field(default_factory=list)


def person_on(account: str, on: dt.date) -> Person | None:
    """Who holds an account on a day; None for a shared login, and for one whose holder has left or has not come yet."""
    return next((one for one in _persons().persons if one.account == account and one.holds(on)), None)


def persons_from(on: dt.date) -> list[Person]:
    """All who are in office on a day or come later, in the order of the file."""
    return [one for one in _persons().persons if (one.until or _END) >= on]


def deputies_on(on: dt.date) -> list[tuple[str, str]]:
    """Who stands in for whom on a day: the names."""
    return [(name_of(one.account, on), name_of(one.absent, on)) for one in _persons().deputies if one.holds(on)]


def is_personal(account: str) -> bool:
    """Whether the file names the account at all, for whatever days."""
    return any(one.account == account for one in _persons().persons)


def name_of(account: str, on: dt.date) -> str:
    """The person's name, for a shared login the login."""
    person = person_on(account, on)
    return person.name if person else account


def roles_of(account: str, on: dt.date) -> frozenset[str]:
    """What a login may do on a day: as its person, and as who stands in for another; empty for one who has left."""
    account = account.strip()
    if not is_personal(account):
        return frozenset({role_of(account)})
    person = person_on(account, on)
    if person is None:
        return frozenset()
    stands_in = any(True for _ in _represented(account, on))
    return frozenset(person.roles) | (frozenset({"committee"}) if stands_in else frozenset())


def refusal(account: str, on: dt.date) -> str:
    """Why a login may do nothing any more, or nothing yet, in Chinese; empty where it may."""
    if not is_personal(account) or person_on(account, on):
        return ""
    terms = [one for one in _persons().persons if one.account == account]
    left = [one for one in terms if one.until and one.until < on]
    if left:
        last = max(left, key=lambda one: one.until or _END)
        return f"账号 {account}（{last.name}）的任期到{last.until}为止，现在不能办理：请由现任人员办理。"
    return f"账号 {account}（{terms[0].name}）的任期从{terms[0].since}起，现在还不能办理。"


def acts_in(account: str, office_code: str, on: dt.date) -> bool:
    """Whether a login acts in a street or county on a day; a shared one does everywhere, as far as its role goes."""
    if not is_personal(account):
        return True
    person = person_on(account, on)
    return person is not None and person.acts_in(office_code)


def streets_of(account: str, on: dt.date) -> list[str]:
    """The streets and counties in which alone a login acts on a day; empty: in all."""
    person = person_on(account, on)
    return list(person.streets) if person else []


def is_within(streets: Sequence[str], office_code: str) -> bool:
    """Whether a street or county is one of those, or in one of them."""
    return any(office_code.startswith(code) for code in streets)


def signer(account: str, office_code: str, on: dt.date) -> str | None:
    """The name under which a login signs for an office on a day: 王强, 刘明（代王强）; empty for a shared login, which writes its name
    itself; None where it may not sign."""
    if not is_personal(account):
        answers = office_of(office_code, "").account == account
        return "" if answers and not _named_signers(office_code) else None
    person = person_on(account, on)
    if person is None:
        return None
    if person.signs_for(office_code):
        return person.name
    absent = next((one for one in _represented(account, on) if one.signs_for(office_code)), None)
    return f"{person.name}（代{absent.name}）" if absent else None


def signers_of(office_code: str, on: dt.date) -> list[Person]:
    """The persons who may sign for an office on a day, in the order of the file; empty where a shared login does."""
    held = (one for one in _persons().persons if one.holds(on))
    return [one for one in held if signer(one.account, office_code, on) is not None]


def holder_of(address: str, on: dt.date) -> Person | None:
    """Whose alone an address is on a day."""
    wanted = address.strip().lower()
    return next((one for one in _persons().persons if wanted and one.email.lower() == wanted and one.holds(on)), None)


def address_of(account: str, on: dt.date) -> str:
    """The address of who holds an account on a day; empty where there is none."""
    person = person_on(account, on)
    return person.email if person else ""


def _named_signers(office_code: str) -> bool:
    return any(one.signs_for(office_code) for one in _persons().persons)


def _represented(account: str, on: dt.date) -> Iterator[Person]:
    """Those for whom an account stands in on a day."""
    for one in _persons().deputies:
        if one.account == account and one.holds(on) and (person := person_on(one.absent, on)) is not None:
            yield person


def persons_path() -> Path:
    """The file of persons: that which DUBAN_PERSONS names, else the office's own, else the shipped one."""
    return get_settings().persons or own_file(_SHIPPED)


def _persons() -> _Persons:
    path = persons_path()
    try:
        return _load(path, version_of(path))
    except FileNotFoundError:
        raise UserError(f"人员文件 {path.name} 不存在：请检查 DUBAN_PERSONS。") from None


@functools.lru_cache(maxsize=8)
def _load(path: Path, _version: Hashable) -> _Persons:
    try:
        persons = _Persons.model_validate(read_yaml(path) or {})
    except yaml.YAMLError as error:
        raise UserError(f"人员文件 {path.name} 不是有效的 YAML：{error}") from error
    except ValidationError as error:
        places = (".".join(str(part) for part in details["loc"]) for details in error.errors())
        raise UserError(
            *(f"人员文件 {path.name}：{place} 缺少、多余或类型不对，请对照文件开头的说明。" for place in places)
        ) from error
    if problems := list(_problems(persons)):
        raise UserError(*(f"人员文件 {path.name}：{problem}" for problem in problems))
    return persons


def _problems(persons: _Persons) -> Iterator[str]:
    """Terms that end before they begin or meet, streets that are no codes, deputies whom nobody knows."""
    for one in persons.persons:
        if one.until and one.until < one.since:
            yield f"{one.account}（{one.name}）的 until（{one.until}）早于 from（{one.since}）：请核对。"
        for code in one.streets:
            if not code.isdigit() or len(code) not in (6, 9, 12):
                yield f"{one.account}（{one.name}）的 streets 里“{code}”不是街道或县的代码：街道九位、县六位，写在引号里。"
    for at, one in enumerate(persons.persons):
        for other in persons.persons[at + 1 :]:
            if one.account == other.account and one.meets(other):
                yield f"账号 {one.account} 在同一天有两个人（{one.name}、{other.name}）：任期不能重叠。"
            if (
                one.email
                and one.email.lower() == other.email.lower()
                and one.account != other.account
                and one.meets(other)
            ):
                yield f"邮箱 {one.email} 同时写在 {one.name} 和 {other.name} 名下：一个地址只归一个人。"
    known = {one.account for one in persons.persons}
    for deputy in persons.deputies:
        for account in {deputy.account, deputy.absent} - known:
            yield f"deputies 里的账号 {account} 不在 persons 里：请先登记这个人。"
        if deputy.account == deputy.absent:
            yield f"deputies 里 {deputy.account} 不能代自己。"
