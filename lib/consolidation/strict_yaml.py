"""YAML read strictly: a key that stands twice is an error, and each fault is one sentence that names its line."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError

from consolidation.errors import EngagementError

_EXAMPLE = "See parameters/ for a commented example."


class _StrictLoader(yaml.SafeLoader):
    """A loader that refuses a key that stands twice: the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise ConstructorError(None, None, "a key must be a word", key_node.start_mark)
            if key in seen:
                raise ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_keys(path: Path) -> dict[Any, Any]:
    """Read a YAML file that holds keys with their values.

    Raises:
        EngagementError: It cannot be read, is no YAML, holds a key twice, or holds no keys.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EngagementError([f"{path.name} cannot be read: {error}."], next_step="Save it as UTF-8.") from error
    try:
        values = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise EngagementError([f"{path.name}{_fault(error)}."], next_step="Correct the YAML.") from error
    except ValueError as error:  # what looks like a date and is none, such as 2026-02-30
        raise EngagementError(
            [f"{path.name}: {error}."], next_step="Correct the value, or put it in quotes."
        ) from error
    if not isinstance(values, dict):
        raise EngagementError([f"{path.name} holds no keys."], next_step=_EXAMPLE)
    return values


def _fault(error: yaml.YAMLError) -> str:
    """Say where and what: ` line 3, column 5: while parsing a block mapping, expected <block end>`."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return " is not YAML: it holds a character that YAML does not allow"
    mark = error.problem_mark or error.context_mark
    where = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    words = ", ".join(part for part in (error.context, error.problem) if part)
    return f"{where}: {words or 'it is not YAML'}"
