"""What a command says when it cannot go on: one cause and one thing to do."""


class LocalStackError(Exception):
    """Ends a command with exit code 1; shown as a few lines, never as a traceback.

    Args:
        cause: What is wrong, in one line.
        remedy: What to do about it: a command where there is one.
        evidence: Lines to show before the cause, such as the end of a log.
    """

    def __init__(self, cause: str, *, remedy: str | None = None, evidence: tuple[str, ...] = ()) -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy
        self.evidence = evidence
