import { DATAGRAM_INSPECTORS, STREAM_INSPECTORS } from '../../core/inspect/registry.js';

/** Names of the protocols that are recognised inside TCP and UDP, sorted. */
export function protocolNames(): string[] {
  return [...new Set([...STREAM_INSPECTORS, ...DATAGRAM_INSPECTORS].map(({ name }) => name))].sort();
}
