import { FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { isOn, portSignature, streamSignature } from './signature.js';

/** Telnet: runs of IAC commands (RFC 855), and on its port the text of a network virtual terminal (RFC 854). */
const PORT = 23;
const IAC = 0xff;
const SUBNEGOTIATION = 0xfa;
const SUBNEGOTIATION_END = 0xf0;
const WILL = 0xfb;
/** Highest option in use (IANA, Telnet options) but the extended list. */
const MAX_OPTION = 49;
/** Shorter text proves nothing; of longer text the beginning does. */
const LEAST_TEXT = 4;
const MOST_TEXT = 64;
/** BEL to CR: the controls of a printer that RFC 854 names, and ESC, with which terminals are controlled. */
const BELL = 7;
const CARRIAGE_RETURN = 13;
const ESCAPE = 27;

export const telnetInspector = streamSignature('telnet', [IAC], inspectTelnet);
/** Sessions without options, as scripts and embedded devices have them. */
export const telnetTextInspector = portSignature('telnet', 6, [PORT], inspectText);

function inspectTelnet(buf: Buffer, start: number, end: number, context: InspectContext): InspectStatus {
  let commands = 0;
  let at = start;
  while (at + 3 <= end && buf[at] === IAC) {
    const command = buf[at + 1]!;
    if (buf[at + 2]! > MAX_OPTION) return NOT_MINE;
    if (command >= WILL) {
      if (command === IAC) return NOT_MINE;
      at += 3;
    } else if (command === SUBNEGOTIATION) {
      at += 3;
      while (at + 1 < end && (buf[at] !== IAC || buf[at + 1] !== SUBNEGOTIATION_END)) at++;
      at += 2;
    } else return NOT_MINE;
    commands++;
  }
  return commands > 1 || (commands === 1 && (isOn(context, PORT) || at === end)) ? FOUND : NOT_MINE;
}

/** Printable ASCII and the controls of terminals, in a message long enough to tell. */
export function inspectText(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < LEAST_TEXT) return NOT_MINE;
  const stop = Math.min(end, start + MOST_TEXT);
  for (let at = start; at < stop; at++) {
    const byte = buf[at]!;
    const isControl = (byte >= BELL && byte <= CARRIAGE_RETURN) || byte === ESCAPE;
    if (!isControl && (byte < 0x20 || byte > 0x7e)) return NOT_MINE;
  }
  return FOUND;
}
