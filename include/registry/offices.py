"""Who a street's committee is: its name, its documents' prefix, its addresses. Patterns and overrides are data."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator
from sqlalchemy import Connection

from include.data_files import Part, own_file, read_yaml, version_of
from include.errors import UserError
from include.period import Period
from include.registry.rows import COUNTY_DIGITS
from include.registry.units import Unit, is_county, street_name
from include.schemes.loader import default_system, scheme_keys, scored_period
from include.schemes.system import System
from include.settings import get_settings

Account = Literal["ops", "committee", "viewer"]
LOGIN_PATTERN = r"^[A-Za-z0-9_.-]+$"  # a part of a batch's key
_SHIPPED = Path(__file__).with_name("offices.yaml")
_MAILBOX = r"^$|^duban_imap(_[A-Za-z0-9]+)?$"


class CopiedOffice(Part):
    """An office named under 抄送, and its address; without one it gets no mail."""

    name: str = Field(min_length=1)
    email: str = ""

    @model_validator(mode="before")
    @classmethod
    def _a_name_alone(cls, given: Any) -> Any:
        return {"name": given} if isinstance(given, str) else given


class SystemUse(Part):
    """How an office runs a system: `since` its first period, empty: since the system exists; `until` its last, empty: for good.
    After the last nothing is opened anew; what was opened goes on to its end."""

    since: str = Field(default="", alias="from")
    until: str = ""

    def covers(self, system: str, period: Period) -> bool:
        """Whether the office runs it in that period: one that begins before the first, or ends after the last, is not its business."""
        first = scored_period(system, Period.parse(self.since)) if self.since else None
        has_begun = first is None or scored_period(system, period).start_date >= first.start_date
        return has_begun and not self.is_over(system, period)

    def is_over(self, system: str, period: Period) -> bool:
        """Whether the period comes after the last."""
        last = scored_period(system, Period.parse(self.until)) if self.until else None
        return last is not None and scored_period(system, period).end_date > last.end_date


class Contact(Part):
    """Whom a reader of our mails calls: empty where the office has not said."""

    name: str = ""
    telephone: str = ""


_NOT_THE_OFFICES = ("systems", "name", "endings")


@dataclass(frozen=True)
class Office:
    """A street's committee, or a county's organisation department, as it appears on documents and in mails. `account`: the
    login that answers for it, which several offices may share; `accounts`: address by login, where one is known; `imap`:
    Airflow's connection to a mailbox of its own, empty where it has none; `mails`: kinds of notice that it switches on or off."""

    street_code: str
    street: str
    committee_name: str
    sign_name: str
    document_prefix: str
    printed_by: str
    committee_email: str
    ops_email: str
    inspectors: list[str]
    copied_to: list[CopiedOffice]
    account: str
    accounts: dict[str, str]
    contact: Contact
    departments: dict[str, str]
    mails: dict[str, bool]
    imap: str = ""
    packet: str = ""  # monthly: what a unit owes in a month goes out in one workbook
    sign_by_reply: bool = False  # a draft may be signed by answering the mail that brought it
    committee_holder: str = ""  # who alone holds committee_email, where no person of persons.yaml does
    called: str = ""  # in a sentence, where it is not 街道党工委


class _Pattern(Part):
    endings: list[str]
    street: str
    committee_name: str
    sign_name: str
    document_prefix: str
    printed_by: str


class _County(_Pattern):
    """Of every county, unless its own entry says otherwise."""

    account: str = Field(default="county", pattern=LOGIN_PATTERN)
    imap: str = "duban_imap_{code}"
    called: str = "县委组织部"
    copied_to: list[CopiedOffice] = Field(default_factory=list)


class _Addresses(Part):
    committee_email: str
    ops_email: str
    inspectors: list[str]
    copied_to: list[CopiedOffice]
    account: str = Field(default="committee", pattern=LOGIN_PATTERN)
    accounts: dict[str, str] = Field(default_factory=dict)
    contact: Contact = Contact()
    departments: dict[str, str] = Field(default_factory=dict)
    mails: dict[str, bool] = Field(default_factory=dict)
    packet: Literal["", "monthly"] = ""
    sign_by_reply: bool = False
    committee_holder: str = Field(default="", max_length=40)
    systems: dict[str, SystemUse] | None = None


class _Override(Part):
    name: str | None = None
    committee_name: str | None = None
    sign_name: str | None = None
    document_prefix: str | None = None
    printed_by: str | None = None
    committee_email: str | None = None
    ops_email: str | None = None
    inspectors: list[str] | None = None
    copied_to: list[CopiedOffice] | None = None
    account: str | None = Field(default=None, pattern=LOGIN_PATTERN)
    accounts: dict[str, str] | None = None
    contact: Contact | None = None
    departments: dict[str, str] | None = None
    mails: dict[str, bool] | None = None
    packet: Literal["", "monthly"] | None = None
    sign_by_reply: bool | None = None
    committee_holder: str | None = Field(default=None, max_length=40)
    systems: dict[str, SystemUse] | None = None
    imap: str | None = Field(default=None, pattern=_MAILBOX)


class _Offices(Part):
    patterns: list[_Pattern] = Field(min_length=1)
    nameless: str
    county: _County = _County(
        endings=[],
        street="{street}",
        committee_name="中共{street}委组织部",
        sign_name="中共{street}委组织部",
        document_prefix="{street}委组",
        printed_by="{street}委组织部办公室",
    )
    nameless_county: str = "县{code}"
    defaults: _Addresses
    streets: dict[str, _Override]
    roles: dict[str, Account] = Field(default_factory=dict)


def role_of(account: str) -> Account:
    """What a login may do: as `roles` of the file say. Where it says nothing, one that answers for an office is a committee's,
    `viewer` only looks, and any other is ops': Airflow let it in."""
    answering: dict[str, Account] = dict.fromkeys(answering_accounts(), "committee")
    known: dict[str, Account] = {**answering, "viewer": "viewer", **_offices().roles}
    return known.get(account.strip(), "ops")


def answering_accounts() -> list[str]:
    """The logins that answer for offices: the usual one of streets, that of counties, and those that offices have of their own."""
    offices = _offices()
    own = [one.account for one in offices.streets.values() if one.account is not None]
    return list(dict.fromkeys([offices.defaults.account, offices.county.account, *sorted(own)]))


def is_signed_by_reply() -> bool:
    """Whether any office has its drafts signed by answering the mail that brought them."""
    offices = _offices()
    return offices.defaults.sign_by_reply or any(one.sign_by_reply for one in offices.streets.values())


def mailboxes() -> list[str]:
    """Airflow's connections to mailboxes that offices have of their own, in the order of the file."""
    found = [office_of(code, "").imap for code in _offices().streets]
    return list(dict.fromkeys(one for one in found if one))


def office_of(street_code: str, street: str) -> Office:
    """The committee of a street, the organisation department of a county. `street` is its name in the register, empty where
    it has none, as a county does: its name is in the file of offices.

    Raises UserError where the file of offices is not sound.
    """
    offices = _offices()
    own = offices.streets.get(street_code, _Override())
    pattern: _Pattern = offices.county
    if is_county(street_code):
        street = own.name or street or offices.nameless_county.format(code=street_code)
    else:
        street = street or offices.nameless.format(code=street_code)
        pattern = next(p for p in offices.patterns if not p.endings or street.endswith(tuple(p.endings)))
    ending = max((e for e in pattern.endings if street.endswith(e)), key=len, default="")
    words = {"street": street, "short": street.removesuffix(ending), "code": street_code}
    said = [offices.defaults, *([offices.county] if is_county(street_code) else []), own]
    fields: dict[str, Any] = {}
    for part in (pattern, *said):
        fields |= {name: value for name, value in part if value is not None and name not in _NOT_THE_OFFICES}
    for name in (*_Pattern.model_fields.keys() & fields.keys(), "imap"):
        fields[name] = str(fields.get(name, "")).format(**words)
    return Office(street_code=street_code, **fields)


def office_on(connection: Connection, street_code: str, on: dt.date) -> Office:
    """The office of a street as the register names it on a day, or of a county."""
    return office_of(street_code, scope_name(connection, street_code, on))


def office_for(scheme: System, unit: Unit) -> Office:
    """The office that answers to a subject for a system: that of its street, or of its county where that is the scope."""
    if scheme.scope == "county":
        return office_of(unit.street_code[:COUNTY_DIGITS], "")
    return office_of(unit.street_code, unit.street)


def offices_over(unit: Unit) -> list[Office]:
    """All that may answer to a subject: that of its street, and that of its county."""
    return [office_of(unit.street_code, unit.street), office_of(unit.street_code[:COUNTY_DIGITS], "")]


def scope_name(connection: Connection, scope_code: str, on: dt.date) -> str:
    """What a street is called on a day, empty where the register has no name for it; what a county is called in the file."""
    if is_county(scope_code):
        return office_of(scope_code, "").street
    return street_name(connection, scope_code, on) or ""


def systems_of(street_code: str) -> dict[str, SystemUse]:
    """The systems that the office of a street runs by schedule: those named for it, else the default system alone."""
    offices = _offices()
    own = offices.streets.get(street_code, _Override()).systems
    return _systems(own if own is not None else offices.defaults.systems)


def may_run(street_code: str, system: str, period: Period) -> bool:
    """Whether the system may be run for the street in that period at all: what its office does not run is run by hand."""
    use = systems_of(street_code).get(system)
    return use is None or use.covers(system, period)


def is_over(street_code: str, system: str, period: Period) -> bool:
    """Whether the office of the street has ended the system before that period."""
    use = systems_of(street_code).get(system)
    return use is not None and use.is_over(system, period)


def is_run(street_code: str, system: str, period: Period) -> bool:
    """Whether the office of the street runs the system in that period by schedule."""
    return system in systems_of(street_code) and may_run(street_code, system, period)


def is_run_by_any(system: str, period: Period) -> bool:
    """Whether some office runs the system in that period by schedule."""
    offices = _offices()
    said = [offices.defaults.systems, *(one.systems for one in offices.streets.values() if one.systems is not None)]
    return any(system in run and run[system].covers(system, period) for run in map(_systems, said))


def running(streets: list[str], system: str, period: Period) -> list[str]:
    """Those of the streets whose office runs the system in that period; all of them where no office does: it is run by hand."""
    return [code for code in streets if is_run(code, system, period)] if is_run_by_any(system, period) else streets


def _systems(said: dict[str, SystemUse] | None) -> dict[str, SystemUse]:
    return {default_system(): SystemUse()} if said is None else said


def offices_path() -> Path:
    """The file of offices: that which DUBAN_OFFICES names, else the office's own, else the shipped one."""
    return get_settings().offices or own_file(_SHIPPED)


def _offices() -> _Offices:
    path = offices_path()
    try:
        return _load(path, version_of(path))
    except FileNotFoundError:
        raise UserError(f"街道设置文件 {path.name} 不存在：请检查 DUBAN_OFFICES。") from None


def written_to() -> set[str]:
    """Every address that an office writes to, in lower case: its own, those under 抄送 and those of logins."""
    offices = _offices()
    parts: list[_Addresses | _Override] = [offices.defaults, *offices.streets.values()]
    copied = {one.email.lower() for part in parts for one in part.copied_to or [] if one.email}
    return known_addresses() | copied | {one.lower() for part in parts for one in (part.accounts or {}).values() if one}


def known_addresses() -> set[str]:
    """Every address of every office, in lower case."""
    offices = _offices()
    parts: list[_Addresses | _Override] = [offices.defaults, *offices.streets.values()]
    found = [
        address
        for part in parts
        for address in (
            part.committee_email,
            part.ops_email,
            *(part.inspectors or []),
            *(part.departments or {}).values(),
        )
    ]
    return {address.lower() for address in found if address}


@functools.lru_cache(maxsize=8)
def _load(path: Path, _version: Hashable) -> _Offices:
    try:
        offices = _Offices.model_validate(read_yaml(path))
    except yaml.YAMLError as error:
        raise UserError(f"街道设置文件 {path.name} 不是有效的 YAML：{error}") from error
    except ValidationError as error:
        places = (".".join(str(part) for part in details["loc"]) for details in error.errors())
        raise UserError(
            *(
                f"街道设置文件 {path.name}：{place} 缺少、多余或类型不对，请对照 offices.yaml 的说明。"
                for place in places
            )
        ) from error
    problems = list(_problems_of_systems(offices))
    if problems:
        raise UserError(*(f"街道设置文件 {path.name}：{problem}" for problem in problems))
    if offices.patterns[-1].endings:
        raise UserError(f"街道设置文件 {path.name}：最后一个 pattern 的 endings 应为空，以适用于任何名称。")
    return offices


def _problems_of_systems(offices: _Offices) -> Iterator[str]:
    """Systems that do not exist, and first periods that are none."""
    said = {
        "defaults": offices.defaults.systems,
        **{f"streets.{code}": one.systems for code, one in offices.streets.items()},
    }
    for where, systems in said.items():
        for key, use in (systems or {}).items():
            if key not in scheme_keys():
                yield f"{where}.systems：没有名为“{key}”的系统；现有：{'、'.join(scheme_keys())}。"
            for name, said_period in (("from", use.since), ("until", use.until)):
                try:
                    Period.parse(said_period or "2026")
                except UserError as error:
                    yield f"{where}.systems.{key}.{name}：{error.problems[0]}"
