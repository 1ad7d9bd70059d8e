"""Numbers of domains and neighbours."""

from typing import Any

from semst import _words
from semst._errors import SemSTError

from ._general import _whole


def check_n_domains(n_domains: Any, n_spots: int) -> int:
    """Make sure that a number of domains makes sense for a number of spots.

    Parameters
    ----------
    n_domains
        Wanted number of domains: a whole number, 2 or more, not above ``n_spots``.
    n_spots
        Number of spots to divide.

    Returns
    -------
    ``n_domains`` as a Python int.

    Raises
    ------
    SemSTError
        If it is no whole number, below 2 or above ``n_spots``.

    Examples
    --------
    >>> check_n_domains(7, 3639)
    7
    """
    number = _whole(n_domains, what="n_domains")
    if number < 2:
        raise SemSTError(f"{_words.name('n_domains')} is {number}. At least 2 are needed to divide a tissue.")
    if number > n_spots:
        raise SemSTError(
            f"{_words.name('n_domains')} is {number}, but there are only {n_spots} spots. Ask for fewer "
            "domains."
        )
    return number


def check_n_neighs(n_neighs: Any, n_spots: int, *, what: str = "n_neighs") -> int:
    """Make sure that a number of neighbours can be had.

    Parameters
    ----------
    n_neighs
        Wanted number of neighbours: a whole number, 1 or more, below ``n_spots``.
    n_spots
        Number of spots to choose from, the spot itself included.
    what
        Name of the parameter, for the message.

    Returns
    -------
    ``n_neighs`` as a Python int.

    Raises
    ------
    SemSTError
        If it is no whole number, below 1, or there are too few spots.

    Examples
    --------
    >>> check_n_neighs(6, 100)
    6
    """
    number = _whole(n_neighs, what=what)
    if number < 1:
        raise SemSTError(f"{_words.name(what)} is {number}. At least 1 neighbour is needed.")
    if number >= n_spots:
        raise SemSTError(
            f"{_words.name(what)} is {number}, but there are only {n_spots} spots, so a spot has at most "
            f"{max(n_spots - 1, 0)} neighbours. Ask for fewer neighbours ({_words.given(what)})."
        )
    return number
