/** How the input's names of columns and keys become names of fields, which have to be identifiers. */

const NOT_IN_IDENTIFIER = /[^\p{ID_Continue}$-]+/gu;
/** Far below the 255 bytes that a name may have. */
const MAX_NAME_CHARACTERS = 60;

/** An identifier that is like `title` and not in `taken`, which it joins. */
export function fieldName(title: string, taken: Set<string>): string {
  let base = title.normalize('NFC').replaceAll(NOT_IN_IDENTIFIER, '_');
  base = [...base].slice(0, MAX_NAME_CHARACTERS).join('');
  if (base !== title) base = base.replace(/^_+(?=.)|(?<=.)_+$/g, '');
  if (!/^[\p{ID_Start}_$]/u.test(base)) base = `_${base}`;
  // `__proto__` is refused, since it is no ordinary property.
  if (base === '__proto__') base = 'proto';
  let name = base;
  for (let n = 2; taken.has(name); n++) name = `${base}_${n}`;
  taken.add(name);
  return name;
}

/** Names that differ only in case, spaces and punctuation are taken for the same. */
export function sameName(title: string, path: string): boolean {
  return bare(title) === bare(path);
}

function bare(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}.]+/gu, '');
}
