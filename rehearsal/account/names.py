"""The physical names of a manifest's resources: each symbol, such as `${bucket.arn}`,
is what the resource of that name has once it is deployed.

A reference to a resource that the manifest does not register is an error: nothing is
guessed.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from groundplan import catalog
from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.symbol_names import UNTIL

ACCOUNT = "123456789012"
"""moto's account."""
SYMBOL = re.compile(r"\$\{([^{}]*)\}")
NAMES = {
    "iam.OpenIdConnectProvider": "url",
    "s3.Bucket": "bucket",
    "sagemaker.ModelPackageGroup": "modelPackageGroupName",
    "sagemaker.TrainingJob": "trainingJobName",
}
"""Resource type -> the input with its physical name. Default: `name`."""
ARNS = {
    "ecr.Repository": "arn:aws:ecr:{region}:{account}:repository/{name}",
    "s3.Bucket": "arn:aws:s3:::{name}",
    "iam.Role": "arn:aws:iam::{account}:role{path}{name}",
    "iam.Policy": "arn:aws:iam::{account}:policy{path}{name}",
    "iam.OpenIdConnectProvider": "arn:aws:iam::{account}:oidc-provider/{name}",
    "kms.Key": "arn:aws:kms:{region}:{account}:key/{id}",
    "sqs.Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "sns.Topic": "arn:aws:sns:{region}:{account}:{name}",
    "lambda.Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "cloudwatch.LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}",
    "cloudwatch.MetricAlarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    "cloudwatch.EventRule": "arn:aws:events:{region}:{account}:rule/{name}",
    "glue.Connection": "arn:aws:glue:{region}:{account}:connection/{name}",
    "glue.Job": "arn:aws:glue:{region}:{account}:job/{name}",
    "sfn.StateMachine": "arn:aws:states:{region}:{account}:stateMachine:{name}",
    "sagemaker.MlflowApp": "arn:aws:sagemaker:{region}:{account}:mlflow-app/{name}",
    "sagemaker.Endpoint": "arn:aws:sagemaker:{region}:{account}:endpoint/{name}",
    "sagemaker.ModelPackageGroup": (
        "arn:aws:sagemaker:{region}:{account}:model-package-group/{name}"
    ),
}
"""Resource type -> its ARN (AWS, Service Authorization Reference)."""
IDENTIFIED = ("iam.Role", "s3.Bucket")
"""Resource types whose ID is their name."""


class UnresolvedReference(Exception):
    """A resource refers to something that the manifest does not register."""


class Names:
    """The names of one manifest's resources in one account."""

    def __init__(self, manifest: Manifest) -> None:
        self.region = manifest.aws_region
        named: dict[str, list[Resource]] = {}
        for resource in manifest:
            if resource.custom:
                named.setdefault(resource.name, []).append(resource)
        self._named: Mapping[str, list[Resource]] = named
        self._symbol = cache(self._resolved)

    def value(self, value: Any) -> Any:
        """Returns plain data with names in place of symbols."""
        if isinstance(value, str):
            return SYMBOL.sub(lambda match: self._symbol(match[1]), value)
        if isinstance(value, Mapping):
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def name(self, resource: Resource) -> str:
        """Returns the physical name: its own, or as Pulumi generates one."""
        key = catalog.key(resource.type)
        named = resource.inputs.get(NAMES.get(key, "name"))
        if not named:
            return f"{resource.name}-{_digest(resource.urn)[:7]}"
        return str(self.value(named)).removeprefix("https://")

    def arn(self, resource: Resource) -> str:
        """Returns the ARN."""
        key = catalog.key(resource.type)
        if key not in ARNS:
            raise UnresolvedReference(f"{resource.name}: ARNs of {key} are not known")
        return ARNS[key].format(
            region=self.region,
            account=ACCOUNT,
            name=self.name(resource),
            id=_id(resource),
            path=resource.inputs.get("path", "/"),
        )

    def _resolved(self, symbol: str) -> str:
        if symbol == "aws.accountId":
            return ACCOUNT
        if symbol.startswith(UNTIL):
            return self._computed(symbol.removeprefix(UNTIL))
        for found in self._outputs(symbol):
            return found
        raise UnresolvedReference(
            f"${{{symbol}}} is no output of a resource that the manifest registers"
        )

    def _computed(self, name: str) -> str:
        """What a program computes from an output, which the manifest does not have: of
        a state machine, the ARN of its executions."""
        for resource in self._named.get(name, ()):
            if catalog.key(resource.type) == "sfn.StateMachine":
                return self.arn(resource).replace(":stateMachine:", ":execution:", 1)
        raise UnresolvedReference(f"What is computed from {name} is not known")

    def _outputs(self, symbol: str) -> Iterator[str]:
        name, _, output = symbol.rpartition(".")
        for resource in self._named.get(name, ()):
            key = catalog.key(resource.type)
            if output == "arn" and key in ARNS:
                yield self.arn(resource)
            elif output == ("bucket" if key == "s3.Bucket" else "name"):
                yield self.name(resource)
            elif output == "url" and key == "sqs.Queue":
                yield f"https://sqs.{self.region}.amazonaws.com/{ACCOUNT}/{self.name(resource)}"
            elif output == "invokeArn" and key == "lambda.Function":
                # The URI of an integration: path and function, whose ARN is in it.
                yield (
                    f"arn:aws:apigateway:{self.region}:lambda:path/2015-03-31/functions/"
                    f"{self.arn(resource)}/invocations"
                )
            elif output == "repositoryUrl" and key == "ecr.Repository":
                yield f"{ACCOUNT}.dkr.ecr.{self.region}.amazonaws.com/{self.name(resource)}"
            elif output == "executionArn" and key == "apigatewayv2.Api":
                yield f"arn:aws:execute-api:{self.region}:{ACCOUNT}:{_id(resource)}"
            elif output == "apiEndpoint" and key == "apigatewayv2.Api":
                yield f"https://{_id(resource)}.execute-api.{self.region}.amazonaws.com"
            elif output == "id" and key in IDENTIFIED:
                yield self.name(resource)
            elif output in ("id", "keyId"):
                yield _id(resource)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _id(resource: Resource) -> str:
    digest = _digest(f"id of {resource.urn}")
    parts = (digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32])
    return "-".join(parts)
