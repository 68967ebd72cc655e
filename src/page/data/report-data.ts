import type { ConnectionRecord } from '../../core/report/model.js';
import { NAME_PLACES, type NameBytes } from '../../core/report/name-bytes.js';
import {
  COLUMN_KINDS,
  type ComparisonPayload,
  PAYLOAD_VERSION,
  type PackedColumn,
  type Payload,
  type PolicyPayload,
} from '../../render/html/payload.js';

/** The data of any page. */
export type PagePayload = Payload | PolicyPayload | ComparisonPayload;

type Key = keyof ConnectionRecord;

/** Texts of a column: each row has the index of its text, or -1 for null. */
export interface TextColumn {
  readonly texts: readonly string[];
  readonly at: Int32Array;
}

/** Lists of a column: each row has the index of its list. */
export interface ListColumn {
  readonly lists: readonly (readonly string[])[];
  readonly at: Int32Array;
}

/**
 * The report of a page. Rows are connections, in the order of their beginning. Columns are unpacked when they are first
 * asked for.
 */
export class ReportData {
  readonly summary: Payload['summary'];
  readonly count: number;
  /** Addresses of connections; the columns `src_ip` and `dst_ip` share this list. */
  readonly addresses: readonly string[];
  readonly rest: Payload['rest'];
  /** Connections that are summed up in `rest`. */
  readonly restConnections: number;
  private readonly numberColumns = new Map<Key, Float64Array>();
  private readonly textColumns = new Map<Key, TextColumn>();
  private readonly listColumns = new Map<Key, ListColumn>();
  private readonly derived = new Map<string, Float64Array>();

  constructor(readonly payload: Payload) {
    this.summary = payload.summary;
    this.count = payload.count;
    this.addresses = payload.addresses;
    this.rest = payload.rest;
    this.restConnections = payload.rest.reduce((sum, row) => sum + row.connections, 0);
  }

  /** Values of a key that is a number, a time or a boolean (0 and 1); NaN for null. */
  numbers(key: Key): Float64Array {
    return remembered(this.numberColumns, key, () => unpackNumbers(this.payload.columns[key], this.count, key));
  }

  /** Values of a key that is a text or an address. */
  texts(key: Key): TextColumn {
    return remembered(this.textColumns, key, () =>
      unpackTexts(this.payload.columns[key], this.count, this.payload.addresses),
    );
  }

  lists(key: Key): ListColumn {
    return remembered(this.listColumns, key, () => unpackLists(this.payload.columns[key], this.count));
  }

  /** The value in a row; null where it has none. */
  number(key: Key, row: number): number | null {
    const value = this.numbers(key)[row]!;
    return Number.isNaN(value) ? null : value;
  }

  text(key: Key, row: number): string | null {
    const { texts, at } = this.texts(key);
    return texts[at[row]!] ?? null;
  }

  list(key: Key, row: number): readonly string[] {
    const { lists, at } = this.lists(key);
    return lists[at[row]!]!;
  }

  /** The column that `make` derives from others, made once. */
  derivedColumn(name: string, make: () => Float64Array): Float64Array {
    return remembered(this.derived, name, make);
  }

  /** The bytes that show the connection's name; null where the report has none. */
  nameBytes(row: number): (Omit<NameBytes, 'packet'> & { readonly packet: number | null }) | null {
    const columns = this.payload.nameBytes;
    const hex = columns?.texts[columns.at[row]!];
    if (columns === null || hex === undefined) return null;
    const [first, steps] = [this.number('first_packet', row), columns.packet[row]!];
    return {
      packet: first === null || steps === null ? null : first + steps,
      place: NAME_PLACES[columns.place[row]!]!,
      offset: columns.offset[row]!,
      hex,
      markStart: columns.markStart[row]!,
      markEnd: columns.markEnd[row]!,
    };
  }

  /** All of one connection. */
  record(row: number): ConnectionRecord {
    const entries = Object.entries(COLUMN_KINDS).map(([name, kind]) => {
      const key = name as Key;
      if (kind === 'text' || kind === 'address') return [key, this.text(key, row)];
      if (kind === 'list') return [key, this.list(key, row)];
      const value = this.number(key, row);
      return [key, kind === 'boolean' && value !== null ? value === 1 : value];
    });
    return Object.fromEntries(entries);
  }
}

/** Reads what `dpi analyze --html` packed. Rejects where it is damaged, or something else. */
export async function readReport(base64: string): Promise<ReportData> {
  const payload = await readPayload(base64);
  if (!('columns' in payload)) throw new Error('this is another page than that of a report');
  return new ReportData(payload);
}

/** Reads base64 of gzip of JSON. Rejects where it is damaged. */
export async function readPayload(base64: string): Promise<PagePayload> {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  const payload = (await new Response(unpacked).json()) as PagePayload;
  if (payload.version !== PAYLOAD_VERSION) throw new Error(`this page cannot read data of version ${payload.version}`);
  return payload;
}

function remembered<Name, Column>(columns: Map<Name, Column>, key: Name, unpack: () => Column): Column {
  const known = columns.get(key);
  if (known !== undefined) return known;
  const column = unpack();
  columns.set(key, column);
  return column;
}

function unpackNumbers(column: PackedColumn, count: number, key: Key): Float64Array {
  const values = new Float64Array(count);
  if ('same' in column) return values.fill(column.same === null ? Number.NaN : Number(column.same));
  if ('numbers' in column) {
    for (let row = 0; row < count; row++) values[row] = column.numbers[row] ?? Number.NaN;
    return values;
  }
  if (!('steps' in column)) return values.fill(Number.NaN);
  const scale = COLUMN_KINDS[key] === 'time' ? 1e6 : 1;
  let value = 0;
  for (let row = 0; row < count; row++) {
    value += column.steps[row]!;
    values[row] = value / scale;
  }
  return values;
}

function unpackTexts(column: PackedColumn, count: number, addresses: readonly string[]): TextColumn {
  if ('texts' in column) return { texts: column.texts, at: Int32Array.from(column.at) };
  if ('addresses' in column) return { texts: addresses, at: Int32Array.from(column.addresses) };
  const text = 'same' in column ? column.same : null;
  return text === null
    ? { texts: [], at: new Int32Array(count).fill(-1) }
    : { texts: [String(text)], at: new Int32Array(count) };
}

function unpackLists(column: PackedColumn, count: number): ListColumn {
  if ('lists' in column) return { lists: column.lists, at: Int32Array.from(column.at) };
  return { lists: [[]], at: new Int32Array(count) };
}
