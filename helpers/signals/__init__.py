"""The signal probe: what each layer does to the signal, forward and backward.

``probe`` runs any model once forward and once backward and measures wherever a weight
multiplies the signal; ``sweep`` measures whole grids of plain networks at once.

Read ``measured`` for what each number means, ``signal`` and ``verdict`` for what is
said about them. The rest is machinery: ``probing`` chooses between ``modules``, which
measures anything, and ``chain``, the short cut for plain networks. While a module runs,
``watching`` sees each operation, ``products`` reads what it multiplies, ``origins``
knows what is made of weights; ``outputs`` says where a gradient enters, and ``unroll``
makes layers of attention and recurrence.

Three more stand on the probe: ``coordinate_check`` (``widths``) compares widths,
``assert_healthy`` (``starting``, and ``pytest_plugin`` with its fixture) fails a test,
and ``Monitor`` speaks up during training.

``python -m helpers.signals`` is the probe as a command, and imported by nothing:
``asking`` is what it can be asked, ``factories`` and ``inputs`` find models and draw
batches, ``audit``, ``first_loss`` and ``by_width`` look, ``telling`` prints. They are
no package beside ``helpers``, because the command bears the probe's name: this package
would have to import one that stands on it.
"""

from helpers.signals.errors import ProbeError
from helpers.signals.grids import Sweep, sweep
from helpers.signals.layers import LAYERS
from helpers.signals.measured import Measured
from helpers.signals.monitor import Alarm, Monitor
from helpers.signals.probing import probe
from helpers.signals.record import SATURATED
from helpers.signals.signal import COLUMNS, Frame, Signal
from helpers.signals.starting import assert_healthy
from helpers.signals.unroll import unroll_
from helpers.signals.verdict import Outcome
from helpers.signals.widths import Coordinates, coordinate_check
from helpers.signals.wording import Complaint, Kind

__all__ = [
    "Alarm",
    "COLUMNS",
    "Complaint",
    "Coordinates",
    "Frame",
    "Kind",
    "LAYERS",
    "Measured",
    "Monitor",
    "Outcome",
    "ProbeError",
    "SATURATED",
    "Signal",
    "Sweep",
    "assert_healthy",
    "coordinate_check",
    "probe",
    "sweep",
    "unroll_",
]
