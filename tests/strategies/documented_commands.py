"""Runs commands of the AWS CLI, as the guides have them, with boto3 against moto."""

import datetime
import pathlib
import re
import shlex
from collections.abc import Mapping
from typing import Any

import jmespath  # type: ignore[import-untyped]

SERVICES = {"s3api": "s3"}
"""The CLI's name of a service -> boto3's, where they differ."""
OPTION = re.compile(r"--[a-z]+(-[a-z]+)*")
FILE = "file"
"""The key of an argument that no option takes: the file that is written."""
NAMES = {"Db": "DB", "Vpc": "Vpc"}
"""Words of parameters that are no plain capitals."""


def run(clients: Mapping[str, Any], command: str | list[str]) -> Any:
    """Runs a command, and returns what its query selects, None without one. Lists are
    read to their end, as the CLI does."""
    words = shlex.split(command) if isinstance(command, str) else command
    assert words[0] == "aws", words
    client = clients[SERVICES.get(words[1], words[1])]
    operation, options = words[2].replace("-", "_"), _options(words[3:])
    file, body = options.pop(FILE, None), options.pop("Body", None)
    if body is not None:
        options["Body"] = pathlib.Path(body).read_bytes()
    query, form = options.pop("Query", None), options.pop("Output", "json")
    if client.can_paginate(operation):
        answer = client.get_paginator(operation).paginate(**options).build_full_result()
    else:
        answer = getattr(client, operation)(**_typed(client, operation, options))
    if file is not None:
        pathlib.Path(file).write_bytes(answer["Body"].read())
    assert form == ("text" if query else "json")
    return jmespath.search(query, _texts(answer)) if query else None


def _options(words: list[str]) -> dict[str, Any]:
    """Returns the options, by the names of boto3's parameters: a flag is true."""
    found: dict[str, Any] = {}
    name = ""
    for word in words:
        if OPTION.fullmatch(word):
            parts = [part.capitalize() for part in word[2:].split("-")]
            name = "".join(NAMES.get(part, part) for part in parts)
            found[name] = True
            continue
        found[name or FILE] = word
        name = ""
    return found


def _typed(client: Any, operation: str, options: dict[str, Any]) -> dict[str, Any]:
    """Returns the options as the types of the service: a list of one is a list."""
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
    members = model.input_shape.members
    return {
        key: [value] if members[key].type_name == "list" else value
        for key, value in options.items()
    }


def _texts(value: Any) -> Any:
    """Returns an answer with its times as text, as the AWS CLI has them."""
    if isinstance(value, dict):
        return {key: _texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime.datetime) else value
