// Makes the page quicker to use; everything here but copying works without it. Results come as HTML that the server
// escaped. The chat is in chat.js and uses `window.athenaeum`.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("script");
  const prefix = root.dataset.prefix || "";
  const input = document.getElementById("q");
  const results = document.getElementById("results");
  const told = document.getElementById("told");
  const suggestions = document.querySelector(".suggestions");

  // --- copy buttons ---------------------------------------------------------------------------------------------
  function addCopyButtons(scope) {
    for (const pre of scope.querySelectorAll("pre")) {
      if (pre.parentElement.classList.contains("copying") || !navigator.clipboard) continue;
      const holder = document.createElement("div");
      holder.className = "copying";
      pre.replaceWith(holder);
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(pre.textContent.trimEnd());
          button.textContent = "Copied";
        } catch {
          // The browser forbids it: the text is selected instead, one key away from being copied.
          getSelection().selectAllChildren(pre);
          button.textContent = "Selected";
        }
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      holder.append(pre, button);
    }
  }

  // --- search while typing --------------------------------------------------------------------------------------
  let timer = 0;
  let pending = null;
  let shown = input ? input.value.trim() : "";
  let typing = false;

  function remember(query) {
    const address = query ? `${prefix}/?q=${encodeURIComponent(query)}` : `${prefix}/`;
    // One entry of the history for one spell of typing, so that Back leads to the query before.
    history[typing ? "replaceState" : "pushState"](null, "", address);
    typing = true;
  }

  async function search(query, { kept = true } = {}) {
    if (query === shown) return;
    shown = query;
    if (pending) pending.abort();
    pending = new AbortController();
    if (kept) remember(query);
    document.title = query ? `${query} · ${root.dataset.site}` : `Search ${root.dataset.site}`;
    if (suggestions) suggestions.hidden = Boolean(query);
    input.closest(".search").classList.toggle("home", !query && Boolean(suggestions));
    if (!query) { delete results.dataset.busy; results.replaceChildren(); told.textContent = ""; return; }
    results.dataset.busy = "";
    try {
      const answer = await fetch(`${prefix}/?q=${encodeURIComponent(query)}&part=results`, { signal: pending.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      results.innerHTML = await answer.text();
      addCopyButtons(results);
      choose(-1);
    } catch (error) {
      if (error.name === "AbortError") return;
      const failed = document.createElement("p");
      failed.className = "status failed";
      failed.textContent = "The search did not answer. Press Enter to try again.";
      results.replaceChildren(failed);
      shown = null;
    }
    told.textContent = results.querySelector(".status")?.textContent || "";
    delete results.dataset.busy;
  }

  // --- keyboard -------------------------------------------------------------------------------------------------
  let chosen = -1;

  function choose(index) {
    const items = [...results.querySelectorAll(".result")];
    chosen = Math.max(-1, Math.min(index, items.length - 1));
    items.forEach((item, at) => item.classList.toggle("chosen", at === chosen));
    if (chosen >= 0) {
      items[chosen].querySelector(".to").focus({ preventScroll: true });
      items[chosen].scrollIntoView({ block: "nearest" });
    } else if (document.activeElement && document.activeElement.closest(".result")) {
      input.focus();
    }
  }

  if (input && results) {
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => search(input.value.trim()), 180);
    });
    input.addEventListener("blur", () => { typing = false; });
    document.getElementById("search").addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(timer);
      search(input.value.trim());
      typing = false;
    });
    window.addEventListener("popstate", () => {
      typing = false;
      input.value = new URLSearchParams(location.search).get("q") || "";
      search(input.value.trim(), { kept: false });
    });
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const inside = event.target.closest("#search, .result");
      const writing = event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key === "/" && !writing) {
        event.preventDefault();
        input.focus();
        input.select();
      } else if (event.key === "ArrowDown" && inside) {
        event.preventDefault();
        choose(chosen + 1);
      } else if (event.key === "ArrowUp" && inside && chosen >= 0) {
        event.preventDefault();
        choose(chosen - 1);
      } else if (event.key === "Escape" && inside) {
        clearTimeout(timer);
        choose(-1);
        input.value = "";
        input.focus();
        search("");
      }
    });
    results.addEventListener("focusin", (event) => {
      const items = [...results.querySelectorAll(".result")];
      chosen = items.indexOf(event.target.closest(".result"));
      items.forEach((item, at) => item.classList.toggle("chosen", at === chosen));
    });
  }

  window.athenaeum = Object.freeze({ prefix, addCopyButtons });
  addCopyButtons(document);
})();
