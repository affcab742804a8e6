/*
 * A test that is being answered: each answer is saved as it is given (C5). Without this the form
 * sends all of them with its buttons. Texts come from the form's data attributes.
 *
 *   form.take[data-save="address"]  the questions; .is-live once this runs
 *   [data-question]                 one question, with its fields "answer-…"
 *   [data-state]                    in it: what the server said of its answer, a fragment; holds the
 *                                   version that the page knows ("seen-…") and, if another tab has
 *                                   saved another answer ([data-given]), which of them stays
 *   [data-status]                   how saving goes
 *
 * What is not saved is also kept in the tab (sessionStorage): a page that is loaded again, or signed
 * in again, goes on with it.
 */
(() => {
  "use strict";

  const form = document.querySelector("form.take");
  if (!form) return;

  const PAUSE = 1000; // ms without a key, and what was typed is saved
  const RETRY = 5000;
  const PATIENCE = 20000; // ms until a server that says nothing is no connection
  const KEEPALIVE_LIMIT = 60000; // bytes that a browser still sends for a page that is gone
  const KEPT = "classkey-answers-";

  const { elements, dataset: texts } = form;
  const place = KEPT + elements.attempt.value;
  const find = (selector, within = form) => within.querySelector(selector);
  const findAll = (selector, within = form) => Array.from(within.querySelectorAll(selector));
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const isWholePage = (html) => /^\s*<!doctype/i.test(html);

  // --- What stands in a question ------------------------------------------------------

  const questions = findAll("[data-question]");
  const fields = (question) => findAll("[name^='answer-']", question);
  const isTick = (field) => field.type === "radio" || field.type === "checkbox";
  const seen = (question) => find("[name^='seen-']", question);
  const there = (question) => find("[data-given]", question);

  const given = (question) =>
    fields(question)
      .filter((field) => (isTick(field) ? field.checked : field.value.trim()))
      .map((field) => field.value);

  const givenWhenLoaded = (question) =>
    fields(question)
      .filter((field) => (isTick(field) ? field.defaultChecked : field.defaultValue.trim()))
      .map((field) => (isTick(field) ? field.value : field.defaultValue));

  function fill(question, answer) {
    for (const field of fields(question)) {
      if (isTick(field)) field.checked = answer.includes(field.value);
      else field.value = answer[0] ?? "";
    }
  }

  function whatToSend(question) {
    const body = new URLSearchParams({ attempt: elements.attempt.value });
    for (const field of findAll("input, textarea", question)) {
      if (!isTick(field) || field.checked) body.append(field.name, field.value);
    }
    return body;
  }

  // --- What is not saved yet ----------------------------------------------------------

  const saved = new Map(questions.map((question) => [question, givenWhenLoaded(question)]));
  const unsaved = new Set();
  const refused = new Set(); // of those: wait for the student
  const unsure = new Map(); // answers that were sent, and may have arrived

  function changed(question) {
    if (!there(question)) refused.delete(question);
    if (same(given(question), saved.get(question)) && !unsure.has(question)) {
      unsaved.delete(question);
    } else unsaved.add(question);
    keep();
    if (unsaved.size && ["", "saved"].includes(shown)) show("saving");
  }

  function keep() {
    const kept = Array.from(unsaved, (question) => ({
      question: question.dataset.question,
      given: given(question),
      seen: seen(question).value,
      unsure: unsure.get(question),
    }));
    try {
      if (kept.length) sessionStorage.setItem(place, JSON.stringify(kept));
      else sessionStorage.removeItem(place);
    } catch {
      // No room: the page itself still keeps it, and warns before it is left.
    }
  }

  function takeUp() {
    for (const name of Object.keys(sessionStorage)) {
      if (name.startsWith(KEPT) && name !== place) sessionStorage.removeItem(name); // another's
    }
    for (const kept of JSON.parse(sessionStorage.getItem(place) ?? "[]")) {
      const question = questions.find((each) => each.dataset.question === kept.question);
      if (question && !same(kept.given, given(question))) {
        fill(question, kept.given);
        seen(question).value = kept.seen;
        if (kept.unsure) unsure.set(question, kept.unsure);
      }
    }
    for (const question of questions) changed(question);
    if (unsaved.size) flush();
  }

  // --- How saving goes ----------------------------------------------------------------

  let shown = ""; // the state at the foot of the page
  let said = ""; // and the one that was last said aloud

  /** Show it; say it aloud only where it is news: not each time that all is well. */
  function show(state, { link = "" } = {}) {
    if (state === shown && state !== "saved") return;
    shown = state;
    const time = new Date().toLocaleTimeString(document.documentElement.lang, {
      timeStyle: "short",
    });
    const status = find("[data-status]");
    const text = texts[state].replace("{time}", time);
    status.textContent = text;
    status.classList.toggle("is-trouble", state !== "saved" && state !== "saving");
    if (link) {
      const again = document.createElement("a");
      again.href = location.href;
      again.textContent = link;
      again.addEventListener("click", () => (mayLeave = true)); // it is kept in the tab
      status.append(" ", again);
    }
    if (state === "saving" || state === said) return;
    said = state;
    document.querySelector("#live").textContent = link ? `${text} ${link}` : text;
  }

  let running = null;
  let retry = 0;

  /** Save what can be saved, one after the other; once at a time, whoever asks. */
  function flush() {
    running ??= saveAll().finally(() => (running = null));
    return running;
  }

  async function saveAll() {
    clearTimeout(retry);
    for (;;) {
      const next = Array.from(unsaved).find((question) => !refused.has(question));
      if (!next) break;
      const outcome = await save(next);
      keep();
      if (outcome === "signedOut") return show("signedOut", { link: texts.signIn });
      if (outcome === "stopped") return show("stopped");
      if (outcome === "offline") {
        retry = setTimeout(flush, RETRY);
        return show("offline");
      }
    }
    return show(refused.size ? "look" : "saved");
  }

  /** Save one answer. Returns what keeps all of them from being saved, if anything does. */
  async function save(question, { isSecondTry = false } = {}) {
    const sent = given(question);
    unsure.set(question, [...(unsure.get(question) ?? []), sent]);
    keep();
    let response, html;
    try {
      const body = whatToSend(question);
      response = await fetch(texts.save, {
        method: "POST",
        body,
        headers: JSON.parse(document.body.getAttribute("hx-headers")),
        redirect: "manual",
        keepalive: body.toString().length < KEEPALIVE_LIMIT,
        signal: AbortSignal.timeout(PATIENCE),
      });
      html = await response.text();
    } catch {
      return "offline";
    }
    if (response.type === "opaqueredirect") return "signedOut";
    if (response.status >= 500) return "offline";
    if (isWholePage(html)) {
      if (response.status !== 403 || isSecondTry) return "stopped";
      return (await renewToken()) ?? save(question, { isSecondTry: true });
    }
    const arrived = unsure.get(question);
    unsure.delete(question);
    find("[data-state]", question).innerHTML = html; // a fragment of our own
    if (response.ok) {
      saved.set(question, sent);
      changed(question);
    } else if (there(question) && arrived.some((each) => same(each, keptThere(question)))) {
      // Not another tab: our own, of which we never heard that it had arrived.
      takeVersion(question);
    } else refused.add(question);
    return "";
  }

  /** Who signs in again gets another token. Returns why there is none for this page. */
  async function renewToken() {
    let page;
    try {
      const response = await fetch(location.href, { signal: AbortSignal.timeout(PATIENCE) });
      page = new DOMParser().parseFromString(await response.text(), "text/html");
    } catch {
      return "offline";
    }
    if (find("input[type='password']", page)) return "signedOut";
    const attempt = find("form.take [name='attempt']", page)?.value;
    if (attempt !== elements.attempt.value) return "stopped";
    document.body.setAttribute("hx-headers", page.body.getAttribute("hx-headers"));
    const token = find("form.take [name='csrfmiddlewaretoken']", page).value;
    for (const field of findAll("[name='csrfmiddlewaretoken']", document)) field.value = token;
    return null;
  }

  // --- Another tab has saved another answer -------------------------------------------

  const keptThere = (question) => JSON.parse(there(question).dataset.given);

  /** What is saved next is saved over that answer. */
  function takeVersion(question) {
    seen(question).value = find("[name^='there-']", question).value;
    find("[name^='there-']", question).remove();
    there(question).remove();
  }

  function choose(question) {
    const chosen = find("[name^='stays-']:checked", question)?.value;
    if (!chosen) {
      find("[name^='stays-']", question).focus();
      return;
    }
    const answer = keptThere(question);
    takeVersion(question);
    saved.set(question, answer);
    if (chosen === "there") fill(question, answer);
    changed(question);
    fields(question)[0].focus();
    flush();
  }

  // --- What the student does ----------------------------------------------------------

  let pause = 0;
  let mayLeave = false;

  form.addEventListener("input", (event) => {
    const question = event.target.closest("[data-question]");
    if (!question || !event.target.name.startsWith("answer-")) return;
    changed(question);
    clearTimeout(pause);
    pause = setTimeout(flush, isTick(event.target) ? 0 : PAUSE);
  });
  form.addEventListener("change", () => unsaved.size && flush());

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-keep]");
    if (!button) return;
    event.preventDefault();
    choose(button.closest("[data-question]"));
  });

  form.addEventListener("submit", async (event) => {
    const { submitter } = event;
    const goesOn = Boolean(submitter?.name); // and not Enter in a field
    if (goesOn && !unsaved.size) return;
    event.preventDefault();
    await flush();
    form.dispatchEvent(new Event("form-answered", { bubbles: true }));
    if (goesOn && !unsaved.size) form.requestSubmit(submitter);
    else if (refused.size) Array.from(refused)[0].scrollIntoView();
  });

  addEventListener("beforeunload", (event) => {
    if (unsaved.size && !mayLeave) event.preventDefault();
  });
  for (const moment of ["online", "focus", "pageshow"]) {
    addEventListener(moment, () => unsaved.size && flush());
  }
  document.addEventListener("visibilitychange", () => unsaved.size && flush());

  form.classList.add("is-live");
  takeUp();
})();
