import { FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { isOn, streamSignature } from './signature.js';

/** Telnet option negotiation (RFC 854, RFC 855): runs of IAC commands. */
const PORT = 23;
const IAC = 0xff;
const SUBNEGOTIATION = 0xfa;
const SUBNEGOTIATION_END = 0xf0;
const WILL = 0xfb;
/** Highest option in use (IANA, Telnet options) but the extended list. */
const MAX_OPTION = 49;

export const telnetInspector = streamSignature('telnet', [IAC], inspectTelnet);

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
