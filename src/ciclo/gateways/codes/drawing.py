"""Drawing beside the event loop: one code at a time, in a thread, each text once while it is remembered."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

DRAWINGS_MAX: Final = 500
"""Drawings that are remembered, of each kind: some 10 KB each, and pages ask for the same again and again."""

# One thread: more would share the interpreter's lock with the loop, and take turns from it.
_THREAD: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drawing")


async def draw(code: Callable[[str], str], text: str) -> str:
    """Return *text* drawn as a *code*, which takes 10 ms for a QR code, without holding anybody up."""
    return await asyncio.get_running_loop().run_in_executor(_THREAD, code, text)
