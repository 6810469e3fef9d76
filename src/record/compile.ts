/**
 * Turns source text that is made from a schema into a function, where the runtime allows it.
 *
 * Why at all: closures made in one place share their type feedback. With more than four schemas in a process every
 * access would become megamorphic (measured: 12 to 45 ns a record of three fields instead of 6 to 7, Node 20 and 24).
 * Each compiled text has feedback of its own, and its constants folded.
 *
 * Safe: the texts hold numbers and JSON-quoted names only, and reach nothing but the values they are given. Where code
 * generation is off (`--disallow-code-generation-from-strings`), every user of this has a slower form in plain closures.
 */

const ALLOWED = ((): boolean => {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
  }
})();

/**
 * What the expression `source` evaluates to, with the names of `scope` bound to their values; undefined where code
 * generation is off.
 */
export function compile<T>(scope: Readonly<Record<string, unknown>>, source: string): T | undefined {
  if (!ALLOWED) return undefined;
  const make = new Function(...Object.keys(scope), `'use strict'; return (${source});`);
  return make(...Object.values(scope)) as T;
}

/** A name as a JavaScript string literal. */
export function quote(name: string): string {
  return JSON.stringify(name);
}
