// Two comforts; every page works without them: copying a command, and reloading a job's page when
// the job has moved on.
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

const watched = document.querySelector("[data-watch]");
if (watched) {
  const look = async () => {
    if (document.hidden) return;
    const answer = await fetch(watched.dataset.watch, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const job = await answer.json();
    if (String(job.updated_at) !== watched.dataset.updated) location.reload();
  };
  setInterval(() => { look().catch(() => undefined); }, 4000);
}
