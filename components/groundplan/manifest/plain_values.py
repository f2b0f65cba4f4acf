"""Values of the engine's protocol as plain data for a manifest."""

import hashlib
import os
import pathlib
from dataclasses import dataclass
from typing import Any

from pulumi.runtime import rpc

from groundplan.manifest import named_unknowns
from groundplan.manifest.model import SECRET, symbol
from groundplan.manifest.symbol_names import unknown_until


@dataclass(frozen=True)
class PlainValues:
    """Reads protobuf values; paths of assets are relative to the project's folder."""

    root: pathlib.Path
    """The project's folder."""
    program: pathlib.Path
    """The folder of the program's own files."""

    def fields(self, fields: Any) -> dict[str, Any]:
        """Returns the fields of an object, ordered by name."""
        return {key: self.value(value, ()) for key, value in sorted(fields.items())}

    def value(self, value: Any, dependencies: tuple[str, ...]) -> Any:
        """A protobuf value as plain data: a secret is hidden, an asset is its digest,
        an unknown value names its dependencies."""
        kind = value.WhichOneof("kind")
        if kind == "string_value":
            return _text(value.string_value, dependencies)
        if kind == "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        if kind == "bool_value":
            return value.bool_value
        if kind == "list_value":
            return [self.value(item, dependencies) for item in value.list_value.values]
        if kind != "struct_value":
            return None
        fields = value.struct_value.fields
        if rpc._special_sig_key in fields:
            return self._special_value(fields)
        return {key: self.value(item, dependencies) for key, item in sorted(fields.items())}

    def _special_value(self, fields: Any) -> Any:
        signature = fields[rpc._special_sig_key].string_value
        if signature == rpc._special_secret_sig:
            return SECRET
        if signature == rpc._special_resource_sig:
            return symbol(fields["urn"].string_value.rsplit("::", 1)[-1])
        return _asset(fields, self.root, self.program)


def relative_path(file: pathlib.Path, root: pathlib.Path) -> str:
    """Returns the path of a file from the project's folder; with `..` where the program
    is outside of it (`main: ../infra`)."""
    return pathlib.Path(os.path.relpath(file, root)).as_posix()


def _text(text: str, dependencies: tuple[str, ...]) -> str:
    if not named_unknowns.is_unknown(text):
        return text
    names = named_unknowns.names(text) or dict.fromkeys(
        urn.rsplit("::", 1)[-1] for urn in dependencies
    )
    return unknown_until(*names) if names else symbol("unknown")


def _asset(fields: Any, root: pathlib.Path, program: pathlib.Path) -> dict[str, Any]:
    """An asset or archive: its path from the project's folder, and the digest of its
    content."""
    if "text" in fields:
        return {
            "asset": "text",
            "sha256": hashlib.sha256(fields["text"].string_value.encode()).hexdigest(),
        }
    if "assets" in fields:
        members = fields["assets"].struct_value.fields
        return {
            "archive": {
                key: _asset(member.struct_value.fields, root, program)
                for key, member in sorted(members.items())
            }
        }
    if "uri" in fields:
        return {"asset": fields["uri"].string_value}
    path = pathlib.Path(fields["path"].string_value)
    resolved = (pathlib.Path.cwd() / path).resolve()
    folders = (root.resolve(), program.resolve())
    inside = any(resolved.is_relative_to(folder) for folder in folders)
    name = relative_path(resolved, folders[0]) if inside else path.name
    return {"asset": name, "sha256": _digest(resolved)}


def _digest(path: pathlib.Path) -> str:
    """Returns the digest of a file, or of all files below a folder with their paths,
    without compiled Python files."""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        if "__pycache__" not in file.parts:
            if file != path:
                digest.update(file.relative_to(path).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
