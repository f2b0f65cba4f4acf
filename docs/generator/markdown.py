"""Text for Markdown pages: cells, anchors, paragraphs."""

import re


def split_default(text: str) -> tuple[str, str]:
    """What a description says after `Default:`, and the description without that
    sentence."""
    text = " ".join(text.split())
    found = re.search(r"Default: (.+?)\.(?=\s|$)", text)
    if not found:
        return "", text
    return found[1], " ".join((text[: found.start()] + text[found.end() :]).split())


def first_sentence(text: str) -> str:
    return re.split(r"(?<=\.)\s", " ".join(text.split()), maxsplit=1)[0]


def paragraphs(text: str) -> list[str]:
    lines = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines += [inline(paragraph), ""] if paragraph else []
    return lines


def inline(text: str) -> str:
    """Text on one line; outside of code, `<` is not the beginning of a tag."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(part if i % 2 else part.replace("<", "&lt;") for i, part in enumerate(parts))


def cell(text: str) -> str:
    return escape_pipes(inline(text))


def escape_pipes(text: str) -> str:
    return text.replace("|", "\\|")


def anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
