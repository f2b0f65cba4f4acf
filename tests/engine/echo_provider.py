"""A provider plugin for the real engine that creates nothing: it accepts every resource
and returns its inputs.

The engine loads it from the PATH as `pulumi-resource-aws` and
`pulumi-resource-kubernetes`. It shows the engine's own view of a program (URNs,
options, steps, a second update without changes) without a cloud or a provider download.

Where ECHO_JOURNAL is a file, each creation, update and deletion writes a line when it
begins and when it ends: the order of the engine's operations, and those that run in
parallel. The deletion of the resource in ECHO_STUCK fails with a timeout, the creation
of the one in ECHO_REFUSED with a limit; creation and update of that in ECHO_BROKEN are
denied.

ECHO_CLOUD is JSON: name of a resource -> what reading it returns besides its state, or
null where it is gone; token of an invoke -> what it returns besides the usual.
"""

import contextlib
import json
import os
import pathlib
import sys
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from importlib import import_module
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from groundplan.manifest import invoke_results
from groundplan.manifest.issued_symbols import IssuedSymbols
from groundplan.manifest.symbols import Symbols
from pulumi.runtime import rpc
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

NAMES = {"lambda": "lambda_"}

JOURNAL, STUCK = os.environ.get("ECHO_JOURNAL"), os.environ.get("ECHO_STUCK")
BROKEN = os.environ.get("ECHO_BROKEN")
CLOUD = json.loads(os.environ.get("ECHO_CLOUD", "{}"))
REFUSED = os.environ.get("ECHO_REFUSED")

SECONDS = 0.02
"""Duration of an operation with a journal: operations in parallel begin within it."""


@contextlib.contextmanager
def journalled(verb: str, urn: str) -> Iterator[None]:
    """An operation on a resource. Both providers write to the same file, one line at a
    time."""
    if JOURNAL is None:
        yield
        return
    _write(f"begin {verb} {urn}")
    time.sleep(SECONDS)
    yield
    _write(f"end {verb} {urn}")


def _write(line: str) -> None:
    with pathlib.Path(str(JOURNAL)).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


class Echo(provider_pb2_grpc.ResourceProviderServicer):
    """Implements the provider protocol; the methods have the protocol's names."""

    def __init__(self) -> None:
        self._symbols = Symbols(IssuedSymbols())
        self._lock = threading.Lock()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="0.0.1")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=True
        )

    def Invoke(self, request: Any, context: Any) -> Any:
        arguments = rpc.deserialize_properties(request.args)
        result = struct_pb2.Struct()
        answer = invoke_results.result(request.tok, arguments, "us-east-1", {})
        result.update({**answer, **CLOUD.get(request.tok, {})})
        fields: dict[str, Any] = {"return": result}
        return provider_pb2.InvokeResponse(**fields)

    def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:
        same = request.old_inputs == request.news
        kind = provider_pb2.DiffResponse.DIFF_NONE if same else provider_pb2.DiffResponse.DIFF_SOME
        old, new = request.old_inputs.fields, request.news.fields
        changed = (
            []
            if same
            else sorted(
                key
                for key in {*old, *new}
                if key not in old or key not in new or old[key] != new[key]
            )
        )
        return provider_pb2.DiffResponse(changes=kind, diffs=changed)

    def Create(self, request: Any, context: Any) -> Any:
        name = request.urn.rsplit("::", 1)[-1]
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        if name == BROKEN:
            context.abort(grpc.StatusCode.UNKNOWN, "access denied")
        if name == REFUSED:
            context.abort(grpc.StatusCode.UNKNOWN, "LimitExceeded")
        with journalled("create", request.urn):
            return provider_pb2.CreateResponse(
                id=f"{name}-id", properties=self._state(request.urn, request.properties)
            )

    def Update(self, request: Any, context: Any) -> Any:
        if not request.preview and request.urn.rsplit("::", 1)[-1] == BROKEN:
            context.abort(grpc.StatusCode.UNKNOWN, "access denied")
        with journalled("update", request.urn):
            return provider_pb2.UpdateResponse(properties=self._state(request.urn, request.news))

    def Read(self, request: Any, context: Any) -> Any:
        changed = CLOUD.get(request.urn.rsplit("::", 1)[-1], {})
        if changed is None:
            return provider_pb2.ReadResponse()
        request.properties.update(changed)
        request.inputs.update(changed)
        return provider_pb2.ReadResponse(
            id=request.id, properties=request.properties, inputs=request.inputs
        )

    def Delete(self, request: Any, context: Any) -> Any:
        if STUCK and request.urn.endswith(f"::{STUCK}"):
            context.abort(grpc.StatusCode.UNKNOWN, "timed out waiting for the condition")
        with journalled("delete", request.urn):
            return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def _state(self, urn: str, inputs: Any) -> Any:
        token = urn.split("::")[2].split("$")[-1]
        package, module, kind = token.split(":")
        folder = (
            module.split("/")[0]
            if package == "aws"
            else module.replace(".k8s.io", "").replace(".sh", "").replace("/", ".")
        )
        state = struct_pb2.Struct()
        state.CopyFrom(inputs)
        with self._lock:  # one thread at a time: the SDK's modules are imported lazily
            with contextlib.suppress(ImportError, AttributeError):  # custom resources have no class
                getattr(import_module(f"pulumi_{package}.{NAMES.get(folder, folder)}"), kind)
            self._symbols.fill(state, token, urn.rsplit("::", 1)[-1])
        # The engine accepts no unknown value for a resource that has been created.
        unknown = [key for key, value in state.fields.items() if value.string_value == rpc.UNKNOWN]
        for key in unknown:
            del state.fields[key]
        if token == "aws:ec2/launchTemplate:LaunchTemplate":
            state.fields["latestVersion"].number_value = 1  # an input of node groups
        return state


def main() -> None:
    """Serves on a free port, which it prints to standard output as plugins do, until
    the engine stops it."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Echo(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
