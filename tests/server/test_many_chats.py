"""Chats that wait for their model keep no search waiting."""

import threading
import time

from athenaeum.settings import ServerSettings


def test_a_search_beside_twenty_waiting_chats_is_answered_at_once(serve, llm):
    running = serve(ServerSettings(chat_base_url=f"{llm.url}/v1", openai_api_key="sk-secret-123"))
    llm.fault = "stall"
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "How do I abort the launch?"}]}
    statuses: list[int] = []

    def chat() -> None:
        statuses.append(running.client.post("/chat/completions", json=body).status_code)

    chats = [threading.Thread(target=chat) for _ in range(20)]
    for one in chats:
        one.start()
    deadline = time.monotonic() + 10
    while len(llm.requests) < len(chats):
        assert time.monotonic() < deadline, f"only {len(llm.requests)} chats were let through"
        time.sleep(0.01)
    began = time.perf_counter()
    assert running.client.post("/search", json={"query": "countdown"}).status_code == 200
    assert time.perf_counter() - began < 1.5
    assert not statuses
    for one in chats:
        one.join()
    assert statuses == [200] * len(chats)
