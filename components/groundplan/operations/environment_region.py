"""The region of a deployed environment."""

import os
from collections.abc import Mapping
from typing import Any

from groundplan.command_line.errors import CommandError


def region_of(named: str | None, exports: Mapping[str, Any]) -> str:
    """Returns the region: the named one, that of the exports, or that of the process'
    environment. Raises `CommandError` if none is known."""
    targets = (exports.get("releaseTargets") or {}).values()
    exported = [target.get("region") for target in targets if isinstance(target, Mapping)]
    topic = str(exports.get("alarmTopicArn") or "").split(":")
    candidates = (
        named,
        exports.get("region"),
        *exported,
        topic[3] if len(topic) > 4 else None,
        os.environ.get("AWS_REGION"),
        os.environ.get("AWS_DEFAULT_REGION"),
    )
    region = next((str(candidate) for candidate in candidates if candidate), None)
    if region is None:
        raise CommandError("No region is known. Fix: --region, or set AWS_REGION")
    return region
