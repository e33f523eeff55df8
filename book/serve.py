"""Shows the site on this machine, to this machine only."""

import webbrowser
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from book.build import HTML, build


class Quiet(SimpleHTTPRequestHandler):
    """A file server that does not print a line for every file."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def send_error(self, code: int, *args: object) -> None:
        """Show the book's own page where there is none, as web hosts do."""
        if code != HTTPStatus.NOT_FOUND:
            return super().send_error(code, *args)
        content = (HTML / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


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
