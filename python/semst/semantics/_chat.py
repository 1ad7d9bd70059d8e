"""A text as a message to a model that was trained to chat."""

import re
from datetime import datetime
from typing import Any

TODAY = datetime(
    2026, 1, 1
)  # for templates that tell the date: what a model gives must not depend on the day


def as_chat(tokenizer: Any, text: str, **options: Any) -> str:
    """Wrap a text into the model's chat template, up to where its answer begins.

    Parameters
    ----------
    tokenizer
        Has a chat template.
    text
        What the user says.
    **options
        What the template may want to know.

    Returns
    -------
    The text with the special tokens of the template in it.
    """
    return tokenizer.apply_chat_template(
        [{"role": "user", "content": text}],
        tokenize=False,
        add_generation_prompt=True,
        chat_template=on_one_day(tokenizer.get_chat_template()),
        **options,
    )


def on_one_day(template: str) -> str:
    """A chat template in which the date it may tell the model is always the same.

    Examples
    --------
    >>> on_one_day("It is {{ strftime_now('%d %b %Y') }}.")
    "It is {{ '01 Jan 2026' }}."
    """
    return re.sub(
        r"strftime_now\(\s*([\"'])(.*?)\1\s*\)",
        lambda found: f"{found[1]}{TODAY.strftime(found[2])}{found[1]}",
        template,
    )
