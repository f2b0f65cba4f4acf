"""MLflow, as SageMaker runs it or on a cluster."""

import hashlib
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.registry.experiment_tracking import credentials
from groundplan.registry.experiment_tracking.experiment_tracking import ExperimentTracking
from groundplan.testing import deploy, policy
from groundplan.testing.deploy import Plan

COMPONENT = "groundplan:index:ExperimentTracking"
APP = "aws:sagemaker/mlflowApp:MlflowApp"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
INSTANCE = "aws:rds/instance:Instance"
SECRET = "aws:secretsmanager/secret:Secret"
GRANT = "aws:iam/rolePolicy:RolePolicy"
RELEASE = "kubernetes:helm.sh/v3:Release"

KEY = "arn:aws:kms:us-east-1:123456789012:key/bucket"
ARTIFACTS = {"bucket_name": "artifacts", "bucket_arn": "arn:aws:s3:::artifacts", "kms_key_arn": KEY}
NETWORK = {
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "client_security_group_id": "sg-nodes",
}
MANAGED: dict[str, Any] = {"server": "managed", "artifacts": ARTIFACTS}
CLUSTER: dict[str, Any] = {"cluster_name": "training", "database": {"network": NETWORK}}
EXISTING = {
    "host": "db.example.com",
    "secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:mlflow-AbCdEf",
}


def on_cluster(cluster: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "server": "cluster",
        "artifacts": ARTIFACTS,
        "cluster": {**CLUSTER, **(cluster or {})},
        **more,
    }


def tracking(args: dict[str, Any], grant: bool = False, **options: Any) -> Plan:
    def program() -> None:
        providers: list[pulumi.ProviderResource] = []
        if args.get("server") == "cluster":
            providers.append(kubernetes.Provider("cluster", kubeconfig="{}"))
        created = ExperimentTracking("tracking", args, pulumi.ResourceOptions(providers=providers))  # type: ignore[arg-type]
        if grant:
            created.grant_log(aws.iam.Role("trainer", assume_role_policy="{}"))

    return deploy(program, **options)


# SageMaker's.


def test_by_default_sagemaker_runs_it_and_files_go_to_the_artifact_bucket() -> None:
    plan = tracking(MANAGED)

    app = plan.one(APP, "tracking-app")
    assert app.inputs == {
        "artifactStoreUri": "s3://artifacts/mlflow",
        "roleArn": "${tracking-role.arn}",
        "modelRegistrationMode": "AutoModelRegistrationDisabled",
        "tags": {"groundplan:component": "tracking"},
    }
    assert (app.option("protect"), app.option("retainOnDelete")) == (True, True)
    assert "tracking-policy" in plan.dependencies(app)
    component = plan.one(COMPONENT)
    assert plan.parent(app) == component
    assert component.outputs == {
        "trackingUri": "${tracking-app.arn}",
        "artifactUri": "s3://artifacts/mlflow",
        "trackingArn": "${tracking-app.arn}",
    }
    assert {r.type for r in plan.manifest if r.custom} == {APP, "aws:iam/role:Role", GRANT}


def test_its_role_has_access_to_its_folder_only() -> None:
    plan = tracking(MANAGED)

    assert (
        '"aws:SourceAccount": "${aws.accountId}"'
        in plan.one("aws:iam/role:Role").inputs["assumeRolePolicy"]
    )
    statements = policy(plan.one(GRANT, "tracking-policy").inputs["policy"])
    assert set(statements) == {
        "ReadObjects", "ListObjects", "LocateBucket", "DecryptObjects", "WriteObjects", "EncryptObjects",  # noqa: E501
    }  # fmt: skip
    assert statements["WriteObjects"]["Resource"] == "arn:aws:s3:::artifacts/mlflow/*"
    assert statements["EncryptObjects"]["Resource"] == KEY


def test_models_are_registered_in_named_groups_for_approval() -> None:
    group = "arn:aws:sagemaker:us-east-1:123456789012:model-package-group/churn"
    managed = {
        "register_models": True,
        "model_package_group_arns": [group],
        "maintenance_window": "Sun:03:00",
    }
    plan = tracking(
        {
            **MANAGED,
            "managed": managed,
            "artifact_prefix": "runs/mlflow/",
            "deletion_protection": False,
        }
    )

    app = plan.one(APP)
    assert app.inputs["modelRegistrationMode"] == "AutoModelRegistrationEnabled"
    assert app.inputs["weeklyMaintenanceWindowStart"] == "Sun:03:00"
    assert app.inputs["artifactStoreUri"] == "s3://artifacts/runs/mlflow"
    assert (app.option("protect"), app.option("retainOnDelete")) == (False, False)
    statements = policy(plan.one(GRANT).inputs["policy"])
    versions = "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/*"
    assert statements["RegisterVersions"]["Resource"] == [group, versions]
    assert statements["RegisterVersions"]["Condition"] == {
        "StringEqualsIfExists": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}
    }
    assert (statements["DescribeGroups"]["Resource"], statements["TagVersions"]["Resource"]) == (
        [group],
        [versions],
    )


def test_a_role_that_logs_calls_the_app_and_writes_its_files() -> None:
    statements = policy(
        tracking(MANAGED, grant=True).one(GRANT, "tracking-log-trainer").inputs["policy"]
    )

    assert statements["CallMlflow"] == {
        "Sid": "CallMlflow",
        "Effect": "Allow",
        "Action": "sagemaker:CallMlflowAppApi",
        "Resource": "${tracking-app.arn}",
    }
    assert statements["WriteObjects"]["Resource"] == "arn:aws:s3:::artifacts/mlflow/*"
    assert statements["ReadObjects"]["Resource"] == "arn:aws:s3:::artifacts/mlflow/*"


@pytest.mark.parametrize("role", ["arn:aws:iam::123456789012:role/trainer", None])
def test_a_grant_needs_a_role_that_can_be_named(role: str | None) -> None:
    def program() -> None:
        created = ExperimentTracking("tracking", MANAGED)  # type: ignore[arg-type]
        created.grant_log(role or aws.iam.Role("trainer", assume_role_policy="{}").name)

    with pytest.raises(InvalidArguments, match="grant_log"):
        deploy(program)


# The cluster's.


def test_on_a_cluster_the_outputs_are_the_same() -> None:
    plan = tracking(on_cluster())

    assert plan.one(COMPONENT).outputs == {
        "trackingUri": "http://mlflow.mlflow.svc",
        "artifactUri": "s3://artifacts/mlflow",
        "credentialsSecretArn": "${tracking-client.arn}",
        "administratorSecretArn": "${tracking-administrator.arn}",
    }
    assert plan.all(APP) == {}
    children = [r for r in plan.manifest if r.name.startswith("tracking-")]
    parents = {parent.name for parent in map(plan.parent, children) if parent}
    assert parents == {"tracking", "tracking-key"}


def test_the_database_is_private_encrypted_and_retained_on_delete() -> None:
    plan = tracking(on_cluster(), project="ml", stack="prod")

    created = plan.one(INSTANCE, "tracking-database")
    assert created.inputs == {
        "identifier": "ml-prod-tracking",
        "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
        "engine": "postgres",
        "engineVersion": "17",
        "autoMinorVersionUpgrade": True,
        "instanceClass": "db.t4g.small",
        "multiAz": False,
        "storageType": "gp3",
        "allocatedStorage": 20,
        "maxAllocatedStorage": 100,
        "storageEncrypted": True,
        "kmsKeyId": "${tracking-key-key.arn}",
        "dbName": "mlflow",
        "username": "mlflow",
        "port": 5432,
        "manageMasterUserPassword": True,
        "masterUserSecretKmsKeyId": "${tracking-key-key.arn}",
        "dbSubnetGroupName": "${tracking-database-subnets.name}",
        "vpcSecurityGroupIds": ["${tracking-database-security-group.id}"],
        "publiclyAccessible": False,
        "backupRetentionPeriod": 14,
        "copyTagsToSnapshot": True,
        "deleteAutomatedBackups": False,
        "deletionProtection": True,
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": "ml-prod-tracking-last",
        "tags": {"groundplan:component": "tracking"},
    }
    assert (created.option("protect"), created.option("retainOnDelete")) == (True, True)
    assert plan.one("aws:rds/subnetGroup:SubnetGroup").inputs["subnetIds"] == [
        "subnet-a",
        "subnet-b",
    ]


def test_the_logs_of_the_database_have_a_retention_and_a_key() -> None:
    plan = tracking(on_cluster(), project="ml", stack="prod")

    groups = plan.all(LOGS)
    assert set(groups) == {
        "tracking-database-postgresql-logs",
        "tracking-database-upgrade-logs",
    }
    for name, group in groups.items():
        log = name.removeprefix("tracking-database-").removesuffix("-logs")
        assert group.inputs == {
            "name": f"/aws/rds/instance/ml-prod-tracking/{log}",
            "retentionInDays": 90,
            "kmsKeyId": "${tracking-key-key.arn}",
            "tags": {"groundplan:component": "tracking"},
        }
        assert (group.option("protect"), group.option("retainOnDelete")) == (True, True)
    # RDS creates a group that does not exist, without retention and key.
    assert set(groups) <= plan.dependencies(plan.one(INSTANCE))
    assert "UseLogs" in policy(plan.one("aws:kms/key:Key").inputs["policy"])


def test_the_name_of_the_database_and_the_retention_of_its_logs_are_arguments() -> None:
    database = {"network": NETWORK, "identifier": "tracking-1a2b3c4", "log_retention_days": 30}
    plan = tracking(on_cluster({"database": database}))

    assert plan.one(INSTANCE).inputs["identifier"] == "tracking-1a2b3c4"
    assert {
        (group.inputs["name"], group.inputs["retentionInDays"]) for group in plan.all(LOGS).values()
    } == {
        ("/aws/rds/instance/tracking-1a2b3c4/postgresql", 30),
        ("/aws/rds/instance/tracking-1a2b3c4/upgrade", 30),
    }


@pytest.mark.parametrize(
    ("project", "stack", "expected"),
    [
        ("ML_Platform", "prod.eu", "ml-platform-prod-eu-tracking"),
        ("4cast", "dev--1", "db-4cast-dev-1-tracking"),
        ("p" * 60, "dev", f"{54 * 'p'}-50357bec"),
        (f"{53 * 'p'}-x", "dev", f"{53 * 'p'}-1ecc59df"),
    ],
)
def test_the_default_name_of_the_database_is_one_that_rds_accepts(
    project: str, stack: str, expected: str
) -> None:
    created = tracking(on_cluster(), project=project, stack=stack).one(INSTANCE).inputs
    assert created["identifier"] == expected
    assert len(expected) <= 63


@pytest.mark.parametrize("identifier", ["", "Mlflow", "-a", "a-", "a--b", "1a", "a_b", "a" * 64])
def test_a_name_that_rds_refuses_is_refused_first(identifier: str) -> None:
    database = {"network": NETWORK, "identifier": identifier}
    with pytest.raises(InvalidArguments) as caught:
        tracking(on_cluster({"database": database}))
    assert [problem.key for problem in caught.value.problems] == ["cluster.database.identifier"]


def test_only_the_clusters_nodes_reach_the_database() -> None:
    plan = tracking(on_cluster())

    rule = plan.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert {k: v for k, v in rule.inputs.items() if k not in ("tags", "description")} == {
        "securityGroupId": "${tracking-database-security-group.id}",
        "referencedSecurityGroupId": "sg-nodes",
        "ipProtocol": "tcp",
        "fromPort": 5432,
        "toPort": 5432,
    }
    group = plan.one("aws:ec2/securityGroup:SecurityGroup").inputs
    assert "ingress" not in group
    assert "egress" not in group


def test_the_database_can_be_larger_and_multi_az() -> None:
    database = {
        "network": NETWORK,
        "instance_class": "db.m7g.large",
        "multi_az": True,
        "storage_gib": 100,
        "max_storage_gib": 500,
        "backup_days": 35,
        "maintenance_window": "sun:03:00-sun:04:00",
    }
    plan = tracking(
        on_cluster(
            {"database": database, "kms_key_arn": KEY},
            deletion_protection=False,
            tags={"team": "ml"},
        )
    )

    inputs = plan.one(INSTANCE).inputs
    assert (inputs["instanceClass"], inputs["multiAz"], inputs["backupRetentionPeriod"]) == (
        "db.m7g.large",
        True,
        35,
    )
    assert (inputs["allocatedStorage"], inputs["maxAllocatedStorage"]) == (100, 500)
    assert (inputs["maintenanceWindow"], inputs["kmsKeyId"]) == ("sun:03:00-sun:04:00", KEY)
    assert (
        inputs["deletionProtection"],
        inputs["skipFinalSnapshot"],
        inputs["deleteAutomatedBackups"],
    ) == (False, True, True)
    assert "finalSnapshotIdentifier" not in inputs
    assert inputs["tags"]["team"] == "ml"
    assert plan.all("aws:kms/key:Key") == {}
    assert [s.inputs["recoveryWindowInDays"] for s in plan.all(SECRET).values()] == [0, 0]


def test_an_existing_database() -> None:
    own = {**EXISTING, "port": 5433, "name": "experiments", "kms_key_arn": KEY}
    plan = tracking(on_cluster({"database": {"existing": own}}))

    assert plan.all(INSTANCE) == {}
    assert plan.all("aws:ec2/securityGroup:SecurityGroup") == {}
    expected = sidecar(plan)["env"]
    assert {e["name"]: e["value"] for e in expected if e["name"].startswith("DATABASE")} == {
        "DATABASE_HOST": "db.example.com",
        "DATABASE_PORT": "5433",
        "DATABASE_NAME": "experiments",
        "DATABASE_SECRET_ARN": EXISTING["secret_arn"],
    }
    statements = policy(plan.one(GRANT, "tracking-role-policy").inputs["policy"])
    assert statements["DecryptCredentials"]["Resource"] == ["${tracking-key-key.arn}", KEY]
    spec = plan.one("kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs["spec"]
    assert {"protocol": "TCP", "port": 5433} in spec["egress"][2]["ports"]


def values(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = plan.one(RELEASE).inputs["values"]
    return found


def sidecar(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = values(plan)["initContainers"][0]
    return found


def test_the_chart_is_pinned_and_waits_for_what_its_pods_need() -> None:
    plan = tracking(on_cluster())

    release = plan.one(RELEASE, "tracking-mlflow")
    assert {key: release.inputs[key] for key in ("name", "chart", "version", "namespace")} == {
        "name": "mlflow",
        "chart": "mlflow",
        "version": "1.11.5",
        "namespace": "mlflow",
    }
    assert plan.dependencies(release) >= {
        "tracking-database", "tracking-database-from-cluster", "tracking-identity", "tracking-namespace",  # noqa: E501
        "tracking-credentials", "tracking-isolation", "tracking-administrator", "tracking-client",
    }  # fmt: skip
    identity = plan.one("aws:eks/podIdentityAssociation:PodIdentityAssociation")
    assert identity.inputs["serviceAccount"] == values(plan)["serviceAccount"]["name"] == "mlflow"
    assert identity.inputs["namespace"] == "mlflow"
    assert "tracking-role-policy" in plan.dependencies(identity)


def test_the_values_of_the_chart_are_exactly_these() -> None:
    expected = values(tracking(on_cluster(), region="eu-west-1"))

    assert {key: value for key, value in expected.items() if key not in ("initContainers", "affinity")} == {  # noqa: E501
        "replicaCount": 2,
        "image": {"repository": "docker.io/burakince/mlflow", "tag": "3.15.1", "digest": ""},
        "serviceAccount": {"create": True, "name": "mlflow", "automount": False},
        "podSecurityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "podAnnotations": expected["podAnnotations"],
        "artifactRoot": {
            "proxiedArtifactStorage": False,
            "s3": {"enabled": True, "bucket": "artifacts", "path": "mlflow"},
        },
        "extraArgs": {"appName": "basic-auth", "backendStoreUri": "postgresql+psycopg2://", "workers": "2"},  # noqa: E501
        "extraFlags": ["noServeArtifacts"],
        "extraEnvVars": {
            "PGSERVICEFILE": "/run/groundplan/pg_service.conf",
            "PGSERVICE": "mlflow",
            "MLFLOW_AUTH_CONFIG_PATH": "/run/groundplan/basic_auth.ini",
            "AWS_DEFAULT_REGION": "eu-west-1",
        },
        "extraVolumes": [
            {"name": "groundplan-scripts", "configMap": {"name": "mlflow-credentials"}},
            {"name": "groundplan-credentials", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},  # noqa: E501
        ],
        "extraVolumeMounts": [{"name": "groundplan-credentials", "mountPath": "/run/groundplan", "readOnly": True}],  # noqa: E501
        "serverAllowedHosts": [
            "localhost", "localhost:*", "127.0.0.1", "127.0.0.1:*",
            "mlflow.mlflow", "mlflow.mlflow.svc", "mlflow.mlflow.svc.cluster.local",
        ],
        "resources": {"requests": {"cpu": "250m", "memory": "2Gi"}, "limits": {"memory": "2Gi"}},
        "livenessProbe": {"initialDelaySeconds": 60, "periodSeconds": 30, "timeoutSeconds": 5, "failureThreshold": 5},  # noqa: E501
        "readinessProbe": {"initialDelaySeconds": 10, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 3},  # noqa: E501
    }  # fmt: skip


def test_no_password_is_in_the_plan() -> None:
    plan = tracking(on_cluster())

    assert plan.all("kubernetes:core/v1:Secret") == {}
    assert plan.all("aws:secretsmanager/secretVersion:SecretVersion") == {}
    assert "password" not in plan.one(INSTANCE).inputs
    named = [e["name"] for c in values(plan)["initContainers"] for e in c["env"]]
    assert not [n for n in named if "PASSWORD" in n]


def test_the_init_containers_are_a_sidecar_and_then_a_migration() -> None:
    plan = tracking(on_cluster())
    credentials_container, migration = values(plan)["initContainers"]

    assert (credentials_container["name"], credentials_container["restartPolicy"]) == (
        "credentials",
        "Always",
    )
    assert credentials.ACCOUNTS_FILE in credentials_container["startupProbe"]["exec"]["command"][-1]
    assert migration["command"] == ["python", "/opt/groundplan/credentials.py", "migrate"]
    assert "restartPolicy" not in migration
    for container in (credentials_container, migration):
        assert container["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    expected = {e["name"]: e["value"] for e in credentials_container["env"]}
    assert expected["DATABASE_SECRET_ARN"] == "${tracking-database.masterUserSecrets[0].secretArn}"
    assert expected["DATABASE_HOST"] == "${tracking-database.address}"
    assert expected["ADMINISTRATOR_SECRET_ARN"] == "${tracking-administrator.arn}"


def test_the_containers_are_valid_for_kubernetes() -> None:
    expected = values(tracking(on_cluster()))
    pod: Any = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "mlflow", "annotations": expected["podAnnotations"]},
        "spec": {
            "initContainers": expected["initContainers"],
            "containers": [
                {"name": "mlflow", "image": "mlflow", "volumeMounts": expected["extraVolumeMounts"]}
            ],
            "volumes": [*expected["extraVolumes"], {"name": "tmp", "emptyDir": {}}],
            "affinity": expected["affinity"],
            "securityContext": expected["podSecurityContext"],
        },
    }
    kubernetes_validate.validate(pod, "1.36", strict=True)
    mounted = {m["name"] for c in expected["initContainers"] for m in c["volumeMounts"]}
    assert mounted <= {v["name"] for v in pod["spec"]["volumes"]}


def test_the_pods_run_the_script_that_is_tested_here() -> None:
    plan = tracking(on_cluster())

    script = plan.one("kubernetes:core/v1:ConfigMap", "tracking-credentials").inputs["data"][
        "credentials.py"
    ]
    assert script == Path(credentials.__file__).read_text(encoding="utf-8")
    assert values(plan)["podAnnotations"] == {
        "groundplan/credentials": hashlib.sha256(script.encode()).hexdigest()
    }


def test_the_pods_read_credentials_and_write_accounts_only() -> None:
    statements = policy(tracking(on_cluster()).one(GRANT, "tracking-role-policy").inputs["policy"])

    accounts = ["${tracking-administrator.arn}", "${tracking-client.arn}"]
    assert statements["ReadCredentials"]["Resource"] == [
        "${tracking-database.masterUserSecrets[0].secretArn}",
        *accounts,
    ]
    assert statements["WriteAccounts"] == {
        "Sid": "WriteAccounts",
        "Effect": "Allow",
        "Action": ["secretsmanager:PutSecretValue"],
        "Resource": accounts,
    }
    assert statements["DecryptCredentials"]["Resource"] == ["${tracking-key-key.arn}"]
    assert statements["ReadObjects"]["Resource"] == "arn:aws:s3:::artifacts/mlflow/*"
    assert "WriteObjects" not in statements


def test_a_role_that_logs_on_a_cluster_reads_the_account_of_programs_only() -> None:
    statements = policy(
        tracking(on_cluster(), grant=True).one(GRANT, "tracking-log-trainer").inputs["policy"]
    )

    assert statements["ReadMlflowAccount"]["Resource"] == ["${tracking-client.arn}"]
    assert statements["DecryptMlflowAccount"]["Resource"] == ["${tracking-key-key.arn}"]
    assert statements["WriteObjects"]["Resource"] == "arn:aws:s3:::artifacts/mlflow/*"
    assert "CallMlflow" not in statements


def test_only_named_namespaces_reach_it() -> None:
    plan = tracking(on_cluster({"reached_from": ["vision", "speech"], "namespace": "experiments"}))

    spec = plan.one("kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["ingress"] == [
        {
            "from": [
                {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
                for name in ("vision", "speech")
            ],
            "ports": [{"protocol": "TCP", "port": 5000}],
        }
    ]
    assert spec["egress"][2] == {
        "to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}],
        "ports": [{"protocol": "TCP", "port": 443}, {"protocol": "TCP", "port": 5432}],
    }
    assert plan.one(COMPONENT).outputs["trackingUri"] == "http://mlflow.experiments.svc"
    assert "mlflow.experiments.svc" in values(plan)["serverAllowedHosts"]


def test_by_default_the_namespace_training_reaches_it_and_an_empty_list_allows_none() -> None:
    def ingress(**cluster: Any) -> Any:
        return (
            tracking(on_cluster(cluster))
            .one("kubernetes:networking.k8s.io/v1:NetworkPolicy")
            .inputs["spec"]["ingress"]
        )

    assert [s["namespaceSelector"]["matchLabels"] for s in ingress()[0]["from"]] == [
        {"kubernetes.io/metadata.name": "training"}
    ]
    assert ingress(reached_from=[]) == []


@pytest.mark.parametrize(
    ("kind", "api"),
    [
        ("kubernetes:core/v1:Namespace", "v1"),
        ("kubernetes:core/v1:ConfigMap", "v1"),
        ("kubernetes:networking.k8s.io/v1:NetworkPolicy", "networking.k8s.io/v1"),
        ("kubernetes:policy/v1:PodDisruptionBudget", "policy/v1"),
    ],
)
def test_the_objects_are_valid_for_kubernetes(kind: str, api: str) -> None:
    created = tracking(on_cluster()).one(kind).inputs
    manifest = {k: v for k, v in created.items() if k in ("metadata", "spec", "data")}
    kubernetes_validate.validate(
        {"apiVersion": api, "kind": kind.rsplit(":")[-1], **manifest}, "1.36", strict=True
    )


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("docker.io/burakince/mlflow:3.15.1", ("docker.io/burakince/mlflow", "3.15.1", "")),
        (
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/mlflow:3.15.1@sha256:" + "0" * 64,
            ("123456789012.dkr.ecr.us-east-1.amazonaws.com/mlflow", "3.15.1", "sha256:" + "0" * 64),
        ),
        ("localhost:5000/mlflow:3.15.1", ("localhost:5000/mlflow", "3.15.1", "")),
    ],
)
def test_all_containers_use_another_image(image: str, expected: tuple[str, str, str]) -> None:
    created = values(tracking(on_cluster({"image": image, "replicas": 3, "memory_gib": 4})))

    assert tuple(created["image"][key] for key in ("repository", "tag", "digest")) == expected
    assert {c["image"] for c in created["initContainers"]} == {image}
    assert (created["replicaCount"], created["resources"]["limits"]) == (3, {"memory": "4Gi"})


def test_all_problems_are_reported_at_once() -> None:
    database = {
        "network": {**NETWORK, "subnet_ids": ["subnet-a"]},
        "instance_class": "ml.m5.large",
        "storage_gib": 10,
        "max_storage_gib": 10,
        "backup_days": 0,
        "maintenance_window": "Sunday",
    }
    cluster = {
        "database": database,
        "namespace": "ML",
        "reached_from": ["ok", "Not ok"],
        "replicas": 0,
        "memory_gib": 0,
        "image": "two words",
        "kms_key_arn": "alias/x",
    }
    wrong = on_cluster(cluster, artifact_prefix="/mlflow", managed={"maintenance_window": "Sunday"})

    with pytest.raises(InvalidArguments) as caught:
        tracking(wrong)
    assert {problem.key for problem in caught.value.problems} == {
        "artifact_prefix",
        "managed",
        "managed.maintenance_window",
        "cluster.namespace",
        "cluster.reached_from[1]",
        "cluster.replicas",
        "cluster.memory_gib",
        "cluster.image",
        "cluster.kms_key_arn",
        "cluster.database.network.subnet_ids",
        "cluster.database.instance_class",
        "cluster.database.storage_gib",
        "cluster.database.max_storage_gib",
        "cluster.database.backup_days",
        "cluster.database.maintenance_window",
    }
    assert not [r for r in caught.value.manifest if r.custom and r.name != "cluster"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("args", "keys"),
    [
        ({**MANAGED, "cluster": CLUSTER}, {"cluster"}),
        ({**MANAGED, "artifact_prefix": ""}, {"artifact_prefix"}),
        ({**MANAGED, "server": "sagemaker"}, {"server"}),
        # The former name, which YAML 1.1 reads as true.
        ({"on": "managed", "artifacts": ARTIFACTS}, {"on", "server"}),
        ({**MANAGED, "managed": {"register_models": True}}, {"managed.model_package_group_arns"}),
        (
            {**MANAGED, "managed": {"model_package_group_arns": ["churn"]}},
            {"managed.model_package_group_arns[0]"},
        ),
        ({"server": "cluster", "artifacts": ARTIFACTS}, {"cluster"}),
        (on_cluster({"database": {}}), {"cluster.database.network"}),
        (on_cluster({"database": None}), {"cluster.database.network"}),
        (on_cluster({"cluster_name": ""}), {"cluster.cluster_name"}),
        (
            on_cluster({"database": {"existing": {**EXISTING, "host": ""}}}),
            {"cluster.database.existing.host"},
        ),
        (
            on_cluster({"database": {"existing": {**EXISTING, "host": "a b/c"}}}),
            {"cluster.database.existing.host"},
        ),
        (
            on_cluster({"database": {"existing": {**EXISTING, "name": "a b;"}}}),
            {"cluster.database.existing.name"},
        ),
        *(
            (
                on_cluster({"database": {"network": NETWORK, "maintenance_window": window}}),
                {"cluster.database.maintenance_window"},
            )
            for window in ("sun:03:00-sun:03:29", "sun:03:00-sun:03:00", "sun:03:00-mon:03:00")
        ),
        (
            on_cluster({"database": {"network": NETWORK, "storage_gib": 0}}),
            {"cluster.database.storage_gib"},
        ),
        (
            on_cluster({"database": {"network": NETWORK, "max_storage_gib": 0}}),
            {"cluster.database.max_storage_gib"},
        ),
        (
            on_cluster({"database": {"network": NETWORK, "storage_gib": 60_000}}),
            {"cluster.database.storage_gib"},
        ),
        (on_cluster({"replicas": 11}), {"cluster.replicas"}),
        (
            on_cluster(
                {
                    "database": {
                        "existing": {**EXISTING, "secret_arn": "mlflow", "port": 0},
                        "multi_az": True,
                    }
                }
            ),
            {
                "cluster.database.existing.secret_arn",
                "cluster.database.existing.port",
                "cluster.database.multi_az",
            },
        ),
        (
            on_cluster({"database": {"existing": EXISTING, "network": NETWORK}}),
            {"cluster.database.network"},
        ),
    ],
)
def test_invalid_arguments_are_refused(args: dict[str, Any], keys: set[str]) -> None:
    with pytest.raises(InvalidArguments) as caught:
        tracking(args)
    assert {problem.key for problem in caught.value.problems} == keys


def test_a_maintenance_window_may_end_next_week() -> None:
    window = {"network": NETWORK, "maintenance_window": "sun:23:45-mon:00:15"}
    assert tracking(on_cluster({"database": window})).one(INSTANCE)


def test_registration_can_be_disabled() -> None:
    group = "arn:aws:sagemaker:us-east-1:123456789012:model-package-group/churn"
    managed: dict[str, Any] = {"model_package_group_arns": [group]}
    plan = tracking({**MANAGED, "managed": managed})
    assert plan.one(APP).inputs["modelRegistrationMode"] == "AutoModelRegistrationEnabled"
    plan = tracking({**MANAGED, "managed": {**managed, "register_models": False}})
    assert plan.one(APP).inputs["modelRegistrationMode"] == "AutoModelRegistrationDisabled"
    assert "RegisterVersions" not in policy(plan.one(GRANT).inputs["policy"])


def test_an_existing_database_needs_no_network() -> None:
    plan = tracking(on_cluster({"database": {"existing": EXISTING}}))
    assert not plan.all(INSTANCE)
    assert not plan.all("aws:ec2/securityGroup:SecurityGroup")


def test_every_proposed_storage_is_accepted() -> None:
    for database in ({"storage_gib": 500}, {"max_storage_gib": 10}, {"max_storage_gib": 10**6}):
        with pytest.raises(InvalidArguments) as caught:
            tracking(on_cluster({"database": {"network": NETWORK, **database}}))
        (problem,) = caught.value.problems
        fixed = int(problem.fix.removeprefix("use "))
        tracking(
            on_cluster({"database": {"network": NETWORK, **database, "max_storage_gib": fixed}})
        )


def test_a_provider_may_be_inherited_from_a_parent() -> None:
    class Parent(pulumi.ComponentResource):
        def __init__(self) -> None:
            provider = kubernetes.Provider("cluster", kubeconfig="{}")
            super().__init__(
                "test:index:Parent", "parent", {}, pulumi.ResourceOptions(providers=[provider])
            )

    opts = pulumi.ResourceOptions
    deploy(lambda: ExperimentTracking("tracking", on_cluster(), opts(parent=Parent())))  # type: ignore[arg-type]


def test_a_cluster_requires_its_provider() -> None:
    with pytest.raises(InvalidArguments, match=r"opts\.providers"):
        deploy(lambda: ExperimentTracking("tracking", on_cluster()))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reached_from", "warned"), [(["vision", "speech"], True), (["vision"], False)]
)
def test_teams_that_share_an_mlflow_are_warned(
    reached_from: list[str], warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: warnings.append(text))
    tracking(on_cluster({"reached_from": reached_from}))
    assert [("one account and one folder" in text) for text in warnings] == [True] * warned
