import { u32 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { streamSignature } from './signature.js';

/** Bitcoin's peer protocol: the magic of a network, then a command of up to twelve characters padded with NUL. */
const COMMAND = 4;
const MAINNET = 0xf9beb4d9;
const TESTNET = 0x0b110907;
const REGTEST = 0xfabfb5da;
const SIGNET = 0x0a03cf40;

export const bitcoinInspector = streamSignature('bitcoin', [0xf9, 0x0b, 0xfa, 0x0a], inspectBitcoin);

function inspectBitcoin(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < 20) return NOT_MINE;
  const magic = u32(buf, start);
  if (magic !== MAINNET && magic !== TESTNET && magic !== REGTEST && magic !== SIGNET) return NOT_MINE;
  return buf[start + COMMAND]! >= 0x61 && buf[start + COMMAND]! <= 0x7a && buf[start + COMMAND + 11] === 0
    ? FOUND
    : NOT_MINE;
}
