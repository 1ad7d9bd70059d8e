"""Random state of the processor and of one device, and of no other."""

import torch


def seed(random_state: int, device: torch.device | str = "cpu") -> None:
    """Seed torch on the processor and, if that is a GPU, on ``device``.

    ``torch.manual_seed`` would seed every GPU of the machine, and nothing here would put them back.

    Parameters
    ----------
    random_state
        Seed.
    device
        Where the work is done.

    Examples
    --------
    >>> seed(3)
    >>> first = torch.rand(1)
    >>> seed(3)
    >>> bool(first == torch.rand(1))
    True
    """
    torch.random.default_generator.manual_seed(random_state)
    if torch.device(device).type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(random_state)
