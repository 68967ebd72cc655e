import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { DpiError } from '../core/common/error.js';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Rejects with a DpiError where a server without a token would be open to others than this machine. */
export async function refuseOpenAddress(host: string): Promise<void> {
  if (await isLoopback(host)) return;
  throw new DpiError(
    'no-token',
    `${host} can be reached from other machines, which takes a token: give --token-file, or listen on 127.0.0.1`,
  );
}

/** Whether only this machine reaches the host; rejects with a DpiError for a name that means no address. */
async function isLoopback(host: string): Promise<boolean> {
  if (isIP(host) !== 0) return isLoopbackAddress(host);
  try {
    const addresses = await lookup(host, { all: true });
    return addresses.every(({ address }) => isLoopbackAddress(address));
  } catch {
    throw new DpiError('usage', `--host ${host} is no address and no name that this machine knows`);
  }
}

function isLoopbackAddress(address: string): boolean {
  // A zone (fe80::1%eth0) never is on the loopback.
  if (address.includes('%')) return false;
  return LOOPBACK.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Whether a Host or Origin header's host names this machine, as it does in every honest request to a loopback server.
 */
export function namesLoopback(authority: string): boolean {
  const host = /^(?:\[([^\]]+)\]|([^:]*))(?::\d+)?$/.exec(authority);
  const name = (host?.[1] ?? host?.[2] ?? '').toLowerCase().replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return isIP(name) !== 0 && isLoopbackAddress(name);
}
