import { expect, it } from 'vitest';
import { type Column, gridLines } from '../../src/render/grid.js';

interface Row {
  name: string;
  count: number;
}

const COLUMNS: Column<Row>[] = [
  { title: 'Name', align: 'left', lines: (row) => [row.name, `  under ${row.name}`], minWidth: 8, shorten: 'middle' },
  { title: 'note', align: 'left', lines: (row) => [row.count % 2 ? 'odd' : ''], minWidth: 4, expendable: 1 },
  { title: 'count', align: 'right', lines: (row) => [String(row.count)], minWidth: Number.POSITIVE_INFINITY },
];
const paintTitle = (title: string) => title;

it('lays out a long list as it does a short one', () => {
  const rows = Array.from({ length: 600 }, (_, i) => ({ name: i % 3 ? 'example' : '例え.テスト', count: i }));
  const [, ...lines] = gridLines(COLUMNS, rows, { width: 60, indent: 1, paintTitle });
  expect(lines).toHaveLength(1200);
  // Rows repeat with a period of 6 but for their count.
  const shape = (line: string) => line.replace(/\d+$/, (digits) => '#'.padStart(digits.length, ' '));
  for (let i = 20; i + 12 < lines.length; i++) {
    expect(shape(lines[i + 12]!).trimEnd(), String(i)).toBe(shape(lines[i]!).trimEnd());
  }
});

it('leaves out columns that are empty, and expendable ones where there is no room', () => {
  const even = [{ name: 'a-long-name.example', count: 2 }];
  const odd = [{ name: 'a-long-name.example', count: 1 }];
  expect(gridLines(COLUMNS, even, { width: 60, indent: 0, paintTitle })[0]).toMatch(/^Name +count$/);
  expect(gridLines(COLUMNS, odd, { width: 60, indent: 0, paintTitle })[0]).toMatch(/^Name +note +count$/);
  expect(gridLines(COLUMNS, odd, { width: 16, indent: 0, paintTitle })[0]).toMatch(/^Name +count$/);
});
