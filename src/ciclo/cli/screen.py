"""What `ciclo up` shows: a line per step, with a spinner on a terminal and plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape

LABEL_WIDTH = 20


@dataclass
class Step:
    """A step under way; its words may be known only at its end."""

    label: str
    detail: str = ""
    """Shown with its duration when it is done."""
    show: Callable[[str], None] = lambda _text: None
    """Shows how far it is, where that can be taken back."""


class Screen:
    """Writes to one console."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)

    @contextmanager
    def step(self, label: str) -> Iterator[Step]:
        """Show that a step is under way, then how long it took; a step that fails shows nothing more."""
        began = time.monotonic()
        step = Step(label)
        if self.console.is_terminal:
            with self.console.status(f"{escape(label)} ...") as status:
                step.show = lambda text: status.update(f"{escape(label)} ... {escape(text)}")
                yield step
        else:
            yield step
        self.line(step.label, f"{time.monotonic() - began:4.1f} s   {step.detail}")

    def line(self, label: str, text: str) -> None:
        """Show a label and its text."""
        self.say(f"  {label:<{LABEL_WIDTH}}{text}".rstrip())

    def say(self, text: str) -> None:
        """Show *text* as it is: never wrapped, since people copy lines and scripts read them."""
        self.console.print(text, markup=False, soft_wrap=True)
        self.console.file.flush()
