"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const rows = [...document.querySelectorAll(".row")];
  const detail = document.getElementById("detail");
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  let picked = null;
  let hits = [];

  // Text goes into the page as text, never as markup.
  const element = (tag, text, parent) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (parent) parent.append(made);
    return made;
  };

  const visible = () => rows.filter((row) => !row.hidden);

  function show(row) {
    const message = data[row.id];
    detail.replaceChildren();
    element("h2", message.name, detail);
    element("div", message.time + " UTC", detail).className = "hint";
    const link = element("a", "link to this message", detail);
    link.href = "#" + row.id;
    const table = element("table", undefined, detail);
    const bytes = element("div", undefined, detail);
    bytes.className = "bytes";
    const cells = [];
    for (let at = 0; at < message.hex.length; at += 2) {
      cells.push(element("span", message.hex.slice(at, at + 2), bytes));
      bytes.append((at / 2) % 16 === 15 ? "\n" : " ");
    }
    for (const [path, value, at, len] of message.fields) {
      const line = element("tr", undefined, table);
      element("td", path, line);
      element("td", value, line);
      const mark = (on) => () => {
        line.classList.toggle("on", on);
        for (let i = at; i < at + len && i < cells.length; i++) cells[i].classList.toggle("on", on);
      };
      line.addEventListener("mouseenter", mark(true));
      line.addEventListener("mouseleave", mark(false));
    }
  }

  function pick(row, byHash) {
    if (!row) return;
    if (picked) { picked.classList.remove("picked"); picked.removeAttribute("aria-current"); }
    picked = row;
    row.hidden = false;
    row.classList.add("picked");
    row.setAttribute("aria-current", "true");
    show(row);
    if (!byHash) history.replaceState(null, "", "#" + row.id);
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function fold() {
    for (const box of document.querySelectorAll("[data-kind]")) {
      for (const row of rows) if (row.classList.contains(box.dataset.kind)) row.hidden = !box.checked && row !== picked;
    }
  }

  function find() {
    const wanted = search.value.trim().toLowerCase();
    hits = [];
    for (const row of rows) {
      const message = data[row.id];
      const text = () => row.textContent + " " + message.fields.map((field) => field[0] + "=" + field[1]).join(" ");
      const hit = wanted !== "" && text().toLowerCase().includes(wanted);
      row.classList.toggle("hit", hit);
      if (hit) { row.hidden = false; hits.push(row); }
    }
    if (wanted === "") fold();
    found.textContent = wanted === "" ? "" : hits.length + " found";
  }

  function next(step) {
    if (hits.length === 0) return;
    const at = hits.indexOf(picked);
    pick(hits[(at + step + hits.length) % hits.length]);
  }

  function move(step) {
    const shown = visible();
    const at = shown.indexOf(picked);
    pick(shown[Math.min(Math.max(at + step, 0), shown.length - 1)]);
  }

  for (const row of rows) row.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    pick(row);
  });
  for (const box of document.querySelectorAll("[data-kind]")) box.addEventListener("change", fold);
  search.addEventListener("input", find);
  document.getElementById("theme").addEventListener("click", theme);

  function theme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === search) {
      if (event.key === "Enter") { next(1); event.preventDefault(); }
      if (event.key === "Escape") { search.value = ""; find(); search.blur(); }
      return;
    }
    const keys = {
      j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
      PageDown: () => move(20), PageUp: () => move(-20), Home: () => move(-rows.length), End: () => move(rows.length),
      "/": () => search.focus(), n: () => next(1), N: () => next(-1), t: theme,
      Escape: () => { search.value = ""; find(); },
    };
    const act = keys[event.key];
    if (act) { act(); event.preventDefault(); }
  });

  function hash() {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (row && row.classList.contains("row") && row !== picked) pick(row, true);
  }
  addEventListener("hashchange", hash);
  hash();
})();
