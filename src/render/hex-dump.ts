/** Two bytes, four digits. */
const GROUP_LEN = 2;

/**
 * Bytes given in hex as lines of offset, hex and text, as xxd lays them out; `offset` counts from the first byte, null
 * for none. Only printable ASCII is shown as text. A line of 16 bytes takes 63 columns.
 */
export function hexDump(hex: string, offset: number | null, bytesPerLine = 16): string[] {
  const bytes = Buffer.from(hex, 'hex');
  const hexWidth = bytesPerLine * 2 + bytesPerLine / GROUP_LEN - 1;
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += bytesPerLine) {
    const part = bytes.subarray(at, at + bytesPerLine);
    const digits = part.toString('hex').replace(/.{4}(?=.)/g, '$& ');
    const text = part.toString('latin1').replace(/[^ -~]/g, '.');
    const place = offset === null ? '' : `${(offset + at).toString(16).padStart(4, '0')}  `;
    lines.push(`${place}${digits.padEnd(hexWidth)}  ${text}`);
  }
  return lines;
}
