"""Whether container images and machine images exist."""

import json
import re
from collections.abc import Iterator
from typing import Any

from groundplan.manifest.model import Resource
from groundplan.operations.preflight.finding import Finding, Unchecked
from groundplan.operations.preflight.plan import Plan, known
from groundplan.operations.preflight.reader import Missing, Reader, Unread, entries

CHECK = "images"
MACHINE_CHECK = "machine images"

ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/"
    r"(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
REFERENCE = re.compile(
    r"(?P<host>[\w-]+(?:\.[\w-]+)+)/(?P<repository>[a-z0-9._/-]+)"
    r"(?::(?P<tag>[\w.-]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)

TOKENS = {
    "docker.io": "https://auth.docker.io/token?service=registry.docker.io&scope=repository:{}:pull",
    "ghcr.io": "https://ghcr.io/token?scope=repository:{}:pull",
    "nvcr.io": "https://nvcr.io/proxy_auth?scope=repository:{}:pull",
    "public.ecr.aws": "https://public.ecr.aws/token/?scope=repository:{}:pull",
    "quay.io": "",
    "registry.k8s.io": "",
}
"""Public registries, and where they issue tokens for anyone; empty: none is needed."""

API = {"docker.io": "registry-1.docker.io"}
"""The host of a registry's API where it is another."""


def named(plan: Plan) -> dict[str, Resource]:
    """Image -> the first resource that runs it, in the order of `up`."""
    found: dict[str, Resource] = {}
    for resource in sorted(plan.manifest, key=lambda each: plan.steps[each.urn]):
        for key in ("image", "imageUri"):
            for image in _values(resource.inputs, key):
                # A Helm chart's `image` is a mapping; its defaults are the chart's own.
                if known(image) and "/" in image:
                    found.setdefault(image, resource)
    return found


def check(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each image that does not exist."""
    own = _own_repositories(plan)
    for image, resource in named(plan).items():
        ecr = ECR.fullmatch(image)
        try:
            if ecr is None:
                there = in_public_registry(account, image)
            elif ecr["repository"] in own:
                yield _absent(plan, resource, image, "this `up` creates its repository, empty")
                continue
            else:
                there = _in_ecr(account, ecr)
        except Unread as error:
            yield Unchecked(CHECK, image, str(error))
            continue
        if there is None:
            yield Unchecked(CHECK, image, "its registry does not answer without credentials")
        elif not there:
            yield _absent(plan, resource, image, "there is no such image")


def _absent(plan: Plan, resource: Resource, image: str, why: str) -> Finding:
    return Finding(
        CHECK,
        resource.urn,
        image,
        why,
        "push it first, or name a tag or digest that exists",
        region=plan.region(resource),
        source=resource.source,
    )


def check_machine_images(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each machine image (AMI) that does not exist."""
    for resource in sorted(plan.manifest, key=lambda each: plan.steps[each.urn]):
        ids = {
            *_values(resource.inputs, "imageId"),
            *_values(resource.inputs, "ami"),
            *(
                term.get("id")
                for terms in _values(resource.inputs, "amiSelectorTerms")
                if isinstance(terms, list)
                for term in terms
                if isinstance(term, dict)
            ),
        }
        region = plan.region(resource)
        for id_ in sorted(id_ for id_ in ids if known(id_).startswith("ami-")):
            try:
                answer = account.read("ec2", "describe_images", region=region, ImageIds=[id_])
                found = entries(answer, "Images")
            except Missing:
                found = []
            if not found or found[0].get("State", "available") != "available":
                yield Finding(
                    MACHINE_CHECK,
                    resource.urn,
                    id_,
                    f"{region} has no such image that this account may use",
                    "name an image of this region, or share it with this account",
                    region=region,
                    source=resource.source,
                )


def _values(data: Any, key: str) -> Iterator[Any]:
    """Yields the values of a key, at any depth."""
    if isinstance(data, dict):
        for name, value in data.items():
            if name == key:
                yield value
            yield from _values(value, key)
    elif isinstance(data, list):
        for value in data:
            yield from _values(value, key)


def _own_repositories(plan: Plan) -> set[str]:
    return {
        str(repository.inputs.get("name"))
        for repository in plan.of_type("aws:ecr/repository:Repository")
        if not plan.is_deployed(repository)
    }


def _in_ecr(account: Reader, image: "re.Match[str]") -> bool:
    """Returns whether an image is in a repository. The repository's answer is asked for
    with BatchGetImage, which its policy allows to who may pull."""
    chosen = (
        {"imageDigest": image["digest"]}
        if image["digest"]
        else {"imageTag": image["tag"] or "latest"}
    )
    try:
        answer = account.read(
            "ecr",
            "batch_get_image",
            region=image["region"],
            registryId=image["account"],
            repositoryName=image["repository"],
            imageIds=[chosen],
        )
    except Missing:
        return False
    return bool(answer.get("images"))


def in_public_registry(account: Reader, image: str) -> bool | None:
    """Returns whether an image is in a public registry; `None` where the registry isn't
    public."""
    found = public_manifest(account, image)
    return None if found is None else bool(found)


def public_manifest(account: Reader, image: str) -> str | None:
    """Returns the text of an image's manifest in a public registry, empty where it has
    no such image; `None` where the registry isn't public."""
    first, slash, _ = image.partition("/")
    # A first part without a dot or a port is no host, nor is `python:3.12`, which has
    # no second part: the image is Docker Hub's.
    has_host = slash and ("." in first or ":" in first)
    match = REFERENCE.fullmatch(image if has_host else f"docker.io/{image}")
    if match is None or match["host"] not in TOKENS:
        return None
    host, repository = match["host"], match["repository"]
    if host == "docker.io" and "/" not in repository:
        repository = f"library/{repository}"
    tag = match["digest"] or match["tag"] or "latest"
    address = f"https://{API.get(host, host)}/v2/{repository}/manifests/{tag}"
    token = ""
    if TOKENS[host]:
        text = account.web(TOKENS[host].format(repository))
        try:
            data = json.loads(text or "{}")
        except ValueError:
            data = {}
        token = str(data.get("token") or data.get("access_token") or "")
        if not token:
            return None
    return account.web(address, token) or ""
