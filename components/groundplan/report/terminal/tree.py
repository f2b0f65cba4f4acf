"""A manifest as a tree on a terminal: components, their children, and the inputs that
matter.

Reads the same without colour: a component has its kind in brackets, a protected
resource the word.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.printable import one_line, printable
from groundplan.report.summary_inputs import highlights
from groundplan.report.terminal import folding
from groundplan.report.terminal.lines import print_line, print_sentences
from groundplan.report.terminal.printing import print_text


def show(
    manifest: Manifest,
    console: Console,
    every_input: bool = False,
    assessment: Iterable[Text] = (),
    depth: int | None = None,
) -> None:
    """Prints the tree, one line a resource, or one line an input with `every_input`,
    then the assessment, then the outputs.

    `depth` levels are shown, and what is below is counted; the assessment of a folded
    tree comes first. Default: all levels, or only the first on a narrow terminal.
    """
    levels = folding.depth(depth, console.width, every_input)
    folded = levels is not None and _is_deeper(manifest, levels)
    guides = ASCII if console.options.ascii_only else LINES
    print_text(_summary(manifest), console, soft_wrap=False)
    known = list(assessment)
    if folded:
        print_sentences(known, console)
    tree = _Tree(manifest, guides, console.width, every_input)
    for text in tree.lines(manifest.children(None), "", levels):
        print_text(text, console, soft_wrap=every_input)
    if folded:
        print_line(
            Text(f"(--depth {levels + 1 if levels else 1} shows one level more)", style="dim"),
            console,
        )
    print_sentences(known[:1] if folded else known, console)
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


def _is_deeper(manifest: Manifest, levels: int) -> bool:
    """Returns whether a tree has more levels."""
    level = list(manifest.children(None))
    for _ in range(levels):
        level = [child for resource in level for child in manifest.children(resource)]
    return bool(level)


@dataclass(frozen=True)
class _Tree:
    manifest: Manifest
    guides: tuple[str, str, str, str]
    width: int
    every_input: bool

    def lines(
        self, resources: tuple[Resource, ...], indent: str, levels: int | None
    ) -> Iterator[Text]:
        """Yields the lines of resources and of `levels - 1` levels below them."""
        if levels is not None and levels < 1:
            return
        guides = self.guides
        # Components first: they are the structure of an environment.
        ordered = sorted(resources, key=lambda r: (r.custom, r.name, r.type))
        for position, resource in enumerate(ordered):
            last = position == len(ordered) - 1
            below = indent + (guides[3] if last else guides[2])
            children = self.manifest.children(resource)
            line = Text.assemble(
                (indent + (guides[1] if last else guides[0]), "dim"), *_head(resource)
            )
            inputs = highlights(resource.inputs, whole=self.every_input, of=resource.type)
            if levels == 1 and children:
                counted = f"  {folding.below(self.manifest, resource)}"
                yield _fit(line.append(counted, style="dim"), self.width)
            elif not self.every_input:
                line.append(f"  {one_line(' '.join(inputs))}" if inputs else "", style="dim")
                yield _fit(line, self.width)
            else:
                yield line
                bar = guides[2] if children else guides[3]
                yield from (Text.assemble((below + bar, "dim"), printable(text)) for text in inputs)
            yield from self.lines(children, below, None if levels is None else levels - 1)


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
