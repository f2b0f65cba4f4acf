"""What the code of a pull request wrote can do nothing but be read."""

import html
import re

import pytest
from groundplan.pull_requests.inert import APART, MARKER, TAGS, inert
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

HTML = MarkdownIt("commonmark", {"html": True}).enable("table")

PINGS = re.compile(
    r"@[\w<\"]|#\d|\bG[HL]-\d|://|\bwww\.|![\w\[]|[$]\d|~[\w\"]|%[\w\"]|\[\[|\[\w+:|(?<!;)&\d",
    re.IGNORECASE,
)
"""What platforms make a notification, a reference or an address of, in text that is
decoded."""
QUICK_ACTION = re.compile(r"^\s*/\w|^\s*:::", re.MULTILINE)
ALLOWED = {f"<{slash}{tag}>" for tag in TAGS for slash in ("", "/")}


def rendered(text: str) -> tuple[str, list[str]]:
    """The text that a platform looks for mentions in, and the tags of the markup."""
    page = HTML.render(text)
    tags = re.findall(r"<[^>]*>", page)
    return html.unescape(re.sub(r"<[^>]*>", "\n", page)), tags


def assert_inert(text: str) -> None:
    result = inert(text)
    shown, tags = rendered(result)
    for tag in tags:
        assert not re.match(r"<(a|img|script|iframe|svg|input|!)", tag), tag
    blocks = [found[1] for tag in tags if (found := re.search(r'class="language-(\w+)', tag))]
    assert set(blocks) <= {"text", "diff"}
    assert not PINGS.search(shown), (PINGS.search(shown), result)
    assert not QUICK_ACTION.search(result)
    assert "<!--" not in result
    assert not any(char in result for char in "\x1b\x00\r\u202e\u2028")
    raw = re.findall(r"<[A-Za-z/!?][^>]*>?", result)
    assert set(raw) <= ALLOWED, raw


HOSTILE = [
    "@octocat please, @org/team, cc user@example.com and mailto:a@b.example",
    "\\@octocat `@octocat` **@octocat** [@octocat]",
    "&#64;octocat &commat;octocat &#x40;octocat &#0000064;octocat &#64octocat",
    "<summary>&#x000000000000040;octocat</summary>",
    "&#" + "0" * 5000 + "64;octocat",
    "closes #12, fixes owner/repository#12, GH-12 gh-3 GL-4 &num;12 &#35;12 #&#49;2",
    "G&#72;-12",
    "https://github.com/o/r/issues/1 http&colon;//e.example www.e.example http:&sol;/e.example",
    "![pixel](https://e.example/p.png) ![a][b]\n\n[b]: https://e.example/p.png",
    "[click](javascript:alert(1)) [x](/logout) [y][z]\n\n[z]: /logout",
    "<https://e.example> <a href=//e.example>x</a> <img src=x onerror=alert(1)>",
    "<IMG SRC=x><sCript>alert(1)</sCript><details open ontoggle=alert(1)><details\n>",
    "<!-- groundplan-preview commit=abcdef0 content=none run=9.9 state=done -->",
    "<!-- groundplan-content -->\n<!--\nhidden",
    "<?php x ?> <![CDATA[x]]> <!DOCTYPE html>",
    '```mermaid\ngraph TD; click A "https://e.example"\n```',
    "> - ~~~  plantuml\n> - x\n",
    "1. ```geojson\n{}\n```",
    "::: mermaid\nx\n:::",
    "/close\n  /merge\n> /assign @me\n\t/label ~bug",
    '!12 $12 ~bug ~"a b" %v1 %"v 1" &12 &amp;12 ^alert#1 [issue:12] [[_TOC_]]',
    "a\r/close\r\n/merge",
    "\x1b[2J\u202egnp.exe\u2028/close\u0000",
    "[^1]\n\n[^1]: https://e.example",
    "> [!WARNING]\n> Approved by the security team",
    "&#64 &#12 ~&quot;bug&quot; #&#49; %&quot;v 1&quot; &amp;12 &amp;#12",
    "\\&#64; \\&#12; \\&#8203;1 `&#64;`",
    'https:\\/\\/e.example www\\.e.example GH\\-12 ~\\"bug\\" [\\[x]] [issue\\:1]',
    "@&#4;octocat #&#4;12 :/&#4;/e.example &#0;&#x110000;",
    "~~~ mermaid`\nx\n~~~",
    "a <b>b</b> </details></details>",
    "\u200b@octocat @\u200boctocat",
    "![&#64;x](a) &excl;&lsqb;x](a)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_inert(text: str) -> None:
    assert_inert(text)
    assert_inert(f"```text\n{text}\n```\n{text}")


PARTS = [
    *"@#!$&~%[]():/<>`\\\n -=x1",
    "GH-1",
    "://",
    "www.",
    "&#64;",
    "&num",
    "```",
    "~~~",
    "<!--",
    "details",
    "<details>",
    "mermaid",
    "/close",
    "*",
    "_",
    "\t",
    "> ",
    "1. ",
    ":::",
]


@given(st.lists(st.sampled_from(PARTS), max_size=25).map("".join))
@settings(max_examples=50, deadline=None)
def test_no_combination_of_signs_does_anything(text: str) -> None:
    assert_inert(text)


def test_a_preview_reads_the_same_as_before() -> None:
    preview = f"""{MARKER}
## Groundplan preview: shop

**dev: 1 to update; about +131 USD a month (now 412); 1 risk**

- **HIGH**, data loss: The bucket `data` is deleted. Because: `forceDestroy` is true
  <details><summary>12 resources depend on it</summary>a, b</details>

| Component | A month |
| --- | ---: |
| `data` | 3.20 |

<details><summary>changes</summary>

```diff
@@ data: aws Bucket, ~ to update @@
- old: 1
+ new: 2
```

</details>
"""
    result = inert(preview)
    assert result.replace(APART, "") == preview.removeprefix(MARKER).lstrip("\n")
    assert rendered(result)[0].replace(APART, "").strip() == rendered(preview)[0].strip()
    assert rendered(result)[1] == rendered(preview)[1][1:]


def test_entities_of_a_preview_stay() -> None:
    text = "&#36;{bucket.arn} costs &lt;5 &amp; a&#124;b <code>&#64;x</code>"
    shown, _ = rendered(inert(text))
    assert shown.replace(APART, "").strip() == rendered(text)[0].strip()


@pytest.mark.parametrize("sign", ["[", "<", "&#", "> ", "- ", "\n", "@", "`", "1. ", "[a:", " "])
def test_a_long_text_takes_no_time(sign: str) -> None:
    inert(sign * 100_000)
