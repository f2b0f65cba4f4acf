"""Runs a Pulumi program with a resource monitor in place of the engine, and records
what it registers.

Only this module drives the SDK. It uses the interface that `pulumi.runtime.mocks` has
for tests: a custom monitor. The program runs as in `pulumi preview` (`is_dry_run()` is
true).
"""

import asyncio
import contextvars
import hashlib
import os
import pathlib
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from inspect import isawaitable
from typing import Any
from urllib.parse import unquote

import pulumi
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import configure, set_root_resource
from pulumi.runtime.stack import run_in_stack

from groundplan.manifest import engine_invokes, invoke_results
from groundplan.manifest.engine_invokes import Registered
from groundplan.manifest.model import SECRET, STACK_TYPE, Invoke, Manifest, Resource, symbol
from groundplan.manifest.symbol_names import unknown_until
from groundplan.manifest.symbols import Symbols

Program = Callable[[], Any]
"""A program; an awaitable that it returns is awaited."""


class DuplicateResource(Exception):
    """Two resources have the same URN, which the engine refuses too."""


@dataclass(frozen=True)
class ProgramContext:
    """The context in which a program runs: what it receives from the engine."""

    project: str
    stack: str
    config: Mapping[str, str] = field(default_factory=dict)
    """`namespace:key` -> value; objects as JSON text, as the engine passes them."""
    secrets: frozenset[str] = frozenset()
    """The keys of `config` that hold secrets."""
    root: pathlib.Path = field(default_factory=pathlib.Path.cwd)
    """The project's folder, which paths are relative to."""
    program: pathlib.Path | None = None
    """The folder of the program's own files, which the `source` of a resource is in.
    Default: `root`."""
    region: str = "us-east-1"
    """The AWS region where the configuration has no `aws:region`."""
    answers: invoke_results.Answers = field(default_factory=dict)
    """Invoke results that replace the built-in ones, by token."""
    organization: str = "organization"


def record(program: Program, context: ProgramContext) -> Manifest:
    """Runs `program` and returns its manifest. An error of the program is raised, with
    the manifest until then as `error.manifest`."""
    monitor = Recorder(context)
    # The SDK keeps its state in context variables: a separate context isolates the
    # runs.
    try:
        contextvars.Context().run(_run, program, context, monitor)
    except BaseException as error:
        error.manifest = monitor.manifest()  # type: ignore[attr-defined]
        raise
    return monitor.manifest()


def _run(program: Program, context: ProgramContext, monitor: "Recorder") -> None:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_InlineExecutor())
    asyncio.set_event_loop(loop)
    outputs: set[asyncio.Future[Any]] = set()
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
            outputs=outputs,
            lock=threading.Lock(),
            package_refs={},
            base_providers_by_ref={},
            legacy_apply_enabled=False,
        )
    )
    pulumi.runtime.set_all_config(dict(context.config), sorted(context.secrets))
    set_root_resource(None)  # type: ignore[arg-type]
    try:
        loop.run_until_complete(run_in_stack(lambda: _to_end(program, outputs)))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        asyncio.set_event_loop(None)


async def _to_end(program: Program, outputs: set[asyncio.Future[Any]]) -> None:
    """Runs the program, and waits until its outputs are resolved or one fails.

    The SDK waits itself afterwards, and raises the error of one that failed. Its loop
    would wait for all outputs again each time that one of them is resolved.
    """
    result = program()
    if isawaitable(result):
        await result
    while pending := {output for output in outputs if not output.done()}:
        done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
        if any(output.cancelled() or output.exception() for output in done):
            return


class _InlineExecutor(ThreadPoolExecutor):
    """Runs each function at once, in the thread of the caller.

    The SDK submits each request to a thread, which waits for the engine. The recorder
    never waits, and in another thread it could see provider SDK modules that the
    program is still importing.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 (raised where the result is awaited)
            future.set_exception(error)
        return future


class _NoMocks(mocks.Mocks):
    """Unused: the SDK's monitor requires an instance, the recorder overrides its
    methods."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise NotImplementedError


class Recorder(mocks.MockMonitor):
    """A resource monitor that records each request and responds with the inputs and
    symbolic outputs."""

    def __init__(self, context: ProgramContext) -> None:
        super().__init__(_NoMocks())
        self._context = context
        self._symbols = Symbols()
        self._resources: dict[str, Resource] = {}
        self._stack_outputs: dict[str, Any] = {}
        self._invokes: list[Invoke] = []
        self._providers: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self._registered: dict[str, Registered] = {}
        self._region = context.config.get("aws:region", context.region)

    def manifest(self) -> Manifest:
        """The manifest of all registrations so far."""
        distinct = {repr(invoke): invoke for invoke in self._invokes}
        return Manifest(
            project=self._context.project,
            stack=self._context.stack,
            resources=tuple(resource for _, resource in sorted(self._resources.items())),
            outputs=self._stack_outputs,
            invokes=tuple(invoke for _, invoke in sorted(distinct.items())),
            providers=dict(sorted(self._providers.items())),
        )

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The URN as the engine builds it: the types of all ancestors but the stack,
        then the resource's type."""
        qualified = parent.split("::")[2] if parent else STACK_TYPE
        chain = type_ if qualified == STACK_TYPE else f"{qualified}${type_}"
        return f"urn:pulumi:{self._context.stack}::{self._context.project}::{chain}::{name}"

    # The SDK calls these methods, which have the names of the engine's protocol.

    def RegisterResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            self._registered[urn] = Registered("", struct_pb2.Struct())
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if urn in self._resources:
            raise DuplicateResource(f"two resources have the URN {urn}. Fix: rename one of them")
        self._resources[urn] = self._resource(request, urn)
        if request.version and not request.type.startswith("pulumi:"):
            self._providers[request.type.split(":")[0]] = request.version
        state = struct_pb2.Struct()
        # An output of a remote component may have the name of an input and another
        # type.
        if not request.remote:
            state.CopyFrom(request.object)
        response = resource_pb2.RegisterResourceResponse(urn=urn, object=state)
        if request.custom:
            response.id = request.importId or symbol(f"{request.name}.id")
        if request.custom or request.remote:
            self._symbols.fill(response.object, request.type, request.name)
        self.resources[urn] = self.ResourceRegistration(urn, response.id, {})
        self._registered[urn] = Registered(response.id, response.object)
        return response

    def ReadResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        state = struct_pb2.Struct()
        state.CopyFrom(request.properties)
        self._symbols.fill(state, request.type, request.name)
        self.resources[urn] = self.ResourceRegistration(urn, request.id, {})
        self._registered[urn] = Registered(request.id, state)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=state)

    def RegisterResourceOutputs(self, request: Any) -> Any:
        self._registered[request.urn] = Registered("", request.outputs)
        outputs = {
            key: self._value(value, ()) for key, value in sorted(request.outputs.fields.items())
        }
        if request.urn in self._resources:
            self._resources[request.urn] = replace(self._resources[request.urn], outputs=outputs)
        else:
            self._stack_outputs = outputs
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:
        engine_result = engine_invokes.result(request.tok, request.args, self._registered)
        if engine_result is not None:
            return resource_pb2.ResourceInvokeResponse(**{"return": engine_result})  # type: ignore[arg-type]
        arguments = {
            key: self._value(value, ()) for key, value in sorted(request.args.fields.items())
        }
        result = invoke_results.result(request.tok, arguments, self._region, self._context.answers)
        self._invokes.append(Invoke(request.tok, arguments, result))
        struct = struct_pb2.Struct()
        struct.update(result)
        fields: dict[str, Any] = {"return": struct}  # a Python keyword can't be an argument name
        return resource_pb2.ResourceInvokeResponse(**fields)

    def _resource(self, request: Any, urn: str) -> Resource:
        dependencies = {
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
                key: self._value(value, dependencies.get(key, ()))
                for key, value in sorted(request.object.fields.items())
            },
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies=dependencies,
            source=self._source(request.stackTrace.frames),
            options=_options(request),
        )

    def _value(self, value: Any, dependencies: tuple[str, ...]) -> Any:
        """A protobuf value as plain data: a secret is hidden, an asset is its digest,
        an unknown value names its dependencies."""
        kind = value.WhichOneof("kind")
        if kind == "string_value":
            return (
                _unknown(dependencies) if value.string_value == rpc.UNKNOWN else value.string_value
            )
        if kind == "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        if kind == "bool_value":
            return value.bool_value
        if kind == "list_value":
            return [self._value(item, dependencies) for item in value.list_value.values]
        if kind != "struct_value":
            return None
        fields = value.struct_value.fields
        if rpc._special_sig_key in fields:
            return self._special_value(fields)
        return {key: self._value(item, dependencies) for key, item in sorted(fields.items())}

    def _source(self, frames: Any) -> str:
        """The innermost line of the program's own files that registers a resource."""
        for frame in frames:
            path = frame.pc.uri.removeprefix("file://")
            if path not in self._sources:
                file = pathlib.Path(unquote(path))
                own = (
                    path
                    and file.is_relative_to(self._program_folder)
                    and not {"site-packages", ".venv"} & set(file.parts)
                )
                self._sources[path] = relative_path(file, self._context.root) if own else ""
            if self._sources[path]:
                return f"{self._sources[path]}:{frame.pc.line}"
        return ""

    def _special_value(self, fields: Any) -> Any:
        signature = fields[rpc._special_sig_key].string_value
        if signature == rpc._special_secret_sig:
            return SECRET
        if signature == rpc._special_resource_sig:
            return symbol(fields["urn"].string_value.rsplit("::", 1)[-1])
        return _asset(fields, self._context.root, self._program_folder)

    @property
    def _program_folder(self) -> pathlib.Path:
        return self._context.program or self._context.root


def relative_path(file: pathlib.Path, root: pathlib.Path) -> str:
    """The path of a file from the project's folder; with `..` where the program is
    outside of it (`main: ../infra`)."""
    return pathlib.Path(os.path.relpath(file, root)).as_posix()


def _unknown(dependencies: tuple[str, ...]) -> str:
    names = dict.fromkeys(urn.rsplit("::", 1)[-1] for urn in dependencies)
    return unknown_until(*names) if names else symbol("unknown")


def _asset(fields: Any, root: pathlib.Path, program: pathlib.Path) -> dict[str, Any]:
    """An asset or archive: its path from the project's folder, and the digest of its
    content."""
    if "text" in fields:
        return {
            "asset": "text",
            "sha256": hashlib.sha256(fields["text"].string_value.encode()).hexdigest(),
        }
    if "assets" in fields:
        members = fields["assets"].struct_value.fields
        return {
            "archive": {
                key: _asset(member.struct_value.fields, root, program)
                for key, member in sorted(members.items())
            }
        }
    if "uri" in fields:
        return {"asset": fields["uri"].string_value}
    path = pathlib.Path(fields["path"].string_value)
    resolved = (pathlib.Path.cwd() / path).resolve()
    folders = (root.resolve(), program.resolve())
    inside = any(resolved.is_relative_to(folder) for folder in folders)
    name = relative_path(resolved, folders[0]) if inside else path.name
    return {"asset": name, "sha256": _digest(resolved)}


def _digest(path: pathlib.Path) -> str:
    """The digest of a file, or of all files below a folder with their paths, without
    compiled Python files."""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        if "__pycache__" not in file.parts:
            if file != path:
                digest.update(file.relative_to(path).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _options(request: Any) -> dict[str, Any]:
    """The resource options that are set."""
    options: dict[str, Any] = {
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
    options["customTimeouts"] = {
        k: getattr(timeouts, k) for k in ("create", "update", "delete") if getattr(timeouts, k)
    }
    return {
        key: value
        for key, value in options.items()
        if value is not None and value not in ("", [], {})
    }


def _alias(alias: Any) -> Any:
    if alias.WhichOneof("alias") == "urn":
        return alias.urn
    spec = alias.spec
    parts = {
        key: getattr(spec, key)
        for key in ("name", "type", "stack", "project", "parentUrn")
        if getattr(spec, key)
    }
    return parts | ({"noParent": True} if spec.noParent else {})
