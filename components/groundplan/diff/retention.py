"""What leaves a stack and stays in the cloud."""

from groundplan import catalog
from groundplan.manifest.model import Resource


def input_of(resource: Resource) -> str:
    """Returns the option or the input by which a resource stays in the cloud when it
    leaves the program; empty where it is deleted."""
    if not resource.custom:
        return ""
    if resource.option("retainOnDelete"):
        return "retainOnDelete"
    entry = catalog.find(resource.type)
    parts = (entry.data, entry.service) if entry else ()
    for name in (part.retained_if for part in parts if part):
        if name and str(resource.inputs.get(name)).lower() == "true":
            return name
    return ""
