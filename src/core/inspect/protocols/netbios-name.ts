/** First-level encoded NetBIOS names (RFC 1001 §14.1): 16 bytes as 32 letters from A to P, behind their length. */
const ENCODED_LEN = 32;
const NAME_LEN = 15;
const FIRST_LETTER = 0x41;
/** The last byte of a name says what it stands for: a workstation, or its file service. */
const WORKSTATION = 0x00;
const FILE_SERVER = 0x20;

/** The name of the host that the encoded name at `at` stands for, without padding; '' for a group, or other bytes. */
export function netbiosHostName(buf: Buffer, at: number, end: number): string {
  if (at + 1 + ENCODED_LEN > end || buf[at] !== ENCODED_LEN) return '';
  let name = '';
  for (let n = 0; n <= NAME_LEN; n++) {
    const high = buf[at + 1 + 2 * n]! - FIRST_LETTER;
    const low = buf[at + 2 + 2 * n]! - FIRST_LETTER;
    if (high < 0 || high > 15 || low < 0 || low > 15) return '';
    const byte = high * 16 + low;
    if (n < NAME_LEN) name += String.fromCharCode(byte);
    else if (byte !== WORKSTATION && byte !== FILE_SERVER) return '';
  }
  return name.trimEnd();
}
