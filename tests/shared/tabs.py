"""Tabs of a browser: pages of the site, opened as one reader or another sees them."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Page

from book.project import COURSE

# What can change while a page is open: its window, and what its reader wishes
WISHES = {
    "viewport": {"width": 1280, "height": 720},
    "color_scheme": "light",
    "reduced_motion": "no-preference",
}


class Watch:
    """What a browser complains of, and what it asks for, while pages are open."""

    def __init__(self, context: BrowserContext) -> None:
        self.forget()
        context.on("console", self._heard)
        context.on("weberror", lambda e: self.complaints.append(f"error: {e.error}"))
        context.on("request", lambda request: self.requests.append(request.url))

    def forget(self) -> None:
        """Start anew."""
        self.complaints: list[str] = []
        self.requests: list[str] = []

    def _heard(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")


# The theme hears of the colours that its reader likes in the next turn of its script.
FOLLOWS = """() => matchMedia("(prefers-color-scheme: dark)").matches ===
  (document.documentElement.dataset.theme === "dark")"""


class Tabs:
    """Opens pages of the site: ``show(name)``, with the options of a browser context.

    A new tab takes longer than a page: there is one for all that differs in what can
    change while a page is open.
    """

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser, self.base = browser, base
        self.tabs: dict[str, Page] = {}

    def tab(self, use: str, options: dict) -> tuple[Page, Callable[[], None]]:
        """The tab for a use, and what gives it its size and its reader's wishes."""
        wishes = WISHES | {name: options.pop(name) for name in WISHES.keys() & options}
        key = f"{use} {options}"
        if key not in self.tabs:
            # or Playwright itself could not wait for a function; test_policy.py obeys
            context = self.browser.new_context(bypass_csp=True, **options)
            context.set_default_timeout(60_000)
            self.tabs[key] = context.new_page()
            self.tabs[key].watch = Watch(context)
        opened = self.tabs[key]

        def adapt() -> None:
            opened.set_viewport_size(wishes.pop("viewport"))
            opened.emulate_media(**wishes)

        return opened, adapt

    def look(self, name: str, use: str = "look", **options) -> Page:
        """A page for a test that leaves it as it is; it may have been open before.

        Tests that ask the same in several windows and colours open it once. Those that
        do change it, all in the same way, name a ``use`` of their own.
        """
        opened, adapt = self.tab(use, options)
        if opened.url != self.base + name:
            opened.watch.forget()
            opened.goto(self.base + name)
        adapt()
        opened.wait_for_function(FOLLOWS)
        return opened

    def __call__(
        self, name, query=None, *, base=None, change=None, blocked=None, **options
    ) -> Page:
        opened, adapt = self.tab("use", options)
        opened.goto("about:blank")
        adapt()
        opened.unroute_all()
        opened.watch.forget()
        if blocked:
            opened.route(blocked, lambda route: route.abort())
        if change:  # a copy of the page with something changed in it
            html = change((COURSE.html / name).read_text(encoding="utf-8"))
            opened.route(
                re.compile(re.escape(name)),
                lambda route: route.fulfill(body=html, content_type="text/html"),
            )
        base = self.base if base is None else base
        opened.goto(base + name + (f"?{urlencode(query)}" if query else ""))
        return opened
