"""What a training cluster's pods can mount, and the images that its nodes have
beforehand."""

from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
from groundplan import TrainingCluster
from groundplan.arguments import InvalidArguments
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training.volumes.lustre_volumes import LustreMount, SharedDirectory

ADDON = "aws:eks/addon:Addon"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"

ARGS: Any = {
    "private_subnet_ids": ["subnet-1", "subnet-2"],
    "administrators": ["arn:aws:iam::123456789012:role/platform"],
    "pools": {
        "gpu": {
            "instance_type": "g6e.12xlarge",
            "max_size": 8,
            "prefetch": ["nvcr.io/nvidia/pytorch:26.10-py3"],
        }
    },
    "teams": {"vision": {}},
    "artifacts": {
        "bucket_name": "ml-artifacts",
        "bucket_arn": "arn:aws:s3:::ml-artifacts",
        "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
    },
    "datasets": {"clicks": {"readers": ["vision"]}},
    "volume_drivers": ["lustre", "s3"],
}


def build(**args: Any) -> TrainingCluster:
    overrides: Any = {**ARGS, **args}
    return TrainingCluster("training", overrides)


def program() -> None:
    build().mount("scratch", LustreMount("fs-1", "fs-1.fsx", "abc", 1200))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(program)


def test_drivers_are_addons_that_wait_for_nodes(plan: Plan) -> None:
    driver = plan.one(ADDON, "training-aws-fsx-csi-driver")
    assert "training-system-nodes" in plan.dependencies(driver)
    assert "training-aws-mountpoint-s3-csi-driver" in plan.all(ADDON)


def test_a_cluster_has_the_drivers_that_were_asked_for() -> None:
    plan = deploy(lambda: build(volume_drivers=[]))
    assert not {"training-aws-fsx-csi-driver", "training-aws-mountpoint-s3-csi-driver"} & set(
        plan.all(ADDON)
    )
    assert plan.all(CLAIM) == {}


def test_the_readers_of_a_dataset_mount_it_read_only_and_nobody_else(plan: Plan) -> None:
    mounts = {
        name: r.inputs["spec"]["mountOptions"]
        for name, r in plan.all(VOLUME).items()
        if r.inputs["spec"]["csi"]["driver"] == "s3.csi.aws.com"
    }
    assert list(mounts) == ["training-vision-dataset-clicks-volume"]
    assert "prefix datasets/clicks/" in mounts["training-vision-dataset-clicks-volume"]
    claim = plan.one(CLAIM, "training-vision-dataset-clicks-claim")
    assert claim.inputs["metadata"] == {"name": "dataset-clicks", "namespace": "vision"}
    assert claim.inputs["spec"]["accessModes"] == ["ReadOnlyMany"]
    assert {
        "training-team-vision-namespace",
        "training-aws-mountpoint-s3-csi-driver",
    } <= plan.dependencies(claim)


@pytest.mark.parametrize(
    ("args", "keys"),
    [
        ({"datasets": {"a": {"readers": ["visoin"]}}}, ["datasets.a.readers[0]"]),
        ({"models": {"a": {"writers": ["visoin"]}}}, ["models.a.writers[0]"]),
        ({"datasets": {"A_b": {"readers": []}}}, ["datasets.A_b"]),
        ({"models": {"a/../b": {"writers": []}}}, ["models.a/../b"]),
        ({"datasets": {"a": {"readers": [], "prefix": "models/"}}}, ["datasets.a.prefix"]),
        ({"datasets": {"a": {"readers": [], "prefix": "datasets/"}}}, ["datasets.a.prefix"]),
        ({"datasets": {"a": {"readers": [], "prefix": "datasets/*/"}}}, ["datasets.a.prefix"]),
    ],
)
def test_access_that_cannot_be_granted_is_refused(args: Any, keys: list[str]) -> None:
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: build(**args))
    assert [problem.key for problem in caught.value.problems] == keys


def test_access_needs_the_bucket() -> None:
    def without() -> None:
        args = {key: value for key, value in ARGS.items() if key != "artifacts"}
        overrides: Any = {**args, "models": {"churn": {"writers": ["vision"]}}}
        TrainingCluster("training", overrides)

    with pytest.raises(InvalidArguments, match=r"models is .*Allowed: nothing without artifacts"):
        deploy(without)


def test_as_many_grants_as_are_accepted_fit_into_a_policy() -> None:
    artifacts = {
        **ARGS["artifacts"],
        "bucket_name": "b" * 63,
        "bucket_arn": f"arn:aws-us-gov:s3:::{'b' * 63}",
    }

    def policy_size(count: int) -> int:
        datasets = {f"{'d' * 46}-{i:02}": {"readers": ["vision"]} for i in range(count)}
        models = {f"{'m' * 46}-{i:02}": {"writers": ["vision"]} for i in range(count)}
        plan = deploy(lambda: build(datasets=datasets, models=models, artifacts=artifacts))
        document = plan.one("aws:iam/rolePolicy:RolePolicy", "training-team-vision-access-policy")
        return len("".join(document.inputs["policy"].split()))

    sizes = []
    for count in range(0, 80, 4):
        try:
            sizes.append(policy_size(count))
        except InvalidArguments as error:
            assert "as many datasets and models for the namespace vision" in str(error)  # noqa: PT017
            break
    assert 2 < len(sizes) < 20
    assert max(sizes) <= 10_240


VOLUME = "kubernetes:core/v1:PersistentVolume"
JOB = "kubernetes:batch/v1:Job"
OWNERS = {"training": "/training", "vision": "/teams/vision", "speech": "/teams/speech"}


def files(**shared: SharedDirectory) -> Plan:
    """Deploys a cluster of two teams with a file system."""

    def program() -> None:
        cluster = build(teams={"vision": {}, "speech": {}})
        cluster.mount("scratch", LustreMount("fs-1", "fs-1.fsx", "abc", 1200, shared))

    return deploy(program)


def lustre_volumes(plan: Plan) -> list[dict[str, Any]]:
    """Returns the specs of the volumes of file systems."""
    specs = [volume.inputs["spec"] for volume in plan.all(VOLUME).values()]
    return [spec for spec in specs if spec["csi"]["driver"] == "fsx.csi.aws.com"]


def test_a_namespace_mounts_a_directory_that_no_other_namespace_mounts() -> None:
    plan = files()
    mounted = {
        spec["claimRef"]["namespace"]: spec["csi"]["volumeAttributes"]["mountname"]
        for spec in lustre_volumes(plan)
    }
    assert mounted == {
        **{namespace: f"abc{path}" for namespace, path in OWNERS.items()},
        "kube-system": "abc",
    }
    claim = plan.one(CLAIM, "training-scratch-vision-lustre-claim")
    assert claim.inputs["metadata"] == {"name": "lustre", "namespace": "vision"}
    assert {
        "training-team-vision-namespace",
        "training-aws-fsx-csi-driver",
    } <= plan.dependencies(claim)


def test_a_directory_exists_before_it_is_mounted() -> None:
    plan = files()
    for namespace, path in OWNERS.items():
        job = plan.one(JOB, f"training-scratch-{namespace}-directory")
        pod = job.inputs["spec"]["template"]["spec"]
        assert job.inputs["metadata"]["namespace"] == "kube-system"
        assert pod["containers"][0]["command"] == ["mkdir", "-p", "-m", "0777", f"/lustre{path}"]
        assert pod["volumes"][0]["persistentVolumeClaim"] == {"claimName": "lustre-root"}
        assert "training-scratch-root-claim" in plan.dependencies(job)
        volume = plan.one(VOLUME, f"training-scratch-{namespace}-lustre-volume")
        assert job.name in plan.dependencies(volume)
        kubernetes_validate.validate(dict(job.inputs), "1.36", strict=True)


def test_another_team_replaces_no_directory() -> None:
    one, two = deploy(program), files()
    name = "training-scratch-vision-directory"
    assert one.one(JOB, name).inputs == two.one(JOB, name).inputs


def test_a_shared_directory_is_read_only_and_only_its_readers_have_it() -> None:
    plan = files(datasets=SharedDirectory("/datasets", ["vision"]))
    readers = [s for s in lustre_volumes(plan) if s["claimRef"]["name"] == "lustre-datasets"]
    assert [s["claimRef"]["namespace"] for s in readers] == ["vision"]
    assert readers[0]["csi"]["volumeAttributes"]["mountname"] == "abc/datasets"
    assert (readers[0]["csi"]["readOnly"], readers[0]["accessModes"]) == (True, ["ReadOnlyMany"])


def test_a_reader_that_is_no_team_is_refused() -> None:
    with pytest.raises(InvalidArguments, match=r"links\.datasets\.readers\[0\].*speech"):
        files(datasets=SharedDirectory("/datasets", ["visoin"]))


def test_a_file_system_without_its_driver_is_refused() -> None:
    def without() -> None:
        build(volume_drivers=["s3"]).mount("s", LustreMount("fs-1", "d", "m", 1200))

    with pytest.raises(InvalidArguments, match="add lustre to volume_drivers"):
        deploy(without)


def test_large_images_come_to_the_nodes_of_their_pool(plan: Plan) -> None:
    daemon = plan.one("kubernetes:apps/v1:DaemonSet", "training-gpu-prefetch")
    pod = daemon.inputs["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"groundplan/pool": "gpu"}
    assert [volume["image"]["reference"] for volume in pod["volumes"]] == [
        "nvcr.io/nvidia/pytorch:26.10-py3"
    ]


def test_an_image_without_a_version_is_not_fetched_beforehand() -> None:
    pools = {
        "gpu": {"instance_type": "g5.xlarge", "max_size": 1, "prefetch": ["nvcr.io/nvidia/pytorch"]}
    }
    with pytest.raises(InvalidArguments, match=r"pools\.gpu\.prefetch\[0\]"):
        deploy(lambda: build(pools=pools))
