import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { streamSignature } from './signature.js';

/** Zabbix agents and proxies: `ZBXD`, flags, length. */
const MAX_FLAGS = 7;

export const zabbixInspector = streamSignature('zabbix', chars('Z'), inspectZabbix);

function inspectZabbix(buf: Buffer, start: number, end: number): InspectStatus {
  return end - start > 12 && begins(buf, start, end, 'ZBXD') && buf[start + 4]! <= MAX_FLAGS ? FOUND : NOT_MINE;
}
