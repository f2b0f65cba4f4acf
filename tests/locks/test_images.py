"""References to images: which move, and what they become."""

import pytest
from groundplan.locks import application, images
from groundplan.locks.image_reference import is_moving, parsed
from groundplan.locks.model import Entry, Kind, Lock, Reference

DIGEST = "sha256:" + "0123456789abcdef" * 4
ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn"


@pytest.mark.parametrize(
    ("text", "pinned"),
    [
        ("docker.io/kserve/agent:v0.20.0", f"docker.io/kserve/agent:v0.20.0@{DIGEST}"),
        ("registry.local:5000/a/b:1", f"registry.local:5000/a/b:1@{DIGEST}"),
        ("localhost:5000/a:1", f"localhost:5000/a:1@{DIGEST}"),
        ("ghcr.io/a/b", f"ghcr.io/a/b@{DIGEST}"),
        ("python:3.12", f"python:3.12@{DIGEST}"),
        # SageMaker refuses a tag and a digest together.
        (f"{ECR}:1", f"{ECR}@{DIGEST}"),
        (ECR, f"{ECR}@{DIGEST}"),
    ],
)
def test_a_moving_reference_is_pinned(text: str, pinned: str) -> None:
    found = parsed(text)
    assert found is not None
    assert is_moving(text)
    assert found.pinned(DIGEST) == pinned
    assert not is_moving(pinned)


@pytest.mark.parametrize(
    "text", ["busybox", "al2023", f"{ECR}@{DIGEST}", f"{ECR}:1@{DIGEST}", "${a.b}", "", "A/b:1", 3]
)
def test_what_does_not_move_is_left_alone(text: object) -> None:
    assert not is_moving(text)


def test_images_are_read_at_any_depth_and_in_json() -> None:
    inputs = {
        "spec": {"containers": [{"image": "a.io/b:1"}, {"image": {"reference": "a.io/c:1"}}]},
        "definition": '{"States": {"T": {"TrainingImage": "a.io/d:1", "ImageUri": "a.io/e:1"}}}',
        "imageUri": "${repository.url}:1",
        "name": "a.io/no:1",
        "text": "{not json",
    }
    assert list(images.named(inputs)) == [f"a.io/{x}:1" for x in "bcde"]


def test_only_whole_references_are_replaced() -> None:
    name = "a.io/b:1"
    lock = Lock.of([Entry(Reference(Kind.IMAGE, name), f"{name}@{DIGEST}", "a.io", "2026-11-28")])
    data = {"x": [name, f"{name}2", {"y": name}], "z": (name, 1, None)}
    pinned = f"{name}@{DIGEST}"
    assert application.applied(data, lock) == {
        "x": [pinned, f"{name}2", {"y": pinned}],
        "z": (pinned, 1, None),
    }
    assert application.applied(data, Lock()) == data
