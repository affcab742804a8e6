/*
 * What a code looks like (K5), as in classkey/school/code_text.py: so that the
 * browser tells a slip of the finger before anything is sent. The server checks again.
 */
(() => {
  "use strict";

  const ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ";
  // What people, phones and PDF readers put between the characters of a code:
  // spaces, every kind of dash and underscore, control and invisible format characters.
  const SEPARATORS = /[\p{Z}\p{Pd}\p{Pc}\p{Cc}\p{Cf}]/gu;
  const KINDS = {
    9: { kind: "registration", group: 3 },
    12: { kind: "parent", group: 4 },
  };

  // A code as it is written, with no letter or digit right before or after it; looked for ahead,
  // so that what is taken for one code does not hide another that begins in it.
  const WRITTEN = Object.entries(KINDS).map(
    ([length, { group }]) =>
      new RegExp(
        `(?<![\\p{L}\\p{N}])(?=((?:[${ALPHABET}]{${group}} *){${length / group}})(?![\\p{L}\\p{N}]))`,
        "gu",
      ),
  );

  /** `text` without separators, in capitals. */
  function normalise(text) {
    return text.normalize("NFKC").toUpperCase().replace(SEPARATORS, "");
  }

  /**
   * The code in what was typed or pasted, normalised: the whole of it or, in a sentence or
   * a link, the one well-formed code there. Without one, all that was typed.
   */
  function read(text) {
    const whole = normalise(text);
    if (!whole || isValid(whole)) return whole;
    const folded = text.normalize("NFKC").toUpperCase().replace(SEPARATORS, " ");
    const found = new Set();
    for (const written of WRITTEN) {
      for (const match of folded.matchAll(written)) {
        const plain = match[1].replaceAll(" ", "");
        if (isValid(plain)) found.add(plain);
      }
    }
    return found.size === 1 ? [...found][0] : whole;
  }

  /** The first character that no code contains ("O", "1", …), or "". */
  function firstImpossible(text) {
    return Array.from(normalise(text)).find((c) => !ALPHABET.includes(c)) ?? "";
  }

  /** "registration", "parent", or "" for text that is neither by its length and characters. */
  function kindOf(text) {
    return firstImpossible(text) ? "" : (KINDS[normalise(text).length]?.kind ?? "");
  }

  /** Is this a well-formed code whose check character (ISO 7064 MOD 29,28) is right? */
  function isValid(text) {
    if (!kindOf(text)) return false;
    const modulus = ALPHABET.length;
    let check = modulus / 2;
    for (const character of normalise(text)) {
      const doubled = ((check || modulus) * 2) % (modulus + 1);
      check = (doubled + ALPHABET.indexOf(character)) % modulus;
    }
    return check === 1;
  }

  /** `text` in groups, as it is written: by fours for a parent code, else by threes. */
  function display(text, group = 0) {
    const plain = Array.from(normalise(text));
    const size = KINDS[plain.length]?.group || group || (plain.length > 9 ? 4 : 3);
    const groups = [];
    while (plain.length) groups.push(plain.splice(0, size).join(""));
    return groups.join("-");
  }

  globalThis.codeText = { ALPHABET, normalise, read, firstImpossible, kindOf, isValid, display };
})();
