"""Runs a Pulumi program with a resource monitor in place of the engine, and records
what it registers.

Only this module drives the SDK. It uses the interface that `pulumi.runtime.mocks` has
for tests: a custom monitor. The program runs as in `pulumi preview` (`is_dry_run()` is
true).
"""

import asyncio
import contextvars
import pathlib
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from inspect import isawaitable
from typing import Any

import pulumi
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import configure, set_root_resource
from pulumi.runtime.stack import run_in_stack

from groundplan import settings_key
from groundplan.manifest import (
    engine_invokes,
    invoke_place,
    invoke_results,
    named_unknowns,
    provider_configuration,
)
from groundplan.manifest.callbacks import Callbacks
from groundplan.manifest.engine_invokes import Registered
from groundplan.manifest.invoke_place import Place
from groundplan.manifest.issued_symbols import IssuedSymbols
from groundplan.manifest.model import STACK_TYPE, Invoke, Manifest, Resource, symbol
from groundplan.manifest.plain_values import PlainValues
from groundplan.manifest.program_lines import ProgramLines
from groundplan.manifest.resource_options import resource_options
from groundplan.manifest.symbol_names import UNTIL
from groundplan.manifest.symbols import Symbols

AWS_REGION = "aws:region"

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
    assertions: bool = True
    """Whether a failed `assert` and a `pulumi.RunError` in a callback on symbols end
    the run, as a test expects; in a preview the result of the callback is unknown."""


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
    loop.set_exception_handler(_report)
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
        callbacks = Callbacks(monitor.issued, context.assertions)
        with callbacks.installed(), monitor.lines.sent():
            loop.run_until_complete(run_in_stack(lambda: _to_end(program, outputs)))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        asyncio.set_event_loop(None)


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Reports an error of the loop, but not of futures that a failed program leaves:
    its error was raised. Whenever they are collected, their tracebacks would be
    formatted, and in Python 3.11 that breaks an `ast.parse` that is under way (CPython
    issue 106905)."""
    if "never retrieved" not in str(context.get("message")):
        loop.default_exception_handler(context)


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
        self.issued = IssuedSymbols()
        self.issued.issue([symbol(f"secret {key}") for key in context.secrets])
        self._symbols = Symbols(self.issued)
        self._values = PlainValues(context.root, self._program_folder)
        self.lines = ProgramLines(self._program_folder, context.root)
        self._resources: dict[str, Resource] = {}
        self._stack_outputs: dict[str, Any] = {}
        self._invokes: list[Invoke] = []
        self._providers: dict[str, str] = {}
        self._default_packages: set[str] = set()
        self._tagged_types: set[str] = set()
        self._registered: dict[str, Registered] = {}
        self._region = context.config.get(AWS_REGION, context.region)

    def manifest(self) -> Manifest:
        """Returns the manifest of all registrations so far."""
        distinct = {repr(invoke): invoke for invoke in self._invokes}
        return Manifest(
            project=self._context.project,
            stack=self._context.stack,
            resources=tuple(resource for _, resource in sorted(self._resources.items())),
            outputs=self._stack_outputs,
            invokes=tuple(invoke for _, invoke in sorted(distinct.items())),
            providers=dict(sorted(self._providers.items())),
            default_providers=provider_configuration.of_program(
                self._default_packages, self._context.config, self._context.secrets
            ),
            tagged_types=tuple(sorted(self._tagged_types)),
            aws_region=self._configured_region(),
        )

    def _configured_region(self) -> str:
        """`aws:region`; empty where it is not set, or secret."""
        config, secrets = self._context.config, self._context.secrets
        return "" if AWS_REGION in secrets else config.get(AWS_REGION, "")

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Returns the URN as the engine builds it: the types of all ancestors but the
        stack, then the resource's type."""
        qualified = parent.split("::")[2] if parent else STACK_TYPE
        chain = type_ if qualified == STACK_TYPE else f"{qualified}${type_}"
        return f"urn:pulumi:{self._context.stack}::{self._context.project}::{chain}::{name}"

    # The SDK calls these methods, which have the names of the engine's protocol.

    def RegisterResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            self._registered[urn] = Registered("", struct_pb2.Struct())
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if urn in self._resources and "${" + UNTIL in request.name:
            # Two names that aren't known are not the same name.
            same = [r.name for r in self._resources.values() if r.type == request.type]
            request.name += f" ({sum(n.startswith(request.name) for n in same) + 1})"
            urn = self.make_urn(request.parent, request.type, request.name)
        if urn in self._resources:
            raise DuplicateResource(f"two resources have the URN {urn}. Fix: rename one of them")
        self._resources[urn] = self._resource(request, urn)
        if request.version and not request.type.startswith("pulumi:"):
            self._providers[request.type.split(":")[0]] = request.version
        self._note_provider(request)
        state = struct_pb2.Struct()
        # An output of a remote component may have the name of an input and another
        # type.
        if not request.remote:
            state.CopyFrom(request.object)
            named_unknowns.without_names(state)
        response = resource_pb2.RegisterResourceResponse(urn=urn, object=state)
        if request.custom:
            response.id = request.importId or symbol(f"{request.name}.id")
            if not request.importId:
                self.issued.issue(response.id, request.name)
        if request.custom or request.remote:
            self._symbols.fill(response.object, request.type, request.name)
        self.resources[urn] = self.ResourceRegistration(urn, response.id, {})
        self._registered[urn] = Registered(response.id, response.object)
        return response

    def _note_provider(self, request: Any) -> None:
        """Records whose default provider a resource uses, and whether that tags it."""
        package = request.type.split(":")[0]
        if request.remote:
            # Its children are not known: any default provider may manage them.
            namespaces = {key.partition(":")[0] for key in self._context.config}
            self._default_packages |= namespaces - {self._context.project, "pulumi"}
        elif request.custom and package != "pulumi":
            if not request.provider:
                self._default_packages.add(package)
            if self._symbols.has_output(request.type, "tagsAll"):
                self._tagged_types.add(request.type)

    def ReadResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        state = struct_pb2.Struct()
        state.CopyFrom(request.properties)
        named_unknowns.without_names(state)
        self._symbols.fill(state, request.type, request.name)
        self.resources[urn] = self.ResourceRegistration(urn, request.id, {})
        self._registered[urn] = Registered(request.id, state)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=state)

    def RegisterResourceOutputs(self, request: Any) -> Any:
        self._registered[request.urn] = Registered("", request.outputs)
        outputs = self._values.fields(request.outputs.fields)
        if request.urn in self._resources:
            self._resources[request.urn] = replace(self._resources[request.urn], outputs=outputs)
        else:
            self._stack_outputs = outputs
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:
        engine_result = engine_invokes.result(request.tok, request.args, self._registered)
        if engine_result is not None:
            return resource_pb2.ResourceInvokeResponse(**{"return": engine_result})  # type: ignore[arg-type]
        arguments = self._values.fields(request.args.fields)
        place = self._place(request.provider.rsplit("::", 1)[0], request.tok)
        result = invoke_results.result(request.tok, arguments, place, self._context.answers)
        self._invokes.append(Invoke(request.tok, arguments, result))
        if request.tok not in self._context.answers:
            self.issued.issue(result, arguments=arguments)
        struct = struct_pb2.Struct()
        struct.update(result)
        fields: dict[str, Any] = {"return": struct}  # a Python keyword can't be an argument name
        return resource_pb2.ResourceInvokeResponse(**fields)

    def _place(self, provider: str, token: str) -> Place:
        """Returns where the provider of an invoke works; without one, the default
        provider."""
        configured = provider_configuration.of_program(
            ("aws",), self._context.config, self._context.secrets
        )["aws"]
        default = Place(
            self._region,
            account_id=invoke_place.account_number(configured),
            default_region=self._region,
            default_tags=invoke_place.tags(configured),
        )
        resource = self._resources.get(provider)
        if resource is None or not token.startswith("aws:"):
            return default
        return invoke_place.of_provider(resource.inputs, resource.name, default, configured)

    def _resource(self, request: Any, urn: str) -> Resource:
        in_stack = not request.parent or STACK_TYPE in request.parent
        dependencies = {
            key: tuple(sorted(deps.urns))
            for key, deps in sorted(request.propertyDependencies.items())
            if deps.urns
        }
        return Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=None if in_stack else request.parent,
            custom=request.custom,
            inputs={
                key: self._values.value(value, dependencies.get(key, ()))
                for key, value in sorted(request.object.fields.items())
            },
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies=dependencies,
            source=self.lines.line(request.stackTrace.frames),
            setting=settings_key.current() if in_stack else "",
            options=resource_options(request),
        )

    @property
    def _program_folder(self) -> pathlib.Path:
        return self._context.program or self._context.root
