"""`consolidate verify` and `keygen`: the evidence, for everybody."""

from __future__ import annotations

from pathlib import Path

import click

from consolidation.evidence.signing import keygen as make_key
from consolidation.evidence.verification import verify as verify_archive


@click.command()
@click.argument("archive", type=click.Path(path_type=Path))
@click.option(
    "--key", type=click.Path(path_type=Path), help="Public key (.pub.pem) that must have signed every manifest."
)
@click.option(
    "--authority",
    type=click.Path(path_type=Path),
    help="Certificates (.pem) of the time-stamp authority that the stamps must come from.",
)
@click.pass_context
def verify(context: click.Context, archive: Path, key: Path | None, authority: Path | None) -> None:
    """Check ARCHIVE, the folder of one engagement, offline: names each altered, missing or added file."""
    result = verify_archive(archive, key, authority)
    for finding in result.findings:
        click.echo(str(finding))
    click.echo(str(result))
    context.exit(0 if result.intact else 1)


@click.command()
@click.argument("name")
@click.option("--to", "folder", type=click.Path(path_type=Path), default=Path(), help="Folder for the key files.")
def keygen(name: str, folder: Path) -> None:
    """Make the Ed25519 key pair NAME: the private half into the keyring or a file, the public half as a file."""
    click.echo(make_key(name, folder).where)
