import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from groundplan.diff.changes import Change, Changes, Kind
from groundplan.manifest.model import Manifest, Resource
from groundplan.report.diagram.diagram import diagram
from groundplan.report.diagram.lines import detail, lines
from groundplan.report.diagram.parts import MOST, edges, module, parts, plural, words
from groundplan.report.model import Report

SVG = "{http://www.w3.org/2000/svg}"


def resource(
    type_: str,
    name: str,
    parent: Resource | None = None,
    on: tuple[Resource, ...] = (),
    **inputs: Any,
) -> Resource:
    urn = f"urn:pulumi:dev::shop::{type_}::{name}"
    custom = not type_.startswith("my:")
    return Resource(
        urn,
        type_,
        name,
        parent.urn if parent else None,
        custom,
        inputs,
        {},
        tuple(sorted(o.urn for o in on)),
    )


def manifest(*resources: Resource) -> Manifest:
    return Manifest("shop", "dev", tuple(sorted(resources, key=lambda r: r.urn)))


def changes(*found: Change) -> Changes:
    return Changes("main", found, 0)


NETWORK = resource("my:index:Network", "network")
VPC = resource("aws:ec2/vpc:Vpc", "network-vpc", NETWORK, cidrBlock="10.0.0.0/16")
PRIVATE = [
    resource("aws:ec2/subnet:Subnet", f"network-private-{n}", NETWORK, (VPC,)) for n in range(3)
]
PUBLIC = resource(
    "aws:ec2/subnet:Subnet", "network-front", NETWORK, (VPC,), mapPublicIpOnLaunch=True
)
CLUSTER = resource("my:index:Cluster", "train")
EKS = resource("aws:eks/cluster:Cluster", "train-cluster", CLUSTER, (PRIVATE[0],), version="1.36")
SCALING = {
    "instanceTypes": ["g5.xlarge"],
    "scalingConfig": {"minSize": 0, "maxSize": 2, "desiredSize": 0},
}
GPU = resource("aws:eks/nodeGroup:NodeGroup", "train-gpu-nodes", CLUSTER, (EKS,), **SCALING)
CPU = resource(
    "aws:eks/nodeGroup:NodeGroup",
    "train-cpu-nodes",
    CLUSTER,
    (EKS,),
    instanceTypes=["m5.large", "m5a.large"],
)
BUCKET = resource("aws:s3/bucket:Bucket", "logs")
ALL = (NETWORK, VPC, *PRIVATE, PUBLIC, CLUSTER, EKS, GPU, CPU, BUCKET)


def picture(*resources: Resource, of: Changes | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(diagram(Report("shop", "dev", manifest(*resources), of)))  # noqa: S314 (our own text)


def texts(root: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def boxes(root: ElementTree.Element) -> dict[str, str]:
    """Title -> how the box is drawn."""
    found = {}
    for group in root.iter(f"{SVG}g"):
        for rect in group.findall(f"{SVG}rect"):
            kind = str(rect.get("class"))
            if kind.startswith("box"):
                found["".join(group.findall(f"{SVG}text")[0].itertext())] = kind.removeprefix(
                    "box "
                )
    return found


def test_components_are_boxes_and_the_rest_is_gathered_by_module() -> None:
    diagram_parts = parts(manifest(*ALL))
    assert [(part.title, part.kind, len(part.resources)) for part in diagram_parts] == [
        ("aws s3", "", 1),
        ("network", "network", 5),
        ("train", "cluster", 3),
    ]


def test_a_part_depends_on_another_where_anything_in_it_does() -> None:
    diagram_parts = parts(manifest(*ALL))
    assert edges(diagram_parts) == [(CLUSTER.urn, NETWORK.urn)]
    assert "train depends on network" in [title.text for title in picture(*ALL).iter(f"{SVG}title")]


def test_a_provider_and_a_component_as_dependency_count_too() -> None:
    provider = resource("pulumi:providers:kubernetes", "train-k8s", CLUSTER)
    base = resource("kubernetes:core/v1:Namespace", "jobs", on=(NETWORK,))
    app = Resource(**{**vars(base), "options": {"provider": provider.urn}})
    diagram_parts = parts(manifest(NETWORK, CLUSTER, provider, app))
    assert edges(diagram_parts) == [
        ("kubernetes core/v1", CLUSTER.urn),
        ("kubernetes core/v1", NETWORK.urn),
    ]


def test_a_box_lists_its_important_children_by_kind_with_counts() -> None:
    by_title = {part.title: [line.text for line in lines(part)] for part in parts(manifest(*ALL))}
    assert by_title["network"] == ["VPC 10.0.0.0/16", "3 private subnets", "public subnet front"]
    assert by_title["train"] == [
        "2 node groups: cpu m5.large or 1 more, gpu g5.xlarge 0-2",
        "cluster 1.36",
    ]
    assert by_title["aws s3"] == ["bucket logs"]


def test_resources_in_a_vpc_are_framed_and_others_are_below() -> None:
    key = resource("aws:kms/key:Key", "network-key", NETWORK)
    part = parts(manifest(NETWORK, VPC, PUBLIC, key))[0]
    assert [(line.text, line.inside) for line in lines(part)] == [
        ("VPC 10.0.0.0/16", True),
        ("public subnet front", True),
        ("key", False),
    ]
    assert [
        rect.get("class") for rect in picture(NETWORK, VPC, PUBLIC, key).iter(f"{SVG}rect")
    ].count("vpc") == 1
    assert "vpc" not in [rect.get("class") for rect in picture(NETWORK, key).iter(f"{SVG}rect")]


def test_minor_resources_are_counted_in_one_line() -> None:
    policy = resource("aws:s3/bucketPolicy:BucketPolicy", "logs-policy")
    rule = resource("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "logs-owner")
    assert [line.text for line in lines(parts(manifest(BUCKET, policy, rule))[0])] == [
        "bucket logs",
        "2 more resources",
    ]


def test_changed_resources_have_a_sign_and_a_line_even_minor_ones() -> None:
    policy = resource("aws:s3/bucketPolicy:BucketPolicy", "logs-policy")
    of = changes(Change(Kind.UPDATE, policy, policy), Change(Kind.REPLACE, BUCKET, BUCKET))
    part = parts(manifest(BUCKET, policy), of)[0]
    assert [(line.text, dict(line.marks)) for line in lines(part)] == [
        ("bucket logs", {Kind.REPLACE: 1}),
        ("bucket policy logs", {Kind.UPDATE: 1}),
    ]
    expected = texts(picture(BUCKET, policy, of=of))
    assert "~1  -/+1" in expected
    assert {"-/+", "~", "~ updated", "-/+ replaced"} <= set(expected)


def test_one_changed_resource_of_several_is_counted() -> None:
    of = changes(Change(Kind.UPDATE, GPU, GPU))
    assert "~1" in texts(picture(CLUSTER, EKS, GPU, CPU, of=of))


def test_created_changed_and_deleted_components_look_different() -> None:
    gone = resource("my:index:Endpoint", "old")
    inner = resource("aws:sagemaker/endpoint:Endpoint", "old-endpoint", gone, (VPC,))
    of = changes(
        Change(Kind.CREATE, None, CLUSTER),
        Change(Kind.CREATE, None, EKS),
        Change(Kind.UPDATE, VPC, VPC),
        Change(Kind.REPLACE, PUBLIC, PUBLIC),
        Change(Kind.DELETE, gone, None),
        Change(Kind.DELETE, inner, None),
    )
    root = picture(NETWORK, VPC, PUBLIC, CLUSTER, EKS, BUCKET, of=of)
    assert boxes(root) == {"aws s3": "same", "network": "changed", "old": "gone", "train": "create"}
    assert {"-2", "+2"} <= set(texts(root))
    paths = [str(path.get("class")) for path in root.iter(f"{SVG}path")]
    assert "edge gone" in paths
    style = str(root.findtext(f"{SVG}style"))
    assert "stroke-dasharray" in style.split(".box.gone {")[1].split("}")[0]


def test_deleted_children_stay_in_a_renamed_parent() -> None:
    before = resource("my:index:Network", "net")
    child = resource("aws:ec2/eip:Eip", "net-address", before)
    user = resource("aws:ec2/instance:Instance", "old", None, (before,))
    of = changes(
        Change(Kind.RENAME, before, NETWORK),
        Change(Kind.DELETE, child, None),
        Change(Kind.DELETE, user, None),
    )
    diagram_parts = parts(manifest(NETWORK, VPC), of)
    assert [(part.title, len(part.resources)) for part in diagram_parts] == [
        ("aws ec2", 1),
        ("network", 2),
    ]
    assert edges(diagram_parts, of) == [("aws ec2", NETWORK.urn)]


def test_parts_that_depend_on_each_other_have_one_line_with_two_heads() -> None:
    a, b = resource("my:index:A", "a"), resource("my:index:B", "b")
    one, other = resource("x:y:Z", "one", a, (b,)), resource("x:y:Z", "two", b, (a,))
    root = picture(a, b, one, other)
    assert "a and b depend on each other" in [title.text for title in root.iter(f"{SVG}title")]
    assert [str(path.get("class")) for path in root.iter(f"{SVG}path")] == ["edge", "head", "head"]


def test_more_parts_than_fit_are_drawn_by_type() -> None:
    services = [resource("my:index:Service", f"svc-{n:03d}") for n in range(MOST)]
    assert len(boxes(picture(*services))) == MOST
    jobs = [resource("my:index:Job", f"job-{n}", on=(services[n],)) for n in range(2)]
    diagram_parts = parts(manifest(*services, *jobs))
    assert [part.title for part in diagram_parts] == ["2 x job", "40 x service"]
    assert edges(diagram_parts) == [("all job", "all service")]


def test_an_empty_stack_and_a_failed_one_are_marked() -> None:
    assert "No resources." in texts(picture())
    assert "No resources." in texts(ElementTree.fromstring(diagram(Report("shop", "dev", None))))  # noqa: S314


def test_a_stack_without_changes_is_marked_and_has_no_signs() -> None:
    assert "no changes" in texts(picture(BUCKET, of=changes()))
    assert "no changes" not in texts(picture(BUCKET))


def test_names_cannot_break_the_picture() -> None:
    evil = resource("aws:s3/bucket:Bucket", '</text><script>alert("1")</script>\x00\x1b[31m\u202e&')
    root = picture(evil)
    assert not list(root.iter(f"{SVG}script"))
    assert "\u202e" not in "".join(root.itertext())


def test_the_diagram_is_described_in_words() -> None:
    root = picture(*ALL)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "shop/dev: the environment"
    assert "train (cluster, 3 resources); depends on network" in str(root.findtext(f"{SVG}desc"))


def test_the_picture_loads_nothing_has_no_ids_and_knows_the_dark() -> None:
    text = diagram(Report("shop", "dev", manifest(*ALL)))
    assert "url(" not in text
    assert "@import" not in text
    assert text.count("http") == 1  # the name space
    assert " id=" not in text
    assert "prefers-color-scheme: dark" in text


def test_the_order_of_the_resources_does_not_matter() -> None:
    one = diagram(Report("shop", "dev", Manifest("shop", "dev", tuple(reversed(ALL)))))
    assert one == diagram(Report("shop", "dev", manifest(*ALL)))


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("aws:ec2/vpc:Vpc", ("aws ec2", "VPC")),
        ("aws:ec2/natGateway:NatGateway", ("aws ec2", "NAT gateway")),
        ("kubernetes:core/v1:Namespace", ("kubernetes core/v1", "namespace")),
        ("kubernetes:helm.sh/v3:Release", ("kubernetes helm.sh/v3", "release")),
        ("random:index/randomId:RandomId", ("random", "random ID")),
        ("pulumi:providers:aws", ("providers", "aws provider")),
        ("gcp:storage/bucketIAMBinding:BucketIAMBinding", ("gcp storage", "bucket IAM binding")),
        ("aws:s3/bucketV2:BucketV2", ("aws s3", "bucket v 2")),
        ("odd", ("odd", "odd")),
    ],
)
def test_type_tokens_become_words(token: str, expected: tuple[str, str]) -> None:
    assert (module(token), words(token)) == expected


@pytest.mark.parametrize(
    ("one", "many"),
    [("subnet", "subnets"), ("policy", "policies"), ("key", "keys"), ("alias", "aliases"),
     ("address", "addresses"),
     ("bucket versioning", "bucket versioning"), ("controls", "controls"), ("VPC", "VPCs"),
     ("mesh", "meshes")],
)  # fmt: skip
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (SCALING, "g5.xlarge 0-2"),
        (
            {"productionVariants": [{"instanceType": "ml.m5.large", "initialInstanceCount": 3}]},
            "3 x ml.m5.large",
        ),
        ({"chart": "oci://registry/charts/kueue"}, "kueue"),
        ({"spec": {"replicas": 4}}, "x 4"),
        ({"instanceType": "${unknown until vpc}"}, ""),
        ({"minCapacity": 4, "maxCapacity": 12}, "4-12"),
        ({}, ""),
    ],
)
def test_the_detail_of_a_resource_is_its_size(inputs: dict[str, Any], expected: str) -> None:
    assert detail(resource("aws:x/y:Z", "z", **inputs)) == expected
