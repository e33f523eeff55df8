"""Shows the site on this machine, to this machine only, and follows every change.

A change of a page, of the helpers or of the book's own code builds the site again, in a
process of its own; the pages that are open then show it. What is wrong with a change is
said, and the pages stay as they were.
"""

import re
import socket
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from livereload import Server
from livereload.handlers import StaticFileHandler

from book.build import build
from book.project import Project
from book.turns import turn

HOST = "127.0.0.1"


POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy"[^>]*>')


class Pages(StaticFileHandler):
    """The site's files; where there is none, the site's own page that says so.

    Pages come without their policy, which would not let the script run that follows
    changes; blanks in its place keep the size.
    """

    @classmethod
    def get_content(
        cls, path: str, start: int | None = None, end: int | None = None
    ) -> bytes | Iterable[bytes]:
        """What is in a file."""
        if not path.endswith(".html"):
            return super().get_content(path, start, end)
        page = Path(path).read_bytes()
        return POLICY.sub(lambda found: b" " * len(found[0]), page)[start:end]

    def write_error(self, status_code: int, **about: object) -> None:
        """Answer as web hosts do."""
        missing = Path(self.root, "404.html")
        if status_code == 404 and missing.is_file():
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.finish(missing.read_bytes())
        else:
            super().write_error(status_code, **about)


def rebuild(project: Project) -> None:
    """Build the site as it is written now; a failure is told, and nothing else."""
    subprocess.run([sys.executable, "-m", "book", "build"], cwd=project.root)


def free_port(wanted: int) -> int:
    """The wanted port, or if it is taken, one that the system chooses."""
    for port in (wanted, 0):
        with socket.socket() as test:
            test.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                test.bind((HOST, port))
            except OSError:
                continue
            return test.getsockname()[1]
    raise OSError("this machine has no free port")


def watched(project: Project) -> list[str]:
    """The folders and files of which each change may change the site."""
    # a page's folder, or the page itself where it lies at the root
    tops = {page.parts[0] for page in project.pages()}
    names = [*tops, "helpers", "book", "locales", "_config.yml", "_toc.yml"]
    return [str(project.root / name) for name in names]


def serve(project: Project, port: int, browser: bool) -> None:
    """Build the site, serve it until Ctrl-C, and open it in the browser."""
    with turn(project):
        build(project)
    server = Server()
    server.SFH = Pages
    for name in watched(project):
        again = partial(rebuild, project)
        server.watch(name, again, ignore=lambda path: "__pycache__" in path)
    port = free_port(port)
    address = f"http://localhost:{port}/"
    print(f"The book is at {address}  (stop with Ctrl-C)", flush=True)
    if browser:
        threading.Timer(1, webbrowser.open, [address]).start()
    server.serve(port=port, host=HOST, root=str(project.html))
