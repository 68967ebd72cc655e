import type { InspectContext, Inspector, Mark } from '../inspector.js';

/** Shapes of the inspectors that tell a protocol and never a host. */

type Inspect = Inspector['inspect'];

/** Of a TCP protocol that shows itself on any port by messages that begin with one of `firstBytes`. */
export function streamSignature(name: string, firstBytes: readonly number[], inspect: Inspect, mark?: Mark): Inspector {
  return {
    name,
    ipProto: 6,
    firstBytes,
    mark,
    ports: [],
    maxBufferedLen: 0,
    continues: false,
    nameless: true,
    inspect,
  };
}

/** Of a TCP or UDP protocol whose messages are marked too weakly to be looked for off its `ports`. */
export function portSignature(name: string, ipProto: 6 | 17, ports: readonly number[], inspect: Inspect): Inspector {
  return { name, ipProto, firstBytes: [], ports, maxBufferedLen: 0, continues: false, nameless: true, inspect };
}

/**
 * Of a UDP protocol that shows itself on any port; `inspect` is also shown what does not begin with `firstBytes` when
 * it comes over one of `ports`.
 */
export function datagramSignature(
  name: string,
  firstBytes: readonly number[] | null,
  ports: readonly number[],
  inspect: Inspect,
  mark?: Mark,
): Inspector {
  return { name, ipProto: 17, firstBytes, mark, ports, maxBufferedLen: 0, continues: false, nameless: true, inspect };
}

/** Whether either end uses `port`. */
export function isOn(context: InspectContext, port: number): boolean {
  return context.srcPort === port || context.dstPort === port;
}
