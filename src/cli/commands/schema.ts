import type { Command } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { nearWords } from '../../core/select/near-words.js';
import { readPart } from '../../system/parts.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { addGuide, type Guide } from '../help.js';
import { addStreamOptions } from '../options.js';
import { StreamOutput } from '../stream-output.js';

/** The schemas by name, each with the output or input that it describes. */
const SCHEMAS: Readonly<Record<string, string>> = {
  report: 'dpi analyze --json',
  ndjson: 'a line of dpi analyze --ndjson',
  view: 'dpi analyze --view NAME --json',
  explanation: 'dpi analyze --explain --json',
  filter: 'dpi filter --json',
  live: 'a line of dpi live --ndjson',
  policy: 'dpi rules test --json',
  'batch-report': 'dpi batch run --json, and report.json of a run',
  'rules-list': 'dpi rules list --json',
  'rules-check': 'dpi rules check --json',
  apps: 'dpi apps --json',
  'app-file': 'a file that --apps reads',
  diff: 'dpi diff --json',
  join: 'dpi diff --join --json',
  snapshot: 'a file that dpi snapshot write writes',
  'snapshot-test': 'dpi snapshot test --json',
  sanitize: 'dpi sanitize --json',
  evidence: 'dpi evidence --json, and the comment of the file that it writes',
  verify: 'dpi verify --json',
  'ingest-event': 'a line that dpi ingest reads',
  'ingest-decision': 'a line that dpi ingest prints',
};

const GUIDE: Guide = {
  about: `
Each schema stands alone. It says what every key means and of which type it is. Programs should ignore keys that they do not
know: keys may be added at any time, all other changes raise schema_version.`,
  examples: [
    ['dpi schema', 'the names'],
    ['dpi schema report > report.schema.json', 'the schema of the report'],
    [`dpi schema report |\n  jq '."$defs".connection.properties | keys'`],
  ],
};

export function configure(command: Command, context: CliContext): void {
  command.argument('[name]', 'the schema to print; all names without it');
  addStreamOptions(command);
  addGuide(command, GUIDE);
  command.action(async (name: string | undefined) => {
    const output = new StreamOutput(context.stdout);
    output.write(name === undefined ? listText() : schemaText(name));
    await output.commit();
    process.exitCode = EXIT_DONE;
  });
}

function listText(): string {
  const names = Object.keys(SCHEMAS);
  const width = Math.max(...names.map((name) => name.length)) + 2;
  return names.map((name) => ` ${name.padEnd(width)}${SCHEMAS[name]}\n`).join('');
}

/** The JSON Schema as the package has it. Throws DpiError for an unknown name. */
function schemaText(name: string): string {
  if (!Object.hasOwn(SCHEMAS, name)) {
    const near = nearWords(name, Object.keys(SCHEMAS));
    const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : "'dpi schema' lists them";
    throw new DpiError('usage', `there is no schema '${name}'; ${hint}`);
  }
  const schema: unknown = JSON.parse(readPart(`schema/${name}.schema.json`).toString());
  return `${JSON.stringify(schema, null, 2)}\n`;
}
