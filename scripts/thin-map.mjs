// Thins a source map, from 2.8 MB to a fifth: stack traces name the file and the line, without columns and old names.
import { readFileSync, writeFileSync } from 'node:fs';
import { decode, encode } from '@jridgewell/sourcemap-codec';

const [file] = process.argv.slice(2);
const map = JSON.parse(readFileSync(file, 'utf8'));
const mappings = encode(decode(map.mappings).map(lineStarts));
writeFileSync(file, JSON.stringify({ ...map, names: [], mappings }));

/** Those places in a line of the bundle at which another line of the sources begins. */
function lineStarts(places) {
  const starts = [];
  for (const [column, source, line] of places) {
    const last = starts.at(-1);
    const isSame = last !== undefined && last[1] === source && last[2] === line;
    if (source !== undefined && !isSame) starts.push([column, source, line, 0]);
  }
  return starts;
}
