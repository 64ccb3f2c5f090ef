// What is nicer with a script. Everything on these pages works without one.
"use strict";

const announce = (words) => {
  const region = document.getElementById("announce");
  if (region) region.textContent = words;
};

// The summary of what went wrong has the focus, and its link leads into the field.
const summary = document.getElementById("error-summary");
if (summary) {
  summary.focus();
  summary.querySelector("a")?.addEventListener("click", (event) => {
    const field = document.getElementById(event.target.hash.slice(1));
    if (field) {
      event.preventDefault();
      field.focus();
    }
  });
}

// A form is sent once: the second click of a double click does nothing. The server keeps that promise
// as well, since both clicks are one event.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener("submit", (event) => {
    const waiting = event.submitter?.getAttribute("aria-disabled") === "true";
    if (form.dataset.sent || waiting) {
      event.preventDefault();
      if (waiting) announce(document.getElementById("next-text")?.textContent ?? "");
      return;
    }
    form.dataset.sent = "yes";
  });
}
// A page that comes back from the browser's memory has not sent anything yet.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Waits count down from what the server said was left, so a wrong clock does no harm; and by
// differences of the clock, so a tab that slept is right when it wakes.
const loaded = Date.now();
const ANNOUNCED = [60, 30];
for (const wait of document.querySelectorAll("[data-countdown]")) {
  const all = Number(wait.dataset.countdown);
  const [minute, second] = wait.dataset.units.split(" ");
  const button = document.getElementById(wait.dataset.button ?? "");
  const words = (seconds) => {
    const parts = [];
    if (seconds >= 60) parts.push(`${Math.floor(seconds / 60)}\u00a0${minute}`);
    if (seconds % 60 > 0 || seconds === 0) parts.push(`${seconds % 60}\u00a0${second}`);
    return parts.join(" ");
  };
  const sentence = (seconds) => wait.dataset.text.replace("{}", words(seconds));
  let before = Infinity;
  const tick = () => {
    const left = Math.max(0, all - Math.floor((Date.now() - loaded) / 1000));
    wait.textContent = left > 0 ? sentence(left) : wait.dataset.over;
    if (button) {
      button.textContent = left > 0
        ? `${button.dataset.label} (${words(left)})` : button.dataset.label;
      if (left === 0) button.removeAttribute("aria-disabled");
    }
    // At the start, at a minute, at half a minute and at the end; never each second.
    const passed = ANNOUNCED.some((mark) => before > mark && left <= mark && left > 0 && all > mark);
    if (before === Infinity || passed || left === 0) announce(wait.textContent);
    before = left;
    if (left === 0) clearInterval(timer);
  };
  const timer = setInterval(tick, 1000);
  // A moment after the page, or the region is not heard.
  setTimeout(tick, 500);
}

// Buttons that only a script can serve.
for (const button of document.querySelectorAll("[data-copy], [data-print]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    if ("print" in button.dataset) {
      print();
      return;
    }
    const source = document.getElementById(button.dataset.copy);
    const lines = [...source.querySelectorAll("li")].map((line) => line.textContent.trim());
    const text = lines.length ? lines.join("\n") : source.textContent.trim();
    await navigator.clipboard.writeText(text);
    announce(button.dataset.copied);
  });
}

// In the demo alone: the phone beside the page stays as new as a phone.
const phone = document.querySelector("aside[data-screen]");
if (phone) {
  const screen = document.getElementById("screen");
  setInterval(async () => {
    if (document.hidden || screen.contains(document.activeElement)) return;
    const answer = await fetch(phone.dataset.screen);
    if (!answer.ok) return;
    const isOpen = document.getElementById("paper")?.open;
    screen.innerHTML = await answer.text();
    const paper = document.getElementById("paper");
    if (paper && isOpen) paper.open = true;
  }, 5000);
}
