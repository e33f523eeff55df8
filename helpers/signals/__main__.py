"""The probe as a command, on any factory of a model. No lesson needs this.

``python -m helpers.signals module:factory --input-shape 3,32,32`` calls the factory,
draws a batch, probes without training, prints the table and the verdict, and draws
both signals. With ``--widths`` it makes the coordinate check instead. It exits with 0
if the network is healthy, 1 if something is wrong with it and 2 if it could not be
audited.
"""

import argparse
import sys
from collections.abc import Sequence

import torch

from helpers.signals.asking import HEALTHY, ILL, NO_AUDIT, asked, parser
from helpers.signals.audit import audit
from helpers.signals.by_width import by_width
from helpers.signals.errors import AuditError, said
from helpers.signals.factories import model_for
from helpers.signals.first_loss import first_loss, targets_at
from helpers.signals.inputs import batch_for
from helpers.signals.signal import Signal
from helpers.signals.telling import Draws, as_json, as_text, save_picture
from helpers.signals.verdict import Outcome
from helpers.signals.widths import Coordinates

__all__ = ["HEALTHY", "ILL", "NO_AUDIT", "main", "parser"]

EXITS = {Outcome.HEALTHY: HEALTHY, Outcome.ILL: ILL, Outcome.UNJUDGED: NO_AUDIT}
WORST_FIRST = [Outcome.ILL, Outcome.UNJUDGED, Outcome.HEALTHY]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code.

    Args:
        arguments: as in a shell, without the program's name; None takes the shell's.
    """
    wanted = asked(arguments)
    try:
        with said("the audit itself failed:"):
            found, outcome = _looked(wanted)
            print(as_json(found) if wanted.json else as_text(found))
            if wanted.out:
                with said(f"{wanted.out} cannot be written:"):
                    save_picture(found, wanted.out)
    except AuditError as error:
        print(f"audit: {error}", file=sys.stderr)
        return NO_AUDIT
    return EXITS[outcome]


def _looked(wanted: argparse.Namespace) -> tuple[Draws | Coordinates, Outcome]:
    """What was found, and what it is called: of several draws, as the worst of them."""
    if wanted.widths:
        check = by_width(wanted)
        return check, check.outcome
    seeds = range(wanted.seed, wanted.seed + (wanted.seeds or 1))
    draws = [look(wanted, seed) for seed in seeds]
    return draws, min((signal.outcome for signal, _ in draws), key=WORST_FIRST.index)


def look(wanted: argparse.Namespace, seed: int) -> tuple[Signal, list[str]]:
    """What one draw of the network shows, and notes.

    Raises:
        AuditError: it cannot be audited.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = model_for(wanted)
        batch = batch_for(model, wanted.input_shape, wanted.batch, seed)
        signal, notes = audit(model, batch)
        if wanted.classes or wanted.targets:
            targets = targets_at(wanted.targets) if wanted.targets else None
            notes += first_loss(model, batch, signal, wanted.classes, targets, seed)
    return signal, notes


if __name__ == "__main__":
    sys.exit(main())
