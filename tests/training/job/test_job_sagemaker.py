import copy
from typing import Any

import pytest
from groundplan.facts import training_instances
from groundplan.testing import deploy, policy
from groundplan.testing.deploy import Plan
from groundplan.training.job.training_job import TrainingJob

JOB = "aws:sagemaker/trainingJob:TrainingJob"
ROLE, ROLE_POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
KEY = "arn:aws:kms:us-east-1:123456789012:key/artifacts"
DIGEST = "@sha256:" + "a" * 64
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:hugging-face-AbCdEf"
MINIMAL: Any = {
    "on": "sagemaker",
    "image": f"123456789012.dkr.ecr.us-east-1.amazonaws.com/churn{DIGEST}",
    "code": {"repository": "https://git.example.com/churn", "revision": "b" * 40},
    "datasets": {"train": {"uri": "s3://data/churn/1/", "version": f"churn@sha256:{'1' * 64}"}},
    "artifacts": {
        "bucket_name": "artifacts",
        "bucket_arn": "arn:aws:s3:::artifacts",
        "kms_key_arn": KEY,
    },
    "sagemaker": {"instance_type": "ml.m5.xlarge"},
}
FULL: Any = {
    **MINIMAL,
    "command": ["torchrun"],
    "arguments": ["train.py", "--note=$(NOTE)"],
    "datasets": {
        "train": {
            "uri": "s3://data/churn/1/",
            "version": f"churn@sha256:{'1' * 64}",
            "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/data",
        },
        "test": {"uri": "s3://artifacts/datasets/test/", "version": f"churn@sha256:{'3' * 64}"},
    },
    "parameters": {"epochs": 3, "learning_rate": 0.1},
    "environment": {"LEVEL": "info"},
    "secrets": {"HF_TOKEN": {"secret_arn": SECRET}},
    "seed": 7,
    "nodes": 2,
    "accelerators": 4,
    "max_runtime_seconds": 3600,
    "max_restarts": 5,
    "job_name": "churn",
    "sagemaker": {
        "instance_type": "ml.g5.12xlarge",
        "dataset_mode": "file",
        "spot": True,
        "max_wait_seconds": 9000,
        "network": {"vpc_id": "vpc-1", "subnet_ids": ["subnet-a", "subnet-b"]},
        "network_isolation": False,
        "traffic_encryption": False,
    },
    "tags": {"team": "vision"},
}


def run(args: Any) -> Plan:
    return deploy(lambda: TrainingJob("churn", copy.deepcopy(args)))


def output(plan: Plan, name: str) -> Any:
    return plan.one("groundplan:index:TrainingJob").outputs[name]


@pytest.fixture(scope="module")
def minimal() -> Plan:
    return run(MINIMAL)


@pytest.fixture(scope="module")
def full() -> Plan:
    return run(FULL)


def test_a_minimal_run_is_isolated_encrypted_and_resumable(minimal: Plan) -> None:
    """The whole job: whoever changes it raises `record.SCHEMA`, as SageMaker refuses to
    change a job that is there."""
    identity = output(minimal, "runId")

    assert output(minimal, "jobName") == f"project-test-churn-{identity[:10]}"
    assert minimal.one(JOB, "churn-job").inputs == {
        "trainingJobName": f"project-test-churn-{identity[:10]}",
        "roleArn": "${churn-role.arn}",
        "algorithmSpecification": {
            "trainingImage": MINIMAL["image"],
            "trainingInputMode": "FastFile",
        },
        "environment": {
            "GROUNDPLAN_RUN_ID": identity,
            "GROUNDPLAN_RECORD": f"s3://artifacts/runs/churn/{identity}/run.json",
            "GROUNDPLAN_CODE_REVISION": "b" * 40,
            "GROUNDPLAN_PARAMETERS_FILE": "/opt/ml/input/config/hyperparameters.json",
            "GROUNDPLAN_INPUT_TRAIN": "/opt/ml/input/data/train/",
            "GROUNDPLAN_OUTPUT": "/opt/ml/model/",
            "GROUNDPLAN_CHECKPOINTS": "/opt/ml/checkpoints/",
            "MASTER_ADDR": "localhost",
            "MASTER_PORT": "29500",
            "NNODES": "1",
            "NPROC_PER_NODE": "1",
            "PET_NNODES": "1",
            "PET_NPROC_PER_NODE": "1",
            "PET_RDZV_BACKEND": "c10d",
            "PET_RDZV_ENDPOINT": "localhost:29400",
            "PET_RDZV_ID": identity,
        },
        "inputDataConfigs": [
            {
                "channelName": "train",
                "inputMode": "FastFile",
                "dataSource": {
                    "s3DataSource": {
                        "s3DataType": "S3Prefix",
                        "s3Uri": "s3://data/churn/1/",
                        "s3DataDistributionType": "FullyReplicated",
                    }
                },
            }
        ],
        "checkpointConfig": {
            "s3Uri": f"s3://artifacts/checkpoints/churn/{identity}",
            "localPath": "/opt/ml/checkpoints",
        },
        "outputDataConfig": {
            "s3OutputPath": f"s3://artifacts/models/churn/{identity}",
            "kmsKeyId": KEY,
            "compressionType": "GZIP",
        },
        "resourceConfig": {
            "instanceType": "ml.m5.xlarge",
            "instanceCount": 1,
            "volumeSizeInGb": 100,
            "volumeKmsKeyId": KEY,
        },
        "stoppingCondition": {"maxRuntimeInSeconds": 86400},
        "retryStrategy": {"maximumRetryAttempts": 3},
        "enableManagedSpotTraining": False,
        "enableNetworkIsolation": True,
        "enableInterContainerTrafficEncryption": False,
        "tags": {"groundplan:component": "churn", "groundplan:run-id": identity},
    }
    assert not minimal.all(GROUP)
    model = f"s3://artifacts/models/churn/{identity}/{output(minimal, 'jobName')}/output/"
    assert output(minimal, "outputUri") == model


def test_full_run_uses_every_argument(full: Plan) -> None:
    job, identity = full.one(JOB).inputs, output(full, "runId")

    assert job["trainingJobName"] == f"churn-{identity[:10]}"
    assert job["algorithmSpecification"] == {
        "trainingImage": FULL["image"],
        "trainingInputMode": "File",
        "containerEntrypoints": ["torchrun"],
        "containerArguments": ["train.py", "--note=$(NOTE)"],
    }
    assert job["hyperParameters"] == {"epochs": "3", "learning_rate": "0.1"}
    assert [channel["channelName"] for channel in job["inputDataConfigs"]] == ["test", "train"]
    assert {channel["inputMode"] for channel in job["inputDataConfigs"]} == {"File"}
    assert job["stoppingCondition"] == {"maxRuntimeInSeconds": 3600, "maxWaitTimeInSeconds": 9000}
    assert job["retryStrategy"] == {"maximumRetryAttempts": 5}
    assert job["enableManagedSpotTraining"] is True
    assert (job["enableNetworkIsolation"], job["enableInterContainerTrafficEncryption"]) == (
        False,
        False,
    )
    assert job["vpcConfig"] == {
        "subnets": ["subnet-a", "subnet-b"],
        "securityGroupIds": ["${churn-security-group.id}"],
    }
    assert job["tags"] == {
        "groundplan:component": "churn",
        "groundplan:run-id": identity,
        "team": "vision",
    }
    told = job["environment"]
    assert (told["LEVEL"], told["HF_TOKEN_ARN"], told["GROUNDPLAN_SEED"]) == ("info", SECRET, "7")
    assert "HF_TOKEN" not in told
    assert (told["MASTER_ADDR"], told["PET_RDZV_ENDPOINT"]) == ("algo-1", "algo-1:29400")
    assert (told["PET_NNODES"], told["PET_NPROC_PER_NODE"]) == ("2", "4")


def test_local_nvme_takes_neither_a_key_nor_a_size(full: Plan) -> None:
    assert full.one(JOB).inputs["resourceConfig"] == {
        "instanceType": "ml.g5.12xlarge",
        "instanceCount": 2,
    }


def test_accelerators_of_the_instance_type_decide_on_the_processes() -> None:
    plan = run({**MINIMAL, "sagemaker": {"instance_type": "ml.p4d.24xlarge"}})

    assert plan.one(JOB).inputs["environment"]["PET_NPROC_PER_NODE"] == "8"


def test_traffic_between_nodes_is_encrypted_by_default() -> None:
    assert (
        run({**MINIMAL, "nodes": 2}).one(JOB).inputs["enableInterContainerTrafficEncryption"]
        is True
    )


def test_spot_waits_for_twice_the_runtime_and_no_retries_are_no_strategy() -> None:
    job = (
        run(
            {
                **MINIMAL,
                "max_restarts": 0,
                "sagemaker": {"instance_type": "ml.m5.xlarge", "spot": True},
            }
        )
        .one(JOB)
        .inputs
    )

    assert job["stoppingCondition"] == {
        "maxRuntimeInSeconds": 86400,
        "maxWaitTimeInSeconds": 172800,
    }
    assert "retryStrategy" not in job


def test_the_role_may_do_no_more_than_the_run_needs(full: Plan) -> None:
    statements = policy(full.one(ROLE_POLICY, "churn-role-policy").inputs["policy"])
    own = "arn:aws:s3:::artifacts"

    assert {
        sid: statement["Resource"]
        for sid, statement in statements.items()
        if sid != "ManageNetworkInterfaces"
    } == {
        "LogInToRegistry": "*",
        "PullImage": "arn:aws:ecr:us-east-1:123456789012:repository/churn",
        "WriteLogs": [
            "arn:aws:logs:us-east-1:${aws.accountId}:log-group:/aws/sagemaker/TrainingJobs",
            "arn:aws:logs:us-east-1:${aws.accountId}:log-group:/aws/sagemaker/TrainingJobs:*",
        ],
        "WriteMetrics": "*",
        "ReadDatasetVersions": [
            f"{own}/datasets/churn/{folder}/*" for folder in ("versions", "parts", "objects")
        ],
        "ReadDatasets": ["arn:aws:s3:::artifacts/datasets/test/*", "arn:aws:s3:::data/churn/1/*"],
        "ListDataset0": own,
        "ListDataset1": "arn:aws:s3:::data",
        "ReadCheckpoints": f"{own}/checkpoints/churn/*",
        "ListOwnFolders": own,
        "LocateBucket": own,
        "ReplaceCheckpoints": f"{own}/checkpoints/churn/*",
        "WriteResults": [f"{own}/checkpoints/churn/*", f"{own}/models/churn/*"],
        "UseArtifactKey": KEY,
        "DecryptDatasets": ["arn:aws:kms:us-east-1:123456789012:key/data"],
        "ReadNetwork": "*",
        "ReadSecrets": [SECRET],
    }
    assert statements["ListDataset1"]["Condition"] == {"StringLike": {"s3:prefix": "churn/1/*"}}
    assert statements["ListOwnFolders"]["Condition"] == {
        "StringLike": {"s3:prefix": ["checkpoints/churn/*", "models/churn/*"]}
    }
    assert statements["WriteMetrics"]["Condition"]["StringEquals"]["cloudwatch:namespace"]
    assert statements["ManageNetworkInterfaces"]["Condition"]["ArnEquals"]["ec2:Vpc"].endswith(
        ":vpc/vpc-1"
    )
    assert statements["ReplaceCheckpoints"]["Action"] == "s3:DeleteObject"


def test_a_minimal_role_knows_neither_networks_nor_secrets(minimal: Plan) -> None:
    statements = policy(minimal.one(ROLE_POLICY).inputs["policy"])

    assert not {"ManageNetworkInterfaces", "ReadNetwork", "ReadSecrets", "DecryptDatasets"} & set(
        statements
    )
    assert statements["EncryptVolume"]["Resource"] == KEY
    assert minimal.one(ROLE_POLICY).inputs["role"] == "${churn-role.name}"
    assert "${aws.accountId}" in minimal.one(ROLE, "churn-role").inputs["assumeRolePolicy"]


def test_a_run_may_check_out_the_versions_that_it_names_by_digest() -> None:
    version = f"clicks@sha256:{'a' * 64}"
    datasets = {"train": {"uri": "s3://data/churn/1/", "version": version}}
    plan = run({**MINIMAL, "datasets": datasets})

    granted = policy(plan.one(ROLE_POLICY).inputs["policy"])["ReadDatasetVersions"]

    assert granted["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    assert granted["Resource"] == [
        f"arn:aws:s3:::artifacts/datasets/clicks/{folder}/*"
        for folder in ("versions", "parts", "objects")
    ]


def test_role_is_configurable() -> None:
    role = "arn:aws:iam::123456789012:role/training"
    plan = run({**MINIMAL, "sagemaker": {"instance_type": "ml.m5.xlarge", "role_arn": role}})

    assert plan.one(JOB).inputs["roleArn"] == role
    assert not plan.all(ROLE)
    assert not plan.all(ROLE_POLICY)


def test_the_nodes_reach_each_other_and_https_and_nothing_else(full: Plan) -> None:
    own = "${churn-security-group.id}"

    def said(type_: str, name: str) -> dict[str, Any]:
        return {
            k: v
            for k, v in full.one(type_, name).inputs.items()
            if k not in ("description", "tags")
        }

    ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    egress = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    peers = {"securityGroupId": own, "referencedSecurityGroupId": own, "ipProtocol": "-1"}
    assert set(full.all(ingress)) == {"churn-peers-in"}
    assert set(full.all(egress)) == {"churn-egress", "churn-peers-out"}
    assert said(ingress, "churn-peers-in") == said(egress, "churn-peers-out") == peers
    assert said(egress, "churn-egress") == {
        "securityGroupId": own,
        "cidrIpv4": "0.0.0.0/0",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
    }
    alone = run({**FULL, "nodes": 1})
    assert not alone.all(ingress)
    assert set(alone.all(egress)) == {"churn-egress"}


def test_a_run_starts_when_its_record_role_and_network_are_there(full: Plan) -> None:
    assert {
        "churn-record",
        "churn-role-policy",
        "churn-egress",
        "churn-peers-in",
        "churn-peers-out",
    } <= full.dependencies(full.one(JOB))


def test_job_is_retained_on_replacement_by_default(full: Plan) -> None:
    assert full.one(JOB).option("retainOnDelete") is True
    assert run({**FULL, "keep_runs": False}).one(JOB).option("retainOnDelete") is False


@pytest.mark.parametrize(
    ("args", "seconds"), [(MINIMAL, 86400), (FULL, 9000)], ids=["on-demand", "spot"]
)
def test_no_run_is_too_long_for_the_provider(args: Any, seconds: int) -> None:
    assert run(args).one(JOB).option("customTimeouts") == {"create": f"{seconds + 3600}s"}


def test_all_children_belong_to_the_component_and_carry_its_tags(full: Plan) -> None:
    component = full.one("groundplan:index:TrainingJob", "churn")
    children = [r for r in full.manifest if r.parent == component.urn]

    assert {r.name for r in children} == {
        "churn-record",
        "churn-role",
        "churn-role-policy",
        "churn-security-group",
        "churn-egress",
        "churn-peers-in",
        "churn-peers-out",
        "churn-job",
    }
    assert all(
        r.inputs["tags"]["groundplan:component"] == "churn"
        for r in children
        if r.type != ROLE_POLICY
    )
    tagged = [r for r in children if r.type != ROLE_POLICY and r.name != "churn-record"]
    assert all(r.inputs["tags"]["team"] == "vision" for r in tagged)


def test_the_same_arguments_run_on_either() -> None:
    both: Any = {
        **MINIMAL,
        "parameters": {"epochs": 3},
        "cluster": {"pool": "gpu"},
        "sagemaker": {"instance_type": "ml.g5.xlarge"},
        "accelerators": 1,
    }
    here, there = run({**both, "on": "cluster"}), run({**both, "on": "sagemaker"})

    assert set(here.all("kubernetes:batch/v1:Job")) == set(there.all(JOB)) == {"churn-job"}
    assert not here.all(JOB)
    assert not there.all("kubernetes:batch/v1:Job")
    assert output(here, "runId") != output(there, "runId")


def test_the_types_of_training_are_those_of_the_api() -> None:
    names = training_instances.names()

    assert len(names) == len(set(names)) == 225
    assert {"ml.p5.48xlarge", "ml.trn2.48xlarge", "ml.g6e.12xlarge"} <= set(names)
    assert "ml.inf2.xlarge" not in names, "an endpoint's only"
    assert "did you mean" in str(training_instances.problems("instance_type", "ml.g5.13xlarge")[0])
