"use strict";
// What the incident page does beyond its form: the preview follows the typing, resolving
// declares all well, Ctrl+Enter publishes; and what is around the form follows the public stream.
(() => {
  const PARTS = ["timeline-title", "evidence-title", "told-title", "edits-title"];
  const part = (root, id) => root.getElementById(id)?.closest("section");
  let timer = 0;
  const load = async () => {
    const answer = await fetch(location.href, { redirect: "error", signal: AbortSignal.timeout(8e3) }).catch(() => null);
    if (!answer || !answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of PARTS) {
      const [old, now] = [part(document, id), part(fresh, id)];
      // Somebody reads there, or nothing has changed.
      if (!old || !now || old.contains(document.activeElement) || old.innerHTML === now.innerHTML) continue;
      old.replaceWith(document.adoptNode(now));
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(load, 500);
  };
  const stream = new EventSource("/status/events");
  for (const name of ["component_changed", "incident_updated", "incident_resolved", "incident_withdrawn"]) stream.addEventListener("status." + name, soon);
  document.addEventListener("visibilitychange", () => document.hidden || soon());
})();
(() => {
  const form = document.getElementById("update-form");
  if (!form) return;
  const message = form.elements.message;
  const preview = document.getElementById("preview");
  let waiting = 0;
  let asked = 0;
  const show = async () => {
    const number = ++asked;
    const body = new FormData();
    body.append("message", message.value);
    const answer = await fetch(form.dataset.preview, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    }).catch(() => null);
    // Cleaned by the server; only the newest question's answer counts.
    if (answer && answer.ok && number === asked) preview.innerHTML = await answer.text();
  };
  message.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 250);
  });
  // What is resolved is well again, unless its writer says otherwise.
  form.addEventListener("change", (event) => {
    if (event.target.name !== "status" || event.target.value !== "resolved") return;
    for (const said of form.querySelectorAll("select[name^=component_]")) {
      if (said.value) said.value = "operational";
    }
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-main]"));
    }
  });
})();
