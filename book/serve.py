"""Shows the site on this machine, to this machine only."""

import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from book.build import HTML, build


class Quiet(SimpleHTTPRequestHandler):
    """A file server that does not print a line for every file."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def serve(port: int, browser: bool) -> None:
    """Build the site, serve it until Ctrl-C, and open it in the browser."""
    build()
    handler = partial(Quiet, directory=HTML)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError:  # the port is taken: let the system choose one
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    address = f"http://localhost:{server.server_port}/"
    print(f"The book is at {address}  (stop with Ctrl-C)", flush=True)
    if browser:
        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
