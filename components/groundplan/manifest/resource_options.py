"""The resource options that a registration sets, by engine name."""

from typing import Any


def resource_options(request: Any) -> dict[str, Any]:
    """Returns the resource options that are set."""
    options: dict[str, Any] = {
        "protect": request.protect if request.HasField("protect") else None,
        "retainOnDelete": request.retainOnDelete if request.HasField("retainOnDelete") else None,
        "deleteBeforeReplace": request.deleteBeforeReplace
        if request.deleteBeforeReplaceDefined
        else None,
        "ignoreChanges": list(request.ignoreChanges),
        "replaceOnChanges": list(request.replaceOnChanges),
        "additionalSecretOutputs": sorted(request.additionalSecretOutputs),
        "aliases": [_alias(alias) for alias in request.aliases],
        "import": request.importId,
        "provider": request.provider.rsplit("::", 1)[0],  # URN::ID
        "deletedWith": request.deletedWith,
        "replaceWith": sorted(request.replace_with),
        "remote": request.remote or None,
    }
    timeouts = request.customTimeouts
    options["customTimeouts"] = {
        k: getattr(timeouts, k) for k in ("create", "update", "delete") if getattr(timeouts, k)
    }
    return {
        key: value
        for key, value in options.items()
        if value is not None and value not in ("", [], {})
    }


def _alias(alias: Any) -> Any:
    if alias.WhichOneof("alias") == "urn":
        return alias.urn
    spec = alias.spec
    parts = {
        key: getattr(spec, key)
        for key in ("name", "type", "stack", "project", "parentUrn")
        if getattr(spec, key)
    }
    return parts | ({"noParent": True} if spec.noParent else {})
