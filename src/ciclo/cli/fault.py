"""What a command says when it cannot go on: one cause and one thing to do."""


class Fault(Exception):
    """Ends a command with exit code 1; shown as two lines, never as a traceback."""

    def __init__(self, cause: str, *, remedy: str | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy
