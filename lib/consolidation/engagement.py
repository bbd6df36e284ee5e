"""The engagement: one consolidation, described by one YAML file under `parameters/`.

Everything that is knowable without a call is checked here, so that a mistake ends with exit code 2 before anything
is signed in to.
"""

from __future__ import annotations

import urllib.parse
import uuid
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from consolidation.contradictions import contradictions, nearest
from consolidation.errors import EngagementError
from consolidation.invitations.settings import InvitationSettings, MailServer
from consolidation.offer_map import MappedOffer, read_offer_map
from consolidation.price_lists import PriceList, read_price_list
from consolidation.strict_yaml import read_keys
from consolidation.wave_lists import ListedCustomer, read_wave_list
from partner_center import CLOUDS, Cloud, Credentials


def _tenant_id(text: str) -> str:
    """Return a tenant id in lower case; an Entra tenant id is a GUID."""
    try:
        return str(uuid.UUID(text.strip()))
    except ValueError:
        message = f"{text!r} is not a tenant id (a GUID such as 3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11)"
        raise ValueError(message) from None


def _service(text: str) -> str:
    """Return the address of a time-stamp service (RFC 3161, "Time-Stamp Protocol via HTTP")."""
    address = urllib.parse.urlsplit(text)
    if address.scheme not in {"http", "https"} or not address.hostname or address.password:
        message = f"{text!r} is not the address of a time-stamp service (such as https://time.example/tsr)"
        raise ValueError(message)
    return text


TenantId = Annotated[str, AfterValidator(_tenant_id)]


class _Part(BaseModel):
    """Base of all parts: frozen, and a key nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class PartnerTenant(_Part):
    """A partner tenant of the engagement: its name here, its tenant id, and where its credentials are found."""

    name: str = Field(min_length=1, pattern=r"^[a-z0-9][a-z0-9-]*$")
    tenant: TenantId
    credentials: str = Field(min_length=1)


class ApprovalPolicy(_Part):
    """Who approves plans, and for how many days an approval holds (M28). `automatic` exists on loopback only (S12)."""

    required: int = Field(default=1, ge=1)
    self_approval: bool = False
    expire_after_days: int | None = Field(default=None, ge=1)
    approvers: tuple[str, ...] = ()
    automatic: bool = Field(default=False, exclude=True)


class TransferSettings(_Part):
    """How the source accepts transfers: a person in its portal, or we by API, whose body Microsoft does not document.

    Requests are documented and always go by API.
    """

    accept: Literal["portal", "api"] = "portal"


class ThrottleSettings(_Part):
    """The rate, in requests per minute and partner tenant, that all kernels together keep to (M37)."""

    requests_per_minute: int = Field(default=500, ge=1)


class Engagement(_Part):
    """One consolidation; every path in it is absolute."""

    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    cloud_setting: str | dict[str, str] = Field(alias="cloud")
    sources: tuple[PartnerTenant, ...]
    target: PartnerTenant
    customers: str
    approvals: ApprovalPolicy
    offer_map: str | None = None
    prices: str | None = None
    invitations: InvitationSettings = InvitationSettings()
    transfers: TransferSettings = TransferSettings()
    throttle: ThrottleSettings = ThrottleSettings()
    journal: str
    archive: str
    signing_key: str | None = None
    time_stamp: Annotated[str, AfterValidator(_service)] | None = None
    path: Path = Field(alias="(engagement file)", exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _automatic_approvals(cls, values: dict[str, Any]) -> dict[str, Any]:
        """`approvals: automatic` is short for a policy without people."""
        given = values.get("approvals")
        if given == "automatic":
            return {**values, "approvals": {"automatic": True, "self_approval": True}}
        if isinstance(given, dict) and "automatic" in given:
            message = "approvals: 'automatic' is no key; write 'approvals: automatic'"
            raise ValueError(message)
        return values

    @property
    def folder(self) -> Path:
        """Folder of the engagement file: paths inside it are relative to this one."""
        return self.path.parent

    @cached_property
    def cloud(self) -> Cloud:
        """The cloud that the engagement names, or the one it describes."""
        if isinstance(self.cloud_setting, str):
            return CLOUDS[self.cloud_setting]
        bundle = self.cloud_setting.get("ca_bundle")
        return Cloud(
            name="custom",
            login=self.cloud_setting["login"].rstrip("/"),
            partner_center=self.cloud_setting["partner_center"].rstrip("/"),
            graph=self.cloud_setting["graph"].rstrip("/"),
            ca_bundle=self.folder.joinpath(bundle).resolve() if bundle else None,
        )

    @cached_property
    def listed_customers(self) -> tuple[ListedCustomer, ...] | None:
        """The engagement's customer list, or None for all customers of the sources."""
        return None if self.customers == "all" else read_wave_list(self.folder / self.customers)

    def listing(self, customer: str, domain: str, source: str = "") -> ListedCustomer | None:
        """Return a customer's line in the customer list, if there is one; without a source, its first one."""
        for entry in self.listed_customers or ():
            same_source = not source or entry.source.casefold() in {"", source.casefold()}
            if same_source and entry.customer.casefold() in {customer.casefold(), domain.casefold()}:
                return entry
        return None

    @cached_property
    def price_list(self) -> PriceList | None:
        """The engagement's `prices`, or None when it names no file."""
        return read_price_list(self.folder / self.prices) if self.prices else None

    @property
    def offer_map_file(self) -> Path | None:
        """The engagement's `offer_map`, or None when it names no file."""
        return self.folder.joinpath(self.offer_map).resolve() if self.offer_map else None

    def mapped_offers(self) -> Mapping[str, MappedOffer]:
        """Read the offer map as it is now, for people add to it while others work; empty when none is named.

        Raises:
            EngagementError: See `read_offer_map`.
        """
        return read_offer_map(self.offer_map_file) if self.offer_map_file else {}

    @property
    def archive_folder(self) -> Path:
        """Folder of this engagement inside the archive: the ARCHIVE that `consolidate verify` takes."""
        return self.folder.joinpath(self.archive).resolve() / self.name

    @property
    def journal_url(self) -> str:
        """SQLAlchemy URL of the journal; a SQLite path is absolute."""
        prefix = "sqlite:///"
        if not self.journal.startswith(prefix):
            return self.journal
        return f"{prefix}{self.folder.joinpath(self.journal.removeprefix(prefix)).resolve()}"

    def source(self, name: str) -> PartnerTenant:
        """Return the source tenant of that name.

        Raises:
            EngagementError: No source has that name.
        """
        for source in self.sources:
            if source.name == name:
                return source
        names = ", ".join(source.name for source in self.sources)
        raise EngagementError([f"{name!r} is not a source tenant of {self.name}."], next_step=f"Its sources: {names}.")

    def find_credentials(self, tenant: PartnerTenant) -> Credentials:
        """Look up the credentials of a partner tenant, environment first, then the keyring.

        Raises:
            partner_center.CredentialsMissing: Nothing was found; the message names what was looked for.
        """
        return Credentials.find(tenant.credentials, folder=self.folder, loopback=self.cloud.is_loopback)

    def policy(self) -> dict[str, Any]:
        """Return the approval policy as the plan digest covers it."""
        approvals = self.approvals
        # Only where it is set: the digests of plans from before there was an expiry stay as they are.
        expiry = {"expire_after_days": approvals.expire_after_days} if approvals.expire_after_days else {}
        return {
            "automatic": approvals.automatic,
            "required": approvals.required,
            "self_approval": approvals.self_approval,
            "approvers": sorted(approver.casefold() for approver in approvals.approvers),
            **expiry,
        }


def find_engagement_file(engagement: str | Path) -> Path:
    """Resolve the path of an engagement file from the working directory and its parents.

    The search goes up to the folder that holds `pyproject.toml`, so that a notebook started in `notebooks/` finds
    `parameters/demo.yaml` too.

    Raises:
        EngagementError: There is no such file.
    """
    wanted = Path(engagement)
    start = Path.cwd()
    for folder in (start, *start.parents):
        candidate = folder / wanted
        if candidate.is_file():
            return candidate.resolve()
        if (folder / "pyproject.toml").is_file():
            break
    raise EngagementError(
        [f"There is no engagement file {wanted} here or in a folder above."],
        next_step="Name an existing file, for example parameters/demo.yaml.",
    )


def load_engagement(engagement: str | Path) -> Engagement:
    """Read and check an engagement file.

    Raises:
        EngagementError: Each fault in one sentence: unreadable YAML, unknown or missing keys, bad GUIDs, source equals
            target, a closed cloud, automatic approval off loopback, missing files.
    """
    path = find_engagement_file(engagement)
    values = read_keys(path)
    try:
        loaded = Engagement.model_validate({**values, "(engagement file)": path})
    except ValidationError as error:
        # A value with several allowed forms fails once for each of them: it is still one fault.
        sentences = dict.fromkeys(_sentence(path, fault) for fault in error.errors())
        raise EngagementError(list(sentences), next_step="See parameters/ for a commented example.") from error
    problems = contradictions(loaded)
    if problems:
        raise EngagementError(problems, next_step=f"Correct {path.name} and start again; nothing was called.")
    return loaded


_KEYS: dict[str, type[BaseModel]] = {
    "sources": PartnerTenant,
    "target": PartnerTenant,
    "approvals": ApprovalPolicy,
    "invitations": InvitationSettings,
    "mail_server": MailServer,
    "transfers": TransferSettings,
    "throttle": ThrottleSettings,
}


_FORMS = {
    "cloud": f"name a cloud ({', '.join(CLOUDS)}), or give the keys login, partner_center, graph, ca_bundle",
    "approvals": "write 'automatic' (loopback only), or the keys required, self_approval, approvers, expire_after_days",
}
"""What a value with several allowed forms may be: pydantic would complain about each form apart."""


def _sentence(path: Path, fault: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails, a mapping of many shapes
    """Turn one of pydantic's faults into a sentence with the place and, for a stray key, the nearest known one."""
    place = ".".join(str(part) for part in fault["loc"])
    outer = str(fault["loc"][0]) if fault["loc"] else ""
    if fault["type"] == "extra_forbidden":
        inside = [str(key) for key in reversed(fault["loc"][:-1]) if str(key) in _KEYS]
        part = _KEYS[inside[0]] if inside else Engagement
        known = [field.alias or name for name, field in part.model_fields.items() if not field.exclude]
        return f"{path.name}: unknown key {place!r}; {nearest(str(fault['loc'][-1]), known)}"
    if fault["type"] == "missing":
        return f"{path.name}: the key {place!r} is missing."
    if outer == "cloud" or (place == "approvals" and fault["type"] == "model_type"):
        return f"{path.name}: {outer}: {_FORMS[outer]}."
    if fault["type"] == "model_type":
        keys = ", ".join(_KEYS[place.rpartition(".")[2] if place.rpartition(".")[2] in _KEYS else outer].model_fields)
        return f"{path.name}: {place}: give the keys {keys}."
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{path.name}: {f'{place}: ' if place else ''}{message}."
