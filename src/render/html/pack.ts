import type { ConnectionRecord } from '../../core/report/model.js';
import { NAME_PLACES, type NameBytes } from '../../core/report/name-bytes.js';
import { COLUMN_KINDS, type ColumnKind, type NameBytesColumns, type PackedColumn } from './payload.js';
import type { TextCutter } from './text-cutter.js';

/** Texts by the order in which they came. */
export class TextTable {
  readonly texts: string[] = [];
  private readonly places = new Map<string, number>();

  /** The index of the text, which is added if it is new. */
  indexOf(text: string): number {
    const known = this.places.get(text);
    if (known !== undefined) return known;
    this.places.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}

/** The records as columns, one for each key. Addresses go into `addresses`. */
export function packConnections(
  records: readonly ConnectionRecord[],
  addresses: TextTable,
  cutter: TextCutter,
): Record<keyof ConnectionRecord, PackedColumn> {
  const columns = Object.entries(COLUMN_KINDS).map(([key, kind]) => {
    const values = records.map((record) => record[key as keyof ConnectionRecord]);
    return [key, packColumn(values, kind, addresses, cutter)];
  });
  return Object.fromEntries(columns);
}

/** The bytes that show the names of `records`, by id. Null without any. */
export function packNameBytes(
  records: readonly ConnectionRecord[],
  bytesById: ReadonlyMap<number, NameBytes>,
): NameBytesColumns | null {
  if (bytesById.size === 0) return null;
  const table = new TextTable();
  const rows = records.map(({ id, first_packet: first }) => ({ bytes: bytesById.get(id), first }));
  return {
    at: rows.map(({ bytes }) => (bytes === undefined ? -1 : table.indexOf(bytes.hex))),
    texts: table.texts,
    place: rows.map(({ bytes }) => (bytes === undefined ? 0 : NAME_PLACES.indexOf(bytes.place))),
    offset: rows.map(({ bytes }) => bytes?.offset ?? null),
    packet: rows.map(({ bytes, first }) => (bytes === undefined || first === null ? null : bytes.packet - first)),
    markStart: rows.map(({ bytes }) => bytes?.markStart ?? 0),
    markEnd: rows.map(({ bytes }) => bytes?.markEnd ?? 0),
  };
}

type Value = ConnectionRecord[keyof ConnectionRecord];

function packColumn(
  values: readonly Value[],
  kind: ColumnKind,
  addresses: TextTable,
  cutter: TextCutter,
): PackedColumn {
  const [first] = values;
  const isScalar = typeof first !== 'object' || first === null;
  if (first !== undefined && isScalar && kind !== 'address' && values.every((value) => value === first)) {
    return { same: first };
  }
  switch (kind) {
    case 'time':
      return { steps: stepsOf((values as number[]).map((seconds) => Math.round(seconds * 1e6))) };
    case 'number':
      return packNumbers(values as (number | null)[]);
    case 'boolean':
      return { numbers: values.map((value) => (value === null ? null : Number(value))) };
    case 'address':
      return { addresses: (values as string[]).map((text) => addresses.indexOf(text)) };
    case 'text':
      return packTexts(values as (string | null)[], cutter);
    case 'list':
      return packLists(values as (readonly string[])[], cutter);
  }
}

/** Numbers that mostly grow are smaller as steps. */
function packNumbers(values: readonly (number | null)[]): PackedColumn {
  let rising = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === null || !Number.isSafeInteger(value)) return { numbers: values };
    if (i > 0 && value >= (values[i - 1] ?? 0)) rising++;
  }
  return rising > values.length * 0.9 ? { steps: stepsOf(values as number[]) } : { numbers: values };
}

function stepsOf(values: readonly number[]): number[] {
  return values.map((value, i) => (i === 0 ? value : value - values[i - 1]!));
}

function packTexts(values: readonly (string | null)[], cutter: TextCutter): PackedColumn {
  const table = new TextTable();
  const at = values.map((text) => (text === null ? -1 : table.indexOf(text)));
  return { at, texts: table.texts.map((text) => cutter.stored(text)) };
}

function packLists(values: readonly (readonly string[])[], cutter: TextCutter): PackedColumn {
  const lists: (readonly string[])[] = [];
  const places = new Map<string, number>();
  const at = values.map((list) => {
    const key = JSON.stringify(list);
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, lists.length);
    return lists.push(list.map((text) => cutter.stored(text))) - 1;
  });
  return { at, lists };
}
