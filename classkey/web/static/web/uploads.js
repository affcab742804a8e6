/*
 * Files on their way to the school, each with how far it is. Without this the form sends them.
 *
 *   [data-drop="address"]         takes files that are dropped on it, then shows itself anew
 *   form[data-upload]             sends the files that were chosen in it; data-back: where to go then
 *   #uploads                      the list; data-max-bytes, and data-too-large, said of a larger file
 *                                 before it is sent; data-on-its-way, data-failed (each of "{name}")
 */
(() => {
  "use strict";

  const find = (selector, within = document) => within.querySelector(selector);
  const list = () => find("#uploads");
  const words = (text, file) => text.replace("{name}", file.name);

  let under = 0; // how many are on their way
  addEventListener("beforeunload", (event) => {
    if (under) event.preventDefault();
  });

  /** A line for one file: a name, a bar, and in the end what became of it. */
  function line(file) {
    const item = document.createElement("li");
    const told = document.createElement("div"); // its role is a message's, an item's stays
    const name = document.createElement("span");
    const bar = document.createElement("progress");
    name.textContent = words(list().dataset.onItsWay, file);
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    told.append(name, bar);
    item.append(told);
    list().append(item);
    return { told, bar };
  }

  function refuse(told, text) {
    told.className = "is-refused";
    told.setAttribute("role", "alert");
    told.textContent = text;
  }

  /** Send one file; resolves to whether it was taken. */
  function send(file, address) {
    const { told, bar } = line(file);
    const { maxBytes, tooLarge } = list().dataset;
    if (file.size > Number(maxBytes)) {
      refuse(told, words(tooLarge, file));
      return Promise.resolve(false);
    }
    const body = new FormData();
    body.append("files", file);
    const token = JSON.parse(document.body.getAttribute("hx-headers"));
    under += 1;
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = event.loaded / event.total;
      });
      request.addEventListener("loadend", () => {
        under -= 1;
        const taken = request.status === 201;
        if (taken || request.status === 422) {
          told.innerHTML = request.responseText; // a fragment of our own
          told.className = taken ? "is-taken" : "is-refused";
          told.setAttribute("role", taken ? "status" : "alert");
        } else {
          // 413: a proxy on the way takes less than we do.
          const { tooLarge, failed } = list().dataset;
          refuse(told, words(request.status === 413 ? tooLarge : failed, file));
        }
        resolve(taken);
      });
      request.open("POST", address);
      for (const [name, value] of Object.entries(token)) request.setRequestHeader(name, value);
      request.setRequestHeader("HX-Request", "true");
      request.send(body);
    });
  }

  /** One after the other: a class behind one line gets each of them sooner. */
  async function sendAll(files, address) {
    let taken = 0;
    for (const file of files) taken += await send(file, address);
    return taken;
  }

  // --- Dropped on the content ---------------------------------------------------------

  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  const dropAt = (event) => event.target.closest?.("[data-drop]");

  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault(); // nor does a file dropped beside it replace the page
    const zone = dropAt(event);
    event.dataTransfer.dropEffect = zone ? "copy" : "none";
    find(".is-over")?.classList.toggle("is-over", Boolean(zone));
    zone?.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) find(".is-over")?.classList.remove("is-over");
  });
  document.addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    const zone = dropAt(event);
    find(".is-over")?.classList.remove("is-over");
    if (!zone) return;
    const files = Array.from(event.dataTransfer.files);
    if (await sendAll(files, zone.dataset.drop)) {
      globalThis.htmx.ajax("GET", location.href, { target: "#content", swap: "outerHTML" });
    }
  });

  // --- Chosen in the form -------------------------------------------------------------

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const box = form.matches("[data-upload]") && find("input[type='file']", form);
    if (!box || !box.files.length) return;
    event.preventDefault();
    const files = Array.from(box.files);
    list().replaceChildren();
    const taken = await sendAll(files, location.href);
    form.dispatchEvent(new Event("form-answered", { bubbles: true }));
    if (taken === files.length) location.assign(form.dataset.back);
    else box.value = "";
  });
})();
