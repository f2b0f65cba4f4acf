"""Reads the YAML and JSON files that people and other programs write: within limits,
with errors that name the file, the line and the key."""

import json
import pathlib
from typing import Any

from groundplan.manifest import yaml_text
from groundplan.manifest.yaml_text import TextError

MAX_JSON_BYTES = 256_000_000
"""Size of a JSON file. States of thousands of resources have some 10 MB."""
MAX_JSON_DEPTH = 100
"""Levels of nested objects and arrays in a JSON file."""


class FileError(Exception):
    """A file that can't be read; the message names the file, the line and the key."""


def read_yaml(file: pathlib.Path) -> Any:
    """Returns the data in a YAML file. Raises `FileError`."""
    try:
        return yaml_text.parse(yaml_text.decode(read_bytes(file, yaml_text.MAX_BYTES)))
    except TextError as error:
        raise FileError(located(file, error)) from None


def read_json(file: pathlib.Path) -> Any:
    """Returns the data in a JSON file. Raises `FileError`."""
    data = read_bytes(file, MAX_JSON_BYTES)
    try:
        return parse_json(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(f"{file}:{line} can't be read as JSON: it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise FileError(f"{file}:{error.lineno} can't be read as JSON: {error.msg}") from None
    except ValueError as error:
        raise FileError(f"{file} can't be read as JSON: {error}") from None


def parse_json(text: str) -> Any:
    """Returns the data in a JSON text. Raises `ValueError`: also for NaN and Infinity,
    which are not JSON, and for a text that is nested too deep."""
    try:
        data = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError(f"it is nested deeper than {MAX_JSON_DEPTH} levels") from None
    if _is_deeper(data, MAX_JSON_DEPTH):
        raise ValueError(f"it is nested deeper than {MAX_JSON_DEPTH} levels")
    return data


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON value")


def _is_deeper(data: Any, depth: int) -> bool:
    level = [data]
    for _ in range(depth):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return False
    return any(isinstance(value, dict | list) for value in level)


def read_bytes(file: pathlib.Path, longest: int) -> bytes:
    """Returns the content of a file. Raises `FileError` for one of more than `longest`
    bytes."""
    try:
        with file.open("rb") as stream:
            data = stream.read(longest + 1)
    except (OSError, ValueError) as error:
        raise FileError(f"{file} can't be read: {getattr(error, 'strerror', error)}") from None
    if len(data) > longest:
        raise FileError(f"{file} is larger than {longest:,} bytes, which is allowed")
    return data


def located(file: pathlib.Path, error: TextError) -> str:
    """Returns the text of an error with its file, line and key."""
    place = f"{file}:{error.line}" if error.line else str(file)
    return f"{place}: {error.key} {error.problem}" if error.key else f"{place} {error.problem}"
