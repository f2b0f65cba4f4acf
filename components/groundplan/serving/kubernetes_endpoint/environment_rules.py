"""Validates the environment variables of an endpoint's pods, and the secrets that they
are read from."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.kubernetes import object_names
from groundplan.problems import Problem
from groundplan.serving.kubernetes_endpoint.args import (
    KubernetesEndpointArgs,
    KubernetesSecretArgs,
)

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

LONGEST = 131_071
"""Bytes of a variable with its name, or of an argument, that Linux starts a process
with: execve(2), "Limits on size of arguments and environment", MAX_ARG_STRLEN."""

OF_VLLM = {"api_key": "VLLM_API_KEY", "hub_token": "HF_TOKEN"}
"""Arguments of vLLM -> the variables that they set."""


def problems(args: KubernetesEndpointArgs) -> list[Problem]:
    """Returns the problems of `environment`, `secrets` and those of vLLM."""
    groups: dict[str, Mapping[str, Any]] = {
        "environment": args.get("environment", {}),
        "secrets": args.get("secrets", {}),
        "canary.environment": args.get("canary", {}).get("environment", {}),
    }
    allowed = "the name of an environment variable: letters, digits and _, no digit first"
    found = [
        Problem(f"{group}.{name}", name, allowed, "rename it")
        for group, variables in groups.items()
        for name in variables
        if not VARIABLE.fullmatch(name)
    ]
    return [*found, *_twice(args, groups), *_lengths(args, groups), *_secrets(args)]


def _twice(
    args: KubernetesEndpointArgs, groups: Mapping[str, Mapping[str, Any]]
) -> Iterator[Problem]:
    """A variable has one value: Kubernetes refuses to apply a list with two."""
    vllm = args.get("vllm", {})
    taken = {name: f"vllm.{key}" for key, name in OF_VLLM.items() if key in vllm}
    taken |= dict.fromkeys(groups["environment"], "environment")
    for name in sorted(groups["secrets"]):
        if name in taken:
            allowed = f"a variable that {taken[name]} does not set"
            yield Problem(f"secrets.{name}", name, allowed, "remove one of the two")
    for group in ("environment", "canary.environment"):
        for key, name in OF_VLLM.items():
            if name in groups[group] and key in vllm:
                allowed = f"a variable that vllm.{key} does not set"
                yield Problem(f"{group}.{name}", name, allowed, "remove one of the two")
    for name in sorted(groups["canary.environment"]):
        if name in groups["secrets"]:
            allowed = "a variable that secrets does not set"
            yield Problem(f"canary.environment.{name}", name, allowed, "remove one of the two")


def _lengths(
    args: KubernetesEndpointArgs, groups: Mapping[str, Mapping[str, Any]]
) -> Iterator[Problem]:
    texts = {
        f"{group}.{name}": (f"{name}={value}", value)
        for group, variables in groups.items()
        if group != "secrets"
        for name, value in variables.items()
        if isinstance(value, str)
    }
    for group, owner in (("arguments", args), ("canary.arguments", args.get("canary", {}))):
        values: Any = owner.get("arguments", ())
        texts |= {f"{group}[{index}]": (text, text) for index, text in enumerate(values)}
    for key, (whole, value) in texts.items():
        if len(whole.encode()) > LONGEST:
            allowed = f"up to {LONGEST} bytes: Linux starts no process with more"
            yield Problem(key, value, allowed, "put it into a file of the image or of the model")


def _secrets(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    vllm = args.get("vllm", {})
    named: dict[str, KubernetesSecretArgs] = {
        f"secrets.{name}": secret for name, secret in args.get("secrets", {}).items()
    }
    for key in ("api_key", "hub_token"):
        if key in vllm:
            named[f"vllm.{key}"] = vllm[key]
    for key, secret in named.items():
        yield from object_names.problems(f"{key}.name", secret.get("name"), "secret")
        yield from object_names.key_problems(f"{key}.key", secret.get("key"))
