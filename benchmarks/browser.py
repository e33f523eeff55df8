"""A headless Chromium and a server that compresses, for what happens in a page."""

import gzip
import mimetypes
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from benchmarks.timing import NotHere

HTML = Path(__file__).parents[1] / "_build" / "html"
CHAPTERS = ("00_start", "01_vanishing")
ALREADY_SMALL = {".png", ".woff2", ".npz", ".zip"}
# A slow phone: its screen, its processor against this one, its network.
SCREEN = {"width": 390, "height": 844}
SLOWER = 4
NETWORK = {
    "offline": False,
    "latency": 150,  # ms from a request to its answer
    "downloadThroughput": 1.6e6 / 8,  # bytes a second
    "uploadThroughput": 0.75e6 / 8,
}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium: the installed one, or else the one Playwright brought.

    Raises:
        NotHere: there is none.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path)
        except PlaywrightError as error:
            raise NotHere(
                "there is no Chromium; install it with: playwright install chromium"
            ) from error
        try:
            yield browser
        finally:
            browser.close()


def slow_processor(page: Page, times: float = SLOWER) -> None:
    """Let the scripts of a page run so many times slower."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": times})


def slow_network(page: Page) -> None:
    """Let a page load as on a phone far from its antenna."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)


@cache
def compressed(path: Path) -> bytes:
    """A file as it travels."""
    data = path.read_bytes()
    return data if path.suffix in ALREADY_SMALL else gzip.compress(data, 9)


class Compressing(BaseHTTPRequestHandler):
    """Serves the files of ``self.server.folder`` as a web host would."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send one file."""
        path = self.server.folder / unquote(urlsplit(self.path).path).lstrip("/")
        if not path.is_file():
            self.send_error(404)
            return
        body = compressed(path)
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if path.suffix not in ALREADY_SMALL:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """One that does not mind when a browser leaves before it has everything."""

    daemon_threads = True
    request_queue_size = 64  # a browser knocks at many doors at once

    def handle_error(self, request: object, address: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path = HTML) -> Iterator[str]:
    """The address at which a folder is served, on this machine only.

    Raises:
        NotHere: the book is not built.
    """
    if not (folder / "index.html").exists():
        raise NotHere("the book is not built; build it with: python -m book build")
    compressed.cache_clear()
    server = Server(("127.0.0.1", 0), Compressing)
    server.folder = folder
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
