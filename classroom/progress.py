"""What a teacher sees while a class is graded."""

import getpass
import sys

from classroom.course import Graded
from classroom.reports import Reports


class Progress(Reports):
    """Reports that also say on the terminal how far they are."""

    def warn(self, missing: list[str]) -> None:
        """Say loudly what students' code will be able to reach."""
        if missing:
            print(
                f"WARNING: no isolation of {', '.join(missing)}.\n"
                f"Students' code can reach all that {getpass.getuser()!r} can: grade\n"
                "only hand-ins that you trust, or use a Linux that allows user "
                "namespaces.\nThe column 'sandbox' will say what held.",
                file=sys.stderr,
            )

    def say(self, text: str) -> None:
        """Something on a line of its own."""
        print(f"\n{text}", file=sys.stderr, flush=True)

    def take(self, item: Graded) -> None:
        """One line that grows, or a line for every tenth where it cannot."""
        super().take(item)
        done, of = len(self.results), len(self.hand_ins)
        if sys.stderr.isatty():
            width = 40 * done // max(1, of)
            bar = f"\r[{'#' * width:40}] {done} of {of}"
            print(bar, end="\n" if done == of else "", file=sys.stderr)
        elif done == of or done % max(1, of // 10) == 0:
            print(f"{done} of {of} graded", file=sys.stderr, flush=True)
