"""Who a street's committee is: its name, its documents' prefix, its addresses. Patterns and overrides are data."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, model_validator
from sqlalchemy import Connection

from include.data_files import Part, read_yaml, version_of
from include.errors import UserError
from include.registry.units import street_name
from include.settings import get_settings


class CopiedOffice(Part):
    """An office named under 抄送, and its address; without one it gets no mail."""

    name: str = Field(min_length=1)
    email: str = ""

    @model_validator(mode="before")
    @classmethod
    def _a_name_alone(cls, given: Any) -> Any:
        return {"name": given} if isinstance(given, str) else given


class Contact(Part):
    """Whom a reader of our mails calls: empty where the office has not said."""

    name: str = ""
    telephone: str = ""


@dataclass(frozen=True)
class Office:
    """A street's committee as it appears on documents and in mails. `accounts`: address by login, where one is known."""

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
    accounts: dict[str, str]
    contact: Contact


class _Pattern(Part):
    endings: list[str]
    street: str
    committee_name: str
    sign_name: str
    document_prefix: str
    printed_by: str


class _Addresses(Part):
    committee_email: str
    ops_email: str
    inspectors: list[str]
    copied_to: list[CopiedOffice]
    accounts: dict[str, str] = Field(default_factory=dict)
    contact: Contact = Contact()


class _Override(Part):
    committee_name: str | None = None
    sign_name: str | None = None
    document_prefix: str | None = None
    printed_by: str | None = None
    committee_email: str | None = None
    ops_email: str | None = None
    inspectors: list[str] | None = None
    copied_to: list[CopiedOffice] | None = None
    accounts: dict[str, str] | None = None
    contact: Contact | None = None


class _Offices(Part):
    patterns: list[_Pattern] = Field(min_length=1)
    nameless: str
    defaults: _Addresses
    streets: dict[str, _Override]


def office_of(street_code: str, street: str) -> Office:
    """The committee of a street. `street` is its name in the register, empty where it has none.

    Raises UserError where the file of offices is not sound.
    """
    path = get_settings().offices
    try:
        offices = _load(path, version_of(path))
    except FileNotFoundError:
        raise UserError(f"街道设置文件 {path.name} 不存在：请检查 DUBAN_OFFICES。") from None
    street = street or offices.nameless.format(code=street_code)
    pattern = next(p for p in offices.patterns if not p.endings or street.endswith(tuple(p.endings)))
    ending = max((e for e in pattern.endings if street.endswith(e)), key=len, default="")
    words = {"street": street, "short": street.removesuffix(ending), "code": street_code}
    fields: dict[str, Any] = {
        name: str(text).format(**words) for name, text in pattern.model_dump(exclude={"endings"}).items()
    }
    for part in (offices.defaults, offices.streets.get(street_code, _Override())):
        fields |= {name: value for name, value in part if value is not None}
    return Office(street_code=street_code, **fields)


def office_on(connection: Connection, street_code: str, on: dt.date) -> Office:
    """The office of a street as the register names it on a day."""
    return office_of(street_code, street_name(connection, street_code, on) or "")


def written_to() -> set[str]:
    """Every address that an office writes to, in lower case: its own, those under 抄送 and those of logins."""
    path = get_settings().offices
    offices = _load(path, version_of(path))
    parts: list[_Addresses | _Override] = [offices.defaults, *offices.streets.values()]
    copied = {one.email.lower() for part in parts for one in part.copied_to or [] if one.email}
    return known_addresses() | copied | {one.lower() for part in parts for one in (part.accounts or {}).values() if one}


def known_addresses() -> set[str]:
    """Every address of every office, in lower case."""
    path = get_settings().offices
    offices = _load(path, version_of(path))
    parts: list[_Addresses | _Override] = [offices.defaults, *offices.streets.values()]
    found = [address for part in parts for address in (part.committee_email, part.ops_email, *(part.inspectors or []))]
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
    if offices.patterns[-1].endings:
        raise UserError(f"街道设置文件 {path.name}：最后一个 pattern 的 endings 应为空，以适用于任何名称。")
    return offices
