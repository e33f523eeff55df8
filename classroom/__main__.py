"""``python -m classroom check``, ``release`` or ``grade``."""

import argparse
import getpass
import sys
from collections.abc import Callable
from pathlib import Path

from classroom.notebook import Master, NotebookError


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
    add("submissions", type=Path)
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
    add("--scheduler", metavar="tcp://HOST:PORT", help="grade on a Dask cluster")
    add("--gradescope", action="store_true", help="write results.json too")
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
    from classroom.reports import write_reports

    roster = Roster.read(chosen.roster)
    order = Order(
        master=chosen.master,
        submissions=chosen.submissions,
        out=chosen.out,
        seed=chosen.seed,
        jobs=chosen.jobs,
        resume=chosen.resume,
        scheduler=chosen.scheduler,
        isolate=not chosen.no_isolation,
    )
    graded = grade_course(order, progress, warn)
    print(write_reports(order, graded, roster, chosen.gradescope))
    return int(any(item.result.status == "failed" for item in graded))


def warn(missing: list[str]) -> None:
    """Say loudly what students' code will be able to reach."""
    if missing:
        print(
            f"WARNING: no isolation of {', '.join(missing)}.\n"
            f"Students' code can reach all that {getpass.getuser()!r} can: grade only\n"
            "hand-ins that you trust, or use a Linux that allows user namespaces.\n"
            "The column 'sandbox' will say what held.",
            file=sys.stderr,
        )


def progress(done: int, of: int) -> None:
    """One line that grows, or a line for every tenth where it cannot."""
    if sys.stderr.isatty():
        width = 40 * done // max(1, of)
        print(f"\r[{'#' * width:40}] {done} of {of}", end="", file=sys.stderr)
        if done == of:
            print(file=sys.stderr)
    elif done == of or done % max(1, of // 10) == 0:
        print(f"{done} of {of} graded", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
