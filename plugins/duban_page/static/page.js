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
