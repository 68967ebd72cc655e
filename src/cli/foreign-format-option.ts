/** Formats of other tools: Zeek's logs as tab-separated values and as JSON, Suricata's EVE. */
export const FOREIGN_FORMATS = ['zeek', 'zeek-json', 'eve'] as const;
export type ForeignFormat = (typeof FOREIGN_FORMATS)[number];

export function isForeignFormat(name: string): name is ForeignFormat {
  return (FOREIGN_FORMATS as readonly string[]).includes(name);
}
