"""Work that ends badly, to try the pool with."""


def misbehave(how: str) -> str:
    """Crash, hang, eat memory, or raise an error, as asked."""
    if how == "crash":
        import ctypes

        ctypes.string_at(0)
    if how == "hang":
        while True:
            pass
    if how == "eat":
        return bytearray(8 << 30)[:1].decode()
    raise {"mistake": ZeroDivisionError, "refuse": __import__("semst").SemSTError}[how]("so")
