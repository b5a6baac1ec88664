"""Drawing holds nobody up, and happens once for each text."""

import asyncio
import time

from ciclo.gateways.codes.drawing import draw
from ciclo.gateways.codes.itf import itf_svg
from ciclo.gateways.codes.qr import qr_svg

TEXT = "0002012636br.gov.bcb.pix" + "0" * 120


async def test_the_same_text_is_drawn_once() -> None:
    qr_svg.cache_clear()

    found = await asyncio.gather(*(draw(qr_svg, TEXT) for _ in range(30)))

    assert set(found) == {qr_svg(TEXT)}
    assert qr_svg.cache_info().misses == 1
    assert await draw(itf_svg, "0123456789") == itf_svg("0123456789")


async def test_the_loop_goes_on_while_many_are_drawn() -> None:
    began = time.perf_counter()
    drawing = asyncio.gather(*(draw(qr_svg, f"{TEXT}{number}") for number in range(50)))
    gaps: list[float] = []
    while not drawing.done():
        before = time.perf_counter()
        await asyncio.sleep(0)
        gaps.append(time.perf_counter() - before)
    took = time.perf_counter() - began

    assert len(await drawing) == 50
    assert max(gaps) < took / 2
