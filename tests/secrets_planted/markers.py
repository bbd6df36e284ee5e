"""Secrets as markers, and the search for them in whatever form somebody could have written them."""

from __future__ import annotations

import base64
import binascii
import json
import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_WORD = re.compile(rb"[A-Za-z0-9_-]{16,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){12,}")


@dataclass
class Markers:
    """What must be nowhere.

    Attributes:
        secrets: Name of a kind of secret -> its values.
        searched: Number of places looked at, by kind.
        found: Where what was found, one sentence each.
    """

    secrets: dict[str, set[str]] = field(default_factory=dict)
    searched: dict[str, int] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    _words: dict[bytes, str] = field(default_factory=dict)
    _texts: dict[bytes, str] = field(default_factory=dict)

    def plant(self, kind: str, *values: str) -> None:
        """Add secrets of a kind; of a text of many lines each line counts by itself, of a token each part.

        Tokens are many: of them only the first part, which all have, is searched for inside longer words too.
        """
        for value in values:
            self.secrets.setdefault(kind, set()).add(value)
            parts = {part for line in value.splitlines() for part in line.split(".")} | {value}
            for part in parts:
                if len(part) >= 16 and not part.startswith("-----"):
                    self._words[part.encode()] = kind
            if not kind.endswith("token"):
                self._texts |= {part.encode(): kind for part in parts if len(part) >= 16 and "-----" not in part}
            elif "." in value:
                self._texts[value.partition(".")[0].encode()] = kind

    def look_into(self, place_kind: str, name: str, content: bytes) -> None:
        """Search one place, in clear and through every disguise."""
        self.searched[place_kind] = self.searched.get(place_kind, 0) + 1
        for disguise, view in views(content):
            found = {self._words[word] for word in set(_WORD.findall(view)) & self._words.keys()}
            found |= {kind for secret, kind in self._texts.items() if secret in view}
            self.found += [f"{kind} in {name}, {disguise}" for kind in sorted(found)]

    def look_into_file(self, path: Path, name: str) -> None:
        """Search a file; of a notebook also its metadata, widget state and outputs as their reader gets them."""
        content = path.read_bytes()
        self.look_into("files", name, content)
        if path.suffix == ".ipynb":
            notebook = json.loads(content)
            for key, value in notebook["metadata"].items():
                kind = "widget states" if key == "widgets" else "notebook metadata"
                self.look_into(kind, f"{name} metadata {key}", _plain(value))
            for number, cell in enumerate(notebook["cells"]):
                self.look_into("notebook metadata", f"{name} cell {number} metadata", _plain(cell["metadata"]))
                for output in cell.get("outputs", []):
                    self.look_into("cell outputs", f"{name} cell {number} output", _plain(output))


def views(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield content as it is, backwards, and with everything decoded in it that could be an encoded secret."""
    yield "in clear", content
    yield "backwards", content[::-1]
    if b"%" in content:
        yield "in URL form", urllib.parse.unquote_to_bytes(content.replace(b"+", b" "))
    if b"\\" in content:
        yield "as a JSON string", _unescaped(content)
    hexadecimal = {word for run in _HEX.findall(content) for word in (run, run[1:-1])}
    yield "in hexadecimal", b"\n".join(filter(None, map(_from_hex, hexadecimal)))
    runs = set(_BASE64.findall(content))
    # What was encoded with something before it starts anywhere in a group of four.
    yield "in Base64", b"\n".join(_from_base64(run[start:]) for run in runs for start in range(4))


def _plain(value: object) -> bytes:
    """Return the strings of a JSON value as their reader gets them."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, list):
        return b"\n".join(map(_plain, value))
    if isinstance(value, dict):
        return b"\n".join(part for key, item in value.items() for part in (_plain(key), _plain(item)))
    return str(value).encode()


def _unescaped(content: bytes) -> bytes:
    """Undo the escapes of JSON and of Python's repr, once and twice: an output quotes what a log quoted."""
    for _ in range(2):
        content = re.sub(rb"\\u00([0-9a-fA-F]{2})", lambda match: bytes.fromhex(match[1].decode()), content)
        content = re.sub(rb'\\([\\/"\'])', lambda match: match[1], content).replace(b"\\n", b"\n")
    return content


def _from_hex(run: bytes) -> bytes:
    return bytes.fromhex(run[: len(run) // 2 * 2].decode())


def _from_base64(run: bytes) -> bytes:
    standard = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(standard[: len(standard) // 4 * 4])
    except binascii.Error:
        return b""
