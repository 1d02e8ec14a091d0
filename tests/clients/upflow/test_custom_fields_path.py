"""Which of two paths has the custom fields, by itself."""

import threading
from concurrent.futures import ThreadPoolExecutor

from upflow_provider.clients.upflow.custom_fields_path import PATHS, CustomFieldsPath
from upflow_provider.errors import NotFoundError


def test_threads_find_the_same_path_and_keep_it():
    """All of them may try the wrong one first; afterwards each call is one request."""
    path, asked, together = CustomFieldsPath(), [], threading.Barrier(4, timeout=10)

    def request(candidate):
        asked.append(candidate)
        if candidate == PATHS[0]:
            together.wait()
            raise NotFoundError(f"GET {candidate}: 404")
        return candidate

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: path.call(request), range(4))) == [PATHS[1]] * 4
    asked.clear()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: path.call(request), range(8))) == [PATHS[1]] * 8

    assert asked == [PATHS[1]] * 8


def test_each_client_has_a_path_of_its_own():
    """What one client has learnt says nothing about another's organization."""
    one, other, asked = CustomFieldsPath(), CustomFieldsPath(), []

    def only_the_second(candidate):
        if candidate == PATHS[0]:
            raise NotFoundError(f"GET {candidate}: 404")

    one.call(only_the_second)
    other.call(asked.append)

    assert asked == [PATHS[0]]
