"""policies.yaml, validated."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from include.data_files import Part, kept, own_file, read_yaml

SIGNATURE_ANSWERED = "signature_answered"  # of the kinds the one that only signing by reply has
SHIPPED = Path(__file__).with_name("policies.yaml")
Role = Literal["sender", "secretary", "officer", "liaison", "street", "committee", "copied", "ops"]


class _Part(Part):
    model_config = ConfigDict(populate_by_name=True)


class Kind(_Part):
    """Who gets one kind of notice, and whether it shares a mail with others of its group. `usual`: it is sent where the office says
    nothing of it. `view`: where on the page its reader acts, {subject} the notice's subject; only of kinds for those who have a login.
    `at_once`: how the stage of those begins that wait for no other, in a kind that otherwise shares a mail."""

    name: str
    to: list[Role] = Field(min_length=1)
    copy_roles: list[Role] = Field(alias="copy")
    delivery: Literal["immediate", "together", "digest"]
    group: str = ""
    usual: bool = True
    view: str = ""
    at_once: str = ""

    def is_in_digest(self, stage: str) -> bool:
        """Whether a notice of it waits for the day's mail with others."""
        return self.delivery == "digest" and not (self.at_once and stage.startswith(f"{self.at_once}:"))

    @model_validator(mode="after")
    def _what_shares_a_mail_has_a_group(self) -> Kind:
        if (self.delivery != "immediate") != bool(self.group):
            raise ValueError("what shares a mail needs a group, an immediate notice has none")
        return self


class HostLimit(_Part):
    host: str
    limit: int = Field(ge=0)


class Sending(_Part):
    run_minutes: float = Field(gt=0)
    claim_minutes: int = Field(gt=0)
    retry_minutes: list[int] = Field(min_length=1)
    tries_for_copies: int = Field(gt=0)
    timeout_seconds: int = Field(gt=0)
    lost_connections: int = Field(gt=0)
    login_refused_codes: list[int] = Field(min_length=1)
    mails_a_minute: list[HostLimit]

    def limit_of(self, host: str) -> int:
        """Mails a minute that the server takes; 0: no limit."""
        return next((entry.limit for entry in self.mails_a_minute if host.lower().endswith(entry.host)), 0)


class Approvals(_Part):
    remind_every_working_days: int = Field(gt=0)
    drafts_in_a_run: int = Field(gt=0)
    looks_every_minutes: int = Field(default=5, gt=0)
    looks_otherwise_minutes: int = Field(default=120, gt=0)


class Policies(_Part):
    kinds: dict[str, Kind]
    approvals: Approvals
    not_sent_here: str
    no_address: dict[Role, str]
    digest_names: dict[str, str]
    sending: Sending

    def first_of(self, kinds: Collection[str]) -> str:
        """The kind that a mail with notices of these kinds is known by: the first of those that go together; "" of a digest of
        several."""
        if len(kinds) > 1 and any(one not in self.kinds or self.kinds[one].delivery != "together" for one in kinds):
            return ""
        return next(one for one in [*self.kinds, *kinds] if one in kinds)

    @model_validator(mode="after")
    def _every_group_has_a_name(self) -> Policies:
        digests = {kind.group for kind in self.kinds.values() if kind.delivery == "digest"}
        unnamed = digests - self.digest_names.keys()
        if unnamed:
            raise ValueError(f"digest groups without a name: {sorted(unnamed)}")
        return self


@kept
def load_policies() -> Policies:
    """The policies, read once a process."""
    return Policies.model_validate(read_yaml(own_file(SHIPPED)))
