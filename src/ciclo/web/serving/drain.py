"""The end of one API process, in steps: it is not ready any more, then nobody new, then nobody at all."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Drain:
    """Where a process is on its way to its end, for those who answer requests meanwhile."""

    begun: bool = False
    """Balancers are told to look elsewhere; requests that come all the same are answered."""

    _at_close: list[Callable[[], None]] = field(default_factory=list)

    def at_close(self, act: Callable[[], None]) -> None:
        """Let *act* be called when nobody new is taken any more: what has no end of its own ends then."""
        self._at_close.append(act)

    def close(self) -> None:
        """Say that nobody new is taken."""
        for act in self._at_close:
            act()
