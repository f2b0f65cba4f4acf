"""A version that is a snapshot of an Iceberg table: Iceberg keeps its files, and this
module what identifies them. Needs pyiceberg."""

import hashlib
from collections.abc import Mapping
from typing import Any

from groundplan.data.versions.errors import Refused


def load(catalog: str, name: str) -> Any:
    """Returns a table of pyiceberg. Raises `Refused`."""
    try:
        from pyiceberg.catalog import load_catalog  # type: ignore[import-not-found]
        from pyiceberg.exceptions import (  # type: ignore[import-not-found]
            NoSuchNamespaceError,
            NoSuchTableError,
        )
    except ImportError:
        raise Refused("--table needs pyiceberg. Fix: pip install 'groundplan[iceberg]'") from None
    try:
        return load_catalog(catalog).load_table(name)
    except (NoSuchNamespaceError, NoSuchTableError):
        raise Refused(f"The catalog {catalog} has no table {name}. Fix: name one of it") from None
    except ValueError as error:  # of the catalog's configuration
        raise Refused(
            f"The catalog {catalog} can't be used: {error}. Fix: describe it in ~/.pyiceberg.yaml"
        ) from None


def snapshot(table: Any) -> dict[str, Any]:
    """Returns what identifies the current snapshot of a table."""
    current = table.current_snapshot()
    if current is None:
        raise Refused(f"{_name(table)} has no snapshot. Fix: write data into it first")
    with table.io.new_input(table.metadata_location).open() as stream:
        digest = hashlib.sha256(stream.read()).hexdigest()
    summary = current.summary
    return {
        "table": _name(table),
        "uuid": str(table.metadata.table_uuid),
        "snapshot_id": current.snapshot_id,
        "schema_id": current.schema_id,
        "metadata_location": table.metadata_location,
        "metadata_sha256": digest,
        "records": summary["total-records"] if summary else None,
    }


def schema(table: Any) -> Mapping[str, Any]:
    """Returns the columns of a table."""
    columns = [{"name": f.name, "type": str(f.field_type)} for f in table.schema().fields]
    return {"format": "iceberg", "columns": columns}


def _name(table: Any) -> str:
    return ".".join(table.name())
