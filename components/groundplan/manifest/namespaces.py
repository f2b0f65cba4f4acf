"""The namespaces of configuration keys: `groudplan:network` in the settings of the
project `groundplan` is read by nothing."""

import pathlib
from collections.abc import Iterable

from groundplan.manifest.preload import python_files
from groundplan.problems import nearest

PROVIDERS = frozenset(
    {
        "aws",
        "aws-native",
        "awsx",
        "eks",
        "azure",
        "azure-native",
        "azuread",
        "gcp",
        "google-native",
        "kubernetes",
        "docker",
        "docker-build",
        "command",
        "random",
        "tls",
        "cloudflare",
        "datadog",
        "github",
        "gitlab",
        "vault",
        "consul",
        "pulumi",
        "pulumiservice",
        "auto-deploy",
        "mlflow",
    }
)
"""Namespaces of common providers, whose programs need not name them."""


def misspelt(keys: Iterable[str], project: str, folders: Iterable[pathlib.Path]) -> dict[str, str]:
    """Keys whose namespace is that of nobody, and nearly the project's or a provider's
    -> the key that is meant.

    A namespace that the program's text names is its own (`pulumi.Config("data")`).
    """
    found = {}
    for key in keys:
        namespace, separator, name = key.partition(":")
        if not separator or namespace == project or namespace in PROVIDERS:
            continue
        near = nearest(namespace, [project, *sorted(PROVIDERS)])
        if near and not any(_mentions(folder, namespace) for folder in folders):
            found[key] = f"{near[0]}:{name}"
    return found


def _mentions(folder: pathlib.Path, namespace: str) -> bool:
    quoted = (f'"{namespace}"', f"'{namespace}'", f'"{namespace}:', f"'{namespace}:")
    return any(
        mark in text
        for file in python_files(folder)
        for text in [file.read_text(encoding="utf-8", errors="replace")]
        for mark in quoted
    )
