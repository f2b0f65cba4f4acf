import copy
import hashlib
import json
from typing import Any

import pytest
from groundplan.training import namespace_folders
from groundplan.training.job import record
from groundplan.training.job.args import TrainingJobArgs
from groundplan.training.job.choices import AcceleratorKind, DatasetMode, RunsOn
from groundplan.training.job.spec import TrainingJobSpec, resolve
from hypothesis import given, settings
from hypothesis import strategies as st

ARGS: Any = {
    "on": RunsOn.CLUSTER,
    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn@sha256:" + "a" * 64,
    "command": ["torchrun"],
    "arguments": ["train.py"],
    "code": {"repository": "https://git.example.com/churn", "revision": "b" * 40},
    "datasets": {"train": {"uri": "s3://data/churn/1/", "version": "1"}},
    "parameters": {"epochs": 3, "learning_rate": 0.1, "shuffle": True, "optimizer": "adam"},
    "environment": {"LEVEL": "info"},
    "secrets": {"HF_TOKEN": {"kubernetes_secret": "hf", "key": "token"}},
    "seed": 7,
    "nodes": 2,
    "accelerators": 4,
    "artifacts": {
        "bucket_name": "artifacts",
        "bucket_arn": "arn:aws:s3:::artifacts",
        "kms_key_arn": "key",
    },
    "cluster": {"pool": "gpu"},
    "sagemaker": {"instance_type": "ml.g5.12xlarge"},
}


def job(name: str = "churn", **changed: Any) -> TrainingJobSpec:
    args: TrainingJobArgs = {**copy.deepcopy(ARGS), **changed}  # type: ignore[typeddict-item]
    return resolve(name, f"shop-dev-{name}", args)


def identity(spec: TrainingJobSpec) -> str:
    return record.run_id(record.canonical(record.document(spec)))


def test_the_record_says_all_that_the_run_is_made_of() -> None:
    assert record.document(job()) == {
        "schema": 1,
        "name": "churn",
        "image": ARGS["image"],
        "command": ["torchrun"],
        "arguments": ["train.py"],
        "code": {"repository": "https://git.example.com/churn", "revision": "b" * 40},
        "datasets": {"train": {"uri": "s3://data/churn/1/", "version": "1"}},
        "parameters": {"epochs": 3, "learning_rate": 0.1, "shuffle": True, "optimizer": "adam"},
        "environment": {"LEVEL": "info"},
        "secrets": {"HF_TOKEN": {"kubernetes_secret": "hf", "key": "token"}},
        "seed": 7,
        "nodes": 2,
        "processes_per_node": 4,
        "max_runtime_seconds": 86400,
        "max_restarts": 3,
        "bucket": "artifacts",
        "checkpoint_prefix": "checkpoints/churn/",
        "output_prefix": "models/churn/",
        "on": "cluster",
        "accelerators": 4,
        "accelerator_kind": "nvidia",
        "cpu": 12,
        "memory_gib": 48,
        "cluster": {
            "namespace": "training",
            "queue": "default",
            "pool": "gpu",
            "priority": None,
            "service_account": "training",
            "efa_interfaces": 0,
            "user_id": 1000,
        },
    }


def test_on_sagemaker_the_instance_type_says_what_a_node_has() -> None:
    found = record.document(job(on=RunsOn.SAGEMAKER))

    assert found["on"] == "sagemaker"
    assert not {"cluster", "cpu", "memory_gib", "accelerators"} & set(found)
    assert found["sagemaker"] == {
        "instance_type": "ml.g5.12xlarge",
        "volume_gib": 100,
        "kms_key_arn": None,
        "dataset_mode": "fast-file",
        "spot": False,
        "max_wait_seconds": None,
        "network": None,
        "network_isolation": True,
        "traffic_encryption": True,
        "role_arn": None,
    }


def test_the_id_is_the_hash_of_the_canonical_record() -> None:
    text = record.canonical({"b": 1, "a": ["ü", None]})

    assert text == '{"a":["ü",null],"b":1}'
    assert record.run_id(text) == hashlib.sha256(text.encode()).hexdigest()
    assert record.short(record.run_id(text)) == record.run_id(text)[:10]


def test_an_id_never_changes_while_nobody_raises_the_schema() -> None:
    """Whoever makes this fail makes every user train anew: raise `record.SCHEMA`, and
    say so in the release notes."""
    assert identity(job()) == "9bb60cf1a4a0ae5761f4964f93a16e2845d6bca31f7a00eccee873e31ebde450"
    assert (
        identity(job(on=RunsOn.SAGEMAKER))
        == "89cc9e988dd5917f29ad36f842dcecf5a101a367732c0e04f09199b21855f7d0"
    )


CHANGES: list[dict[str, Any]] = [
    {"image": ARGS["image"][:-1] + "b"},
    {"command": ["python"]},
    {"command": []},
    {"arguments": ["train.py", "--fast"]},
    {"code": {"repository": "https://git.example.com/churn", "revision": "c" * 40}},
    {"code": {"repository": "https://git.example.com/other", "revision": "b" * 40}},
    {"datasets": {"train": {"uri": "s3://data/churn/1/", "version": "2"}}},
    {"datasets": {"train": {"uri": "s3://data/churn/2/", "version": "1"}}},
    {"datasets": {"test": {"uri": "s3://data/churn/1/", "version": "1"}}},
    {"parameters": {**ARGS["parameters"], "epochs": 4}},
    {"parameters": {**ARGS["parameters"], "epochs": "3"}},
    {"parameters": {**ARGS["parameters"], "epochs": True}},
    {"environment": {"LEVEL": "debug"}},
    {"secrets": {"HF_TOKEN": {"kubernetes_secret": "hf", "key": "other"}}},
    {"seed": 8},
    {"nodes": 3},
    {"processes_per_node": 2},
    {"max_runtime_seconds": 100},
    {"max_restarts": 0},
    {"checkpoint_prefix": "c/"},
    {"output_prefix": "m/"},
    {"artifacts": {**ARGS["artifacts"], "bucket_name": "other"}},
    {"on": RunsOn.SAGEMAKER},
]
ON_CLUSTER: list[dict[str, Any]] = [
    {"accelerators": 8},
    {"accelerator_kind": AcceleratorKind.NEURON},
    {"cpu": 5},
    {"memory_gib": 5},
    *(
        {"cluster": {**ARGS["cluster"], **change}}
        for change in (
            {"namespace": "vision"},
            {"queue": "q"},
            {"pool": "big"},
            {"priority": "high"},
            {"service_account": "s"},
            {"efa_interfaces": 1},
            {"user_id": 1001},
        )
    ),
]
ON_SAGEMAKER: list[dict[str, Any]] = [
    {"sagemaker": {**ARGS["sagemaker"], **change}}
    for change in (
        {"instance_type": "ml.m5.large"},
        {"volume_gib": 7},
        {"dataset_mode": DatasetMode.FILE},
        {"spot": True},
        {"spot": True, "max_wait_seconds": 99_999},
        {"network": {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1"]}},
        {"network_isolation": False},
        {"traffic_encryption": False},
        {"role_arn": "arn:aws:iam::123456789012:role/r"},
    )
]


def test_another_run_has_another_id() -> None:
    sagemaker = [{"on": RunsOn.SAGEMAKER, **change} for change in ON_SAGEMAKER]
    ids = [identity(job(**change)) for change in [{}, *CHANGES, *ON_CLUSTER, *sagemaker]]

    assert len(set(ids)) == len(ids)
    assert identity(job("fraud")) not in ids


@pytest.mark.parametrize(
    "change",
    [
        {"tags": {"team": "a"}},
        {"keep_runs": False},
        {"sagemaker": {"instance_type": "ml.p5.48xlarge"}},
    ],
)
def test_what_the_run_does_not_notice_leaves_its_id_alone(change: dict[str, Any]) -> None:
    assert identity(job(**change)) == identity(job())


def test_a_default_that_is_said_is_the_same_run() -> None:
    said = job(
        cpu=12,
        memory_gib=48,
        max_restarts=3,
        processes_per_node=4,
        output_prefix="models/churn/",
        cluster={"pool": "gpu", "namespace": "training", "user_id": 1000},
    )
    assert identity(said) == identity(job())


def test_a_whole_number_is_one_however_it_was_sent() -> None:
    sent = {**ARGS["parameters"], "epochs": 3.0}

    assert identity(job(parameters=sent)) == identity(job())
    assert record.parameters(sent) == {
        "epochs": "3",
        "learning_rate": "0.1",
        "optimizer": "adam",
        "shuffle": "true",
    }


VALUES = st.one_of(
    st.text(max_size=20),
    st.integers(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
)
PARAMETERS = st.dictionaries(st.text(min_size=1, max_size=10), VALUES, max_size=6)


def same(left: dict[str, Any], right: dict[str, Any]) -> bool:
    def plain(values: dict[str, Any]) -> dict[str, Any]:
        return {
            key: (type(record.number(value)).__name__, record.number(value))
            for key, value in values.items()
        }

    return plain(left) == plain(right)


@settings(deadline=None, max_examples=200)
@given(PARAMETERS, PARAMETERS)
def test_ids_are_equal_only_where_parameters_are(
    left: dict[str, Any], right: dict[str, Any]
) -> None:
    equal = identity(job(parameters=left)) == identity(job(parameters=right))
    assert equal == same(left, right)


@settings(deadline=None, max_examples=100)
@given(PARAMETERS, st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_change_the_id(parameters: dict[str, Any], random: Any) -> None:
    arguments = {**copy.deepcopy(ARGS), "parameters": parameters}
    items = list(parameters.items())
    random.shuffle(items)
    keys = list(arguments)
    random.shuffle(keys)
    shuffled: Any = {key: arguments[key] for key in keys} | {"parameters": dict(items)}

    assert list(shuffled) == keys
    assert identity(resolve("churn", "shop-dev-churn", shuffled)) == identity(
        job(parameters=parameters)
    )


@settings(deadline=None, max_examples=100)
@given(PARAMETERS)
def test_parameters_survive_the_way_into_the_file(parameters: dict[str, Any]) -> None:
    for key, text in record.parameters(parameters).items():
        given_value = parameters[key]
        assert (
            text == given_value if isinstance(given_value, str) else json.loads(text) == given_value
        )


@pytest.mark.parametrize("key", ["checkpoint_prefix", "output_prefix"])
def test_a_run_in_a_teams_namespace_writes_where_the_teams_role_lets_it(key: str) -> None:
    def folder(**changed: Any) -> str:
        return str(getattr(job(**changed), key))

    assert folder(cluster={"namespace": "vision"}).startswith(namespace_folders.prefix("vision"))
    assert folder(cluster={"namespace": "training"}) == folder(cluster={})
    assert "teams/" not in folder(on=RunsOn.SAGEMAKER, cluster={"namespace": "vision"})
    assert (
        folder(cluster={"namespace": "vision"}, checkpoint_prefix="a/", output_prefix="a/") == "a/"
    )
