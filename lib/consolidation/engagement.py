"""The engagement: one consolidation, described by one YAML file under `parameters/`.

Everything that is knowable without a call is checked here, so that a mistake ends with exit code 2 before anything
is signed in to.
"""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Hashable
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from consolidation.errors import EngagementError
from consolidation.wave_lists import ListedCustomer, read_wave_list
from partner_center import CLOUDS, Cloud, Credentials


def _tenant_id(text: str) -> str:
    """Return a tenant id in lower case; an Entra tenant id is a GUID."""
    try:
        return str(uuid.UUID(text.strip()))
    except ValueError:
        message = f"{text!r} is not a tenant id (a GUID such as 3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11)"
        raise ValueError(message) from None


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
    """Who approves plans (M28). `automatic` exists on loopback only (S12)."""

    required: int = Field(default=1, ge=1)
    self_approval: bool = False
    approvers: tuple[str, ...] = ()
    automatic: bool = Field(default=False, exclude=True)


class InvitationSettings(_Part):
    """Languages of the invitation mails and the days after which a customer is reminded."""

    languages: tuple[str, ...] = ("en",)
    remind_after_days: tuple[int, ...] = (3, 7, 14)


class ThrottleSettings(_Part):
    """The rate, in requests per minute and partner tenant, that all kernels together keep to (M37)."""

    requests_per_minute: int = Field(default=500, ge=1)


class Engagement(_Part):
    """One consolidation; every path in it is absolute."""

    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    cloud_setting: str | dict[str, str] = Field(alias="cloud")
    sources: tuple[PartnerTenant, ...] = Field(min_length=1)
    target: PartnerTenant
    customers: str
    approvals: ApprovalPolicy
    offer_map: str | None = None
    prices: str | None = None
    invitations: InvitationSettings = InvitationSettings()
    throttle: ThrottleSettings = ThrottleSettings()
    journal: str
    archive: str
    signing_key: str | None = None
    path: Path = Field(alias="(engagement file)", exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _automatic_approvals(cls, values: dict[str, Any]) -> dict[str, Any]:
        """`approvals: automatic` is short for a policy without people."""
        if values.get("approvals") == "automatic":
            return {**values, "approvals": {"automatic": True, "self_approval": True}}
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
        """The approval policy as the plan digest covers it."""
        approvals = self.approvals
        return {
            "automatic": approvals.automatic,
            "required": approvals.required,
            "self_approval": approvals.self_approval,
            "approvers": sorted(approver.casefold() for approver in approvals.approvers),
        }


class _StrictLoader(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error: the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it open
            if key in seen:
                line = key_node.start_mark.line + 1
                message = f"The key {key!r} stands twice (line {line})."
                raise EngagementError([message], next_step="Keep one of them.")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


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
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise EngagementError([f"{path.name}{where}: {problem}."], next_step="Correct the YAML.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise EngagementError([f"{path.name} cannot be read: {error}."], next_step="Save it as UTF-8.") from error
    if not isinstance(values, dict):
        raise EngagementError([f"{path.name} holds no keys."], next_step="See parameters/ for a commented example.")
    try:
        loaded = Engagement.model_validate({**values, "(engagement file)": path})
    except ValidationError as error:
        raise EngagementError(
            [_sentence(path, fault) for fault in error.errors()], next_step="See parameters/ for a commented example."
        ) from error
    problems = _contradictions(loaded)
    if problems:
        raise EngagementError(problems)
    return loaded


_KEYS: dict[str, type[_Part]] = {
    "sources": PartnerTenant,
    "target": PartnerTenant,
    "approvals": ApprovalPolicy,
    "invitations": InvitationSettings,
    "throttle": ThrottleSettings,
}


def _sentence(path: Path, fault: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails, a mapping of many shapes
    """Turn one of pydantic's faults into a sentence with the place and, for a stray key, the nearest known one."""
    place = ".".join(str(part) for part in fault["loc"]) or "the file"
    if fault["type"] == "extra_forbidden":
        outer = fault["loc"][0] if len(fault["loc"]) > 1 else None
        part = _KEYS.get(str(outer), Engagement) if outer else Engagement
        known = [field.alias or name for name, field in part.model_fields.items() if not field.exclude]
        near = difflib.get_close_matches(str(fault["loc"][-1]), known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}."
        return f"{path.name}: unknown key {place!r}; {hint}"
    if fault["type"] == "missing":
        return f"{path.name}: the key {place!r} is missing."
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{path.name}: {place}: {message}."


def _contradictions(engagement: Engagement) -> list[str]:
    """Everything wrong with a well-formed engagement that can be known without a call, one sentence each."""
    problems = _cloud_problems(engagement)
    if problems:  # what follows needs to know the cloud
        return problems
    loopback = engagement.cloud.is_loopback
    if engagement.approvals.automatic and not loopback:
        problems.append("Automatic approval exists on loopback only (S12): name approvers under 'approvals'.")
    if not engagement.approvals.automatic and not loopback:
        if len(set(engagement.policy()["approvers"])) < engagement.approvals.required:
            problems.append("Fewer approvers are named than are required: name more, or require fewer.")
    if engagement.signing_key is None and not loopback:
        problems.append("Off loopback the evidence must be signed: run 'consolidate keygen' and set 'signing_key'.")
    names = [source.name for source in engagement.sources]
    tenants = [source.tenant for source in engagement.sources]
    problems += [f"Two sources are called {name!r}." for name in sorted(set(names)) if names.count(name) > 1]
    problems += [f"Two sources are the tenant {t}." for t in sorted(set(tenants)) if tenants.count(t) > 1]
    problems += [
        f"Source {source.name!r} and the target are the same tenant {source.tenant}: nothing can move."
        for source in engagement.sources
        if source.tenant == engagement.target.tenant
    ]
    files = {"customers": engagement.customers if engagement.customers != "all" else None}
    files |= {"offer_map": engagement.offer_map, "prices": engagement.prices}
    problems += [
        f"{key}: {engagement.folder / value} does not exist."
        for key, value in files.items()
        if value and not (engagement.folder / value).is_file()
    ]
    return problems


def _cloud_problems(engagement: Engagement) -> list[str]:
    """Say what is wrong with the cloud setting: an unknown or closed cloud, or an incomplete mapping (M1)."""
    setting = engagement.cloud_setting
    if isinstance(setting, str):
        if setting not in CLOUDS:
            near = difflib.get_close_matches(setting, CLOUDS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known clouds: {', '.join(CLOUDS)}."
            return [f"The cloud {setting!r} is unknown; {hint}"]
        closed = CLOUDS[setting].closed
        return [closed] if closed else []
    needed = {"login", "partner_center", "graph"}
    problems = [f"cloud: the key {key!r} is missing." for key in sorted(needed - set(setting))]
    problems += [f"cloud: unknown key {key!r}." for key in sorted(set(setting) - needed - {"ca_bundle"})]
    if problems:
        return problems
    try:
        _ = engagement.cloud
    except ValueError as error:
        return [f"cloud: {error}"]
    return []
