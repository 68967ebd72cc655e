import { CATEGORIES } from '../../core/classify/app-definition.js';
import { listApps } from '../../core/classify/app-lookup.js';
import { loadApps } from '../../usecases/shared/load-apps.js';
import { protocolNames } from '../../usecases/shared/protocol-names.js';
import { openRuleStore } from '../compose-stores.js';
import { installedTools, listInterfaces } from '../compose-tools.js';
import { allKeys } from '../config/settings.js';
import type { CliContext, LoadTree } from '../context.js';
import type { Candidate } from './candidate.js';
import type { TypedLine } from './command-line.js';

/** More are not shown by any shell without asking. */
const MOST_RULES = 1000;

interface Wanted {
  /** The name that the help gives the value: "app". */
  readonly placeholder: string;
  readonly description: string;
  /** What is typed of it. */
  readonly part: string;
  readonly line: TypedLine;
  readonly context: CliContext;
  readonly loadTree: LoadTree;
}

/** The values that can be named for a placeholder; empty where they can't, as for a number. */
export async function valuesOf(wanted: Wanted): Promise<Candidate[]> {
  const { placeholder, description, line, context } = wanted;
  if (placeholder === 'condition') return conditions(wanted);
  if (placeholder === 'interface') return interfaces(context);
  if (placeholder === 'category') return CATEGORIES.map((value) => ({ value, description: '' }));
  if (/^proto(col)?$/.test(placeholder)) return plain(protocolNames());
  if (placeholder === 'key') return plain(allKeys(await wanted.loadTree((name) => name !== 'serve')));
  if (placeholder === 'rule' && line.command.name() === 'remove') return storedRules(wanted);
  if (placeholder === 'query' && line.option === null) return [...(await apps(wanted)), ...(await storedRules(wanted))];
  const takesApp = /\bapp\b/.test(placeholder) || (/^(rule|query)$/.test(placeholder) && /\bapps?\b/.test(description));
  if (takesApp) return apps(wanted);
  return [];
}

function plain(values: readonly string[]): Candidate[] {
  return values.map((value) => ({ value, description: '' }));
}

/** The apps, built in and of the files that the line names, with those of app files that are not readable left out. */
async function apps({ line }: Wanted): Promise<Candidate[]> {
  const table = await loadApps(line.given.get('apps') ?? []);
  return listApps(table).map(({ name, title, category }) => ({ value: name, description: `${title}, ${category}` }));
}

/** "blocked" and "app:YOUTUBE" where the description says "'blocked' or 'app:NAME'". */
async function conditions(wanted: Wanted): Promise<Candidate[]> {
  const words = [...wanted.description.matchAll(/'([^']+)'/g)].map((found) => found[1]!);
  const all: Candidate[] = [];
  for (const word of words) {
    const [, kind, name] = /^(\w+):(\w+)$/.exec(word) ?? [];
    if (kind === undefined) all.push({ value: word, description: '' });
    else if (name === 'APP' || kind === 'app') {
      all.push(...(await apps(wanted)).map((app) => ({ ...app, value: `${kind}:${app.value}` })));
    } else if (kind === 'category') all.push(...plain(CATEGORIES.map((category) => `${kind}:${category}`)));
    else if (/^proto(col)?$/.test(kind)) all.push(...plain(protocolNames().map((protocol) => `${kind}:${protocol}`)));
  }
  return all;
}

async function interfaces({ env }: CliContext): Promise<Candidate[]> {
  const [tool] = installedTools(env);
  if (tool === undefined) return [];
  return (await listInterfaces(tool)).map(({ name, description }) => ({ value: name, description }));
}

/** Rules of a file; a Redis that does not answer would hold up the shell. */
async function storedRules({ line, part, context }: Wanted): Promise<Candidate[]> {
  const url = line.given.get('redis')?.at(-1) ?? context.env.DPI_REDIS_URL;
  const rulesFile = line.given.get('rulesFile')?.at(-1);
  if (url !== undefined && url !== '' && rulesFile === undefined) return [];
  const store = openRuleStore({ rulesFile }, context.env);
  const found: Candidate[] = [];
  try {
    for (const { type, values, action, comment } of (await store.load()).groups) {
      for (const value of values) {
        if (found.length >= MOST_RULES) return found;
        const text = part.includes(':') ? `${type}:${value}` : value;
        if (text.toLowerCase().startsWith(part.toLowerCase())) {
          found.push({ value: text, description: [action, type, comment].filter((word) => word !== null).join(' ') });
        }
      }
    }
  } finally {
    await store.close();
  }
  return found;
}
