import { u32 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { streamSignature } from './signature.js';

/** Elasticsearch's transport protocol between nodes: `ES`, length, request id, status, version. */
const LENGTH = 2;
const STATUS = 14;
const HEADER_LEN = 19;
const LAST_STATUS = 0x0f;

export const elasticsearchInspector = streamSignature('elasticsearch', [0x45], inspectElasticsearch);

function inspectElasticsearch(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN || buf[start + 1] !== 0x53 || buf[start + STATUS]! > LAST_STATUS) return NOT_MINE;
  return u32(buf, start + LENGTH) < 0x1000000 && u32(buf, start + 6) === 0 ? FOUND : NOT_MINE;
}
