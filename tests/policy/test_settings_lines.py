import textwrap
from collections.abc import Callable

import pytest
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.settings_lines import Places, _Settings

TEXT = textwrap.dedent("""\
    # a stack
    config:
      aws:region: eu-west-1
      ml:network:
        cidrBlock: 10.0.0.0/16
        flowLogs: {retentionDays: 14}
      ml:training:
        systemPool: {minSize: 2}
        pools:
          gpu: {instanceType: g5.xlarge}
          gpu-spot:
            instanceType: g5.xlarge
      ml:endpoints:
        churn: {image: x}
        network: {image: y}
      ml:tags: {owner: me}
    encryptionsalt: v1:x
    """)


def line_of(text: str, component: str, resource: str = "", project: str = "") -> int | None:
    """Returns the line of the key that configures a component."""
    key = _Settings.read(text, project).key(component, resource)
    return key.line if key else None


def source_of(manifest: Manifest, text: str, file: str) -> Callable[[Resource], str]:
    """Returns the line of a resource's settings; empty for a resource without any."""
    places = Places(manifest, text, file)

    def source(resource: Resource) -> str:
        place = places.of(resource)
        return place.source if place.setting else ""

    return source


@pytest.mark.parametrize(
    ("component", "line"),
    [("network", 4), ("training", 7), ("churn", 14), ("endpoints", 13), ("tags", 16)],
)
def test_a_component_has_the_line_of_its_key(component: str, line: int) -> None:
    assert line_of(TEXT, component) == line


@pytest.mark.parametrize(
    "component", ["forecast", "image", "g5.xlarge", "config", "encryptionsalt", ""]
)
def test_what_has_no_key_of_its_own_has_no_line(component: str) -> None:
    assert line_of(TEXT, component) is None


@pytest.mark.parametrize(
    ("component", "resource", "line"),
    [
        ("training", "training-gpu-nodes", 10),
        ("training", "training-gpu-spot-nodes", 11),
        ("training", "training-cluster", 7),
        ("network", "network-flow-log-role", 6),
        ("network", "network-vpc", 4),
        ("network", "network", 4),
    ],
)
def test_a_resource_has_the_line_of_its_part(component: str, resource: str, line: int) -> None:
    assert line_of(TEXT, component, resource) == line


def test_other_projects_keys_are_nobodys_settings() -> None:
    assert line_of(TEXT, "region") == 3
    assert line_of(TEXT, "region", project="ml") is None
    assert line_of(TEXT, "network", project="ml") == 4
    assert line_of("config:\n  network: {}\n", "network", project="ml") == 2


@pytest.mark.parametrize(
    "text",
    ["", "config:", "config: [a]", "- a", "config: {", "a: b\n\tc: d", "config:\n  ? [1]\n  : 2\n"],
)
def test_what_cannot_be_read_has_no_lines(text: str) -> None:
    assert line_of(text, "network") is None


def test_comments_and_blank_lines_count() -> None:
    assert line_of("\n\nconfig:\n\n  # why\n  ml:network: {}\n", "network") == 6


def test_aliases_that_grow_are_read_in_a_moment() -> None:
    text = "a: &a {x: 1}\n" + "".join(
        f"b{n}: &b{n} {{k: *{'a' if n == 0 else f'b{n - 1}'}}}\n" for n in range(20)
    )
    assert line_of(text + "config: {m:n: *b19}\n", "nothing") is None


def test_a_finding_leads_to_the_settings_of_its_component() -> None:
    component = Resource(
        "urn:training", "groundplan:index:TrainingCluster", "training", None, False, {}
    )
    nodes = Resource(
        "urn:nodes", "aws:eks/nodeGroup:NodeGroup", "training-gpu-nodes", component.urn, True, {}
    )
    alone = Resource("urn:alone", "aws:s3/bucket:Bucket", "churn", None, True, {})
    other = Resource("urn:other", "aws:s3/bucket:Bucket", "other", None, True, {})
    source = source_of(
        Manifest("ml", "dev", (alone, component, nodes, other)), TEXT, "Pulumi.dev.yaml"
    )
    assert [source(r) for r in (component, nodes, alone, other)] == [
        "Pulumi.dev.yaml:7",
        "Pulumi.dev.yaml:10",
        "Pulumi.dev.yaml:14",
        "",
    ]
