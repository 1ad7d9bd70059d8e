"""Memory that reading a file may take."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


@contextmanager
def memory_limit(n_bytes: int) -> Iterator[None]:
    """Let the process grow by so many bytes at most: what asks for more ends in a ``MemoryError``.

    Linux only; elsewhere there is no limit.
    """
    now = _address_space()
    if resource is None or now is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = now + n_bytes if soft == resource.RLIM_INFINITY else min(soft, now + n_bytes)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space() -> int | None:
    """Bytes of the process's address space; ``None`` where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pages * resource.getpagesize() if resource is not None else None
