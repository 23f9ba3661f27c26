"""The C library's allocator gives memory back."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
from app.allocator import return_large_blocks, share_arenas
share_arenas()
{setting}
import ctypes
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
def block(size):
    address = libc.malloc(size)
    ctypes.memset(address, 1, size)
    return address
libc.free(block(24 << 20))  # by itself glibc keeps blocks up to this size from now on
before = resident()
first, second = block(20 << 20), block(2 << 20)
libc.free(first)  # the second, above it, keeps a heap from shrinking
print(resident() - before)
"""


def kept(setting):
    """Return how many bytes a process still has of a block that it freed below one that it needs, and of that one."""
    program = PROGRAM.format(setting=setting)
    return int(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_large_blocks_go_back_when_they_are_freed():
    """A large block is given back at once, wherever it lies; without the setting it is not."""
    assert kept("return_large_blocks()") < 4 << 20
    assert kept("") > 16 << 20


ARENAS = """
import ctypes, threading
from app.allocator import share_arenas
{setting}
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.fopen.restype = ctypes.c_void_p
barrier = threading.Barrier(17)
def hold():
    libc.malloc(1000)
    barrier.wait()
    barrier.wait()
for _ in range(16):
    threading.Thread(target=hold, daemon=True).start()
barrier.wait()
stream = libc.fopen(b"/dev/stdout", b"w")
libc.malloc_info(0, ctypes.c_void_p(stream))
libc.fflush(ctypes.c_void_p(stream))
barrier.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_many_threads_share_two_arenas():
    """Sixteen threads have two arenas in all; without the setting they have more."""

    def arenas(setting):
        program = ARENAS.format(setting=setting)
        answer = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
        return answer.stdout.count("<heap nr=")

    assert arenas("share_arenas()") == 2
    assert arenas("") > 2
