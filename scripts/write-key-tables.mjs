/** Writes the tables of keys in docs/json.md from the descriptions in schema/report.schema.json. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = `${ROOT}docs/json.md`;
const report = JSON.parse(readFileSync(`${ROOT}schema/report.schema.json`, 'utf8'));

/** The page with fresh tables: of the report's own keys, or of one of its definitions, in the place of each mark. */
export function withTables(page) {
  return page.replace(/(<!-- keys: (\w+) -->\n)[\s\S]*?(<!-- end of keys -->)/g, (_, begin, name, end) => {
    const { properties } = name === 'report' ? report : report.$defs[name];
    return `${begin}\n${tableOf(properties)}\n${end}`;
  });
}

function tableOf(properties) {
  const rows = Object.entries(properties).map(
    ([key, schema]) => `| \`${key}\` | ${typeOf(schema)} | ${meaningOf(schema)} |\n`,
  );
  return `| key | type | meaning |\n|---|---|---|\n${rows.join('')}`;
}

function typeOf(schema) {
  const { $ref, type, items, enum: values } = schema;
  if ($ref !== undefined) return 'object';
  if ('const' in schema) return typeof schema.const;
  const types =
    values === undefined
      ? [type].flat()
      : [...new Set(values.map((value) => (value === null ? 'null' : typeof value)))];
  return types
    .map((one) => (one === 'array' ? `array of ${items.$ref === undefined ? `${items.type}s` : 'objects'}` : one))
    .join(' or ');
}

function meaningOf({ description = '', enum: values, $ref }) {
  const text =
    description !== '' || $ref === undefined ? description : report.$defs[$ref.split('/').at(-1)].description;
  const words = (values ?? []).filter((value) => value !== null && !text.includes(value));
  return `${text}${words.length > 0 ? ` Values: ${words.join(', ')}.` : ''}`
    .replaceAll('|', '\\|')
    .replaceAll('<', '\\<');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8')));
}
