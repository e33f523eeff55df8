"""One move of a slider in Jupyter: the time that the kernel spends on it.

Two real kernels get the messages that JupyterLab sends, in turns: one runs the live
figure of chapter 0, the other the same figure as tutorials make it. The kernel says
itself when it became busy with a message and when it was idle again.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from benchmarks.timing import Line, against_budget, median, p95
from benchmarks.tutorial import LIVE, TUTORIAL, code_cells

BUDGET = 30.0  # ms
SECONDS = 120


@contextmanager
def kernel() -> Iterator[BlockingKernelClient]:
    """A kernel of this Python, on one thread."""
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    for name in ("MPLBACKEND", "FIRST_WEIGHTS_BOOK"):
        env.pop(name, None)
    # or it warns on every start that it listens on localhost without a key
    quiet = ["--IPKernelApp.log_level=ERROR"]
    manager, client = start_new_kernel(
        kernel_name="python3", env=env, extra_arguments=quiet
    )
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def until_idle(client: BlockingKernelClient, asked: str) -> list[dict[str, Any]]:
    """What the kernel publishes about one message, to the end."""
    seen = []
    while True:
        message = client.get_iopub_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") != asked:
            continue
        seen.append(message)
        if message["msg_type"] == "error":
            raise RuntimeError("\n".join(message["content"]["traceback"]))
        if message["content"].get("execution_state") == "idle":
            return seen


def widgets(
    client: BlockingKernelClient, cells: list[str]
) -> dict[str, dict[str, Any]]:
    """Run cells; the state of every widget they make, by its id."""
    found: dict[str, dict[str, Any]] = {}
    for code in cells:
        for message in until_idle(client, client.execute(code)):
            content = message["content"]
            if message["msg_type"] in ("comm_open", "comm_msg"):
                state = found.setdefault(content["comm_id"], {})
                state |= content["data"].get("state", {})
    return found


def send(client: BlockingKernelClient, comm: str, data: dict[str, Any]) -> str:
    """Send what a front end sends to one widget."""
    message = client.session.msg("comm_msg", {"comm_id": comm, "data": data})
    client.shell_channel.send(message)
    return message["header"]["msg_id"]


def spent(client: BlockingKernelClient, asked: list[str]) -> float:
    """The ms for which the kernel was busy with some messages."""
    total = 0.0
    for name in asked:
        messages = until_idle(client, name)
        dates = [message["header"]["date"] for message in messages]
        busy, idle = (
            date if isinstance(date, datetime) else datetime.fromisoformat(date)
            for date in (dates[0], dates[-1])
        )
        total += 1000 * (idle - busy).total_seconds()
    return total


def described(found: dict[str, dict[str, Any]], name: str) -> str:
    """The id of the control with that description."""
    return next(id for id, state in found.items() if state.get("description") == name)


def live_move(client: BlockingKernelClient) -> Callable[[int], float]:
    """Starts the live figure; what it returns moves the depth and times it."""
    found = widgets(client, code_cells(LIVE, "fan("))
    depth = described(found, "depth")
    figure = next(id for id, state in found.items() if "spec" in state)
    places = {"gain": 1.0, "activation": 3}

    def move(value: int) -> float:
        question = {"from": "bench", "seed": 0, "setting": {"depth": value, **places}}
        return spent(
            client,
            [
                send(client, depth, {"method": "update", "state": {"value": value}}),
                send(client, figure, {"method": "custom", "content": question}),
            ],
        )

    return move


def tutorial_move(client: BlockingKernelClient) -> Callable[[int], float]:
    """The same for ``interact``."""
    depth = described(widgets(client, [TUTORIAL]), "depth")

    def move(value: int) -> float:
        change = {"method": "update", "state": {"value": value}}
        return spent(client, [send(client, depth, change)])

    return move


def measure(quick: bool) -> Iterator[Line]:
    """The lines of this part."""
    with kernel() as one, kernel() as other:
        live, tutorial = live_move(one), tutorial_move(other)
        ours, theirs = [], []
        for depth in range(2, 51, 8 if quick else 1):
            ours.append(live(depth))
            theirs.append(tutorial(depth))
    for label, of in (("p50", median), ("p95", p95)):
        yield against_budget(f"Jupyter kernel, live figure, {label}", of(ours), BUDGET)
        yield against_budget(f"Jupyter kernel, interact, {label}", of(theirs), BUDGET)
    shown = f"interact: {median(theirs):.3g} ms"
    ratio = median(ours) / median(theirs)
    yield Line(
        "Jupyter kernel, live against interact, p50",
        f"{median(ours):.3g} ms",
        shown,
        ratio,
    )
