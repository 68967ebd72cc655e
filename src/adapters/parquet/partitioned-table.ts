import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cannotWrite } from '../outputs/write-error.js';
import { type FileLayout, ParquetFile } from './parquet-file.js';

/** Rows in memory, of all days together: the size of a row group where rows come in order of time. */
const MAX_ROWS = 8_192;
/** Characters of texts in memory. */
const MAX_CHARS = 16 << 20;
/** Days with an open file. */
const MAX_OPEN = 16;
/** Days of one stream. Stamps of a hostile capture may lie anywhere; further days share a folder. */
const MAX_DAYS = 500;
/** What Hive calls the partition of rows without a value; readers show the day as null. */
const NO_DAY = '__HIVE_DEFAULT_PARTITION__';
const DAY_SECONDS = 86_400;
/** Year 1 to 9999: what all readers take for a date. */
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;

/** Where the files of a table go. */
export interface TablePlace {
  /** The stream's folder, `…/connections/stream=eth0`. */
  readonly folder: string;
  /** What the names of its files begin with. */
  readonly prefix: string;
}

/** The rows of one day that are not written yet, and the day's open file. */
interface Day {
  readonly name: string;
  readonly values: unknown[][];
  rows: number;
  file: ParquetFile | null;
  /** Files begun. */
  files: number;
  /** When it got its latest row. */
  turn: number;
}

/**
 * A table of one stream as Parquet files, a folder for each day. Holds a row group's rows at most, and writes them when
 * they are too many. The same rows in the same order make the same files.
 */
export class PartitionedTable {
  private readonly days = new Map<number, Day>();
  private rows = 0;
  private chars = 0;
  private turn = 0;
  private open = 0;

  constructor(
    private readonly place: TablePlace,
    private readonly layout: FileLayout,
  ) {}

  /** Adds a row, whose values are copied, under the day of `seconds` since the epoch; null for no day. */
  add(row: object, seconds: number | null): void {
    const day = this.dayOf(seconds);
    const { columns } = this.layout;
    const values = row as Readonly<Record<string, unknown>>;
    for (let i = 0; i < columns.length; i++) day.values[i]!.push(this.kept(values[columns[i]![0]]));
    day.rows++;
    day.turn = ++this.turn;
    this.rows++;
    if (this.rows >= MAX_ROWS || this.chars >= MAX_CHARS) this.writeLargest();
  }

  /** Writes what is left and completes all files. */
  finish(): void {
    for (const day of this.days.values()) this.end(day);
  }

  /** Gives up; the files stay as they are. */
  close(): void {
    for (const { file } of this.days.values()) file?.close();
  }

  /** Lists are copied: their owner may reuse them. */
  private kept(value: unknown): unknown {
    if (typeof value === 'string') this.chars += value.length;
    if (!Array.isArray(value)) return value;
    for (const item of value) if (typeof item === 'string') this.chars += item.length;
    return value.length === 0 ? NO_ITEMS : value.slice();
  }

  private dayOf(seconds: number | null): Day {
    let number = seconds === null ? Number.NaN : Math.floor(seconds / DAY_SECONDS);
    if (!(number >= FIRST_DAY && number <= LAST_DAY)) number = LAST_DAY + 1;
    const known = this.days.get(number);
    if (known !== undefined) return known;
    if (this.days.size >= MAX_DAYS && number <= LAST_DAY) return this.dayOf(null);
    const day: Day = {
      name: number > LAST_DAY ? NO_DAY : new Date(number * DAY_SECONDS * 1000).toISOString().slice(0, 10),
      values: this.layout.columns.map(() => []),
      rows: 0,
      file: null,
      files: 0,
      turn: 0,
    };
    this.days.set(number, day);
    return day;
  }

  /** Writes the day with the most rows; all days where texts take the room. */
  private writeLargest(): void {
    if (this.chars >= MAX_CHARS) {
      for (const day of this.days.values()) this.write(day);
      this.chars = 0;
      return;
    }
    let largest: Day | null = null;
    for (const day of this.days.values()) if (largest === null || day.rows > largest.rows) largest = day;
    if (largest !== null) this.write(largest);
    if (this.rows === 0) this.chars = 0;
  }

  private write(day: Day): void {
    if (day.rows === 0) return;
    if (day.file === null) this.openFile(day);
    day.file!.writeGroup(day.values);
    for (const values of day.values) values.length = 0;
    this.rows -= day.rows;
    day.rows = 0;
    if (day.file!.isFull) this.closeFile(day);
  }

  private end(day: Day): void {
    this.write(day);
    this.closeFile(day);
  }

  private openFile(day: Day): void {
    if (this.open >= MAX_OPEN) this.endEarliest();
    const folder = join(this.place.folder, `day=${day.name}`);
    makeFolder(folder);
    const name = `${this.place.prefix}-${String(day.files++).padStart(4, '0')}.parquet`;
    day.file = new ParquetFile(join(folder, name), this.layout);
    this.open++;
  }

  private closeFile(day: Day): void {
    if (day.file === null) return;
    day.file.finish();
    day.file = null;
    this.open--;
  }

  /** Ends the file of the day that got no row for the longest time. */
  private endEarliest(): void {
    let earliest: Day | null = null;
    for (const day of this.days.values()) {
      if (day.file !== null && (earliest === null || day.turn < earliest.turn)) earliest = day;
    }
    if (earliest !== null) this.end(earliest);
  }
}

/** Throws a DpiError that names the path. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw cannotWrite(path, error as NodeJS.ErrnoException);
  }
}

const NO_ITEMS: readonly never[] = [];
