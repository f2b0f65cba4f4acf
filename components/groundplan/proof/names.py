"""The physical names and ARNs of a plan's resources, as far as the plan has them.

A part that only the cloud knows (the suffix of a generated name, an account's number)
is a mark: one character that no name contains. Two texts are then compared as text. The
shape of a mark says what it may become."""

import re
from collections.abc import Mapping
from enum import Enum

from groundplan import catalog
from groundplan.manifest.model import SECRET, Manifest, Resource
from groundplan.manifest.symbol_names import UNTIL


class Shape(Enum):
    """What the text that replaces a mark may be."""

    SUFFIX = "[0-9a-f]{7}"
    """Pulumi's suffix of a generated name."""
    ACCOUNT = "[0-9]{12}"
    WORD = "[0-9a-zA-Z-]+"
    """A region, or an ID that AWS generates."""
    ANY = ".*"


CALLER = "aws:index/getCallerIdentity:getCallerIdentity"
VARIABLE = re.compile(r"\$\{(?:[a-zA-Z0-9-]+:[^{}]*|[*?$])\}")
"""A policy variable of IAM: `${aws:PrincipalTag/team}`."""
SYMBOL = re.compile(r"\$\{([^{}]*)\}")

ARNS: Mapping[str, str] = {
    "s3.Bucket": "arn:aws:s3:::{name}",
    "s3.BucketV2": "arn:aws:s3:::{name}",
    "iam.Role": "arn:aws:iam::{account}:role{path}{name}",
    "iam.User": "arn:aws:iam::{account}:user{path}{name}",
    "iam.Policy": "arn:aws:iam::{account}:policy{path}{name}",
    "iam.OpenIdConnectProvider": "arn:aws:iam::{account}:oidc-provider/{id}",
    "kms.Key": "arn:aws:kms:{region}:{account}:key/{id}",
    "secretsmanager.Secret": "arn:aws:secretsmanager:{region}:{account}:secret:{name}-{id}",
    "dynamodb.Table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "sqs.Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "sns.Topic": "arn:aws:sns:{region}:{account}:{name}",
    "ecr.Repository": "arn:aws:ecr:{region}:{account}:repository/{name}",
    "lambda.Function": "arn:aws:lambda:{region}:{account}:function:{name}",
}
"""Resource type -> its ARN (AWS, Service Authorization Reference)."""

NAME_INPUTS: Mapping[str, str] = {"s3.Bucket": "bucket", "s3.BucketV2": "bucket"}
"""Resource type -> the input with its physical name. Default: `name`."""

NAME_OUTPUTS = ("name", "bucket", "id")
ID_OUTPUTS = ("keyId", "id")
OPAQUE_IDS = ("kms.Key",)
"""Resource types whose ID is not their name."""


class Names:
    """The names of one plan's resources."""

    def __init__(self, manifest: Manifest) -> None:
        self._symbols: dict[str, str] = {}
        self._marks: dict[str, str] = {}
        self._by_symbol: dict[str, str] = {}
        self._generated: dict[str, str] = {}
        self.shapes: dict[str, Shape] = {}
        self._resources: dict[str, list[Resource]] = {}
        for resource in manifest:
            if resource.custom:
                self._resources.setdefault(resource.name, []).append(resource)
        self.account = self._account(manifest)

    def text(self, value: str) -> str:
        """A value of the plan with every symbol replaced by what it stands for. Policy
        variables stay."""
        if "${" not in value and value != SECRET:
            return value
        if value == SECRET:
            return self._mark(SECRET, Shape.ANY)
        return SYMBOL.sub(
            lambda match: match[0] if VARIABLE.fullmatch(match[0]) else self._replacement(match[1]),
            value,
        )

    def shown(self, text: str) -> str:
        """Returns the text with symbols in place of marks, for people."""
        for mark, generated in self._generated.items():
            text = text.replace(generated, self._marks[mark])
        return "".join(self._marks.get(character, character) for character in text)

    def is_marked(self, text: str) -> bool:
        """Returns whether a text has a mark."""
        return any(character in self.shapes for character in text)

    def is_open(self, text: str) -> bool:
        """Returns whether a text has a part that may be anything."""
        return any(self.shapes.get(character) is Shape.ANY for character in text)

    def is_fixed(self, text: str) -> bool:
        """Returns whether the marks of a text are those of generated names only, which
        are never another resource's."""
        return all(self.shapes.get(c, Shape.SUFFIX) is Shape.SUFFIX for c in text)

    def arn(self, resource: Resource) -> str:
        """Returns the ARN of a resource."""
        key = catalog.key(resource.type)
        pattern = ARNS.get(key)
        if pattern is None:
            return self._mark("${" + resource.name + ".arn}", Shape.ANY)
        path = resource.inputs.get("path")
        return pattern.format(
            name=self.name(resource),
            account=self.account,
            region=self._mark("${aws.region}", Shape.WORD),
            id=self._mark("${" + resource.name + ".id}", Shape.WORD),
            path=self.text(path) if isinstance(path, str) else "/",
        )

    def name(self, resource: Resource) -> str:
        """Returns the physical name of a resource: its own, or the one that Pulumi
        generates: the logical name, a hyphen and seven hexadecimal digits."""
        field = NAME_INPUTS.get(catalog.key(resource.type), "name")
        given = resource.inputs.get(field)
        if isinstance(given, str) and given:
            return self.text(given)
        prefix = resource.inputs.get(f"{field}Prefix")
        if isinstance(prefix, str) and prefix:
            return self.text(prefix) + self._mark("${" + resource.name + ".suffix}", Shape.WORD)
        mark = self._mark("${" + f"{resource.name}.{field}" + "}", Shape.SUFFIX)
        self._generated[mark] = f"{resource.name}-{mark}"
        return self._generated[mark]

    def _account(self, manifest: Manifest) -> str:
        for invoke in manifest.invokes:
            account = str(invoke.answer.get("accountId", ""))
            if invoke.token == CALLER and re.fullmatch(r"\d{12}", account):
                return account
        return self._mark("${aws.accountId}", Shape.ACCOUNT)

    def _replacement(self, inner: str) -> str:
        if inner in self._symbols:
            return self._symbols[inner]
        self._symbols[inner] = text = self._resolved(inner)
        return text

    def _resolved(self, inner: str) -> str:
        symbol = "${" + inner + "}"
        if inner.endswith("accountId"):
            return self.account
        if inner.endswith("partition"):
            return "aws"
        if re.fullmatch(r"aws\.region|getRegion\(.*\)\.(id|name|region)", inner):
            return self._mark("${aws.region}", Shape.WORD)
        if not inner.startswith(UNTIL):
            for dot in [i for i, character in enumerate(inner) if character == "."]:
                resource = self._resource(inner[:dot], inner[dot + 1 :])
                if resource is not None:
                    return self._output(resource, inner[dot + 1 :], symbol)
        return self._mark(symbol, Shape.ANY)

    def _resource(self, name: str, output: str) -> Resource | None:
        """Returns the one resource of a name whose outputs have names that are known
        here."""
        known = [r for r in self._resources.get(name, ()) if catalog.key(r.type) in ARNS]
        if len(known) > 1:
            # A bucket and a role may share a logical name: `bucket` is the bucket's.
            named = [r for r in known if NAME_INPUTS.get(catalog.key(r.type), "name") == output]
            known = named or known
        return known[0] if len(known) == 1 else None

    def _output(self, resource: Resource, output: str, symbol: str) -> str:
        key = catalog.key(resource.type)
        if output == "arn" or (output == "id" and key in ("iam.Policy", "secretsmanager.Secret")):
            return self.arn(resource)
        if key in OPAQUE_IDS and output in ID_OUTPUTS:
            return self._mark("${" + resource.name + ".id}", Shape.WORD)
        if output in NAME_OUTPUTS and key not in OPAQUE_IDS:
            return self.name(resource)
        return self._mark(symbol, Shape.ANY)

    def _mark(self, symbol: str, shape: Shape) -> str:
        """Returns the character that represents a symbol; the same for the same
        symbol."""
        if symbol in self._by_symbol:
            return self._by_symbol[symbol]
        number = len(self._marks)
        # Private use areas of Unicode; z3 has characters up to 0x2ffff.
        mark = chr(0xE000 + number) if number < 0x1900 else chr(0x20000 + number)
        self._marks[mark] = symbol
        self._by_symbol[symbol] = mark
        self.shapes[mark] = shape
        return mark
