"""What processes use, as the system tells it."""

import mmap
import os
import sys
import time

import psutil
import pytest

from classroom.usage import descendants, used_by

SIZE = 50_000_000
ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells it")


@pytest.fixture
def me():
    return psutil.Process()


def test_processor_time_and_processes_are_counted(me):
    before = used_by([me])
    until = time.process_time() + 0.3
    while time.process_time() < until:
        pass
    now = used_by([me])
    assert 0.2 < now.cpu - before.cpu
    assert now.processes == 1 and now.memory > 1_000_000


def test_who_has_ended_is_left_out(me):
    child = os.fork()
    if child == 0:
        os._exit(0)
    gone = psutil.Process(child)
    os.waitpid(child, 0)
    assert used_by([gone]).memory == 0


@ONLY_LINUX
def test_a_file_in_memory_counts_though_nobody_reads_it(me):
    before = used_by([me]).memory
    number = os.memfd_create("hidden")
    try:
        os.write(number, bytes(SIZE))
        more = used_by([me]).memory - before
        assert 0.9 * SIZE < more < 1.3 * SIZE
        with mmap.mmap(number, SIZE) as whole:
            whole[::4096]
            assert used_by([me]).memory - before < 1.3 * SIZE, "once, not twice"
    finally:
        os.close(number)


@ONLY_LINUX
def test_memory_that_is_shared_counts_once(me):
    with mmap.mmap(-1, SIZE) as block:
        block.write(b"x" * SIZE)
        before = used_by([me]).memory
        child = os.fork()
        if child == 0:
            block[::4096]
            time.sleep(60)
            os._exit(0)
        time.sleep(0.5)
        both = used_by([me, psutil.Process(child)]).memory
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert both - before < 0.5 * SIZE


def test_a_rough_number_is_never_too_small(me):
    assert used_by([me], enough=10**12).memory > 0.9 * used_by([me]).memory


def test_children_of_children_are_found(me):
    child = os.fork()
    if child == 0:
        os.fork()
        time.sleep(60)
        os._exit(0)
    time.sleep(0.5)
    found = [process.pid for process in descendants(me.pid)]
    for pid in found:
        os.kill(pid, 9)
    os.waitpid(child, 0)
    assert child in found and len(found) >= 2
    assert descendants(child) == []
