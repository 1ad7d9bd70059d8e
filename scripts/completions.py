"""Write what the shell completes, from the options of the commands."""

from semst.cli._completion import FILE, as_text
from semst.cli._late import own_commands

FILE.write_text(as_text(own_commands()), encoding="utf-8")
