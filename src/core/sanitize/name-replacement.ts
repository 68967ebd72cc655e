import type { Replacements } from './replacements.js';

/** Forms in which protocols write names: text, DNS labels, UTF-16. */
function formsOf(name: string): Buffer[] {
  const labels = name.split('.');
  const encoded = Buffer.concat(
    labels.map((label) => Buffer.concat([Buffer.from([label.length & 63]), Buffer.from(label, 'latin1')])),
  );
  return [Buffer.from(name, 'latin1'), encoded, Buffer.from(name, 'utf16le')];
}

/** Replaces the names, in any of their forms and in upper or lower case, in a copy of `payload`. */
export function withNamesReplaced(payload: Buffer, names: readonly string[], maps: Replacements): Buffer {
  const out = Buffer.from(payload);
  const lower = Buffer.from(payload.toString('latin1').toLowerCase(), 'latin1');
  for (const name of names) {
    const from = formsOf(name.toLowerCase());
    const to = formsOf(maps.names.host(name.toLowerCase()));
    for (const [i, form] of from.entries()) {
      for (let at = lower.indexOf(form); at >= 0; at = lower.indexOf(form, at + form.length)) to[i]!.copy(out, at);
    }
  }
  return out;
}
