"""A manifest as a tree on a terminal: components, their children, and the inputs that
matter.

Reads the same without colour: a component has its kind in brackets, a protected
resource the word.
"""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.printable import one_line, printable
from groundplan.report.summary_inputs import highlights
from groundplan.report.terminal.printing import print_text


def show(
    manifest: Manifest,
    console: Console,
    every_input: bool = False,
    assessment: Iterable[Text] = (),
) -> None:
    """Prints the tree, one line a resource, or one line an input with `every_input`,
    then the assessment, then the outputs."""
    guides = ASCII if console.options.ascii_only else LINES
    print_text(_summary(manifest), console, soft_wrap=False)
    for line in _tree(manifest, manifest.children(None), "", guides, console.width, every_input):
        print_text(line, console, soft_wrap=every_input)
    for text in assessment:
        print_text(text, console)
    if manifest.outputs:
        print_text(Text("outputs", style="bold"), console)
        for key, value in manifest.outputs.items():
            text = Text.assemble(f"  {one_line(key)}: ", (_output(value), "dim"))
            print_text(_fit(text, console.width), console, soft_wrap=every_input)


LINES = ("├─ ", "└─ ", "│  ", "   ")
ASCII = ("|- ", "`- ", "|  ", "   ")


def _summary(manifest: Manifest) -> Text:
    custom = sum(resource.custom for resource in manifest)
    components = len(manifest.resources) - custom
    providers = ", ".join(f"{name} {version}" for name, version in manifest.providers.items())
    return Text.assemble(
        (one_line(f"{manifest.project}/{manifest.stack}"), "bold"),
        f": {_count(custom, 'resource')} in {_count(components, 'component')}",
        f" (providers: {one_line(providers)})" if providers else "",
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _tree(
    manifest: Manifest,
    resources: tuple[Resource, ...],
    indent: str,
    guides: tuple[str, str, str, str],
    width: int,
    every_input: bool,
) -> Iterator[Text]:
    # Components first: they are the structure of an environment.
    ordered = sorted(resources, key=lambda r: (r.custom, r.name, r.type))
    for position, resource in enumerate(ordered):
        last = position == len(ordered) - 1
        below = indent + (guides[3] if last else guides[2])
        children = manifest.children(resource)
        line = Text.assemble((indent + (guides[1] if last else guides[0]), "dim"), *_head(resource))
        inputs = highlights(resource.inputs, whole=every_input, of=resource.type)
        if not every_input:
            line.append(f"  {one_line(' '.join(inputs))}" if inputs else "", style="dim")
            yield _fit(line, width)
        else:
            yield line
            bar = guides[2] if children else guides[3]
            yield from (Text.assemble((below + bar, "dim"), printable(text)) for text in inputs)
        yield from _tree(manifest, children, below, guides, width, every_input)


def _head(resource: Resource) -> list[tuple[str, str]]:
    kind, name = one_line(resource.type.rsplit(":", 1)[-1]), one_line(resource.name)
    if not resource.custom:
        return [(name, "bold cyan"), (f" [{kind}]", "cyan")]
    package = one_line(resource.type.split(":", 1)[0])
    if package == "pulumi":
        return [(name, ""), (f" {kind} provider", "green")]
    marks = [
        word
        for word, on in (
            ("protected", resource.option("protect")),
            ("imported", resource.option("import")),
        )
        if on
    ]
    return [
        (name, ""),
        (f" {package} {kind}", "green"),
        (f" {' '.join(marks)}" if marks else "", "yellow"),
    ]


def _fit(line: Text, width: int) -> Text:
    line.truncate(width, overflow="ellipsis")
    return line


def _output(value: object) -> str:
    items = value if isinstance(value, list) else [value]
    return one_line(", ".join(str(item) for item in items))
