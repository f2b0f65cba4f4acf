"""An event loop for outputs that are created outside of a program, and the manifests of
the environments on AWS."""

import asyncio
from collections.abc import Iterator, Mapping

import environments
import pytest
from groundplan.manifest.model import Manifest

AWS = ("dev", "prod", "rich-sagemaker", "rich-kubernetes")


@pytest.fixture(scope="session")
def manifests() -> Mapping[str, Manifest]:
    """Returns the manifests of dev and prod, and of two environments with nearly
    everything."""
    return {stack: manifest for stack, manifest in environments.manifests().items() if stack in AWS}


@pytest.fixture(autouse=True)
def event_loop_of_the_test() -> Iterator[None]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()
    asyncio.set_event_loop(None)
