"""The number of threads, for all that computes."""

import os
import sys

_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def set_threads(number: int | None) -> int | None:
    """Let everything compute with so many threads; ``None`` leaves all as it is.

    What is not loaded yet, processes that are started, and R read it from the environment; what is loaded is
    told: torch, the BLAS and OpenMP libraries (threadpoolctl), Numba.

    Parameters
    ----------
    number
        Wanted number of threads, 1 or more.

    Returns
    -------
    The same, as a callback of an option has to.
    """
    if number is None:
        return None
    os.environ.update(dict.fromkeys(_VARIABLES, str(number)))
    if "numba" not in sys.modules:
        os.environ["NUMBA_NUM_THREADS"] = str(number)
    else:
        import numba

        numba.set_num_threads(min(number, numba.config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]
    if "torch" in sys.modules:
        import torch

        torch.set_num_threads(number)
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=number)
    return number
