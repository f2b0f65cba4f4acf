"""The result of `aws.iam.get_policy_document`, as the provider computes it.

Source: terraform-provider-aws, internal/service/iam/policy_document_data_source.go and
policy_model.go. Different is only the text: a single value is in a list too.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.manifest import documents
from groundplan.manifest.symbol_names import SYMBOL, UNTIL, unknown_until

DEFAULT_VERSION, FIRST_VERSION = "2012-10-17", "2008-10-17"

ELEMENTS = (
    ("actions", "Action"),
    ("notActions", "NotAction"),
    ("resources", "Resource"),
    ("notResources", "NotResource"),
)


class InvalidPolicyDocument(Exception):
    """Arguments that the provider refuses."""


class _Unreadable(Exception):
    """A document whose content isn't known."""


def result(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the result; with a document that isn't known, `json` is unknown."""
    try:
        text = json.dumps(_document(arguments), sort_keys=True)
    except _Unreadable as error:
        text = _unknown(str(error))
    return {**arguments, "json": text, "minifiedJson": text, "id": "policy-document"}


def _document(arguments: Mapping[str, Any]) -> dict[str, Any]:
    merged = _Merged()
    sids: set[str] = set()
    for number, text in enumerate(_texts(arguments, "sourceJson", "sourcePolicyDocuments")):
        document = _parsed(text, "source_policy_documents")
        for sid in _sids(document):
            if sid in sids:
                raise InvalidPolicyDocument(
                    f"duplicate Sid ({sid}) in source_policy_documents (item {number}). "
                    "Fix: remove the Sid, or give each statement another one"
                )
            sids.add(sid)
        merged.add(document)
    merged.add(_own(arguments))
    for text in _texts(arguments, "overridePolicyDocuments", "overrideJson"):
        merged.add(_parsed(text, "override_policy_documents"))
    return merged.document()


class _Merged:
    """Documents that are merged in their order: a statement replaces the one that has
    its `Sid`, and is added otherwise."""

    def __init__(self) -> None:
        self._id = self._version = ""
        self._statements: list[Mapping[str, Any]] = []

    def add(self, document: Mapping[str, Any]) -> None:
        self._id = document.get("Id") or self._id
        self._version = max(self._version, document.get("Version") or "")
        for statement in documents.statements(document):
            sid = statement.get("Sid")
            same = [i for i, each in enumerate(self._statements) if sid and each.get("Sid") == sid]
            if same:
                self._statements[same[0]] = statement
            else:
                self._statements.append(statement)

    def document(self) -> dict[str, Any]:
        identifier = {"Id": self._id} if self._id else {}
        return {"Version": self._version, **identifier, "Statement": self._statements}


def _texts(arguments: Mapping[str, Any], *names: str) -> Iterator[str]:
    """Yields the documents in these arguments, each a text or a list of them."""
    for name in names:
        value = arguments.get(name)
        yield from [text for text in (value if isinstance(value, list) else [value]) if text]


def _parsed(text: str, argument: str) -> Mapping[str, Any]:
    document = documents.parse_json(text)
    if isinstance(document, Mapping):
        statements = document.get("Statement")
        empty = statements is None or statements == []
        if empty or documents.statements(document):
            return document
    if "${" in text:
        raise _Unreadable(text)
    raise InvalidPolicyDocument(f"{argument} has a text that is no IAM policy: {text[:80]!r}")


def _unknown(text: str) -> str:
    """Returns the symbol for a document that depends on the symbols in `text`."""
    names: list[str] = []
    for match in SYMBOL.finditer(text):
        inner = match[1]
        if inner.startswith(UNTIL):
            names += inner.removeprefix(UNTIL).split(", ")
        else:
            names.append(inner.split("(")[0] if "(" in inner else inner.rsplit(".", 1)[0])
    return unknown_until(*dict.fromkeys(names))


def _sids(document: Mapping[str, Any]) -> Iterator[str]:
    return (s["Sid"] for s in documents.statements(document) if s.get("Sid"))


def _own(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the document of the arguments themselves."""
    version = arguments.get("version") or DEFAULT_VERSION
    statements = [_statement(entry, version) for entry in arguments.get("statements") or ()]
    sids = [statement["Sid"] for statement in statements if "Sid" in statement]
    for sid in sids:
        if sids.count(sid) > 1:
            raise InvalidPolicyDocument(
                f"duplicate Sid ({sid}). Fix: remove the Sid, or give each statement another one"
            )
    return {"Version": version, "Id": arguments.get("policyId"), "Statement": statements}


def _statement(entry: Mapping[str, Any], version: str) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": entry.get("effect") or "Allow"}
    if entry.get("sid"):
        statement["Sid"] = entry["sid"]
    for key, element in ELEMENTS:
        if entry.get(key):
            values = _values(entry[key])
            is_resource = element.endswith("Resource")
            statement[element] = _variables(values, version) if is_resource else values
    for key, element in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if entry.get(key):
            statement[element] = _principals(entry[key], version)
    if entry.get("conditions"):
        statement["Condition"] = _conditions(entry["conditions"], version)
    return statement


def _values(values: Sequence[str]) -> list[str]:
    """Returns the values of a set, in the provider's order."""
    return sorted(set(values), reverse=True)


def _variables(values: Sequence[str], version: str) -> list[str]:
    """Returns the values with `&{...}`, the provider's spelling of policy variables, as
    `${...}`."""
    if version == FIRST_VERSION and any("&{" in value for value in values):
        raise InvalidPolicyDocument(
            f"policy variables such as &{{aws:username}} need a newer version than {version}"
        )
    return [re.sub(r"&\{", "${", value) for value in values]


def _principals(blocks: Sequence[Mapping[str, Any]], version: str) -> Any:
    """Returns the principals of all blocks; `*` includes all others."""
    if any(block["type"] == "*" for block in blocks):
        return "*"
    principals: dict[str, list[str]] = {}
    for block in blocks:
        values = _variables(_values(block.get("identifiers") or ()), version)
        present = principals.setdefault(block["type"], [])
        present += [value for value in values if value not in present]
    return principals


def _conditions(
    blocks: Sequence[Mapping[str, Any]], version: str
) -> dict[str, dict[str, list[str]]]:
    """Returns the conditions: values of the same test and variable are one list, in
    order."""
    conditions: dict[str, dict[str, list[str]]] = {}
    for block in blocks:
        values = _variables(block.get("values") or (), version)
        conditions.setdefault(block["test"], {}).setdefault(block["variable"], []).extend(values)
    return conditions
