"""A process that was restored from a snapshot answers from what is live now."""

OTHER = {"index.md": "# Other\n\nAnother text about launch.\n"}


def test_a_restored_process_has_the_newest_release_before_it_is_asked(serve, shelf):
    running = serve(on_lambda=True)
    client = running.client
    assert client.get("/health").status_code == 200
    new = shelf.publish(OTHER)
    told = client.post("/restored")
    assert told.status_code == 204
    assert told.headers["athenaeum-release"] == new


def test_a_store_that_is_away_does_not_keep_the_process_from_coming_back(serve, shelf):
    running = serve(on_lambda=True)
    old = running.client.get("/health").json()["release"]
    shelf.failure = OSError("away")
    assert running.client.post("/restored").status_code == 204
    assert running.client.post("/search", json={"query": "launch"}).json()["release"] == old


def test_outside_a_function_the_address_is_none(serve):
    client = serve().client
    assert client.post("/restored").status_code in (404, 405)
    assert serve(on_lambda=True).client.get("/restored").status_code in (404, 405)
