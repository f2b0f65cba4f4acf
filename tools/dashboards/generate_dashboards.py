"""Writes Grafana's dashboards, which `MonitoringStack` installs.

They are built by Grafana's SDK here and are data in the library, so that its users do
not depend on the SDK.
"""

import json
import pathlib
from collections.abc import Mapping

import grafana_cluster
import grafana_drift
import grafana_endpoints
import grafana_gpus
import grafana_spending
import grafana_training
from grafana_foundation_sdk.cog.encoder import JSONEncoder

FOLDER = (
    pathlib.Path(__file__).parents[2] / "components" / "groundplan" / "monitoring" / "dashboards"
)
DASHBOARDS = {
    "cluster": grafana_cluster.build,
    "drift": grafana_drift.build,
    "drift-cluster": grafana_drift.build_of_cluster,
    "endpoints": grafana_endpoints.build,
    "gpu": grafana_gpus.build,
    "spending": grafana_spending.build,
    "training": grafana_training.build,
}


def files() -> Mapping[pathlib.Path, str]:
    """Returns file -> text."""
    return {
        FOLDER / f"{name}.json": json.dumps(
            json.loads(JSONEncoder(sort_keys=True).encode(build().build())),
            indent=1,
            sort_keys=True,
        )
        + "\n"
        for name, build in DASHBOARDS.items()
    }


if __name__ == "__main__":
    for file, text in files().items():
        file.write_text(text, encoding="utf-8")
