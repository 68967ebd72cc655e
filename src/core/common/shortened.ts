const MAX_LEN = 200;

/** Text for a message: its first 200 UTF-16 units, whole characters only, and an ellipsis if there are more. */
export function shortened(text: string): string {
  if (text.length <= MAX_LEN) return text;
  const cutsPair = (text.charCodeAt(MAX_LEN - 1) & 0xfc00) === 0xd800;
  return `${text.slice(0, cutsPair ? MAX_LEN - 1 : MAX_LEN)}…`;
}
