/** Numbers with units, as they are typed: "1500", "10k", "1.5 MiB", "200ms". */

const COUNT_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};

const UNIT_MICROS: Readonly<Record<string, number>> = {
  us: 1,
  µs: 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3600e6,
  d: 86_400e6,
};

const NUMBER = /^(\d{1,15}(?:\.\d{1,9})?)\s*([a-z\u00b5]*)$/i;

/** "1500", "10k" (1000 each), "64KiB" (1024 each), with or without a "B"; null for anything else. */
export function parseCount(text: string): number | null {
  const match = NUMBER.exec(text.trim());
  if (match === null) return null;
  const unit = COUNT_UNITS[match[2]!.toLowerCase().replace(/b$/, '')];
  return unit === undefined ? null : Number(match[1]) * unit;
}

/**
 * "200ms", "10s", "1h30m", in whole microseconds. A number without a unit counts in `bareMicros`, and is null where
 * that is 0; so is any other text.
 */
export function parseSpanMicros(text: string, bareMicros = 0): number | null {
  const trimmed = text.trim();
  if (/^\d{1,15}(\.\d{1,9})?$/.test(trimmed)) return bareMicros === 0 ? null : Math.round(Number(trimmed) * bareMicros);
  if (!/^(\d{1,15}(\.\d{1,9})?\s*[a-z\u00b5]+\s*){1,5}$/i.test(trimmed)) return null;
  let micros = 0;
  for (const [, amount, name] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*([a-z\u00b5]+)/gi)) {
    const unit = UNIT_MICROS[name!.toLowerCase()];
    if (unit === undefined) return null;
    micros += Number(amount) * unit;
  }
  return Math.round(micros);
}
