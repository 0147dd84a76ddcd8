// Makes the page quicker to use; everything but the chat works without it. Results come as HTML that the server
// escaped; what a model writes is put in as text nodes only.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("script");
  const prefix = root.dataset.prefix || "";
  const input = document.getElementById("q");
  const results = document.getElementById("results");
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
        await navigator.clipboard.writeText(pre.textContent.trimEnd());
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      holder.append(pre, button);
    }
  }

  // --- search while typing --------------------------------------------------------------------------------------
  let timer = 0;
  let pending = null;
  let shown = input ? input.value.trim() : "";

  async function search(query, { remember = true } = {}) {
    if (query === shown) return;
    shown = query;
    if (pending) pending.abort();
    pending = new AbortController();
    const address = query ? `${prefix}/?q=${encodeURIComponent(query)}` : `${prefix}/`;
    if (remember) history.replaceState(null, "", address);
    if (suggestions) suggestions.hidden = Boolean(query);
    input.closest(".search").classList.toggle("home", !query && Boolean(suggestions));
    if (!query) { results.replaceChildren(); return; }
    results.dataset.busy = "";
    try {
      const answer = await fetch(`${address}&part=results`, { signal: pending.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      results.innerHTML = await answer.text();
      addCopyButtons(results);
      choose(-1);
    } catch (error) {
      if (error.name === "AbortError") return;
      const told = document.createElement("p");
      told.className = "status";
      told.setAttribute("role", "alert");
      told.textContent = "The search did not answer. Press Enter to try again.";
      results.replaceChildren(told);
      shown = null;
    }
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
    document.getElementById("search").addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(timer);
      search(input.value.trim());
    });
    window.addEventListener("popstate", () => {
      input.value = new URLSearchParams(location.search).get("q") || "";
      search(input.value.trim(), { remember: false });
    });
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const inside = event.target.closest("#search, .result");
      const typing = event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key === "/" && !typing) {
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

  // --- chat -----------------------------------------------------------------------------------------------------
  const panel = document.getElementById("chat");
  const turns = [];

  function inline(text, sources, into) {
    const pattern = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|\[(\d{1,3})\]/g;
    let at = 0;
    for (const found of text.matchAll(pattern)) {
      into.append(text.slice(at, found.index));
      at = found.index + found[0].length;
      let node;
      if (found[1] !== undefined) {
        node = document.createElement("code");
        node.textContent = found[1];
      } else if (found[2] !== undefined) {
        node = document.createElement("strong");
        node.textContent = found[2];
      } else {
        const source = sources.find((one) => one.number === Number(found[3]));
        node = source ? link(source, `[${found[3]}]`) : document.createTextNode(found[0]);
        if (source) node.className = "cite";
      }
      into.append(node);
    }
    into.append(text.slice(at));
  }

  function link(source, text) {
    const node = document.createElement("a");
    const address = source.url || source.permalink;
    if (/^https?:\/\//.test(address)) node.href = address;
    node.rel = "noopener noreferrer";
    node.textContent = text;
    return node;
  }

  function write(answer, text, sources) {
    answer.replaceChildren();
    let list = null;
    for (const [number, part] of text.split(/^ {0,3}(?:```|~~~)[^\n]*\n?/m).entries()) {
      if (number % 2) {
        const pre = document.createElement("pre");
        pre.tabIndex = 0;
        pre.append(Object.assign(document.createElement("code"), { textContent: part }));
        answer.append(pre);
        list = null;
        continue;
      }
      for (const block of part.split(/\n\s*\n/)) {
        for (const line of block.split("\n")) {
          const item = line.match(/^\s*(?:[-*+]|\d+\.)\s+(.*)/);
          if (item) {
            if (!list) { list = document.createElement("ul"); answer.append(list); }
            const entry = document.createElement("li");
            inline(item[1], sources, entry);
            list.append(entry);
          } else if (line.trim()) {
            list = null;
            const last = answer.lastElementChild;
            const follows = last && last.tagName === "P" && last.dataset.block === block;
            const paragraph = follows ? last : document.createElement("p");
            if (follows) paragraph.append(" ");
            else { paragraph.dataset.block = block; answer.append(paragraph); }
            inline(line.replace(/^\s*(?:>|#{1,6})\s?/, ""), sources, paragraph);
          }
        }
      }
    }
    for (const paragraph of answer.querySelectorAll("[data-block]")) delete paragraph.dataset.block;
  }

  function listSources(answer, text, sources) {
    const cited = sources.filter((source) => text.includes(`[${source.number}]`));
    if (!cited.length) return;
    const list = document.createElement("ol");
    list.className = "sources";
    for (const source of cited) {
      const item = document.createElement("li");
      item.value = source.number;
      item.append(link(source, source.headings.join(" › ") || source.title), ` ${source.path}:${source.start_line}`);
      list.append(item);
    }
    answer.append(list);
  }

  async function ask(question) {
    const talk = document.getElementById("talk");
    turns.push({ role: "user", content: question });
    const said = Object.assign(document.createElement("p"), { className: "said", textContent: question });
    const answer = Object.assign(document.createElement("div"), { className: "answer text" });
    answer.textContent = "…";
    talk.append(said, answer);
    let text = "";
    let sources = [];
    try {
      const reply = await fetch(`${prefix}/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ messages: turns, stream: true }),
      });
      if (!reply.ok) throw new Error((await reply.json()).error.message);
      const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ""; ;) {
        const { done, value } = await reader.read();
        if (done) break;
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        for (const line of lines) {
          if (!line.startsWith("data: {")) continue;
          const event = JSON.parse(line.slice(6));
          if (event.error) throw new Error(event.error.message);
          if (event.sources) sources = event.sources;
          text += event.choices[0]?.delta.content || "";
        }
        write(answer, text, sources);
      }
      write(answer, text, sources);
      listSources(answer, text, sources);
      addCopyButtons(answer);
      turns.push({ role: "assistant", content: text });
    } catch (error) {
      turns.pop();
      if (!text) answer.replaceChildren();
      answer.append(Object.assign(document.createElement("p"), { className: "failed", textContent: error.message }));
    }
  }

  if (panel) {
    panel.hidden = false;
    const form = document.getElementById("ask");
    const question = document.getElementById("question");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = question.value.trim();
      const button = form.querySelector("button");
      if (!text || button.disabled) return;
      question.value = "";
      button.disabled = true;
      await ask(text);
      button.disabled = false;
      question.focus();
    });
    question.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
  }

  addCopyButtons(document);
})();
