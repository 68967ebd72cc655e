import type { ConnectionRecord } from '../report/model.js';

/** Whether a connection is selected. `beginMicros` is the time of the capture's first packet, µs since the epoch. */
export type Selects = (connection: ConnectionRecord, beginMicros: number) => boolean;
