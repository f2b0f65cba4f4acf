from typing import Any

import pulumi
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.policy.check import check
from groundplan.problems import Problem
from groundplan.testing import deploy
from groundplan.training.job.training_job import TrainingJob

DIGEST = "@sha256:" + "a" * 64
ECR = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/churn{DIGEST}"
GOOD: Any = {
    "on": "cluster",
    "image": ECR,
    "code": {"repository": "https://git.example.com/churn", "revision": "b" * 40},
    "datasets": {"train": {"uri": "s3://data/churn/1/", "version": f"churn@sha256:{'1' * 64}"}},
    "artifacts": {
        "bucket_name": "artifacts",
        "bucket_arn": "arn:aws:s3:::artifacts",
        "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
    },
}
SAGEMAKER: Any = {**GOOD, "on": "sagemaker", "sagemaker": {"instance_type": "ml.m5.xlarge"}}


def problems(args: Any, name: str = "churn", project: str = "project") -> dict[str, Problem]:
    raised: list[InvalidArguments] = []
    try:
        deploy(lambda: TrainingJob(name, args), project=project)
    except InvalidArguments as error:
        raised.append(error)
    for refused in raised:
        registered = refused.manifest  # type: ignore[attr-defined]
        assert not [r for r in registered if not r.type.startswith(("groundplan:", "pulumi:"))]
    return {problem.key: problem for refused in raised for problem in refused.problems}


def dataset(**changed: Any) -> dict[str, Any]:
    return {
        "datasets": {
            "train": {"uri": "s3://data/churn/1/", "version": f"churn@sha256:{'1' * 64}", **changed}
        }
    }


def secret(where: Any) -> dict[str, Any]:
    return {"secrets": {"HF_TOKEN": where}}


def on_cluster(**chosen: Any) -> dict[str, Any]:
    return {"cluster": chosen}


@pytest.mark.parametrize(
    ("change", "key", "said"),
    [
        ({"image": "ghcr.io/example/churn:1.4"}, "image", "by its digest"),
        ({"image": "ghcr.io/example/churn@sha256:abc"}, "image", "64 hexadecimal digits"),
        (
            {"code": {"repository": "https://g/c", "revision": "main"}},
            "code.revision",
            "git rev-parse main",
        ),
        (
            {"code": {"repository": "https://g/c", "revision": "B" * 40}},
            "code.revision",
            "lower case",
        ),
        ({"code": {"repository": "my repo", "revision": "b" * 40}}, "code.repository", "URL"),
        ({"code": {"repository": "https://g/c"}}, "code.revision", "is missing"),
        ({"datasets": {}}, "datasets", "at least one dataset"),
        (
            {"datasets": {"Train": {"uri": "s3://data/c/", "version": f"churn@sha256:{'1' * 64}"}}},
            "datasets.Train",
            "lower-case",
        ),
        (dataset(uri="s3://data/churn/1"), "datasets.train.uri", "write churn/1/"),
        (dataset(uri="s3://data/*/"), "datasets.train.uri", "without * or ?"),
        (dataset(uri="data/churn/1/"), "datasets.train.uri", "s3://BUCKET/FOLDER/"),
        (dataset(version=" "), "datasets.train.version", "groundplan dataset commit"),
        (dataset(version="2026-11-01"), "datasets.train.version", "groundplan dataset commit"),
        (dataset(version="2026-11-01t10:00"), "datasets.train.version", "DATASET@sha256"),
        (dataset(version="v1 of the export"), "datasets.train.version", "DATASET@sha256"),
        (dataset(version="clicks@sha256:12"), "datasets.train.version", "dataset show clicks"),
        (dataset(version="Clicks@x"), "datasets.train.version", "dataset show DATASET"),
        (dataset(version="sha256:" + "a" * 64), "datasets.train.version", "DATASET@sha256"),
        (dataset(version="clicks:latest"), "datasets.train.version", "another version tomorrow"),
        ({"parameters": {"layers": [1, 2]}}, "parameters.layers", "as JSON text"),
        ({"parameters": {"rate": float("nan")}}, "parameters.rate", "finite"),
        ({"parameters": {"text": "x" * 200_001}}, "parameters", "200000 characters"),
        ({"environment": {"1A": "x"}}, "environment.1A", "rename the variable"),
        ({"environment": {"MASTER_ADDR": "x"}}, "environment.MASTER_ADDR", "sets by itself"),
        ({"environment": {"PET_NNODES": "x"}}, "environment.PET_NNODES", "sets by itself"),
        ({"environment": {"HF_TOKEN": "abc"}}, "environment.HF_TOKEN", "secrets.HF_TOKEN"),
        ({"environment": {"LOG": "ghp_" + "a" * 36}}, "environment.LOG", "no passwords"),
        (
            {"environment": {"PYTHONHASHSEED": "1"}, "seed": 1},
            "environment.PYTHONHASHSEED",
            "beside seed",
        ),
        (
            {
                "environment": {"HF_TOKEN": "/run/t"},
                **secret({"kubernetes_secret": "a", "key": "b"}),
            },
            "secrets.HF_TOKEN",
            "remove one",
        ),
        (secret({"kubernetes_secret": "hf"}), "secrets.HF_TOKEN.key", "is missing"),
        (secret({"key": "token"}), "secrets.HF_TOKEN.kubernetes_secret", "cluster finds it"),
        (
            secret({"kubernetes_secret": "No Name", "key": "token"}),
            "secrets.HF_TOKEN.kubernetes_secret",
            "never its value",
        ),
        (
            secret({"kubernetes_secret": "hf", "key": "to ken"}),
            "secrets.HF_TOKEN.key",
            "never its value",
        ),
        (
            secret({"kubernetes_secret": "hf", "key": "k", "secret_arn": "hunter2"}),
            "secrets.HF_TOKEN.secret_arn",
            "an ARN",
        ),
        ({"seed": -1}, "seed", "0 to 4294967295"),
        ({"nodes": 0}, "nodes", "1 to 1000"),
        ({"accelerators": 17}, "accelerators", "0 to 16"),
        ({"processes_per_node": 0}, "processes_per_node", "1 to"),
        ({"cpu": 0}, "cpu", "1 to"),
        ({"memory_gib": 0}, "memory_gib", "GiB"),
        ({"max_runtime_seconds": 28 * 86400 + 1}, "max_runtime_seconds", "2419200"),
        ({"max_restarts": 31}, "max_restarts", "0 to 30"),
        ({"checkpoint_prefix": "checkpoints"}, "checkpoint_prefix", 'write "checkpoints/"'),
        ({"checkpoint_prefix": ""}, "checkpoint_prefix", "folder"),
        ({"output_prefix": "a/*/"}, "output_prefix", "folder"),
        ({"output_prefix": ""}, "output_prefix", "folder"),
        ({"job_name": "Churn"}, "job_name", "lower-case"),
        ({"job_name": "9churn"}, "job_name", "a letter first"),
        ({"job_name": "c" * 49}, "job_name", "at most 48"),
        (
            secret({"kubernetes_secret": "hf", "key": "k", "secret_arn": "x"}),
            "secrets.HF_TOKEN.secret_arn",
            "something else",
        ),
        ({"on": "laptop"}, "on", "cluster, sagemaker"),
        ({"acelerators": 1}, "acelerators", "did you mean accelerators"),
        (on_cluster(namespace="Vision"), "cluster.namespace", "name of the namespace"),
        (on_cluster(pool="gpu_1"), "cluster.pool", "Kubernetes object"),
        (on_cluster(queue="a b"), "cluster.queue", "Kubernetes object"),
        (on_cluster(priority="HIGH"), "cluster.priority", "Kubernetes object"),
        (
            on_cluster(service_account="a/b"),
            "cluster.service_account",
            "name of the service account",
        ),
        (on_cluster(efa_interfaces=33), "cluster.efa_interfaces", "0 to 32"),
        (on_cluster(user_id=0), "cluster.user_id", "0 is root"),
        (
            {"sagemaker": {"instance_type": "ml.g5.13xlarge"}},
            "sagemaker.instance_type",
            "did you mean",
        ),
    ],
)
def test_what_no_run_can_do_is_refused_with_its_fix(
    change: dict[str, Any], key: str, said: str
) -> None:
    found = problems({**GOOD, **change})

    assert set(found) == {key}
    assert said in str(found[key])


def sagemaker(**chosen: Any) -> dict[str, Any]:
    return {"sagemaker": {"instance_type": "ml.m5.xlarge", **chosen}}


@pytest.mark.parametrize(
    ("change", "key", "said"),
    [
        ({"image": f"ghcr.io/example/churn{DIGEST}"}, "image", "Amazon ECR"),
        (sagemaker(instance_type="ml.inf2.xlarge"), "sagemaker.instance_type", "known values"),
        (
            sagemaker(instance_type="m5.xlarge"),
            "sagemaker.instance_type",
            'did you mean "ml.m5.xlarge"',
        ),
        (sagemaker(volume_gib=0), "sagemaker.volume_gib", "1 to 16384"),
        (sagemaker(kms_key_arn="alias/x"), "sagemaker.kms_key_arn", "not its alias"),
        (
            sagemaker(instance_type="ml.g5.xlarge", kms_key_arn=GOOD["artifacts"]["kms_key_arn"]),
            "sagemaker.kms_key_arn",
            "local NVMe",
        ),
        (sagemaker(max_wait_seconds=90_000), "sagemaker.max_wait_seconds", "nothing without spot"),
        (
            sagemaker(max_wait_seconds=100, spot=True),
            "sagemaker.max_wait_seconds",
            "at least max_runtime_seconds",
        ),
        (
            sagemaker(network={"vpc_id": "vpc-1", "subnet_ids": []}),
            "sagemaker.network.subnet_ids",
            "1 to 16",
        ),
        (sagemaker(dataset_mode="pipe"), "sagemaker.dataset_mode", "fast-file, file"),
        ({"accelerators": 1}, "accelerators", "0, all that ml.m5.xlarge has"),
        (
            {
                "accelerators": 1,
                "accelerator_kind": "neuron",
                **sagemaker(instance_type="ml.g5.xlarge"),
            },
            "accelerator_kind",
            "nvidia",
        ),
        ({"cpu": 5}, "cpu", "at most 4"),
        ({"memory_gib": 17}, "memory_gib", "at most 16"),
        (
            {
                "datasets": {
                    f"d{i}": {"uri": "s3://data/c/", "version": f"churn@sha256:{'1' * 64}"}
                    for i in range(21)
                }
            },
            "datasets",
            "20 channels",
        ),
        ({"parameters": {f"p{i}": i for i in range(101)}}, "parameters", "100 hyperparameters"),
        ({"parameters": {"p" * 257: 1}}, f"parameters.{'p' * 257}", "256"),
        ({"parameters": {"text": "x" * 2501}}, "parameters.text", "2500"),
        ({"parameters": {"text": "a\nb"}}, "parameters.text", "one line"),
        ({"environment": {f"V{i}": "" for i in range(61)}}, "environment", "at most 60"),
        ({"environment": {"LEVEL": "x" * 513}}, "environment.LEVEL", "512"),
        ({"command": ["a"] * 101}, "command", "100 words"),
        ({"arguments": ["a" * 257]}, "arguments[0]", "256"),
        (
            secret({"secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}),
            "sagemaker.network_isolation",
            "an isolated container",
        ),
        (
            {
                **secret({"kubernetes_secret": "hf", "key": "k"}),
                **sagemaker(network_isolation=False),
            },
            "secrets.HF_TOKEN.secret_arn",
            "sagemaker",
        ),
    ],
)
def test_what_sagemaker_cannot_do_is_refused_with_its_fix(
    change: dict[str, Any], key: str, said: str
) -> None:
    found = problems({**SAGEMAKER, **change})

    assert set(found) == {key}
    assert said in str(found[key])


def test_sagemaker_requires_its_settings() -> None:
    (problem,) = problems({**GOOD, "on": "sagemaker"}).values()

    assert problem.key == "sagemaker"
    assert "instance_type" in problem.fix


def test_limits_of_sagemaker_do_not_bind_a_cluster() -> None:
    args = {
        **GOOD,
        "image": f"ghcr.io/example/churn{DIGEST}",
        "parameters": {f"p{i}": "x\n" * 100 for i in range(101)},
        "environment": {"LEVEL": "x" * 513},
        "arguments": ["a" * 257],
    }
    assert problems(args) == {}


def test_names_that_suggest_no_secret_are_valid() -> None:
    environment = {
        "MAX_TOTAL_TOKENS": "4096",
        "HF_TOKEN_PATH": "/run/token",
        "TOKEN_TTL": "60",
        "EMPTY_TOKEN": "",
    }

    assert problems({**GOOD, "environment": environment}) == {}


def test_a_project_whose_name_fits_no_host_takes_a_job_name() -> None:
    assert set(problems(GOOD, project="Deep_Learning")) == {"job_name"}
    assert problems({**GOOD, "job_name": "churn"}, project="Deep_Learning") == {}


def test_all_that_is_wrong_is_said_at_once() -> None:
    wrong = {
        **SAGEMAKER,
        "image": "churn:latest",
        "code": {"repository": "x", "revision": "main"},
        "datasets": {},
        "nodes": 0,
        "environment": {"DB_PASSWORD": "hunter2"},
        "sagemaker": {"instance_type": "ml.nothing", "volume_gib": 0},
        "wat": 1,
    }
    found = problems(wrong)

    assert set(found) == {
        "image",
        "code.revision",
        "datasets",
        "nodes",
        "environment.DB_PASSWORD",
        "sagemaker.instance_type",
        "sagemaker.volume_gib",
        "wat",
    }
    assert "hunter2" not in "\n".join(str(problem) for problem in found.values())


def test_what_is_not_known_yet_is_left_to_the_cloud() -> None:
    def unknown(text: str) -> pulumi.Output[str]:
        return pulumi.Output.from_input(text)

    def program() -> None:
        args: Any = {
            **SAGEMAKER,
            "image": unknown("not an image"),
            "environment": {"TRACKING_URI": unknown("x" * 600)},
            **dataset(uri=unknown("s3://later/")),
        }
        TrainingJob("churn", args)

    deploy(program)


def test_a_parameter_has_to_be_known() -> None:
    def program() -> None:
        args: Any = {**GOOD, "parameters": {"rate": pulumi.Output.from_input(0.1)}}
        TrainingJob("churn", args)

    with pytest.raises(InvalidArguments, match=r"parameters\.rate .* known when the program runs"):
        deploy(program)


@pytest.mark.parametrize("args", [GOOD, SAGEMAKER], ids=["cluster", "sagemaker"])
def test_a_run_breaks_no_rule_of_the_policy(args: Any) -> None:
    plan = deploy(lambda: TrainingJob("churn", args))

    assert check(plan.manifest) == []


def test_a_version_is_a_reference_by_digest() -> None:
    assert problems({**GOOD, **dataset(version=f"clicks@sha256:{'a' * 64}")}) == {}
