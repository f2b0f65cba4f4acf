"use strict";
// Search, filters and links of the report. Without it the page is whole, only not searchable.
(() => {
  const FEW = 300; // more rows than that aren't opened all at once

  const ownText = (row) => {
    const details = row.querySelector(":scope > details");
    return [...details.children].filter((part) => part.matches("summary, .own")).map((part) => part.textContent).join(" ").toLowerCase();
  };

  const finders = [];

  for (const box of document.querySelectorAll("[data-find]")) {
    const list = document.getElementById(box.dataset.find);
    const rows = [...list.querySelectorAll("[data-row]")];
    const causes = [...list.querySelectorAll("[data-cause]")];
    const input = box.querySelector("input");
    const chips = [...box.querySelectorAll("[data-only]")];
    const toggle = box.querySelector("[data-toggle]");
    const output = box.querySelector("output");
    let texts = null;
    let waiting = 0;

    const apply = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const only = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.only);
      texts = texts || rows.map(ownText);
      const hits = rows.map((row, at) =>
        words.every((word) => texts[at].includes(word)) &&
        (!only.length || only.some((kind) => row.dataset.row.split(" ").includes(kind))));
      const seen = new Set();
      let number = 0;
      rows.forEach((row, at) => {
        if (!hits[at]) return;
        number += 1;
        for (let up = row; up && list.contains(up); up = up.parentElement.closest("[data-row]")) {
          if (up !== row && words.length) up.querySelector(":scope > details").open = true;
          seen.add(up);
        }
      });
      for (const row of rows) row.hidden = !seen.has(row);
      for (const cause of causes) {
        cause.hidden = ![...cause.querySelectorAll("[data-row]")].some((row) => !row.hidden);
        const below = cause.querySelector(".following");
        if (below && (words.length || only.length)) below.open = [...below.querySelectorAll("[data-row]")].some((row) => !row.hidden);
      }
      output.textContent = words.length || only.length ? `${number} of ${rows.length} shown` : "";
    };

    input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, rows.length > FEW ? 150 : 0); });
    for (const chip of chips) {
      chip.addEventListener("click", () => {
        chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
        apply();
      });
    }
    toggle.addEventListener("click", () => {
      const open = toggle.getAttribute("aria-pressed") !== "true";
      toggle.setAttribute("aria-pressed", String(open));
      toggle.textContent = open ? "Close all" : "Open all";
      const shown = rows.filter((row) => !row.hidden);
      for (const row of open ? shown.slice(0, FEW) : rows) row.querySelector(":scope > details").open = open;
      if (open && shown.length > FEW) output.textContent = `the first ${FEW} of ${shown.length} opened`;
    });
    box.hidden = false;
    finders.push({ list, clear: () => {
      input.value = "";
      for (const chip of chips) chip.setAttribute("aria-pressed", "false");
      apply();
    } });
  }

  const reveal = () => {
    let target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
    if (!target) return;
    if (target.closest("[hidden]")) for (const finder of finders) if (finder.list.contains(target)) finder.clear();
    for (let up = target.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
    const own = target.querySelector(":scope > details");
    if (own) {
      own.open = true;
      own.querySelector("summary").focus({ preventScroll: true });
    }
    target.scrollIntoView();
  };

  window.addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) reveal(); // the same place again
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea")) return;
    const input = document.querySelector("[data-find] input");
    if (input) { event.preventDefault(); input.focus(); }
  });
  window.addEventListener("beforeprint", () => {
    const rows = [...document.querySelectorAll(".rows:not(.tree) > [data-row] > details")];
    if (rows.length <= FEW) for (const row of rows) row.open = true;
  });
  if (location.hash) reveal();
})();
