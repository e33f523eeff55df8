"""``python -m book build``, ``serve``, ``pdf``, ``notebooks`` and more."""

import argparse
import sys

from book.project import COURSE, BookError
from book.turns import turn


def main() -> int:
    """Run one command; what an author can mend is a message, not a traceback."""
    parser = argparse.ArgumentParser(prog="python -m book", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="execute what changed and build the site")
    show = commands.add_parser(
        "serve", help="build the site, show it, and follow changes"
    )
    show.add_argument("--port", type=int, default=8000)
    show.add_argument("--no-browser", action="store_true")
    commands.add_parser("pdf", help="build the site and print it into one PDF")
    commands.add_parser("links", help="ask every address that the course links to")
    commands.add_parser("copies", help="write the chapters as Colab opens them")
    words = commands.add_parser(
        "messages", help="write what the course says, for translators"
    )
    words.add_argument("language", nargs="*", help="catalogues to update, like de")
    again = commands.add_parser("notebooks", help="execute chapters and store results")
    again.add_argument("chapter", nargs="*", help="a number or name; all if none")
    chosen = parser.parse_args()
    try:
        if chosen.command == "serve":  # it takes turns with others while it builds
            from book.serve import serve

            serve(COURSE, chosen.port, not chosen.no_browser)
        else:
            with turn(COURSE):
                run(chosen)
    except BookError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        # what a folder that cannot be written to, or a full disk, says
        print(f"\n{error.filename or 'book'}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def run(chosen: argparse.Namespace) -> None:
    """One command, while no other one is at work."""
    match chosen.command:
        case "build":
            from book.build import build

            build(COURSE)
        case "pdf":
            from book.pdf import make_pdf

            make_pdf(COURSE)
        case "links":
            from book.build import check_links

            check_links(COURSE)
        case "copies":
            from book.download import write_copies

            write_copies(COURSE)
        case "messages":
            from book.messages import write_messages

            write_messages(COURSE, chosen.language)
        case "notebooks":
            from book.notebooks import refresh

            refresh(COURSE, chosen.chapter)


if __name__ == "__main__":
    sys.exit(main())
