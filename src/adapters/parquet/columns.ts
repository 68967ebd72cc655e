import type { ColumnSource, SchemaElement } from 'hyparquet-writer';

/**
 * What a column holds:
 * - `int` 32 bits, `long` 64 bits, `real` a double, `boolean`, `text`
 * - `seconds` since the epoch in the row, microseconds (UTC) in the file
 * - `texts` and `longs` a list, never null
 *
 * A `?` behind it lets the value be null.
 */
type Kind = 'int' | 'long' | 'real' | 'boolean' | 'text' | 'seconds';
export type ColumnType = Kind | `${Kind}?` | 'texts' | 'longs';

/** The columns of a table by name, in their order. */
export type ColumnTypes<Row> = { readonly [Name in keyof Row & string]: ColumnType };

/** Of INT64; readers take the very last value for infinity. */
const LONGEST = 2n ** 63n - 2n;

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;

const PRIMITIVES: Readonly<Record<Kind, Omit<SchemaElement, 'name'>>> = {
  int: { type: 'INT32' },
  long: { type: 'INT64' },
  real: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  text: TEXT,
  seconds: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  },
};

/** The schema of a file with these columns. */
export function schemaOf(columns: readonly (readonly [name: string, type: ColumnType])[]): SchemaElement[] {
  return [
    { name: 'dpi', num_children: columns.length },
    ...columns.flatMap(([name, type]): SchemaElement[] => {
      if (type === 'texts') return listOf(name, TEXT);
      if (type === 'longs') return listOf(name, PRIMITIVES.long);
      const isNullable = type.endsWith('?');
      const kind = (isNullable ? type.slice(0, -1) : type) as Kind;
      return [{ name, repetition_type: isNullable ? 'OPTIONAL' : 'REQUIRED', ...PRIMITIVES[kind] }];
    }),
  ];
}

/** The values of one column, as they came from rows, in the form that the writer takes. */
export function columnData(name: string, type: ColumnType, values: readonly unknown[]): ColumnSource {
  return { name, data: converted(type, values) as ColumnSource['data'] };
}

function converted(type: ColumnType, values: readonly unknown[]): readonly unknown[] {
  switch (type) {
    case 'long':
    case 'long?':
      return values.map((value) => (value === null ? null : BigInt(value as number)));
    case 'seconds':
    case 'seconds?':
      return values.map((value) => (value === null ? null : microsOf(value as number)));
    case 'longs':
      return values.map((list) => (list as readonly number[]).map(BigInt));
    default:
      return values;
  }
}

/** Stamps of hostile captures may lie further away than 64 bits reach. */
function microsOf(seconds: number): bigint {
  const micros = BigInt(Math.round(seconds * 1e6));
  return micros > LONGEST ? LONGEST : micros < -LONGEST ? -LONGEST : micros;
}

/** A list in three levels, as the format's LogicalTypes.md has it. */
function listOf(name: string, element: Omit<SchemaElement, 'name'>): SchemaElement[] {
  return [
    { name, repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'REQUIRED', ...element },
  ];
}
