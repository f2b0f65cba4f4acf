"""Lineage as a picture."""

from xml.etree import ElementTree

from groundplan.data.commands import pictures
from groundplan.data.versions.lineage import Graph, Node


def graph() -> Graph:
    found = Graph()
    found.add(Node("raw", "objects", 's3://artifacts/<raw>&"x"', "3 objects"))
    found.add(Node("one", "dataset version", "clicks@sha256:1"))
    found.add(Node("two", "dataset version", "features@sha256:2#" + "x" * 60))
    found.link("raw", "one")
    found.link("one", "two")
    return found


def test_an_svg_is_well_formed_and_what_was_made_is_to_the_right() -> None:
    root = ElementTree.fromstring(pictures.svg(graph()))  # noqa: S314 (our own)
    boxes = root.findall(".//{http://www.w3.org/2000/svg}rect")
    places = [int(box.attrib["x"]) for box in boxes]
    assert places == sorted(set(places))
    assert len(root.findall(".//{http://www.w3.org/2000/svg}path")) == 3  # with the arrow's head


def test_mermaid_reads_labels_as_text() -> None:
    lines = pictures.mermaid(graph()).splitlines()
    assert lines[1] == (
        '  n0["objects<br/>s3://artifacts/#lt;raw#gt;&#quot;x#quot;<br/>3 objects"]'
    )
    assert lines[-2:] == ["  n0 --> n1", "  n1 --> n2"]


def test_a_circle_ends() -> None:
    found = graph()
    found.link("two", "raw")
    assert pictures.svg(found).count("<rect") == 3
