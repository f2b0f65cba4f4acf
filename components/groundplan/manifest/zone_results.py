"""The results of the invokes for availability zones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from groundplan.facts import regions
from groundplan.manifest.invoke_place import Place
from groundplan.manifest.model import symbol

UNLISTED_ZONES = 3
"""Zones that a region gets which is not in `zones.csv`, or isn't known: most have
three."""


@dataclass(frozen=True)
class Zone:
    """A zone of a region."""

    name: str
    zone_id: str
    region: str

    @property
    def attributes(self) -> Mapping[str, str]:
        """What a filter can ask for (EC2 API Reference, DescribeAvailabilityZones)."""
        return {
            "zone-name": self.name,
            "zone-id": self.zone_id,
            "region-name": self.region,
            "state": "available",
            "opt-in-status": "opt-in-not-required",
            "zone-type": "availability-zone",
            "network-border-group": self.region,
            "group-name": f"{self.region}-zg-1",
        }


OTHER_KINDS = {
    "zone-type": {"local-zone", "wavelength-zone"},
    "opt-in-status": {"opted-in", "not-opted-in"},
}
"""Values of filters that select Local Zones and Wavelength Zones, of which nothing is
known here."""


def zones(arguments: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """`aws.get_availability_zones`. Zones are taken to be open."""
    place = place.at(arguments)
    excluded = {*arguments.get("excludeNames", ()), *arguments.get("excludeZoneIds", ())}
    selected = [
        zone
        for zone in _all(place)
        if not {zone.name, zone.zone_id} & excluded and _matches(zone, arguments)
    ]
    names = [zone.name for zone in selected]
    ids = [zone.zone_id for zone in selected]
    groups = [zone.attributes["group-name"] for zone in selected]
    if _selects_other_kinds(arguments):
        call = f"getAvailabilityZones({place.region.strip('${}')})"
        names.append(symbol(f"{call}.names"))
        ids.append(symbol(f"{call}.zoneIds"))
        groups.append(symbol(f"{call}.groupNames"))
    return {
        **arguments,
        "names": names,
        "zoneIds": ids,
        "groupNames": list(dict.fromkeys(groups)),
        "id": place.region,
        "region": place.region,
        "state": arguments.get("state"),
    }


def zone(arguments: Mapping[str, Any], place: Place) -> dict[str, Any] | None:
    """`aws.get_availability_zone`; `None` where no zone is known to be the one."""
    place = place.at(arguments)
    wanted = {
        "zone-name": arguments.get("name"),
        "zone-id": arguments.get("zoneId"),
        "state": arguments.get("state"),
    }
    selected = [
        zone
        for zone in _all(place)
        if _matches(zone, arguments)
        and all(value in (None, zone.attributes[key]) for key, value in wanted.items())
    ]
    if len(selected) != 1:
        return None
    (only,) = selected
    return {
        **arguments,
        "id": only.name,
        "name": only.name,
        "zoneId": only.zone_id,
        "nameSuffix": only.name.removeprefix(only.region),
        "region": only.region,
        "state": "available",
        "optInStatus": "opt-in-not-required",
        "zoneType": "availability-zone",
        "groupName": only.attributes["group-name"],
        "groupLongName": symbol(f"{only.name}.groupLongName"),
        "networkBorderGroup": only.region,
        "parentZoneId": "",
        "parentZoneName": "",
    }


def _all(place: Place) -> list[Zone]:
    known = regions.zones(place.region)
    if known:
        return [Zone(name, zone_id, place.region) for name, zone_id in known.items()]
    call = f"getAvailabilityZones({place.region.strip('${}')})"
    return [
        Zone(symbol(f"{call}.names[{index}]"), symbol(f"{call}.zoneIds[{index}]"), place.region)
        for index in range(UNLISTED_ZONES)
    ]


def _matches(zone: Zone, arguments: Mapping[str, Any]) -> bool:
    state = arguments.get("state")
    if state and state != "available":
        return False
    return all(_passes(zone, entry) for entry in _filters(arguments))


def _passes(zone: Zone, entry: Mapping[str, Any]) -> bool:
    attribute = zone.attributes.get(str(entry.get("name")))
    if attribute is None:
        return False  # only other kinds of zones have it: parent-zone-name
    values = entry.get("values") or ()
    return any(
        fnmatchcase(attribute, str(value)) or "${" in str(value) or "${" in attribute
        for value in values
    )


def _selects_other_kinds(arguments: Mapping[str, Any]) -> bool:
    """Returns whether zones may be among the result that aren't known here."""
    filters = _filters(arguments)
    if any(OTHER_KINDS.get(str(f.get("name")), set()) & {*f.get("values", ())} for f in filters):
        return True
    if any(str(f.get("name")) not in Zone("", "", "").attributes for f in filters):
        return True
    restricted = any(str(f.get("name")) in OTHER_KINDS for f in filters)
    return bool(arguments.get("allAvailabilityZones")) and not restricted


def _filters(arguments: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return arguments.get("filters") or ()
