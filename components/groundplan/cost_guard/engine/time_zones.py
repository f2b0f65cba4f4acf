"""Time zones by their IANA names."""

import datetime
import zoneinfo
from functools import cache


@cache
def zone(name: str) -> datetime.tzinfo:
    """Returns the time zone. Where the system has no database of them, as a runtime of
    Lambda may not, it is read of the one that comes with boto3's own dependencies.
    Raises `ValueError` for a name that neither has."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        pass
    from dateutil import zoneinfo as bundled  # type: ignore[import-untyped]

    found: datetime.tzinfo | None = bundled.get_zonefile_instance().get(name)
    if found is None:
        raise ValueError(f"no time zone is named {name}")
    return found
