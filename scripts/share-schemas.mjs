/**
 * Copies what the report shares with other outputs into their schemas, so that each schema compiles alone. A definition
 * whose $comment begins with "Copied from the report" is replaced; run this after a change of
 * schema/report.schema.json.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../schema/', import.meta.url));
const SUFFIX = '.schema.json';
/** The place in the report, the type of a line that is made of it, and a definition that the line has as well. */
const COPIED = /^Copied from the report: #\/(\S*?)(?:, as a line of type (\w+))?(?:, with (\w+))?$/;

/** Before the names of definitions that only copies refer to: the schema may have others of the same name. */
const PREFIX = 'report_';

const report = JSON.parse(readFileSync(`${FOLDER}report${SUFFIX}`, 'utf8'));

/** The schema with fresh copies. */
export function shared(schema) {
  const { $defs, ...rest } = schema;
  if ($defs === undefined) return schema;
  const fresh = {};
  for (const [name, definition] of Object.entries($defs)) {
    const match = COPIED.exec(definition.$comment ?? '');
    // Definitions that copies refer to are found again below.
    if (match === null) fresh[name] = definition;
    else if (isUsed(name, { rest, fresh, $defs })) fresh[name] = copied(match, definition);
  }
  for (let missing = missingIn(fresh); missing.length > 0; missing = missingIn(fresh)) {
    for (const name of missing) {
      const original = name.slice(PREFIX.length);
      fresh[name] = { $comment: `Copied from the report: #/$defs/${original}`, ...prefixed(report.$defs[original]) };
    }
  }
  return { ...rest, $defs: fresh };
}

/** True unless only other copies refer to the definition. */
function isUsed(name, { rest, $defs }) {
  const own = Object.values($defs).filter(({ $comment = '' }) => !COPIED.test($comment));
  return refsIn([rest, own]).includes(name);
}

function copied([, pointer, type, extra], { $comment, description }) {
  const { $defs, $schema, $id, title, ...found } = prefixed(followed(at(pointer)));
  const { description: original, ...schema } = found;
  if (type === undefined) return { $comment, description: original, ...schema };
  const { connections, ...properties } = schema.properties;
  const more = extra === undefined ? {} : { [extra]: { $ref: `#/$defs/${extra}` } };
  return {
    $comment,
    description,
    type: 'object',
    required: ['type', ...schema.required.filter((key) => key !== 'connections'), ...Object.keys(more)],
    properties: { type: { const: type }, ...properties, ...more },
  };
}

function at(pointer) {
  return pointer.split('/').reduce((schema, key) => (key === '' ? schema : schema[key]), report);
}

/** What a schema that only refers to a definition stands for. */
function followed({ $ref, ...rest }) {
  return $ref === undefined ? rest : { ...at($ref.slice(2)), ...rest };
}

function prefixed(schema) {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/$defs/', `"$ref":"#/$defs/${PREFIX}`));
}

function missingIn(defs) {
  return [...new Set(refsIn(defs))].filter((name) => !(name in defs));
}

function refsIn(value) {
  return [...JSON.stringify(value).matchAll(/"\$ref":"#\/\$defs\/([^"/]+)"/g)].map(([, name]) => name);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(SUFFIX) && name !== `report${SUFFIX}`)) {
    const text = readFileSync(FOLDER + file, 'utf8');
    const schema = shared(JSON.parse(text));
    if (JSON.stringify(schema) !== JSON.stringify(JSON.parse(text))) {
      writeFileSync(FOLDER + file, `${JSON.stringify(schema, null, 2)}\n`);
    }
  }
}
