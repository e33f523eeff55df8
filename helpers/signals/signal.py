"""A signal: what was measured, as a table and in words."""

from helpers.signals.measured import Measured
from helpers.signals.verdict import Outcome, complaints, outcome, sentences
from helpers.signals.wording import Complaint

COLUMNS = (
    "q",
    "h_mean",
    "h2",
    "unit_var",
    "grad2",
    "grad_norm2",
    "weight_grad2",
    "saturated",
    "dead",
)


class Frame(list[dict]):
    """A list of rows that prints as an aligned table."""

    def __repr__(self) -> str:
        """The table as text, three significant digits."""
        head = ["layer", *COLUMNS]
        body = [[r["layer"], *(f"{r[c]:#.3g}" for c in COLUMNS)] for r in self]
        return aligned([head, *body])


def aligned(rows: list[list[str]]) -> str:
    """Rows of cells as lines whose columns end below one another."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True))
        for row in rows
    )


class Signal(Measured):
    """What the probe measured: numbers for each layer, a table of them, a verdict.

    The numbers are those of ``Measured``, in the order of execution.
    """

    def frame(self) -> Frame:
        """The measurements as a table: one row, a dict, per layer."""
        columns = {name: getattr(self, name).tolist() for name in COLUMNS}
        return Frame(
            {"layer": name, **{c: columns[c][i] for c in COLUMNS}}
            for i, name in enumerate(self.names)
        )

    @property
    def outcome(self) -> Outcome:
        """Healthy, ill, or unjudged: too little was measured to tell."""
        return outcome(self)

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong, and enough was measured to say so."""
        return self.outcome == Outcome.HEALTHY

    def complaints(self) -> list[Complaint]:
        """What is wrong, the most basic first; see ``helpers.signals.verdict``."""
        return list(complaints(self))

    def sentences(self) -> list[str]:
        """The verdict, a sentence for each thing that is wrong or worth knowing."""
        return sentences(self)

    def verdict(self) -> str:
        """What is wrong, in words, with the layer where it shows; or "healthy".

        What counts as vanishing, exploding or collapsed, and which layers are
        compared: see ``helpers.signals.verdict``.
        """
        return "; ".join(self.sentences())

    def __repr__(self) -> str:
        """The sizes at both ends, forward and backward."""
        first, last = self.q[[0, -1]].sqrt().tolist()
        start, end = self.grad2[[0, -1]].sqrt().tolist()
        return (
            f"Signal({len(self.names)} layers: rms of z {first:#.3g} to {last:#.3g}, "
            f"rms of dLoss/dz {start:#.3g} to {end:#.3g})"
        )
