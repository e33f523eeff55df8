"""What a page may load, run and ask for, stated in the page: nothing of another host.

A browser holds a page to its content security policy, whatever an address or a saved
setting may have brought into it: only scripts of the site's own files run, and those
that stand in the page as it was built, each known by its hash.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape, unescape

from book.site.theme import Site

# A page may be opened from a folder, where 'self' is not the same in all browsers.
OWN = "'self' file:"
POLICY = {
    "default-src": OWN,  # the next page is fetched before it is asked for
    "object-src": "'none'",
    # the live figures run a module, and an activation of one's own a worker, that
    # stand in a page or in a file of the site as text
    "script-src": f"{OWN} blob: 'wasm-unsafe-eval'",
    "worker-src": "blob:",
    "style-src": f"{OWN} 'unsafe-inline'",
    "img-src": f"{OWN} data: blob:",
    "font-src": f"{OWN} data:",
    "connect-src": OWN,
    "frame-src": OWN,
    "form-action": OWN,
    "base-uri": "'none'",
}
META = '<meta http-equiv="Content-Security-Policy" content="{}">'
HEAD = re.compile(r'.*?<head>\s*<meta charset="utf-8" ?/?>', re.S)
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.S)
HANDLER = re.compile(r'\son[a-z]+="([^"]*)"')
TAG = re.compile(r"<[a-z][^<>]*\son[a-z]+=[^<>]*>")


def state(site: Site) -> list[str]:
    """Write its policy into the head of each page, before whatever it holds for."""
    idle = {"policy"}
    for address, page in site.pages.items():
        if start := HEAD.match(page):
            head, rest = page[: start.end()], page[start.end() :]
            meta = META.format(escape(policy_of(page)))
            site.pages[address] = f"{head}\n{meta}{rest}"
            idle.clear()
    return [*idle]


def policy_of(page: str) -> str:
    """The policy of a page, with the hashes of the scripts that stand in it."""
    scripts = sorted(set(map(source, inline_scripts(page))))
    handlers = sorted(set(map(source, inline_handlers(page))))
    more = [*scripts, *(["'unsafe-hashes'"] if handlers else []), *handlers]
    allowed = POLICY | {"script-src": " ".join([POLICY["script-src"], *more])}
    return "; ".join(f"{name} {sources}" for name, sources in allowed.items())


def inline_scripts(page: str) -> Iterator[str]:
    """What stands in a page to be run; other things than scripts are data."""
    for attributes, text in SCRIPT.findall(page):
        kind = re.search(r'\btype="([^"]*)"', attributes)
        runs = kind is None or kind[1] in ("module", "text/javascript")
        if runs and " src=" not in attributes:
            yield text


def inline_handlers(page: str) -> Iterator[str]:
    """What elements of a page run when something happens to them."""
    for tag in TAG.findall(SCRIPT.sub("", page)):
        for text in HANDLER.findall(tag):
            yield unescape(text)


def source(text: str) -> str:
    """A script as a policy names it."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
