// The chat: a question from the search box or the panel, an answer as it is written. What a model writes is put in as
// text nodes and a handful of elements made here; nothing of it is ever read as HTML, and its links are not links.
(() => {
  "use strict";
  const { prefix, addCopyButtons } = window.athenaeum;
  const panel = document.getElementById("chat");
  const talk = document.getElementById("talk");
  const form = document.getElementById("ask");
  const question = document.getElementById("question");
  const button = form.querySelector("button");
  const input = document.getElementById("q");
  const turns = [];
  let running = null;

  function make(name, { text = "", kind = "" } = {}) {
    const node = document.createElement(name);
    if (text) node.textContent = text;
    if (kind) node.className = kind;
    return node;
  }

  function link(source, text) {
    const node = make("a", { text });
    const address = source.url || source.permalink;
    if (/^https?:\/\//.test(address)) node.href = address;
    node.rel = "noopener noreferrer";
    return node;
  }

  // --- an answer's Markdown: paragraphs, headings, lists, quotations, code, emphasis, citations ----------------------
  // Code, strong, soft, a citation, and a link, of which the words are kept and the address is not.
  const INLINE = /(`+)(?!`)([^\n]*?[^`])\1(?!`)|\*\*([^*\n]+)\*\*|\*([^*\s][^*\n]*)\*|\[(\d{1,3})\]|\[([^\]\n]+)\]\((?:[^()\s]|\([^()\s]*\))*\)/g;

  function inline(text, sources, into) {
    let at = 0;
    for (const found of text.matchAll(INLINE)) {
      into.append(text.slice(at, found.index));
      at = found.index + found[0].length;
      const [whole, , code, strong, soft, number, words] = found;
      if (code !== undefined) into.append(make("code", { text: code.trim() || code }));
      else if (strong !== undefined) inline(strong, sources, into.appendChild(make("strong")));
      else if (soft !== undefined) inline(soft, sources, into.appendChild(make("em")));
      else if (words !== undefined) into.append(words);
      else into.append(cite(Number(number), sources) || whole);
    }
    into.append(text.slice(at));
  }

  function cite(number, sources) {
    const source = sources.find((one) => one.number === number);
    if (!source) return null;
    const node = link(source, String(number));
    node.className = "cite";
    node.title = source.headings.join(" › ") || source.title;
    node.setAttribute("aria-label", `Source ${number}: ${node.title}`);
    return node;
  }

  function write(answer, text, sources) {
    const parts = document.createDocumentFragment();
    const lists = [];
    let paragraph = null;
    let fence = "";
    let code = null;
    for (const line of text.split("\n")) {
      const ticks = line.match(/^\s*(?:>\s?)?(`{3,}|~{3,})/);
      if (code) {
        if (ticks && line.trim().replace(/^>\s?/, "").startsWith(fence)) code = null;
        else code.textContent += `${line}\n`;
        continue;
      }
      const item = line.match(/^(\s*)(?:([-*+])|(\d{1,4})[.)])\s+(.*)/);
      const title = line.match(/^ {0,3}#{1,6}\s+(.*?)\s*#*$/);
      const quoted = line.match(/^ {0,3}>\s?(.*)/);
      if (ticks) {
        [, fence] = ticks;
        code = make("code");
        const pre = make("pre");
        pre.tabIndex = 0;
        pre.append(code);
        (lists.length && /^\s{2}/.test(line) ? lists.at(-1).list.lastElementChild : parts).append(pre);
        paragraph = null;
      } else if (item) {
        const depth = item[1].length;
        while (lists.length && lists.at(-1).depth > depth) lists.pop();
        if (!lists.length || lists.at(-1).depth < depth) {
          const list = make(item[2] ? "ul" : "ol");
          if (item[3] && item[3] !== "1") list.start = Number(item[3]);
          (lists.length ? lists.at(-1).list.lastElementChild : parts).append(list);
          lists.push({ depth, list });
        }
        paragraph = make("li");
        lists.at(-1).list.append(paragraph);
        inline(item[4], sources, paragraph);
      } else if (!line.trim()) {
        paragraph = null;
      } else if (title || quoted) {
        lists.length = 0;
        paragraph = null;
        const into = title ? make("p", { kind: "heading" }) : make("blockquote");
        inline(title ? title[1] : quoted[1], sources, into);
        parts.append(into);
      } else if (paragraph) {
        paragraph.append(" ");
        inline(line, sources, paragraph);
      } else {
        lists.length = 0;
        paragraph = make("p");
        parts.append(paragraph);
        inline(line, sources, paragraph);
      }
    }
    answer.replaceChildren(parts);
  }

  function listSources(answer, text, sources) {
    const cited = sources.filter((source) => text.includes(`[${source.number}]`));
    if (!cited.length) return;
    const list = make("ol", { kind: "sources" });
    for (const source of cited) {
      const item = make("li");
      item.value = source.number;
      item.append(
        link(source, source.headings.join(" › ") || source.title),
        make("span", { text: `${source.path}:${source.start_line}` }),
      );
      list.append(item);
    }
    answer.append(make("p", { text: "Sources", kind: "label" }), list);
  }

  // --- a question and its answer ------------------------------------------------------------------------------------
  async function* events(reply) {
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) if (line.startsWith("data: {")) yield JSON.parse(line.slice(6));
    }
  }

  async function told(reply) {
    try {
      return (await reply.json()).error.message;
    } catch {
      return `The answer did not come (${reply.status}).`;
    }
  }

  async function ask(text) {
    turns.push({ role: "user", content: text });
    const answer = make("div", { kind: "answer text" });
    const waiting = make("p", { text: "Reading the docs…", kind: "waiting" });
    answer.append(waiting);
    answer.setAttribute("aria-busy", "true");
    talk.append(make("p", { text, kind: "said" }), answer);
    running = new AbortController();
    button.textContent = "Stop";
    let written = "";
    let sources = [];
    let drawn = 0;
    try {
      const reply = await fetch(`${prefix}/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ messages: turns.slice(-20), stream: true }),
        signal: running.signal,
      });
      if (!reply.ok) throw new Error(await told(reply));
      for await (const event of events(reply)) {
        if (event.error) throw new Error(event.error.message);
        if (event.sources) sources = event.sources;
        written += event.choices[0]?.delta.content || "";
        if (written && performance.now() - drawn > 60) {
          write(answer, written, sources);
          drawn = performance.now();
        }
      }
    } catch (error) {
      if (written) write(answer, written, sources);
      else answer.replaceChildren();
      const stopped = error.name === "AbortError";
      answer.append(make("p", { text: stopped ? "Stopped." : error.message, kind: stopped ? "waiting" : "failed" }));
      // Half an answer is no turn of the talk: the question can be asked again.
      turns.pop();
      return;
    } finally {
      running = null;
      button.textContent = "Ask";
      answer.removeAttribute("aria-busy");
    }
    turns.push({ role: "assistant", content: written });
    write(answer, written, sources);
    listSources(answer, written, sources);
    addCopyButtons(answer);
  }

  function open(text) {
    panel.hidden = false;
    if (!text) { question.focus(); return; }
    if (running) return;
    panel.scrollIntoView({ block: "nearest" });
    ask(text).then(() => question.focus({ preventScroll: true }));
  }

  const start = document.getElementById("ask-this");
  start.hidden = false;
  start.addEventListener("click", () => open(input.value.trim()));
  document.getElementById("close-chat").addEventListener("click", () => { panel.hidden = true; input.focus(); });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    open(input.value.trim());
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (running) { running.abort(); return; }
    const text = question.value.trim();
    if (!text) return;
    question.value = "";
    await ask(text);
    question.focus({ preventScroll: true });
  });
  button.addEventListener("click", (event) => {
    // The field may be empty while an answer is written; the form would not let the button through.
    if (!running) return;
    event.preventDefault();
    running.abort();
  });
  question.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!running) form.requestSubmit();
  });
})();
