import { DpiError } from '../common/error.js';
import { parseExactIpPrefix } from '../common/ip-prefix.js';
import { type AppDefinition, withDefaults } from './app-definition.js';
import { canonicalName } from './canonical-host.js';

/** A user's app file as read: its apps, and what of it could not be taken. */
export interface ParsedAppFile {
  readonly apps: readonly AppDefinition[];
  /** Whole sentences that name the file and the place. */
  readonly warnings: readonly string[];
}

/**
 * Reads a plain list as one app named after the file: an IP address, CIDR prefix or domain a line, `#` begins a
 * comment. Lists in v2fly's form are read too: `domain:` and `full:` count, attributes (`@cn`) are dropped, and what a
 * suffix can't say (`keyword:`, `regexp:`, `include:`) is left out with a warning.
 *
 * @throws DpiError `app-file-invalid` with the line of the first entry that is neither; also for a file without
 * entries.
 */
export function parseAppList(text: string, fileName: string): ParsedAppFile {
  const name = nameFromFile(fileName);
  const domains: string[] = [];
  const ranges: string[] = [];
  const warnings: string[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const [entry, ...attributes] = line.replace(/#.*$/, '').trim().split(/\s+/);
    if (entry === undefined || entry === '') continue;
    const [, kind, value] = /^(?:([a-z]+):)?(.*)$/is.exec(entry)!;
    if (kind === 'keyword' || kind === 'regexp' || kind === 'include') {
      warnings.push(
        `${fileName}, line ${i + 1}: ${JSON.stringify(entry)} is left out, since ${kind} can't be matched.`,
      );
      continue;
    }
    if (parseExactIpPrefix(entry) !== null) {
      ranges.push(entry);
      continue;
    }
    const isDomain = kind === undefined || kind === 'domain' || kind === 'full';
    const domain = isDomain && attributes.every((word) => /^[@&]/.test(word)) ? canonicalName(value!) : '';
    if (domain === '') {
      const found = JSON.stringify(line.trim().slice(0, 60));
      throw new DpiError(
        'app-file-invalid',
        `App file ${fileName}, line ${i + 1}: ${found} is neither a domain nor an IP prefix.`,
      );
    }
    if (!domain.includes('.'))
      warnings.push(`${fileName}, line ${i + 1}: ${domain} takes in a whole top-level domain.`);
    domains.push(kind === 'full' ? `=${domain}` : domain);
  }
  if (name === '' || domains.length + ranges.length === 0) {
    const problem =
      name === '' ? 'no app name can be made of the file name' : 'the file holds no domain and no IP prefix';
    throw new DpiError('app-file-invalid', `App file ${fileName}: ${problem}.`);
  }
  const apps: AppDefinition[] = [withDefaults({ name, domains, ranges })];
  return { apps, warnings };
}

/** `lists/my-app.txt` becomes MYAPP. */
function nameFromFile(fileName: string): string {
  const base = fileName.replace(/^.*[/\\]/s, '').replace(/\.[a-z0-9]+$/i, '');
  return base.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
