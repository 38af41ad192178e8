"use strict";
// What the incident page does beyond its form: the preview follows the typing, resolving
// declares all well, Ctrl+Enter publishes.
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
