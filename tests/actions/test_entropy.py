"""Entropy: never the same bytes twice, in one process or in two."""

import os

from ciclo.entropy import PAGE_BYTES, random_bytes


def test_bytes_are_given_out_once_across_pages() -> None:
    taken = [random_bytes(10) for _ in range(3 * PAGE_BYTES // 10)]

    assert {len(one) for one in taken} == {10}
    assert len(set(taken)) == len(taken)


def test_a_whole_page_may_be_asked_for() -> None:
    assert len(random_bytes(PAGE_BYTES)) == PAGE_BYTES


def test_a_forked_process_gives_out_bytes_of_its_own() -> None:
    random_bytes(1)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, random_bytes(16))
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reader, 16) != random_bytes(16)
    os.close(reader)
    os.close(writer)
