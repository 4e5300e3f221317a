// Comforts; every page works without them: sending a form once, copying a command, reloading a job's
// page when the job has moved on, following work that is under way, pricing at the epsilon a slider is
// moved to, and showing the fields that a choice asks for.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

// A second click while a form is on its way would do the same again. A form whose answer is a file, or
// whose way was broken off, leaves its page where it is: after a moment it may be sent anew.
const sent = new WeakSet();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (sent.has(form)) { event.preventDefault(); return; }
  sent.add(form);
  setTimeout(() => sent.delete(form), 4000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) sent.delete(form);
});

const watched = document.querySelector("[data-watch]");
if (watched) {
  const look = async () => {
    if (document.hidden) return;
    const answer = await fetch(watched.dataset.watch, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const job = await answer.json();
    if (String(job.updated_at) === watched.dataset.updated) return;
    const here = new URL(location.href);
    if (!here.searchParams.has("done")) { location.reload(); return; }
    // What was done last is not what has come about since.
    here.searchParams.delete("done");
    location.replace(here);
  };
  setInterval(() => { look().catch(() => undefined); }, 4000);
}

// The part of a page that changes while work goes on: asked for anew each second, as the server
// writes it, until it says that the work has ended, or where to go on. An answer that fails is one
// of many: the work goes on, and so does asking, after longer and longer pauses.
const followed = document.querySelector("[data-follow]");
if (followed) {
  const lost = document.querySelector("[data-lost]");
  const toldAfter = 3;
  const longest = 30_000;
  let shown = followed.innerHTML;
  let failed = 0;
  const follow = async () => {
    const answer = await fetch(followed.dataset.follow);
    if (!answer.ok) throw new Error(answer.statusText);
    const text = await answer.text();
    failed = 0;
    if (text !== shown) { shown = text; followed.innerHTML = text; }
    const next = followed.querySelector("[data-go]");
    if (next) location.replace(next.dataset.go);
    return Boolean(next || followed.querySelector("[data-ended]"));
  };
  const later = () => {
    setTimeout(async () => {
      const hasEnded = await follow().catch(() => { failed += 1; });
      lost.hidden = failed < toldAfter;
      if (!hasEnded) later();
    }, Math.min(1000 * 2 ** failed, longest));
  };
  later();
}

// Fields that are of some choices alone; without this they show once the choice was saved.
for (const choice of document.querySelectorAll("[data-shows]")) {
  choice.addEventListener("change", () => {
    for (const field of choice.closest("li").querySelectorAll("[data-of]")) {
      field.hidden = !field.dataset.of.split(" ").includes(choice.value);
    }
  });
}

// What a form comes to, shown beside it as it is typed; a button does the same without this.
const previewed = document.querySelector("[data-preview]");
const preview = document.querySelector("[data-preview-here]");
if (previewed && preview) {
  let waiting = 0;
  let asked = 0;
  const show = async () => {
    const number = ++asked;
    const body = new URLSearchParams(new FormData(previewed));
    const answer = await fetch(previewed.dataset.preview, { method: "POST", body });
    if (answer.ok && number === asked) preview.innerHTML = await answer.text();
  };
  previewed.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { show().catch(() => undefined); }, 600);
  });
}

// A slider beside a field of epsilon, on a logarithmic scale. What another epsilon changes of the page
// the server writes.
const slider = document.querySelector("[data-slider]");
if (slider) {
  const range = slider.querySelector("input[type=range]");
  const field = slider.querySelector("[name=epsilon]");
  const shown = document.querySelector("[data-priced]");
  const least = Number(slider.dataset.least);
  const span = Math.log(Number(slider.dataset.most) / least) || 1;
  const place = () => { range.value = 100 * Math.log(Number(field.value) / least) / span; };
  let asked = 0;
  const price = async () => {
    const mine = ++asked;
    const answer = await fetch(`${slider.dataset.slider}?epsilon=${encodeURIComponent(field.value)}`);
    if (answer.redirected) location.assign(answer.url);
    else if (answer.ok && mine === asked) shown.innerHTML = await answer.text();
  };
  let timer = 0;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => { price().catch(() => undefined); }, 200);
  };
  range.parentElement.hidden = false;
  place();
  range.addEventListener("input", () => {
    const exact = least * Math.exp(span * Number(range.value) / 100);
    field.value = range.value === "100" ? slider.dataset.most : String(Number(exact.toPrecision(2)));
    soon();
  });
  field.addEventListener("input", () => { place(); soon(); });
}
