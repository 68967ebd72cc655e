/** Characters that reports draw with, and what stands for each where the locale has ASCII alone. */
const ASCII: Readonly<Record<string, string>> = {
  '█': '#',
  '▉': '#',
  '▊': '#',
  '▋': '#',
  '▌': '=',
  '▍': '=',
  '▎': '-',
  '▏': '-',
  '▁': '_',
  '▂': '.',
  '▃': ':',
  '▄': '-',
  '▅': '=',
  '▆': '+',
  '▇': '*',
  '→': '>',
  '↔': '-',
  '…': '~',
  '·': '-',
  '✗': 'x',
  '≥': '>',
  '≤': '<',
};

/** `text` with each character that is not ASCII replaced by one that is: as wide as before, '?' where none fits. */
export function asciiText(text: string): string {
  return text.replace(/[\u0080-\u{10ffff}]/gu, (character) => ASCII[character] ?? '?');
}
