// The header's choice takes effect at once; the button stays for who has no script.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form.choose");
  if (form) form.requestSubmit();
});
// A form is sent once, however often the button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
// One box for all of a page's lines; who has no script ticks them one by one.
for (const all of document.querySelectorAll("[data-all]")) {
  all.closest("[hidden]").hidden = false;
  all.addEventListener("change", () => {
    for (const one of document.querySelectorAll(`#table input[form=${all.dataset.all}]`)) one.checked = all.checked;
  });
  document.addEventListener("htmx:afterSwap", () => { all.checked = false; });
}
