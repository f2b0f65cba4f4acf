"""The requests of SageMaker's jobs, from a record and from an evaluation. Pure.

A training job is what `TrainingJob` registers for the same record
(`groundplan.training.job.sagemaker_job`); the record has no role's ARN where one was
created for it, and no security groups, which the settings have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.retraining.engine.services import Evaluation, Refused, TrainingRun
from groundplan.retraining.engine.settings import RetrainingSettings
from groundplan.training.job import container, record

MODES = {"fast-file": "FastFile", "file": "File"}
FIRST_HOST = "algo-1"
PROCESSING = "/opt/ml/processing"
"""The folder of a processing job's inputs and outputs (SageMaker Developer Guide,
"How Amazon SageMaker Processing Configures Your Processing Container")."""
FOLDERS = {
    "candidate": "GROUNDPLAN_CANDIDATE",
    "champion": "GROUNDPLAN_CHAMPION",
    "held_out": "GROUNDPLAN_INPUT_HELD_OUT",
    "recent": "GROUNDPLAN_INPUT_RECENT",
}
"""Inputs of an evaluation, and the variables with their folders."""


@dataclass(frozen=True)
class _Recorded:
    """What the container's variables say of a run."""

    code: Mapping[str, Any]
    datasets: Mapping[str, Any]
    seed: int | None


def training(run: TrainingRun, settings: RetrainingSettings) -> dict[str, Any]:
    """Returns the request of CreateTrainingJob."""
    document = run.record
    own = document.get("sagemaker")
    if not isinstance(own, Mapping):
        raise Refused(
            "The champion was trained on a cluster, and this pipeline trains on SageMaker. Fix: "
            "train on the cluster, see docs/guides/retrain-a-model.md"
        )
    # The function may pass the role of its settings only.
    role = settings.training.role_arn or own.get("role_arn")
    if not role:
        raise Refused("The champion's record names no role. Fix: set training.role_arn")
    nodes = int(document["nodes"])
    request: dict[str, Any] = {
        "TrainingJobName": run.name,
        "RoleArn": role,
        "AlgorithmSpecification": {
            "TrainingImage": document["image"],
            "TrainingInputMode": MODES[own["dataset_mode"]],
            **({"ContainerEntrypoint": document["command"]} if document["command"] else {}),
            **({"ContainerArguments": document["arguments"]} if document["arguments"] else {}),
        },
        "Environment": _environment(run, nodes),
        "InputDataConfig": [
            _channel(name, str(data["uri"]), run.manifests.get(name), MODES[own["dataset_mode"]])
            for name, data in sorted(document["datasets"].items())
        ],
        "CheckpointConfig": {
            "S3Uri": f"s3://{document['bucket']}/{document['checkpoint_prefix']}{run.id}",
            "LocalPath": container.CHECKPOINTS,
        },
        "OutputDataConfig": {
            "S3OutputPath": f"s3://{document['bucket']}/{document['output_prefix']}{run.id}",
            "CompressionType": "GZIP",
            **_key("KmsKeyId", settings.training.kms_key_arn),
        },
        "ResourceConfig": {
            "InstanceType": own["instance_type"],
            "InstanceCount": nodes,
            **_volume(own),
        },
        "StoppingCondition": {
            "MaxRuntimeInSeconds": document["max_runtime_seconds"],
            **({"MaxWaitTimeInSeconds": own["max_wait_seconds"]} if own["spot"] else {}),
        },
        "EnableManagedSpotTraining": own["spot"],
        "EnableNetworkIsolation": own["network_isolation"],
        "EnableInterContainerTrafficEncryption": own["traffic_encryption"],
        "Tags": [{"Key": "groundplan:run-id", "Value": run.id}],
    }
    if parameters := record.parameters(document["parameters"]):
        request["HyperParameters"] = parameters
    if document["max_restarts"]:
        request["RetryStrategy"] = {"MaximumRetryAttempts": document["max_restarts"]}
    if own.get("network"):
        request["VpcConfig"] = _network(own["network"]["subnet_ids"], settings)
    return request


def evaluation(job: Evaluation, settings: RetrainingSettings) -> dict[str, Any]:
    """Returns the request of CreateProcessingJob."""
    own = settings.evaluation
    role = own.role_arn or settings.training.role_arn
    if not role:
        raise Refused("The evaluation has no role. Fix: set evaluation.role_arn")
    sources = {"candidate": job.candidate_uri, "champion": job.champion_uri, **job.data}
    inputs = {name: uri for name, uri in sources.items() if uri}
    output = f"{PROCESSING}/output"
    request: dict[str, Any] = {
        "ProcessingJobName": job.name,
        "RoleArn": role,
        "AppSpecification": {
            "ImageUri": job.image,
            **({"ContainerEntrypoint": list(job.command)} if job.command else {}),
        },
        "Environment": {
            **{FOLDERS[name]: f"{PROCESSING}/{name}/" for name in inputs},
            "GROUNDPLAN_CHAMPION_ID": job.champion_id,
            "GROUNDPLAN_RUN_ID": job.run,
            "GROUNDPLAN_OUTPUT": f"{output}/",
        },
        "ProcessingInputs": [_input(name, uri) for name, uri in sorted(inputs.items())],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "metrics",
                    "S3Output": {
                        "S3Uri": job.output_uri.rstrip("/"),
                        "LocalPath": output,
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ],
            **_key("KmsKeyId", settings.kms_key_arn),
        },
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceCount": 1,
                "InstanceType": own.instance_type,
                "VolumeSizeInGB": own.volume_gib,
                **_key("VolumeKmsKeyId", settings.training.kms_key_arn),
            }
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": own.max_runtime_seconds},
        "NetworkConfig": {"EnableNetworkIsolation": True},
    }
    if own.subnet_ids:
        request["NetworkConfig"]["VpcConfig"] = {
            "Subnets": list(own.subnet_ids),
            "SecurityGroupIds": list(own.security_group_ids),
        }
    return request


def _environment(run: TrainingRun, nodes: int) -> dict[str, str]:
    document = run.record
    recorded = _Recorded(document["code"], document["datasets"], document.get("seed"))
    locations = {
        "datasets": {name: f"{container.DATA}/{name}/" for name in document["datasets"]},
        "output": f"{container.MODEL}/",
        "checkpoints": f"{container.CHECKPOINTS}/",
    }
    identity = {"id": run.id, "record": run.record_uri}
    host = FIRST_HOST if nodes > 1 else "localhost"
    secrets = {f"{name}_ARN": data["secret_arn"] for name, data in document["secrets"].items()}
    endpoint = f"{host}:{container.RENDEZVOUS_PORT}"
    return {
        **document["environment"],
        **container.environment(recorded, identity, locations),
        **container.tracking(document),
        **container.rendezvous(nodes, document["processes_per_node"], host, endpoint, run.id),
        **secrets,
    }


def _channel(name: str, uri: str, manifest: str | None, mode: str) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "InputMode": mode,
        "DataSource": {
            "S3DataSource": {
                **_source(manifest or uri, is_list=manifest is not None),
                # Each node has all objects, as on a cluster; the program distributes
                # them.
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }


def _input(name: str, uri: str) -> dict[str, Any]:
    source = _source(uri, is_list=uri.endswith(".manifest.json"))
    return {
        "InputName": name.replace("_", "-"),
        "S3Input": {
            **source,
            "LocalPath": f"{PROCESSING}/{name}",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
        },
    }


def _source(uri: str, is_list: bool) -> dict[str, str]:
    return {"S3DataType": "ManifestFile" if is_list else "S3Prefix", "S3Uri": uri}


def _network(subnets: list[str], settings: RetrainingSettings) -> dict[str, Any]:
    groups = list(settings.training.security_group_ids)
    if not groups:
        raise Refused(
            "The champion was trained in a VPC, and no security group is named. Fix: set "
            "training.security_group_ids"
        )
    return {"Subnets": list(subnets), "SecurityGroupIds": groups}


def _volume(own: Mapping[str, Any]) -> dict[str, Any]:
    """Without a key, the volume is local NVMe of a fixed size."""
    key = own.get("kms_key_arn")
    return {"VolumeSizeInGB": own["volume_gib"], "VolumeKmsKeyId": key} if key else {}


def _key(name: str, arn: str | None) -> dict[str, str]:
    return {name: arn} if arn else {}
