import stringWidth from 'string-width';
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

it('lays out the rows of a long list alike, whether cli-table3 draws them or not', () => {
  const rows = Array.from({ length: 1200 }, (_, i) => ({ name: i % 3 ? 'example' : '例え.テスト', count: i }));
  const [, ...lines] = [...gridLines(COLUMNS, rows, { width: 60, indent: 1, paintTitle })];
  expect(lines).toHaveLength(2400);
  // Rows repeat with a period of 6 but for their count.
  const shape = (line: string) => line.replace(/\d+$/, (digits) => '#'.padStart(digits.length, ' '));
  for (let i = 20; i + 12 < lines.length; i++) {
    expect(shape(lines[i + 12]!).trimEnd(), String(i)).toBe(shape(lines[i]!).trimEnd());
  }
});

it('leaves out columns that are empty, and expendable ones where there is no room', () => {
  const even = [{ name: 'a-long-name.example', count: 2 }];
  const odd = [{ name: 'a-long-name.example', count: 1 }];
  expect([...gridLines(COLUMNS, even, { width: 60, indent: 0, paintTitle })][0]).toMatch(/^Name +count$/);
  expect([...gridLines(COLUMNS, odd, { width: 60, indent: 0, paintTitle })][0]).toMatch(/^Name +note +count$/);
  expect([...gridLines(COLUMNS, odd, { width: 16, indent: 0, paintTitle })][0]).toMatch(/^Name +count$/);
});

it('aligns cells of wide characters and of colours by the columns that they take', () => {
  const columns: Column<string>[] = [
    { title: 'Name', align: 'left', lines: (name) => [name], minWidth: 4, paint: (text) => `\x1b[31m${text}\x1b[39m` },
    { title: 'end', align: 'right', lines: () => ['1'], minWidth: 3 },
  ];
  const lines = [
    ...gridLines(columns, ['例え.テスト', 'e\u0301e\u0301', 'ascii'], { width: 40, indent: 1, paintTitle }),
  ];
  expect(lines.map((line) => stringWidth(line))).toEqual([17, 17, 17, 17]);
});
