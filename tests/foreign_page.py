"""A page of another origin in a real browser, and everything it can try on an address of the machine it is read on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TRIES = """async ({target, path, body}) => {
  const address = target + path, found = {};
  const read = async (name, options) => {
    try {
      const answer = await fetch(address, options);
      found[name] = answer.type === 'opaque' ? 'opaque' : `${answer.status} ${(await answer.text()).slice(0, 200)}`;
    } catch (error) { found[name] = 'failed'; }
  };
  await read('read', {});
  await read('read without cors', {mode: 'no-cors'});
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    await read(`post ${type}`, {method: 'POST', body, headers: {'content-type': type}});
    await read(`post ${type} without cors`, {method: 'POST', mode: 'no-cors', body, headers: {'content-type': type}});
  }
  await read('put', {method: 'PUT', body});
  await read('with credentials', {method: 'POST', body, credentials: 'include'});
  await read('with a header', {headers: {authorization: 'Bearer x', 'x-amz-date': 'x'}});
  navigator.sendBeacon(address, body);
  const loaded = (kind, set) => new Promise((resolve) => {
    const element = document.createElement(kind);
    element.onload = () => resolve('loaded');
    element.onerror = () => resolve('failed');
    set(element);
    document.body.append(element);
    setTimeout(() => resolve('silent'), 1500);
  });
  found.image = await loaded('img', (element) => { element.src = address; });
  found.script = await loaded('script', (element) => { element.src = address; });
  found.style = await loaded('link', (element) => { element.rel = 'stylesheet'; element.href = address; });
  for (const method of ['get', 'post']) {
    for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) {
      const name = `frame${method}${type}`.replace(/\\W/g, '');
      const frame = document.createElement('iframe');
      frame.name = name;
      const form = document.createElement('form');
      Object.assign(form, {action: address, method, enctype: type, target: name});
      const field = document.createElement('textarea');
      [field.name, field.value] = type === 'text/plain' ? body.split('=', 2) : ['data', body];
      form.append(field);
      document.body.append(frame, form);
      const done = new Promise((resolve) => { frame.onload = resolve; setTimeout(resolve, 1500); });
      form.submit();
      await done;
      try { found[name] = frame.contentDocument.body.innerText; } catch (error) { found[name] = 'failed'; }
    }
  }
  return found;
}"""
"""What a page tries; each answer is what the page then knows: "failed", or "opaque", is nothing."""


@contextmanager
def foreign_site() -> Iterator[str]:
    """The address of a page on this machine that is another site's to a browser."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Another site</title><body>")

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    yield f"http://evil.test:{server.server_port}"
    server.shutdown()
    server.server_close()


def try_everything(browser: Any, *, site: str, target: str, path: str, body: str) -> dict[str, str]:
    """What a page of `site` gets from `target + path`; `body` is what it sends where it sends something."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(site)
    found = page.evaluate(TRIES, {"target": target, "path": path, "body": body})
    context.close()
    return dict(found)


def open_window(browser: Any, *, site: str, address: str) -> str:
    """What a page of `site` can read of a window that it opened at `address`."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(site)
    with context.expect_page() as opened:
        page.evaluate("(address) => { window.theirs = window.open(address); }", address)
    opened.value.wait_for_load_state()
    read = "() => { try { return window.theirs.document.body.innerText; } catch (error) { return 'failed'; } }"
    found = str(page.evaluate(read))
    context.close()
    return found


RESOLVED = "--host-resolver-rules=MAP evil.test 127.0.0.1"
"""What the browser is started with, so that the other site has a name."""
