"""What the probe refuses, told apart from a model's own errors. Machinery."""


class ProbeError(Exception):
    """Something that the probe cannot measure; a model's own errors are none."""


class ProbeTypeError(ProbeError, TypeError):
    """A value of the wrong type."""


class ProbeValueError(ProbeError, ValueError):
    """A value that does not fit."""
