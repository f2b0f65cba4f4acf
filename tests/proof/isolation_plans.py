"""Plans of two teams and the jobs of no team, for the tests of proofs.

`faulty.json` is what an environment registered before its teams were isolated, without
what a proof does not read: every team mounts the root of the Lustre file system, and
reads every dataset; jobs of no team write every model."""

import copy
import json
import pathlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from groundplan.manifest.model import Manifest

Data = dict[str, Any]
HERE = pathlib.Path(__file__).parent
TEAMS = ("forecasting", "research")
BUCKET = "${artifacts-bucket.arn}"
ENTRIES = {"forecasting": "churn", "research": "fraud", "training": "churn"}
"""Team -> the entry of each collection that it is granted."""


@cache
def _text() -> str:
    return (HERE / "faulty.json").read_text(encoding="utf-8")


def faulty() -> Data:
    """Returns the plan whose teams are not isolated, as data."""
    data: Data = json.loads(_text())
    return data


@cache
def _isolated_text() -> str:
    data = faulty()
    for resource in data["resources"]:
        team = team_of(resource)
        if resource["type"].endswith(":RolePolicy"):
            policy = resource["inputs"]["policy"]
            for collection in ("datasets", "models", "checkpoints"):
                policy = policy.replace(f"{collection}/*", f"{collection}/{ENTRIES[team]}/*")
            policy = policy.replace("mlflow/*", f"teams/{team}/mlflow/*")
            resource["inputs"]["policy"] = policy
        if resource["type"].endswith(":PersistentVolume"):
            attributes = resource["inputs"]["spec"]["csi"]["volumeAttributes"]
            if "mountname" in attributes:
                attributes["mountname"] += f"/teams/{team}"
    jobs = copy.deepcopy(named(data, "training-team-forecasting-network-policy"))
    jobs["urn"] = jobs["urn"].replace("training-team-forecasting", "training-jobs")
    jobs["name"] = "training-jobs-network-policy"
    jobs["inputs"]["metadata"]["namespace"] = "training"
    data["resources"].append(jobs)
    return json.dumps(data)


def isolated() -> Data:
    """Returns the same plan with its teams isolated: a directory per team, grants per
    dataset and model, a network policy per namespace."""
    data: Data = json.loads(_isolated_text())
    return data


def manifest(data: Data) -> Manifest:
    """Returns the manifest of a plan."""
    return Manifest.from_data(data)


def named(data: Data, name: str) -> Data:
    """Returns the one resource of a name."""
    (found,) = (r for r in data["resources"] if r["name"] == name)
    resource: Data = found
    return resource


def role(team: str) -> str:
    """Returns the logical name of a team's role."""
    return "training-jobs-access" if team == "training" else f"training-team-{team}-access"


def team_of(resource: Data) -> str:
    """Returns the team in a resource's name; `training` for the jobs of no team."""
    return next((team for team in TEAMS if team in resource["name"]), "training")


def statements(data: Data, name: str, field: str = "policy") -> list[Data]:
    """Returns the statements of a resource's policy."""
    found: list[Data] = json.loads(named(data, name)["inputs"][field])["Statement"]
    return found


def change(
    data: Data, name: str, edit: Callable[[list[Data]], object], field: str = "policy"
) -> None:
    """Changes the statements of a resource's policy."""
    document = json.loads(named(data, name)["inputs"][field])
    edit(document["Statement"])
    named(data, name)["inputs"][field] = json.dumps(document, sort_keys=True)


def allow(data: Data, team: str, **statement: Any) -> None:
    """Adds a statement to the policy of a team's role."""
    entry = {"Sid": "Planted", "Effect": "Allow", **statement}
    change(data, f"{role(team)}-policy", lambda entries: entries.append(entry))


def add(data: Data, type_: str, name: str, inputs: Data, provider: bool = False) -> Data:
    """Adds a resource to a plan."""
    cluster = named(data, "training-namespace")["options"]["provider"]
    resource = {
        "urn": f"urn:pulumi:rich-sagemaker::groundplan::{type_}::{name}",
        "type": type_,
        "name": name,
        "parent": None,
        "custom": True,
        "source": "infra/planted.py:1",
        "inputs": inputs,
        **({"options": {"provider": cluster}} if provider else {}),
    }
    data["resources"].append(resource)
    return resource


def of_type(data: Data, ending: str) -> Iterator[Data]:
    """Returns the resources whose type ends so."""
    return (r for r in data["resources"] if r["type"].endswith(ending))
