"""What became of one hand-in: in Python a ``Result``, in the journal JSON."""

from dataclasses import asdict, dataclass, field, replace

NOTES = 40  # that are kept of one hand-in
NOTE = 200  # letters of one; all together fit into a cell of any spreadsheet
MESSAGE = 4000  # letters of an error, or of what a cell printed
MESSAGES = 500_000  # letters of all of them together
WORDS = 20_000  # letters of an answer in words


@dataclass
class Verdict:
    """What became of one test cell."""

    status: str  # "passed", "failed", "died", "timeout", "tampered" or "not run"
    message: str = ""


@dataclass(frozen=True)
class Outcome:
    """What one test cell gives: marks, and words about them."""

    test: str  # its grade_id
    question: str  # the grade_id of the answer that it looks at
    points: float
    marks: float
    status: str  # "passed", "failed", "died", "timeout", "tampered" or "not run"
    message: str


@dataclass(frozen=True)
class Result:
    """All that reports need about one hand-in.

    Its ``status`` is "graded", or how its process ended: "died", "timeout", "tampered".
    One that was not run is "unreadable", "another" homework, or the grader "failed";
    then only ``status`` and ``noticed`` say something.
    """

    status: str
    noticed: list[str]
    sandbox: list[str] = field(default_factory=list)  # what of ISOLATION held
    cpu: float = 0.0  # seconds
    seconds: float = 0.0
    tests: list[Outcome] = field(default_factory=list)
    total: float | None = None  # all marks; None if it was not run
    errors: dict[str, str] = field(default_factory=dict)  # by the cell's name
    outputs: dict[str, str] = field(default_factory=dict)  # by the cell's name
    after_hidden: list[str] = field(default_factory=list)  # cells that ran after one
    words: dict[str, str] = field(default_factory=dict)  # answers that a person marks

    @classmethod
    def of(cls, written: dict) -> "Result":
        """The result of such JSON.

        Raises:
            TypeError: if something is missing in it, or is too much.
        """
        tests = [Outcome(**test) for test in written.get("tests", [])]
        return cls(**{**written, "tests": tests})

    def bounded(self) -> "Result":
        """The same, with an end to all that a student can make as long as they like."""
        notes = [cut(note, NOTE) for note in self.noticed]
        if len(notes) > NOTES:
            notes[NOTES - 1 :] = [f"and {len(notes) - NOTES + 1:,} more"]
        tests = [replace(t, message=cut(t.message, MESSAGE)) for t in self.tests]
        return replace(
            self,
            noticed=notes,
            tests=tests,
            errors=all_cut(self.errors, MESSAGE, MESSAGES),
            outputs=all_cut(self.outputs, MESSAGE, MESSAGES),
            words={name: cut(text, WORDS) for name, text in self.words.items()},
        )

    def as_json(self) -> dict:
        """What the journal keeps; of a hand-in that was not run, two things."""
        if not self.has_run:
            return {"status": self.status, "noticed": self.noticed}
        return asdict(self)

    @property
    def has_run(self) -> bool:
        """Whether any cell of it was run."""
        return self.total is not None

    def tests_of(self, question: str) -> list[Outcome]:
        """The tests that look at one answer."""
        return [test for test in self.tests if test.question == question]


def cut(text: str, letters: int) -> str:
    """The beginning of a text, and if it is not all, how long it was."""
    if len(text) <= letters:
        return text
    rest = f" ... ({len(text):,} letters)"
    return text[: letters - len(rest)] + rest


def all_cut(texts: dict[str, str], letters: int, together: int) -> dict[str, str]:
    """The beginnings of texts: of many, less of each."""
    share = min(letters, together // max(1, len(texts)))
    return {name: cut(text, share) for name, text in texts.items()}
