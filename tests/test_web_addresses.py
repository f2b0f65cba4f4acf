"""Host names, URLs and e-mail addresses."""

import pytest
from groundplan.web_addresses import is_email, is_host, is_url


@pytest.mark.parametrize("host", ["a", "a.example.com", "10.0.0.1", f"{'a' * 63}.com", "A-1.x"])
def test_hosts(host: str) -> None:
    assert is_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "-a.com",
        "a-.com",
        "a..com",
        "a_b.com",
        f"{'a' * 64}.com",
        "a.com:1",
        ".".join("a" * 128),
    ],
)
def test_no_hosts(host: str) -> None:
    assert not is_host(host)


@pytest.mark.parametrize(
    "url", ["https://a.example.com", "https://a:8443/x/y?z=1", "https://10.0.0.1/"]
)
def test_urls(url: str) -> None:
    assert is_url(url, "https")


@pytest.mark.parametrize(
    "url",
    [
        "http://a", "https://", "https:a", "https://?x", "https://a b", "https://a/\n", "//a",
        "https://user:password@a", "https://a:port", "https://a:99999", "https://[::1",
        f"https://a/{'x' * 2048}",
    ],
)  # fmt: skip
def test_no_urls(url: str) -> None:
    assert not is_url(url, "https")


@pytest.mark.parametrize("text", ["a@example.com", "first.last+tag@sub.example.co.uk", "o'x@a.io"])
def test_emails(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "a", "a@b", "@example.com", "a@@example.com", "a..b@example.com", "a b@example.com",
        "x,y@example.com", ".a@example.com", "a@example..com", f"{'a' * 65}@example.com", "a@",
    ],
)  # fmt: skip
def test_no_emails(text: str) -> None:
    assert not is_email(text)
