"""Memory without a name that goes from process to process as an open file, and is gone with the last of them."""

import fcntl
import mmap
import os


def create(size: int) -> tuple[int, mmap.mmap]:
    """*size* bytes of zeros: a descriptor to hand on, and the memory itself."""
    file = os.memfd_create("ocr-picture", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.ftruncate(file, size)
        return file, mmap.mmap(file, size)
    except BaseException:
        os.close(file)
        raise


def hold(data: bytes) -> int:
    """A descriptor to hand on of memory with *data* in it: a long message costs several times as much through a socket.

    Raises:
        OSError: There is no such memory to be had.
    """
    file = os.memfd_create("ocr-file", os.MFD_CLOEXEC)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest) :]
    except BaseException:
        os.close(file)
        raise
    return file


def read(file: int) -> bytes:
    """All that is in the memory behind a descriptor, which is closed."""
    with os.fdopen(file, "rb", buffering=0) as held:
        held.seek(0)
        return held.read()


def seal(file: int, size: int) -> None:
    """See to it that the memory behind a descriptor has *size* bytes, and keeps them whoever else has it.

    Who reads beyond its end is ended by the kernel.

    Raises:
        ValueError: There is less of it.
        OSError: It is no such memory.
    """
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
    if os.fstat(file).st_size < size:
        raise ValueError(f"{os.fstat(file).st_size} bytes of {size}")


def attach(file: int, size: int) -> mmap.mmap:
    """The sealed memory behind a descriptor, which is closed; it lives as long as what is returned.

    Raises:
        ValueError: There is less of it.
        OSError: It is no such memory.
    """
    try:
        seal(file, size)
        return mmap.mmap(file, size)
    finally:
        os.close(file)
