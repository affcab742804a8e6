/*
 * What scripts add to pages that work without them. One listener a kind of event, on the
 * document, so that swapped-in fragments need no wiring. Texts come from data attributes.
 *
 *   a[data-dialog]                opens its page's fragment in the one <dialog>
 *   [data-copy="text"]            copies; or data-copy-from="#id"; data-copied="Copied" if other
 *   [data-fullscreen="#id"]       (a link, to a page of its own without scripts) shows a dialog.show-class (or any element) over everything
 *   [data-fullscreen-end]         and back; so does Esc
 *   input[data-code-box]          regroups, tells slips: data-hint (an id), data-expect="parent",
 *                                 data-slip, data-impossible ("{character}"), data-length ("{count}")
 *   form[data-look-url][data-look-target]  asks what a complete code is for, shows the answer there
 *   [data-kind="registration|parent"]      hidden until the box holds such a code
 *   [data-code-redeemed], [data-code-refused]  on the page: the tab forgets the kept code
 *   form[data-signout]            forgets it as well
 *   form[data-guard]              asks before leaving with unsaved changes
 *   #content                      swapped as a whole when something in it is flipped or moved: the
 *                                 control that was used keeps the focus, and what it did is said
 *   [data-poll="address"]         asks there every few seconds while it is in sight, and puts what
 *                                 comes in the places of the same ids; ends where it is replaced
 *   input[data-choose-all="form"] ticks every box of that form; data-chosen ("{count}") is said
 *   [data-close]                  closes the dialog that it is in
 *   form[method="post"]           is sent once, however often its button is pressed
 *   event "dialog-closed" on body: for hx-trigger="dialog-closed from:body"
 */
(() => {
  "use strict";

  const KEPT_CODE = "classkey-code";
  const { codeText } = globalThis;
  const root = document.documentElement;
  root.classList.add("js");

  const find = (selector, within = document) => within.querySelector(selector);
  const findAll = (selector, within = document) => Array.from(within.querySelectorAll(selector));

  function say(text) {
    // Not the page's own region while a modal dialog makes the page inert.
    const dialogs = findAll("dialog[open]");
    let region = find("#live");
    if (dialogs.length) {
      const dialog = dialogs[dialogs.length - 1];
      region = find(":scope > [data-live]", dialog);
      if (!region) {
        region = document.createElement("p");
        region.className = "visually-hidden";
        region.setAttribute("role", "status");
        region.dataset.live = "";
        dialog.append(region);
      }
    }
    region.textContent = "";
    setTimeout(() => (region.textContent = text), 50);
  }

  // --- A code kept in this tab through sign-in and sign-up (K3) -----------------------

  const kept = {
    get: () => sessionStorage.getItem(KEPT_CODE) ?? "",
    set: (code) => sessionStorage.setItem(KEPT_CODE, code),
    forget: () => sessionStorage.removeItem(KEPT_CODE),
  };

  /** Take a code out of `/join/#CODE`: no longer in the address bar, kept in the tab. */
  function takeCodeFromAddress() {
    let text = location.hash.slice(1);
    if (!find("[data-code-box]") || !text || document.getElementById(text)) return "";
    try {
      text = decodeURIComponent(text);
    } catch {
      // A stray "%": as it stands.
    }
    const length = codeText.normalise(text).length;
    if (length < 6 || length > 15) return "";
    history.replaceState(history.state, "", location.pathname + location.search);
    return text;
  }

  function fillCodeBoxes(fresh) {
    const code = fresh || kept.get();
    if (!code) return;
    for (const box of findAll("[data-code-box]")) {
      if (fresh || !box.value) {
        box.value = codeText.display(code);
        checkCodeBox(box, "now");
      }
    }
  }

  // --- The code box -------------------------------------------------------------------

  const hints = new WeakMap();
  const pauses = new WeakMap();
  const looks = new WeakMap();

  function setHint(box, text) {
    const hint = document.getElementById(box.dataset.hint);
    if (!hint) return;
    if (!hints.has(box)) hints.set(box, hint.textContent);
    const shown = text || hints.get(box);
    if (hint.textContent !== shown) hint.textContent = shown;
    hint.classList.toggle("is-slip", Boolean(text));
    if (text) box.setAttribute("aria-invalid", "true");
    else box.removeAttribute("aria-invalid");
  }

  /** What is wrong with a code that is typed to its end, in the template's words; or "". */
  function slipIn(text, { box }) {
    const impossible = codeText.firstImpossible(text);
    if (impossible) return box.dataset.impossible.replace("{character}", impossible);
    const kind = codeText.kindOf(text);
    const count = codeText.normalise(text).length;
    if (!kind) return (box.dataset.length ?? box.dataset.slip).replace("{count}", count);
    return codeText.isValid(text) ? "" : box.dataset.slip;
  }

  function showKind(kind) {
    for (const element of findAll("[data-kind]")) element.hidden = element.dataset.kind !== kind;
  }

  /** `when`: "typing" (say only what is surely wrong), or "now" (it is meant to be complete). */
  function checkCodeBox(box, when) {
    const text = box.value;
    const count = codeText.normalise(text).length;
    const valid = codeText.isValid(text);
    clearTimeout(pauses.get(box));
    showKind(valid ? codeText.kindOf(text) : "");
    forgetLook(box);
    if (!count) return setHint(box, "");
    if (valid) {
      setHint(box, "");
      kept.set(codeText.normalise(text));
      // Nine characters may be the start of twelve: wait for a pause.
      if (when === "now" || count === 12) look(box);
      else pauses.set(box, setTimeout(look, 900, box));
      return undefined;
    }
    const sure = when === "now" || count >= 12 || codeText.firstImpossible(text);
    setHint(box, sure ? slipIn(text, { box }) : "");
    if (!sure && count === 9) pauses.set(box, setTimeout(checkCodeBox, 1500, box, "now"));
    return undefined;
  }

  function typedInCodeBox(box, event) {
    if (!box.value) kept.forget();
    const code = codeText.read(box.value); // of a whole sentence or link that was pasted
    if (code !== codeText.normalise(box.value)) box.value = codeText.display(code);
    const link = box.value.lastIndexOf("#");
    if (link >= 0) box.value = box.value.slice(link + 1); // a link with a slip in its code
    if (/^[^-\s]{4}[-\s]$/.test(box.value)) box.dataset.group = "4"; // grouped as on a parent's sheet
    if (!box.value) delete box.dataset.group;
    if (box.selectionStart === box.value.length && !event.isComposing) {
      const group = Number(box.dataset.group) || (box.dataset.expect === "parent" ? 4 : 3);
      const grouped = codeText.display(box.value, group);
      if (grouped !== box.value) box.value = grouped;
    }
    checkCodeBox(box, event.inputType === "insertFromPaste" ? "now" : "typing");
  }

  /** What was said of another code is no longer true of this one. */
  function forgetLook(box) {
    const last = looks.get(box);
    if (!last || last.code === codeText.normalise(box.value)) return;
    last.controller.abort();
    looks.delete(box);
    find(box.form.dataset.lookTarget).replaceChildren();
  }

  /** Ask the server what a complete code is for. The code goes in the body, never in the address. */
  async function look(box) {
    const form = box.form;
    const target = form?.dataset.lookTarget && find(form.dataset.lookTarget);
    const code = codeText.normalise(box.value);
    const last = looks.get(box);
    if (!form?.dataset.lookUrl || !target || last?.code === code) return;
    last?.controller.abort();
    const controller = new AbortController();
    looks.set(box, { code, controller });
    target.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(form.dataset.lookUrl, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { "HX-Request": "true", "HX-Target": target.id },
        signal: controller.signal,
      });
      const html = await response.text();
      if (looks.get(box)?.controller !== controller) return;
      if (response.status < 500 && !isWholePage(html)) swapIn(target, html);
    } catch (error) {
      // Offline or overtaken by the next look: the form's own button still works.
      if (error.name !== "AbortError") looks.delete(box);
    } finally {
      target.removeAttribute("aria-busy");
    }
  }

  function swapIn(target, html) {
    globalThis.htmx.swap(target, html, { swapStyle: "innerHTML" });
    settle(target, { focus: false });
  }

  // --- The dialog ---------------------------------------------------------------------

  const isWholePage = (html) => /^\s*<!doctype/i.test(html);
  const dialog = find("#dialog");
  const dialogBody = find("#dialog-body");

  async function openDialog(link) {
    const untouched = !findAll("form", dialogBody).some((form) => dirty.has(form));
    if (dialog.dataset.href !== link.href || untouched) {
      dialog.dataset.href = link.href;
      dialogBody.replaceChildren();
      dialogBody.setAttribute("aria-busy", "true");
      dialogBody.dataset.text = document.body.dataset.loading;
      dialog.setAttribute("aria-label", link.textContent.trim());
      dialog.removeAttribute("aria-labelledby");
      if (!dialog.open) dialog.showModal();
      await globalThis.htmx.ajax("GET", link.href, { target: dialogBody, swap: "innerHTML" });
    } else {
      dialog.showModal(); // closed by mistake: what was typed is still there
    }
  }

  function nameDialog() {
    dialogBody.removeAttribute("aria-busy");
    const heading = find("h1, h2", dialogBody);
    if (!heading) return;
    heading.id ||= "dialog-title";
    dialog.setAttribute("aria-labelledby", heading.id);
    dialog.removeAttribute("aria-label");
    if (!find("[autofocus], [aria-invalid='true']", dialogBody)) {
      heading.tabIndex = -1;
      heading.focus();
    }
  }

  // --- Rows that flip and move in place (C2) --------------------------------------------

  let used = ""; // the id of the control that was used last, to come back to
  let usedIn = ""; // and of what opens the menu that it is in

  document.addEventListener("htmx:beforeRequest", (event) => {
    const control = event.detail.elt;
    if (!control.closest("#content") || !control.id) return;
    used = control.id;
    usedIn = find("summary", control.closest("details.menu") ?? control)?.id ?? "";
  });

  function comeBack() {
    dialog?.close();
    const control = document.getElementById(used);
    const menu = control?.closest("details.menu");
    if (menu) menu.open = true;
    const gone = find("#content [data-focus-if-gone]");
    (control ?? document.getElementById(usedIn) ?? gone)?.focus();
    const message = find("#toast .message > p") ?? find("#messages .message > p");
    if (message) say(message.textContent);
    used = usedIn = "";
  }

  dialog?.addEventListener("close", () => (used = usedIn = ""));

  dialog?.addEventListener("close", () => {
    // A list on the page that the dialog may have changed: hx-trigger="dialog-closed from:body".
    document.body.dispatchEvent(new CustomEvent("dialog-closed", { bubbles: true }));
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig, target } = event.detail;
    if (!isWholePage(xhr.responseText) || target === document.body) return;
    // A whole page where a fragment was asked for: a redirect (sign-in ran out, or the work
    // is done), or a form that has no fragment of its own.
    const answered = new URL(xhr.responseURL || location.href);
    const asked = new URL(requestConfig.path, location.href);
    if (requestConfig.verb === "get" || answered.pathname !== asked.pathname) {
      event.detail.shouldSwap = false;
      release();
      location.assign(answered);
    } else {
      event.detail.selectOverride = "#main > *";
    }
  });

  for (const failure of ["htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(failure, (event) => {
      const { requestConfig, target } = event.detail;
      if (target === dialogBody && requestConfig.verb === "get") location.assign(requestConfig.path);
    });
  }

  // --- Copy, and show to the class ----------------------------------------------------

  async function copy(button) {
    const from = button.dataset.copyFrom && find(button.dataset.copyFrom);
    const text = from ? (from.value ?? from.textContent).trim() : button.dataset.copy;
    if (!(await writeToClipboard(text, button))) return;
    const said = button.dataset.copied || document.body.dataset.copied;
    say(said);
    const label = find("span", button) ?? button;
    button.dataset.label ??= label.textContent;
    label.textContent = said;
    button.classList.add("is-copied");
    setTimeout(() => {
      label.textContent = button.dataset.label;
      button.classList.remove("is-copied");
    }, 2000);
  }

  async function writeToClipboard(text, button) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Older browsers, and plain http:
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "visually-hidden";
      button.after(area); // beside the button: outside an open dialog it could not be selected
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      button.focus();
      return done;
    }
  }

  function showFull(element) {
    // The document goes full screen and the element on top of it: a <dialog> itself may not.
    document.documentElement.requestFullscreen?.().catch(() => {});
    if (element.showModal) element.showModal();
    else element.classList.add("is-full");
    element.dataset.full = "";
  }

  function endFull() {
    for (const element of findAll("[data-full]")) {
      delete element.dataset.full;
      if (element.close) element.close();
      else element.classList.remove("is-full");
    }
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  }

  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement) endFull();
  });
  document.addEventListener(
    "close",
    (event) => event.target.matches("[data-full]") && endFull(),
    true,
  );

  // --- What changes by itself: who came in, how long a code still lives (K13) -------------

  const POLL_EVERY = 4000; // ms
  const asking = new WeakSet();

  async function poll(root) {
    if (document.hidden || asking.has(root) || !root.checkVisibility()) return;
    asking.add(root);
    try {
      const response = await fetch(root.dataset.poll, { headers: { "HX-Request": "true" } });
      const html = await response.text();
      // Signed out, or not for this person any more: there is nothing left to ask for.
      if (response.status < 500 && (!response.ok || isWholePage(html))) delete root.dataset.poll;
      else if (response.ok) putInPlace(html);
    } catch {
      // Offline: the next time, perhaps.
    } finally {
      asking.delete(root);
    }
  }

  /** Only what differs is touched, and of that the inside, so that focus and open lists stay. */
  function putInPlace(html) {
    const arrived = new DOMParser().parseFromString(html, "text/html");
    for (const fresh of findAll("[id]", arrived)) {
      const shown = document.getElementById(fresh.id);
      if (!shown || shown.innerHTML.trim() === fresh.innerHTML.trim()) continue;
      shown.replaceChildren(...fresh.childNodes);
      if (shown.dataset.poll && !fresh.dataset.poll) delete shown.dataset.poll;
    }
  }

  const pollAll = () => findAll("[data-poll]").forEach(poll);
  setInterval(pollAll, POLL_EVERY);
  document.addEventListener("visibilitychange", pollAll);

  // --- Choosing many --------------------------------------------------------------------

  function chose(box) {
    const form = box.dataset.chooseAll ?? box.getAttribute("form");
    const all = find(`input[data-choose-all="${form}"]`);
    if (!all) return;
    const boxes = findAll(`input[type="checkbox"][form="${form}"]`);
    if (box === all) for (const each of boxes) each.checked = all.checked;
    const count = boxes.filter((each) => each.checked).length;
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
    say(all.dataset.chosen.replace("{count}", count));
  }

  // --- Nothing typed is lost (A4) -----------------------------------------------------

  const dirty = new Set();
  const release = () => dirty.clear();

  addEventListener("beforeunload", (event) => {
    for (const form of dirty) if (!form.isConnected) dirty.delete(form);
    if (dirty.size) event.preventDefault();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful } = event.detail;
    const form = elt.closest("form");
    const isPreview = elt.matches("form button");
    if (successful && form && !isPreview && !find(".errorlist", form)) dirty.delete(form);
  });

  // --- A form is sent once --------------------------------------------------------------

  const sent = new Map();
  const SENT_FOR = 8000; // ms: if no page and no fragment answers, but a download or nothing at all

  function markSent(form) {
    // Not "disabled": the name and value of the button that was pressed are to be sent.
    const buttons = findAll("button:not([type='button'])", form);
    for (const button of buttons) button.setAttribute("aria-disabled", "true");
    sent.set(form, { buttons, timer: setTimeout(unmarkSent, SENT_FOR, form) });
  }

  function unmarkSent(form) {
    const { buttons = [], timer } = sent.get(form) ?? {};
    clearTimeout(timer);
    for (const button of buttons) button.removeAttribute("aria-disabled");
    sent.delete(form);
  }

  addEventListener("pageshow", () => {
    for (const form of sent.keys()) unmarkSent(form);
  });
  document.addEventListener("form-answered", (event) => unmarkSent(event.target));
  document.addEventListener("htmx:afterRequest", (event) => {
    unmarkSent(event.detail.elt.closest("form"));
  });

  // --- One listener a kind of event ---------------------------------------------------

  document.addEventListener("click", (event) => {
    for (const menu of findAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const control = event.target.closest(
      "[data-dialog], [data-copy], [data-copy-from], [data-fullscreen], [data-fullscreen-end], dialog [data-close]",
    );
    if (!control || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { dataset } = control;
    if ("copy" in dataset || "copyFrom" in dataset) copy(control);
    else if ("close" in dataset) control.closest("dialog").close();
    else if ("fullscreenEnd" in dataset) endFull();
    else if ("fullscreen" in dataset) {
      const element = find(dataset.fullscreen);
      if (!element) return;
      showFull(element);
    } else if (!dialog || !globalThis.htmx || !control.href) return;
    else openDialog(control);
    event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = find("details.menu[open]");
    if (menu) {
      menu.open = false;
      find("summary", menu).focus();
    }
    if (find("[data-full]:not(dialog)")) endFull();
  });

  document.addEventListener("input", (event) => {
    const { target } = event;
    if (target.matches("[data-code-box]")) typedInCodeBox(target, event);
    if (target.form?.matches("[data-guard]")) dirty.add(target.form);
  });

  document.addEventListener("change", (event) => {
    const { target } = event;
    if (target.matches("[data-code-box]")) checkCodeBox(target, "now");
    if (target.matches("input[data-choose-all], input[type='checkbox'][form]")) chose(target);
    if (target.form?.matches("[data-guard]")) dirty.add(target.form);
  });

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const box = find("[data-code-box]", form);
      const slip = box && slipIn(box.value, { box });
      if (slip) {
        event.preventDefault();
        event.stopImmediatePropagation();
        setHint(box, slip);
        box.focus();
        return;
      }
      if (sent.has(form)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      if (form.method === "post") markSent(form);
      if (form.matches("[data-signout]")) kept.forget();
      if (!form.matches("[hx-post]")) dirty.delete(form);
    },
    true,
  );

  // --- When a page or a fragment has arrived ------------------------------------------

  function settle(within, { focus = true } = {}) {
    if (find("[data-code-redeemed], [data-code-refused]")) kept.forget();
    const invalid = find("[aria-invalid='true']", within);
    if (focus && invalid) invalid.focus();
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    settle(event.detail.target ?? document);
    if (event.detail.target === dialogBody) {
      if (!dialog.open) dialog.showModal();
      nameDialog();
    }
    if (event.target.id === "content" && used) comeBack();
    fillCodeBoxes("");
  });
  addEventListener("hashchange", () => {
    const code = takeCodeFromAddress();
    if (code) fillCodeBoxes(code);
  });

  settle(document);
  fillCodeBoxes(takeCodeFromAddress());
})();
