"""The contract of Partner Center, and what it says about one request and about one answer.

``check_request`` and ``check_answer`` raise an AssertionError that names the operation and the JSON path of the first
thing wrong; the one thing they do not hold against an answer is a field that the contract does not know.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import yaml
from contract.formats import FORMATS
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

FILE = Path(__file__).parent / "partner-center.openapi.yaml"
METHODS = ("get", "post", "put", "patch", "delete")
SERVICE_ROOTS = ("/v1/", "/v1.0/")
DOCUMENT = "urn:partner-center"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _WithoutDates(yaml.SafeLoader):
    """Leaves dates the text that they are on the wire."""


_WithoutDates.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Operation:
    """One operation of the contract.

    Attributes:
        identifier: The operationId.
        method: HTTP method in capitals.
        template: Path template, without the root of the service.
        pointer: JSON pointer of the operation in the contract.
        definition: What the contract says about it.
        confidence: documented, observed or inferred.
    """

    identifier: str
    method: str
    template: str
    pointer: str
    definition: Mapping[str, Any]

    @property
    def confidence(self) -> str:
        """How sure the contract is of this operation."""
        return str(self.definition["x-confidence"])

    def path_values(self, path: str) -> dict[str, str] | None:
        """Return the path parameters when a path fits the template, else None."""
        given, wanted = path.strip("/").split("/"), self.template.strip("/").split("/")
        if len(given) != len(wanted):
            return None
        pairs = list(zip(wanted, given, strict=True))
        if any(not name.startswith("{") and name.lower() != value.lower() for name, value in pairs):
            return None
        return {name[1:-1]: unquote(value) for name, value in pairs if name.startswith("{") and value}


class Contract:
    """The contract, read once.

    Attributes:
        operations: All operations by operationId.
    """

    def __init__(self, file: Path = FILE) -> None:
        # The loader is a SafeLoader that reads less.
        self.document: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=_WithoutDates)  # noqa: S506
        resource = Resource(contents=self.document, specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(DOCUMENT, resource)
        self.operations = {one.identifier: one for one in self._read()}
        # Literal segments win over parameters (the contract's conventions).
        self._by_literals = sorted(
            self.operations.values(), key=lambda one: [part.startswith("{") for part in one.template.split("/")]
        )

    def operation(self, method: str, path: str) -> Operation:
        """Return the operation that a call belongs to; the path may carry the root of the service and a query.

        Raises:
            AssertionError: The contract has no such operation.
        """
        bare = urlsplit(path).path
        for root in SERVICE_ROOTS:
            if bare.startswith(root):
                bare = bare[len(root) - 1 :]
        fitting = [one for one in self._by_literals if one.path_values(bare) is not None]
        best = fitting[0].template if fitting else None
        for one in fitting:
            if one.template == best and one.method == method.upper():
                return one
        raise AssertionError(f"{method} {path}: no such operation in the contract")

    def check_request(
        self, method: str, path: str, query: Mapping[str, str] | None, headers: Mapping[str, str], body: Any = None
    ) -> Operation:
        """Hold a request to the contract and return its operation.

        Args:
            method: HTTP method.
            path: Path, with or without the root of the service; a query in it counts too.
            query: Query parameters, not encoded.
            headers: Headers, in any case.
            body: Bytes as sent, or the JSON value; None or b"" when there is none.

        Raises:
            AssertionError: The request is not valid; the message names operation and JSON path.
        """
        operation = self.operation(method, path)
        url = urlsplit(path)
        asked = {**dict(parse_qsl(url.query, keep_blank_values=True)), **(query or {})}
        sent = {name.lower(): value for name, value in headers.items()}
        self._check_parameters(operation, url.path, asked, sent)
        if operation.definition.get("security", self.document["security"]) and not sent.get(
            "authorization", ""
        ).lower().startswith("bearer "):
            raise AssertionError(f"{operation.identifier}: header Authorization: a bearer token is needed")
        self._check_request_body(operation, sent, body)
        return operation

    def check_answer(
        self, method: str, path: str, status: int, headers: Mapping[str, str], body: Any = None
    ) -> Operation:
        """Hold an answer to the contract and return its operation.

        Args:
            method: HTTP method of the request.
            path: Path of the request.
            status: HTTP status.
            headers: Headers, in any case.
            body: Bytes as received, or the JSON value; None or b"" when there is none.

        Raises:
            AssertionError: The answer is not valid; the message names operation and JSON path.
        """
        operation = self.operation(method, path)
        answers = operation.definition["responses"]
        key = str(status) if str(status) in answers else "default"
        if key not in answers:
            raise AssertionError(f"{operation.identifier}: status {status} is not in the contract")
        pointer, answer = self._resolve(f"{operation.pointer}/responses/{key}", answers[key])
        where = f"{operation.identifier} {status}"
        received = {name.lower(): value for name, value in headers.items()}
        for name in answer.get("headers", {}):
            place, header = self._resolve(f"{pointer}/headers/{name}", answer["headers"][name])
            if name.lower() in received:
                value = _from_text(received[name.lower()], self._type(header["schema"]))
                self._check(f"{where} header {name}", f"{place}/schema", value)
        content = answer.get("content")
        if not content:
            if body:
                raise AssertionError(f"{where}: a body where the contract has none")
            return operation
        if body is None or body == b"":
            raise AssertionError(f"{where}: no body where the contract has one")
        kind = received.get("content-type", "application/json").partition(";")[0].strip()
        if kind not in content:
            raise AssertionError(f"{where}: content type {kind} is not in the contract")
        if "schema" in content[kind]:
            self._check(where, f"{pointer}/content/{_escaped(kind)}/schema", _json(where, body))
        return operation

    def examples(self) -> Iterator[tuple[Operation, str, str, Any]]:
        """Return every example of an answer once: operation, status, name of the example, JSON value.

        An answer that many operations share is given with the first of them.
        """
        given = set()
        for operation in self.operations.values():
            for status, answer in operation.definition["responses"].items():
                pointer, resolved = self._resolve(f"{operation.pointer}/responses/{status}", answer)
                if pointer in given:
                    continue
                given.add(pointer)
                for content in resolved.get("content", {}).values():
                    if "example" in content:
                        yield operation, status, "example", content["example"]
                    for name, example in content.get("examples", {}).items():
                        yield operation, status, name, example["value"]

    def _read(self) -> Iterator[Operation]:
        for template, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    pointer = f"#/paths/{_escaped(template)}/{method}"
                    definition = item[method]
                    yield Operation(definition["operationId"], method.upper(), template, pointer, definition)

    def _parameters(self, operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
        root = operation.pointer.rsplit("/", 1)[0]
        for place, rows in (
            (root, self.document["paths"][operation.template].get("parameters", [])),
            (operation.pointer, operation.definition.get("parameters", [])),
        ):
            for number, row in enumerate(rows):
                yield self._resolve(f"{place}/parameters/{number}", row)

    def _check_parameters(
        self, operation: Operation, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> None:
        rows = list(self._parameters(operation))
        known = {row["name"] for _, row in rows if row["in"] == "query"}
        for name in query:
            if name not in known:
                raise AssertionError(f"{operation.identifier}: query {name}: not in the contract")
        segments = next(
            found
            for root in ("", "/v1", "/v1.0")
            if (found := operation.path_values(path.removeprefix(root))) is not None
        )
        for place, row in rows:
            given = {"path": segments, "query": query, "header": headers}[row["in"]]
            name = row["name"].lower() if row["in"] == "header" else row["name"]
            where = f"{operation.identifier}: {row['in']} {row['name']}"
            if name in given:
                self._check(where, f"{place}/schema", _from_text(given[name], self._type(row["schema"])))
            elif row.get("required"):
                raise AssertionError(f"{where}: missing")

    def _check_request_body(self, operation: Operation, headers: Mapping[str, str], body: Any) -> None:
        where = f"{operation.identifier} request"
        empty = body is None or body == b""
        if "requestBody" not in operation.definition:
            # Recorded clients send an empty object where nothing is asked for.
            if not empty and _json(where, body) != {}:
                raise AssertionError(f"{where}: a body where the contract has none")
            return
        pointer, wanted = self._resolve(f"{operation.pointer}/requestBody", operation.definition["requestBody"])
        if empty:
            if wanted.get("required"):
                raise AssertionError(f"{where}: no body where the contract needs one")
            return
        default = next(iter(wanted["content"]))
        kind = headers.get("content-type", default).partition(";")[0].strip()
        if kind not in wanted["content"]:
            raise AssertionError(f"{where}: content type {kind} is not in the contract")
        value = dict(parse_qsl(_text(body))) if kind.endswith("form-urlencoded") else _json(where, body)
        self._check(where, f"{pointer}/content/{_escaped(kind)}/schema", value)

    def _check(self, where: str, pointer: str, value: Any) -> None:
        reference = {"$ref": DOCUMENT + quote(pointer, safe="#/~")}
        validator = Draft202012Validator(reference, registry=self._registry, format_checker=FORMATS)
        error = best_match(validator.iter_errors(value))
        if error is not None:
            raise AssertionError(f"{where}: {error.json_path}: {error.message[:300]}")

    def _resolve(self, pointer: str, node: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        while "$ref" in node:
            pointer = node["$ref"]
            node = self.document
            for part in pointer.removeprefix("#/").split("/"):
                node = node[part.replace("~1", "/").replace("~0", "~")]
        return pointer, node

    def _type(self, schema: dict[str, Any]) -> str:
        return str(self._resolve("", schema)[1].get("type", "string"))


@cache
def contract() -> Contract:
    """Return the contract, read once in a process."""
    return Contract()


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _from_text(text: str, kind: str) -> Any:
    """Return a value of a query or header as its schema means it; what does not fit stays text, and is refused."""
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text


def _text(body: Any) -> str:
    return body.removeprefix(BYTE_ORDER_MARK).decode("utf-8") if isinstance(body, bytes) else str(body)


def _json(where: str, body: Any) -> Any:
    if not isinstance(body, bytes):
        return body
    try:
        return json.loads(_text(body))
    except ValueError as error:
        raise AssertionError(f"{where}: the body is not JSON: {error}") from error
