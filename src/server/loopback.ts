import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { DpiError } from '../core/common/error.js';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Rejects with a DpiError if other machines could reach a server on `host`, which then needs a token. */
export async function refuseOpenAddress(host: string): Promise<void> {
  if (await isLoopback(host)) return;
  throw new DpiError(
    'no-token',
    `other machines can reach ${host}, so a token is required: give --token-file, or listen on 127.0.0.1`,
  );
}

/** Whether only this machine reaches the host; rejects with a DpiError for a name that does not resolve. */
async function isLoopback(host: string): Promise<boolean> {
  if (isIP(host) !== 0) return isLoopbackAddress(host);
  try {
    const addresses = await lookup(host, { all: true });
    return addresses.every(({ address }) => isLoopbackAddress(address));
  } catch {
    throw new DpiError('usage', `--host ${host} is not an address and does not resolve`);
  }
}

function isLoopbackAddress(address: string): boolean {
  // An address with a zone (fe80::1%eth0) is never loopback.
  if (address.includes('%')) return false;
  return LOOPBACK.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Whether the host of a Host or Origin header means this machine, as in every legitimate request to a loopback server.
 */
export function namesLoopback(authority: string): boolean {
  const host = /^(?:\[([^\]]+)\]|([^:]*))(?::\d+)?$/.exec(authority);
  const name = (host?.[1] ?? host?.[2] ?? '').toLowerCase().replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return isIP(name) !== 0 && isLoopbackAddress(name);
}
