"""A web host on this machine that serves the built site."""

import contextlib
import gzip
import io
import threading
from collections.abc import Iterator
from functools import cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

from book.project import COURSE

PACKED = {".html", ".css", ".js", ".svg", ".xml"}


@cache
def packed(path: Path) -> bytes:
    """A file as web hosts send it."""
    return gzip.compress(path.read_bytes(), 6)


class Quiet(SimpleHTTPRequestHandler):
    """A web host: it shows the site's own page where there is none, and says nothing.

    What can be compressed is sent so, and a connection is used again.
    """

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def send_head(self) -> BinaryIO | None:
        """Send what comes before a file; what comes after is in the answer."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        found = path.is_file()
        path = path if found else COURSE.html / "404.html"
        accepted = self.headers.get("Accept-Encoding", "")
        is_packed = path.suffix in PACKED and "gzip" in accepted
        content = packed(path) if is_packed else path.read_bytes()
        self.send_response(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND)
        self.send_header("Content-Type", self.guess_type(path))
        if is_packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return io.BytesIO(content)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The site on this machine; the address ends with a slash."""
    handler = partial(Quiet, directory=COURSE.html)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.daemon_threads = True
        # a browser that leaves a page hangs up; that is no news
        running.handle_error = lambda *_: None
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}/"
        finally:
            running.shutdown()
            thread.join()
