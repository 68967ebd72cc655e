import { onesSum } from '../test/forge/checksum.js';
import type { CaptureStream } from './capture-stream.js';

/** One packet that a connection will send. */
export interface Step {
  fromClient: boolean;
  /** TCP flags; ignored over UDP. */
  flags: number;
  payload: Buffer | null;
}

/** A connection on its way into a capture: addresses, and the packets still to come. */
export interface Connection {
  isTcp: boolean;
  client: Buffer;
  server: Buffer;
  clientPort: number;
  serverPort: number;
  /** One's complement sum of both addresses, for the checksums. */
  addressSum: number;
  clientSeq: number;
  serverSeq: number;
  steps: readonly Step[];
  next: number;
  /** Mean time between two packets. */
  gapMicros: number;
}

export function connection(
  ends: Pick<Connection, 'client' | 'server' | 'clientPort' | 'serverPort'>,
  isTcp: boolean,
  steps: readonly Step[],
  gapMicros: number,
  sequence: number,
): Connection {
  const { client, server } = ends;
  const addressSum = onesSum(server, 0, server.length, onesSum(client, 0, client.length));
  return { ...ends, isTcp, addressSum, clientSeq: sequence | 0, serverSeq: ~sequence, steps, next: 0, gapMicros };
}

/** Writes the connection's next packet; false when that was its last. */
export function advance(out: CaptureStream, timeMicros: number, of: Connection): boolean {
  const step = of.steps[of.next++]!;
  if (of.isTcp) out.tcp(timeMicros, of, step.fromClient, step.flags, step.payload);
  else out.udp(timeMicros, of, step.fromClient, step.payload!);
  return of.next < of.steps.length;
}
