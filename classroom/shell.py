"""A student's cells without Jupyter: IPython's shell, and what a cell prints."""

import os
import subprocess

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

OUTPUT = 20_000  # letters of what one cell prints that are kept
INSTALLERS = ("pip", "pip3", "conda", "mamba", "uv", "apt", "apt-get")


class Shell(InteractiveShell):
    """IPython without a terminal and without a kernel."""

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no window to open."""

    def system(self, command: str) -> None:
        """``!command``, whose output is that of the cell."""
        name = os.path.basename(command.split()[0]) if command.split() else ""
        if name in INSTALLERS:
            return refuse(command)
        with subprocess.Popen(
            self.var_expand(command),
            shell=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as run:
            assert run.stdout is not None  # a PIPE
            while part := run.stdout.read(1000):
                print(part, end="")
        self.user_ns["_exit_code"] = run.returncode

    def showtraceback(self, *arguments, **options) -> None:
        """Nobody reads it: what a cell raised is in its result."""

    showsyntaxerror = showtraceback


def refuse(command: str) -> None:
    """Say that nothing is installed, and go on."""
    print(f"{command}: nothing is installed while homework is graded")


def new_shell(folder: str = "") -> Shell:
    """A shell that keeps no history and installs nothing; the one there is already, if
    this process was copied with it.

    Args:
        folder: for IPython's own files, if not in the user's home.
    """
    if Shell.initialized():
        return Shell.instance()
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.cache_size = 0
    if folder:
        config.InteractiveShell.ipython_dir = folder
    shell = Shell.instance(config=config)
    for name in INSTALLERS:
        shell.magics_manager.register_function(refuse, "line", name)
    return shell


class Capped:
    """A stream that keeps the beginning of what is written to it."""

    encoding, errors, closed = "utf-8", "strict", False

    def __init__(self):
        self.kept: list[str] = []
        self.room = OUTPUT
        self.dropped = 0

    def write(self, text: str) -> int:
        """Keep what there is room for."""
        part = str(text)[: self.room]
        if part:
            self.kept.append(part)
        self.room -= len(part)
        self.dropped += len(text) - len(part)
        return len(text)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """The next cell prints too."""

    def isatty(self) -> bool:
        """It is no terminal."""
        return False

    def writable(self) -> bool:
        """It can be written to, always."""
        return True

    @property
    def text(self) -> str:
        """What was written, and how much more there was."""
        more = f"\n[{self.dropped:,} more letters]" if self.dropped else ""
        return "".join(self.kept) + more
