"""``python -m classroom check``, ``release`` or ``grade``."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from classroom.notebook import Master, NotebookError

if TYPE_CHECKING:
    from classroom.reports import Outlet


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m classroom",
        description="Hand out homework, and grade what comes back.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="see whether masters keep the rules")
    check.add_argument(
        "master", type=Path, nargs="+", help="assignments/NN_topic.ipynb"
    )
    release = commands.add_parser("release", help="write the students' version")
    release.add_argument("master", type=Path)
    release.add_argument("out", type=Path, help="a folder, or a path ending in .ipynb")
    release.add_argument("--force", action="store_true", help="write over a file")
    grade = commands.add_parser(
        "grade",
        help="grade a folder of hand-ins",
        description="Grade every notebook in SUBMISSIONS (one folder a student, or all "
        "files in one folder) and write OUT/marks.csv and OUT/feedback/*.html.",
    )
    add = grade.add_argument
    add("master", type=Path)
    add(
        "submissions",
        type=Path,
        help="a folder, or the zip that a course system exports",
    )
    add("out", type=Path, help="a folder for marks, feedback and the journal")
    add("--roster", type=Path, help="a CSV file; its first column names the students")
    add(
        "--seed",
        type=number(0, 2**32 - 1),
        default=0,
        help="what SEED is in tests; keep it secret",
    )
    add("--jobs", type=number(1), default=1, help="hand-ins at the same time")
    add("--resume", action="store_true", help="go on with the results that OUT holds")
    add(
        "--again",
        action="append",
        default=[],
        metavar="STUDENT",
        help="go on, and grade this student once more; a name, number or file",
    )
    add("--scheduler", metavar="tcp://HOST:PORT", help="grade on a Dask cluster")
    alone = grade.add_mutually_exclusive_group()
    own = alone.add_argument
    own("--canvas", type=Path, metavar="EXPORT.csv", help="fill Canvas's gradebook")
    own("--moodle", type=Path, metavar="WORKSHEET.csv", help="fill Moodle's worksheet")
    one = "SUBMISSIONS is one student's: write"
    own("--gradescope", action="store_true", help=f"{one} results.json")
    own("--classroom50", action="store_true", help=f"{one} result.json")
    add("--column", help="which column of EXPORT.csv or WORKSHEET.csv to fill")
    add("--no-isolation", action="store_true", help="do not even try namespaces")
    return parser


def number(least: int, most: int = 1000) -> Callable[[str], int]:
    """A whole number within bounds, for argparse."""

    def whole(text: str) -> int:
        if not (text.isdecimal() and len(text) < 20 and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(
                f"{text[:40]!r}; it is a whole number from {least} to {most}"
            )
        return int(text)

    return whole


def main(words: list[str] | None = None) -> int:
    """Run one command; what a teacher can mend is a message, not a traceback."""
    chosen = arguments().parse_args(words)
    try:
        match chosen.command:
            case "check":
                return check(chosen.master)
            case "release":
                from classroom.release import release

                print(release(chosen.master, chosen.out, chosen.force))
            case "grade":
                return grade(chosen)
    except (NotebookError, OSError, RuntimeError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. What is graded is kept: go on with --resume", file=sys.stderr)
        return 130
    return 0


def check(masters: list[Path]) -> int:
    """Print what is wrong with masters."""
    from classroom.trial import faults

    read = {path: Master.read(path) for path in masters}
    found = {path: faults(master) for path, master in read.items()}
    for path, texts in found.items():
        print(f"{path}: {'all is well' if not texts else ''}")
        print("".join(f"  {text}\n" for text in texts), end="")
    return int(any(found.values()))


def grade(chosen: argparse.Namespace) -> int:
    """Grade a class and write the reports."""
    if sys.platform == "win32":
        raise NotebookError("grading needs Linux or macOS; on Windows, use WSL")
    from classroom.course import Order, grade_course
    from classroom.hand_ins import Roster
    from classroom.progress import Progress

    order = Order(
        master=chosen.master,
        submissions=chosen.submissions,
        out=chosen.out,
        seed=chosen.seed,
        jobs=chosen.jobs,
        resume=chosen.resume,
        scheduler=chosen.scheduler,
        isolate=not chosen.no_isolation,
        again=tuple(chosen.again),
    )
    outlets = outlets_of(chosen)
    try:
        order = replace(order, roster=Roster.read(chosen.roster))
        reports = Progress(order, outlets)
        graded = grade_course(order, reports)
    except BaseException:
        for outlet in outlets:
            outlet.fail(order)
        raise
    print(reports.summary)
    return int(any(item.result.status == "failed" for item in graded))


def outlets_of(chosen: argparse.Namespace) -> tuple["Outlet", ...]:
    """The systems that marks go to.

    Raises:
        NotebookError: if a column is named and there is none to fill.
    """
    from classroom.autograders import Classroom50, Gradescope
    from classroom.canvas import Canvas
    from classroom.moodle import Moodle

    if chosen.column is not None and not (chosen.canvas or chosen.moodle):
        raise NotebookError("--column goes with --canvas or --moodle")
    if chosen.canvas:
        return (Canvas(chosen.canvas, chosen.column),)
    if chosen.moodle:
        return (Moodle(chosen.moodle, chosen.column),)
    if chosen.gradescope:
        return (Gradescope(),)
    return (Classroom50(),) if chosen.classroom50 else ()


if __name__ == "__main__":
    sys.exit(main())
