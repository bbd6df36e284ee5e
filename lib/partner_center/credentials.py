"""Where the credentials of a partner tenant come from. They are never parameters and never shown (S10)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from partner_center.errors import CredentialsMissing

_KEYRING_SERVICE = "consolidation"
_PARTS = ("CLIENT_ID", "CLIENT_SECRET", "CERTIFICATE", "REFRESH_TOKEN")


@dataclass(frozen=True)
class Credentials:
    """What to sign in to one partner tenant with.

    With a refresh token it is app + user; with a secret or certificate alone it is the application without a user;
    with a client id alone a person signs in with a device code.

    Args:
        name: How the engagement names them.
        client_id: The application's id.
        client_secret: The application's secret.
        certificate: PEM file with private key and certificate, or an unencrypted PFX file.
        refresh_token: From a sign-in with MFA.
        kept_as: The keyring's entry that the refresh token came from; None when it came from elsewhere.

    Source: "Enable the secure application model", "Partner Center authentication".
    """

    name: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    certificate: Path | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    kept_as: str | None = None

    def keep(self, refresh_token: str) -> None:
        """Put a refresh token that Microsoft gave in place of the old one where the old one came from: the keyring.

        A variable of the environment or a file belongs to whoever set it; then the new token lives as long as the
        process, and the old one stays valid for its own 90 days ("Refresh tokens in the Microsoft identity platform").
        """
        if self.kept_as is None:
            return
        import keyring
        import keyring.errors

        try:
            keyring.set_password(_KEYRING_SERVICE, self.kept_as, refresh_token)
        except keyring.errors.KeyringError:
            # It is locked by now: the sign-in has worked all the same, and the old token stays good for its time.
            return

    @classmethod
    def find(cls, name: str, *, folder: Path, loopback: bool) -> "Credentials":
        """Look credentials up: environment variables first, then the keyring of the operating system.

        Args:
            name: ``CONTOSO`` stands for CONTOSO_CLIENT_ID, CONTOSO_CLIENT_SECRET or CONTOSO_CERTIFICATE, and
                CONTOSO_REFRESH_TOKEN. On loopback it may be the path of a file with the lines CLIENT_ID=… and so on.
            folder: What a relative path is relative to.
            loopback: Whether the cloud is on this computer.

        Raises:
            CredentialsMissing: No client id was found, or a file that is named is not there.
        """
        if loopback and ("/" in name or name.endswith(".env") or (folder / name).is_file()):
            return cls._build(name, _from_file(folder / name), folder)
        prefix = name.upper()
        values = {part: look_up(f"{prefix}_{part}") for part in _PARTS}
        if not values["CLIENT_ID"]:
            looked_for = ", ".join(f"{prefix}_{part}" for part in _PARTS)
            message = f"No credentials {name!r}: {prefix}_CLIENT_ID is neither in the environment nor in the keyring."
            step = f"Set it, and what else there is of {looked_for}; the keyring's service is {_KEYRING_SERVICE!r}."
            raise CredentialsMissing(message, operation="sign in", next_step=step)
        variable = f"{prefix}_REFRESH_TOKEN"
        from_keyring = values["REFRESH_TOKEN"] is not None and not os.environ.get(variable)
        return replace(cls._build(name, values, folder), kept_as=variable if from_keyring else None)

    @classmethod
    def _build(cls, name: str, values: Mapping[str, str | None], folder: Path) -> "Credentials":
        certificate = values.get("CERTIFICATE")
        path = folder / certificate if certificate else None
        if path is not None and not path.is_file():
            message = f"The certificate of the credentials {name!r} is not where they say ({path.name})."
            raise CredentialsMissing(message, operation="sign in", next_step="Correct the path of the certificate.")
        return cls(
            name=name,
            client_id=values.get("CLIENT_ID") or "",
            client_secret=values.get("CLIENT_SECRET") or None,
            certificate=path,
            refresh_token=values.get("REFRESH_TOKEN") or None,
        )


def _from_file(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        message = f"The credentials file {path.name} cannot be read ({error.strerror})."
        step = "Start the service that writes it, or correct credentials in the engagement."
        raise CredentialsMissing(message, operation="sign in", next_step=step) from None
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    values = {name.strip().upper(): value.strip().strip("\"'") for name, value in pairs}
    if not values.get("CLIENT_ID"):
        message = f"The credentials file {path.name} has no line CLIENT_ID=…."
        raise CredentialsMissing(message, operation="sign in", next_step="Add the line with the application's id.")
    return values


def look_up(variable: str) -> str | None:
    """Return a secret: from the environment, else from the keyring of the operating system; None when neither has it.

    Args:
        variable: Name of the variable, and of the keyring's entry.
    """
    return os.environ.get(variable) or _from_keyring(variable)


def _from_keyring(variable: str) -> str | None:
    try:
        import keyring  # an extra: not everybody has it, and it is slow to load
        import keyring.errors
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password(_KEYRING_SERVICE, variable)
    except keyring.errors.KeyringError:
        # No keyring on this computer, or it is locked: then the variable is reported as missing.
        return None
    return found
