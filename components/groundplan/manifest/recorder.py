"""Runs a Pulumi program with a monitor in the engine's place, and records what it
registers.

This is the one place that drives the SDK. It uses what `pulumi.runtime.mocks` makes
public for tests: a monitor of one's own. The program runs as in `pulumi preview`
(`is_dry_run()` is true).
"""

import asyncio
import contextvars
import hashlib
import pathlib
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

import pulumi
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import configure, set_root_resource
from pulumi.runtime.stack import run_in_stack

from groundplan.manifest import invoke_results
from groundplan.manifest.model import SECRET, STACK_TYPE, Invoke, Manifest, Resource, symbol
from groundplan.manifest.symbols import Symbols

Program = Callable[[], Any]
"""A program; what it returns is awaited if it can be."""


class DuplicateResource(Exception):
    """Two resources have the same URN; the engine refuses that too."""


@dataclass(frozen=True)
class ProgramContext:
    """Where a program runs: what the engine would have told it."""

    project: str
    stack: str
    config: Mapping[str, str] = field(default_factory=dict)
    """`namespace:key` -> value; objects as JSON text, as the engine passes them."""
    secrets: frozenset[str] = frozenset()
    """The keys of `config` that hold secrets."""
    root: pathlib.Path = field(default_factory=pathlib.Path.cwd)
    """The project's folder: paths are told from there."""
    program: pathlib.Path | None = None
    """The folder of the program's own files, which a resource's `source` names.
    Default: `root`."""
    region: str = "us-east-1"
    """What stands in for the AWS provider's region where the configuration has no
    `aws:region`."""
    answers: invoke_results.Answers = field(default_factory=dict)
    """Answers to invokes, by token."""
    organization: str = "organization"


def record(program: Program, context: ProgramContext) -> Manifest:
    """What `program` registers. Whatever the program raises is raised, with the
    manifest until then as `error.manifest`."""
    monitor = Recorder(context)
    # The SDK keeps its state in context variables: a context of its own leaves nothing
    # behind for the next run.
    try:
        contextvars.Context().run(_run, program, context, monitor)
    except BaseException as error:
        error.manifest = monitor.manifest()  # type: ignore[attr-defined]
        raise
    return monitor.manifest()


def _run(program: Program, context: ProgramContext, monitor: "Recorder") -> None:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_Inline())
    asyncio.set_event_loop(loop)
    configure(
        mocks.MockSettings(  # type: ignore[no-untyped-call]
            monitor=monitor,
            monitor_features=set(monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures),  # type: ignore[no-untyped-call]
            engine=mocks.MockEngine(None),
            project=context.project,
            stack=context.stack,
            dry_run=True,
            organization=context.organization,
            root_directory=str(context.root),
            callbacks=None,
            outputs=set(),
            lock=threading.Lock(),
            package_refs={},
            base_providers_by_ref={},
            legacy_apply_enabled=False,
        )
    )
    pulumi.runtime.set_all_config(dict(context.config), sorted(context.secrets))
    set_root_resource(None)  # type: ignore[arg-type]
    try:
        loop.run_until_complete(run_in_stack(program))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        asyncio.set_event_loop(None)


class _Inline(ThreadPoolExecutor):
    """Runs what it is given at once, in the caller's thread.

    The SDK hands each request to a thread, to wait for the engine. The recorder has
    nothing to wait for, and in another thread it would meet the provider SDKs' modules
    half loaded, as the program imports them.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 (whoever awaits the result gets it)
            future.set_exception(error)
        return future


class _NoMocks(mocks.Mocks):
    """The recorder answers for itself; the SDK's monitor wants an object here."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise NotImplementedError


class Recorder(mocks.MockMonitor):
    """A resource monitor that records each request, and answers with the inputs and
    symbolic outputs."""

    def __init__(self, context: ProgramContext) -> None:
        super().__init__(_NoMocks())
        self._setting = context
        self._symbols = Symbols()
        self._resources: dict[str, Resource] = {}
        self._stack_outputs: dict[str, Any] = {}
        self._invokes: list[Invoke] = []
        self._providers: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self._region = context.config.get("aws:region", context.region)

    def manifest(self) -> Manifest:
        """What was registered so far."""
        distinct = {repr(invoke): invoke for invoke in self._invokes}
        return Manifest(
            project=self._setting.project,
            stack=self._setting.stack,
            resources=tuple(resource for _, resource in sorted(self._resources.items())),
            outputs=self._stack_outputs,
            invokes=tuple(invoke for _, invoke in sorted(distinct.items())),
            providers=dict(sorted(self._providers.items())),
        )

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The URN as the engine makes it: the types of all ancestors but the stack,
        then the resource's own."""
        qualified = parent.split("::")[2] if parent else STACK_TYPE
        chain = type_ if qualified == STACK_TYPE else f"{qualified}${type_}"
        return f"urn:pulumi:{self._setting.stack}::{self._setting.project}::{chain}::{name}"

    # The SDK calls these, by the names of the engine's protocol.

    def RegisterResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if urn in self._resources:
            raise DuplicateResource(
                f"two resources have the URN {urn}: give one of them another name"
            )
        self._resources[urn] = self._resource(request, urn)
        if request.version and not request.type.startswith("pulumi:"):
            self._providers[request.type.split(":")[0]] = request.version
        state = struct_pb2.Struct()
        if not request.remote:  # what a component of another package puts out may share a name with an input, and no more
            state.CopyFrom(request.object)
        response = resource_pb2.RegisterResourceResponse(urn=urn, object=state)
        if request.custom:
            response.id = request.importId or symbol(f"{request.name}.id")
        if request.custom or request.remote:
            self._symbols.fill(response.object, request.type, request.name)
        self.resources[urn] = self.ResourceRegistration(urn, response.id, {})
        return response

    def ReadResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        state = struct_pb2.Struct()
        state.CopyFrom(request.properties)
        self._symbols.fill(state, request.type, request.name)
        self.resources[urn] = self.ResourceRegistration(urn, request.id, {})
        return resource_pb2.ReadResourceResponse(urn=urn, properties=state)

    def RegisterResourceOutputs(self, request: Any) -> Any:
        outputs = {
            key: self._value(value, ()) for key, value in sorted(request.outputs.fields.items())
        }
        if request.urn in self._resources:
            self._resources[request.urn] = replace(self._resources[request.urn], outputs=outputs)
        else:
            self._stack_outputs = outputs
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:
        arguments = {
            key: self._value(value, ()) for key, value in sorted(request.args.fields.items())
        }
        answer = invoke_results.answer(request.tok, arguments, self._region, self._setting.answers)
        self._invokes.append(Invoke(request.tok, arguments, answer))
        returned = struct_pb2.Struct()
        returned.update(answer)
        fields: dict[str, Any] = {"return": returned}  # a keyword of Python, so no keyword argument
        return resource_pb2.ResourceInvokeResponse(**fields)

    def _resource(self, request: Any, urn: str) -> Resource:
        depends = {
            key: tuple(sorted(deps.urns))
            for key, deps in sorted(request.propertyDependencies.items())
            if deps.urns
        }
        return Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent if request.parent and STACK_TYPE not in request.parent else None,
            custom=request.custom,
            inputs={
                key: self._value(value, depends.get(key, ()))
                for key, value in sorted(request.object.fields.items())
            },
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies=depends,
            source=self._source(request.stackTrace.frames),
            options=_options(request),
        )

    def _value(self, value: Any, depends: tuple[str, ...]) -> Any:
        """A protobuf value as plain data: secrets hidden, assets by their content, the
        unknown by what it depends on."""
        kind = value.WhichOneof("kind")
        if kind == "string_value":
            return _unknown(depends) if value.string_value == rpc.UNKNOWN else value.string_value
        if kind == "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        if kind == "bool_value":
            return value.bool_value
        if kind == "list_value":
            return [self._value(item, depends) for item in value.list_value.values]
        if kind != "struct_value":
            return None
        fields = value.struct_value.fields
        if rpc._special_sig_key in fields:
            return self._special(fields)
        return {key: self._value(item, depends) for key, item in sorted(fields.items())}

    def _source(self, frames: Any) -> str:
        """The innermost line of the program's own that led to a resource."""
        program = self._setting.program or self._setting.root
        for frame in frames:
            path = frame.pc.uri.removeprefix("file://")
            if path not in self._sources:
                file = pathlib.Path(unquote(path))
                own = (
                    path
                    and file.is_relative_to(program)
                    and not {"site-packages", ".venv"} & set(file.parts)
                )
                self._sources[path] = file.relative_to(self._setting.root).as_posix() if own else ""
            if self._sources[path]:
                return f"{self._sources[path]}:{frame.pc.line}"
        return ""

    def _special(self, fields: Any) -> Any:
        signature = fields[rpc._special_sig_key].string_value
        if signature == rpc._special_secret_sig:
            return SECRET
        if signature == rpc._special_resource_sig:
            return symbol(fields["urn"].string_value.rsplit("::", 1)[-1])
        return _asset(fields, self._setting.root)


def _unknown(depends: tuple[str, ...]) -> str:
    names = ", ".join(dict.fromkeys(urn.rsplit("::", 1)[-1] for urn in depends))
    return symbol(f"unknown until {names}" if names else "unknown")


def _asset(fields: Any, root: pathlib.Path) -> dict[str, Any]:
    """An asset or archive, told by its path from the project's folder and the digest of
    its content."""
    if "text" in fields:
        return {
            "asset": "text",
            "sha256": hashlib.sha256(fields["text"].string_value.encode()).hexdigest(),
        }
    if "assets" in fields:
        members = fields["assets"].struct_value.fields
        return {
            "archive": {
                key: _asset(member.struct_value.fields, root)
                for key, member in sorted(members.items())
            }
        }
    if "uri" in fields:
        return {"asset": fields["uri"].string_value}
    path = pathlib.Path(fields["path"].string_value)
    resolved = (pathlib.Path.cwd() / path).resolve()
    told = (
        resolved.relative_to(root.resolve()).as_posix()
        if resolved.is_relative_to(root.resolve())
        else path.name
    )
    return {"asset": told, "sha256": _digest(resolved)}


def _digest(path: pathlib.Path) -> str:
    """The digest of a file, or of all files below a folder with their paths; compiled
    Python is not content."""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        if "__pycache__" not in file.parts:
            if file != path:
                digest.update(file.relative_to(path).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _options(request: Any) -> dict[str, Any]:
    """The resource options that were set."""
    told: dict[str, Any] = {
        "protect": request.protect if request.HasField("protect") else None,
        "retainOnDelete": request.retainOnDelete if request.HasField("retainOnDelete") else None,
        "deleteBeforeReplace": request.deleteBeforeReplace
        if request.deleteBeforeReplaceDefined
        else None,
        "ignoreChanges": list(request.ignoreChanges),
        "replaceOnChanges": list(request.replaceOnChanges),
        "additionalSecretOutputs": sorted(request.additionalSecretOutputs),
        "aliases": [_alias(alias) for alias in request.aliases],
        "import": request.importId,
        "provider": request.provider.rsplit("::", 1)[0],  # URN::ID
        "deletedWith": request.deletedWith,
        "replaceWith": sorted(request.replace_with),
        "remote": request.remote or None,
    }
    timeouts = request.customTimeouts
    told["customTimeouts"] = {
        k: getattr(timeouts, k) for k in ("create", "update", "delete") if getattr(timeouts, k)
    }
    return {
        key: value for key, value in told.items() if value is not None and value not in ("", [], {})
    }


def _alias(alias: Any) -> Any:
    if alias.WhichOneof("alias") == "urn":
        return alias.urn
    spec = alias.spec
    told = {
        key: getattr(spec, key)
        for key in ("name", "type", "stack", "project", "parentUrn")
        if getattr(spec, key)
    }
    return told | ({"noParent": True} if spec.noParent else {})
