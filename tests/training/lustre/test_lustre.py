from typing import Any

import pulumi
import pytest
from groundplan import arguments
from groundplan.testing import Plan, deploy, policy
from groundplan.training.lustre.lustre_file_system import LustreFileSystem

FILE_SYSTEM = "aws:fsx/lustreFileSystem:LustreFileSystem"
LINK = "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation"
KEY = "aws:kms/key:Key"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

PLACE: Any = {"vpc_id": "vpc-1", "subnet_id": "subnet-a"}
TAGS = {"groundplan:component": "scratch"}
MY_KEY = "arn:aws:kms:us-east-1:123456789012:key/abc"


def deploy_lustre(**args: Any) -> Plan:
    def program() -> None:
        # Providers and resources can only be created while a program runs.
        overrides: Any = {
            **PLACE,
            **{key: value() if callable(value) else value for key, value in args.items()},
        }
        LustreFileSystem("scratch", overrides)

    return deploy(program, project="ml", stack="prod")


def test_a_minimal_file_system_is_encrypted_compressed_backed_up_and_retained() -> None:
    plan = deploy_lustre()

    resource = plan.one(FILE_SYSTEM, "scratch-file-system")
    assert resource.inputs == {
        "deploymentType": "PERSISTENT_2",
        "storageType": "SSD",
        "fileSystemTypeVersion": "2.15",
        "storageCapacity": 1200,
        "perUnitStorageThroughput": 125,
        "dataCompressionType": "LZ4",
        "metadataConfiguration": {"mode": "AUTOMATIC"},
        "subnetIds": "subnet-a",
        "securityGroupIds": ["${scratch-security-group.id}"],
        "kmsKeyId": "${scratch-key-key.arn}",
        "automaticBackupRetentionDays": 7,
        "copyTagsToBackups": True,
        "skipFinalBackup": False,
        "tags": {**TAGS, "Name": "scratch"},
    }
    assert (resource.option("protect"), resource.option("retainOnDelete")) == (True, True)
    assert set(policy(plan.one(KEY).inputs["policy"])) == {"AccountAdministration"}
    assert not plan.all(LINK)
    assert not plan.all(LOGS)


def test_its_outputs_are_what_a_client_mounts_by() -> None:
    plan = deploy_lustre()

    component = plan.one("groundplan:index:LustreFileSystem", "scratch")
    assert component.outputs == {
        "fileSystemId": "${scratch-file-system.id}",
        "fileSystemArn": "${scratch-file-system.arn}",
        "dnsName": "${scratch-file-system.dnsName}",
        "mountName": "${scratch-file-system.mountName}",
        "securityGroupId": "${scratch-security-group.id}",
    }
    assert plan.parent(plan.one(FILE_SYSTEM)) == component


def test_servers_reach_each_other_on_lustre_ports_before_the_file_system_is_created() -> None:
    plan = deploy_lustre()

    assert set(plan.all(INGRESS)) == {"scratch-from-itself-988", "scratch-from-itself-1018"}
    assert plan.one(INGRESS, "scratch-from-itself-1018").inputs == {
        "description": "Lustre",
        "securityGroupId": "${scratch-security-group.id}",
        "referencedSecurityGroupId": "${scratch-security-group.id}",
        "ipProtocol": "tcp",
        "fromPort": 1018,
        "toPort": 1023,
        "tags": TAGS,
    }
    rules = set(plan.all(INGRESS)) | set(plan.all(EGRESS))
    assert rules == plan.dependencies(plan.one(FILE_SYSTEM)) & rules
    assert set(plan.all(EGRESS)) == {"scratch-to-itself-988", "scratch-to-itself-1018"}


def test_clients_and_servers_reach_each_other_in_both_directions() -> None:
    plan = deploy_lustre(client_security_groups={"cluster": "sg-nodes"})

    def ends(type: str, name: str) -> tuple[str, str, int, int]:
        inputs = plan.one(type, name).inputs
        return (
            inputs["securityGroupId"],
            inputs["referencedSecurityGroupId"],
            inputs["fromPort"],
            inputs["toPort"],
        )

    servers = "${scratch-security-group.id}"
    assert ends(INGRESS, "scratch-from-cluster-988") == (servers, "sg-nodes", 988, 988)
    assert ends(EGRESS, "scratch-to-cluster-1018") == (servers, "sg-nodes", 1018, 1023)
    assert ends(INGRESS, "scratch-into-cluster-988") == ("sg-nodes", servers, 988, 988)
    assert (len(plan.all(INGRESS)), len(plan.all(EGRESS))) == (6, 4)


def test_efa_needs_all_protocols_and_a_capacity_that_fits() -> None:
    plan = deploy_lustre(
        efa=True,
        capacity_gib=4800,
        throughput_per_tib=1000,
        client_security_groups={"cluster": "sg-nodes"},
    )

    assert plan.one(FILE_SYSTEM).inputs["efaEnabled"] is True
    assert set(plan.all(INGRESS)) == {
        "scratch-from-itself-all",
        "scratch-from-cluster-all",
        "scratch-into-cluster-all",
    }
    rule = plan.one(EGRESS, "scratch-to-cluster-all").inputs
    assert rule["ipProtocol"] == "-1"
    assert not {"fromPort", "toPort"} & set(rule)


def test_a_link_reads_by_itself_and_writes_nothing() -> None:
    plan = deploy_lustre(links={"datasets": {"bucket_name": "artifacts", "prefix": "datasets/"}})

    link = plan.one(LINK, "scratch-datasets-link")
    assert link.inputs == {
        "fileSystemId": "${scratch-file-system.id}",
        "fileSystemPath": "/datasets",
        "dataRepositoryPath": "s3://artifacts/datasets/",
        "batchImportMetaDataOnCreate": True,
        "deleteDataInFilesystem": False,
        "s3": {"autoImportPolicy": {"events": ["NEW", "CHANGED", "DELETED"]}},
        "tags": TAGS,
    }


def test_a_linked_file_system_has_no_backups_and_writes_its_troubles_down() -> None:
    plan = deploy_lustre(links={"datasets": {"bucket_name": "artifacts"}}, log_retention_days=30)

    inputs = plan.one(FILE_SYSTEM).inputs
    assert (inputs["automaticBackupRetentionDays"], inputs["skipFinalBackup"]) == (0, True)
    assert inputs["logConfiguration"] == {
        "level": "WARN_ERROR",
        "destination": "${scratch-logs.arn}",
    }
    logs = plan.one(LOGS, "scratch-logs")
    assert (logs.inputs["name"], logs.inputs["retentionInDays"]) == ("/aws/fsx/ml-prod-scratch", 30)
    assert logs.inputs["kmsKeyId"] == "${scratch-key-key.arn}"
    assert (logs.option("protect"), logs.option("retainOnDelete")) == (True, True)
    assert "UseLogs" in policy(plan.one(KEY).inputs["policy"])


def test_a_link_exports_the_configured_events() -> None:
    def links() -> Any:
        link = {
            "bucket_name": pulumi.Output.from_input("artifacts"),
            "prefix": "runs/",
            "path": "/checkpoints",
            "imports": [],
            "exports": ["changed", "new"],
            "import_existing": False,
        }
        return {"runs": link}

    inputs = deploy_lustre(links=links).one(LINK, "scratch-runs-link").inputs

    assert inputs["fileSystemPath"] == "/checkpoints"
    assert inputs["dataRepositoryPath"] == "s3://artifacts/runs/"
    assert inputs["s3"] == {"autoExportPolicy": {"events": ["NEW", "CHANGED"]}}
    assert inputs["batchImportMetaDataOnCreate"] is False


def test_every_argument_reaches_the_file_system() -> None:
    plan = deploy_lustre(
        capacity_gib=4800,
        throughput_per_tib=500,
        compression=False,
        metadata_iops=12000,
        backup_retention_days=30,
        maintenance_start="7:02:30",
        kms_key_arn=MY_KEY,
        deletion_protection=False,
        tags={"team": "vision"},
    )

    resource = plan.one(FILE_SYSTEM)
    assert {
        key: resource.inputs[key]
        for key in ("storageCapacity", "perUnitStorageThroughput", "dataCompressionType")
    } == {
        "storageCapacity": 4800,
        "perUnitStorageThroughput": 500,
        "dataCompressionType": "NONE",
    }
    assert resource.inputs["metadataConfiguration"] == {"mode": "USER_PROVISIONED", "iops": 12000}
    assert resource.inputs["automaticBackupRetentionDays"] == 30
    assert resource.inputs["weeklyMaintenanceStartTime"] == "7:02:30"
    assert resource.inputs["kmsKeyId"] == MY_KEY
    assert resource.inputs["skipFinalBackup"] is True
    assert resource.inputs["tags"]["team"] == "vision"
    assert (resource.option("protect"), resource.option("retainOnDelete")) == (False, False)
    assert not plan.all(KEY)


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"capacity_gib": 1000}, "capacity_gib"),
        ({"capacity_gib": 3600}, "capacity_gib"),
        ({"capacity_gib": 0}, "capacity_gib"),
        ({"throughput_per_tib": 200}, "throughput_per_tib"),
        ({"efa": True}, "capacity_gib"),
        ({"efa": True, "capacity_gib": 4800, "throughput_per_tib": 500}, "capacity_gib"),
        ({"metadata_iops": 2000}, "metadata_iops"),
        ({"backup_retention_days": 91}, "backup_retention_days"),
        (
            {"backup_retention_days": 7, "links": {"d": {"bucket_name": "artifacts"}}},
            "backup_retention_days",
        ),
        ({"maintenance_start": "8:02:30"}, "maintenance_start"),
        ({"maintenance_start": "sunday"}, "maintenance_start"),
        ({"log_retention_days": 17}, "log_retention_days"),
        ({"kms_key_arn": "alias/mine"}, "kms_key_arn"),
        ({"links": {"d": {"bucket_name": "s3://artifacts"}}}, "links.d.bucket_name"),
        ({"links": {"d": {"bucket_name": "artifacts", "prefix": "datasets"}}}, "links.d.prefix"),
        ({"links": {"d": {"bucket_name": "artifacts", "path": "datasets"}}}, "links.d.path"),
        ({"links": {"d": {"bucket_name": "artifacts", "path": "/datasets/"}}}, "links.d.path"),
        ({"links": {"d_1": {"bucket_name": "artifacts", "path": "/d"}}}, "links.d_1"),
        (
            {"links": {"a": {"bucket_name": "one"}, "b": {"bucket_name": "two", "path": "/a/b"}}},
            "links.b.path",
        ),
        (
            {"links": {"a": {"bucket_name": "one", "path": "/"}, "b": {"bucket_name": "two"}}},
            "links.b.path",
        ),
        ({"links": {"a": {"bucket_name": "one"}, "b": {"bucket_name": "one"}}}, "links.b.prefix"),
        (
            {"links": {f"l{n}": {"bucket_name": "one", "prefix": f"p{n}/"} for n in range(9)}},
            "links",
        ),
    ],
)
def test_what_aws_would_refuse_is_refused_before(args: Any, key: str) -> None:
    with pytest.raises(arguments.InvalidArguments) as caught:
        deploy_lustre(**args)
    assert [problem.key for problem in caught.value.problems] == [key]


@pytest.mark.parametrize(
    "args",
    [
        {"capacity_gib": 2400},
        {"capacity_gib": 38400, "efa": True},
        {"capacity_gib": 9600, "efa": True, "throughput_per_tib": 500},
        {"metadata_iops": 1500},
        {"metadata_iops": 192000},
        {
            "links": {
                "a": {"bucket_name": "one", "path": "/a"},
                "ab": {"bucket_name": "two", "path": "/ab"},
            }
        },
        {
            "links": {
                "a": {"bucket_name": "one", "prefix": "a/"},
                "b": {"bucket_name": "one", "prefix": "b/"},
            }
        },
    ],
)
def test_what_aws_allows_is_allowed(args: Any) -> None:
    assert deploy_lustre(**args).one(FILE_SYSTEM)


def test_all_problems_of_a_file_system_are_reported_at_once() -> None:
    with pytest.raises(arguments.InvalidArguments) as caught:
        deploy_lustre(
            capacity_gib=5000,
            metadata_iops=7,
            efficient=True,
            links={"d": {"bucket_name": "artifacts", "imports": ["moved"]}},
        )

    assert {problem.key for problem in caught.value.problems} == {
        "capacity_gib",
        "metadata_iops",
        "efficient",
        "links.d.imports[0]",
    }
    assert "use 7200" in str(caught.value)
    assert not caught.value.manifest.of_type(FILE_SYSTEM)  # type: ignore[attr-defined]


def test_the_readers_of_a_link_mount_its_directory() -> None:
    mounts: list[Any] = []

    def program() -> None:
        link: Any = {"bucket_name": "my-bucket", "prefix": "datasets/"}
        links = {
            "datasets": {**link, "readers": ["vision"]},
            "results": {"bucket_name": "my-bucket"},
        }
        args: Any = {**PLACE, "links": links}
        mounts.append(LustreFileSystem("scratch", args).mount)

    deploy(program)
    shared = mounts[0].shared
    assert {key: directory.readers for key, directory in shared.items()} == {"datasets": ["vision"]}


@pytest.mark.parametrize("path", ["/", "/teams", "/teams/speech/data", "/training", "//"])
def test_nobody_reads_a_directory_that_belongs_to_namespaces(path: str) -> None:
    links = {"all": {"bucket_name": "my-bucket", "path": path, "readers": ["vision"]}}
    with pytest.raises(arguments.InvalidArguments) as caught:
        deploy_lustre(links=links)
    assert "links.all.readers" in {problem.key for problem in caught.value.problems}


def test_a_reader_is_the_name_of_a_namespace() -> None:
    links = {"data": {"bucket_name": "my-bucket", "readers": ["Vision Team"]}}
    with pytest.raises(arguments.InvalidArguments, match=r"links\.data\.readers\[0\]"):
        deploy_lustre(links=links)
