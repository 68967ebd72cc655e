import { safeText } from '../safe-text.js';
import { type CiReport, failedChecks, type Quote, wholeMessage } from './ci-report.js';

/** GitHub shows ten annotations of a step; the rest goes into one line. */
const MOST_ANNOTATIONS = 10;

/** Findings as workflow commands of GitHub Actions: `::error` for each failed check, `::warning` for each warning. */
export function githubText(report: CiReport): string {
  const failed = failedChecks(report);
  const shown = failed.length > MOST_ANNOTATIONS ? failed.slice(0, MOST_ANNOTATIONS - 1) : failed;
  const titles = new Map(report.rules.map(({ id, title }) => [id, title]));
  const lines = shown.map((check) => {
    const { rule, place } = check;
    const properties = { file: place?.file, line: place?.line, title: titles.get(rule) ?? rule };
    return command('error', properties, wholeMessage(check, report, quoted));
  });
  if (shown.length < failed.length) {
    const more = failed.length - shown.length;
    lines.push(command('error', { title: report.command }, `${more} more findings; the step summary lists all`));
  }
  lines.push(...report.warnings.map((text) => command('warning', { title: report.command }, text)));
  return lines.map((line) => `${line}\n`).join('');
}

type Properties = Readonly<Record<string, string | number | undefined>>;

function command(name: string, properties: Properties, message: string): string {
  const given = Object.entries(properties).filter(([, value]) => value !== undefined);
  const list = given.map(([key, value]) => `${key}=${property(safeText(String(value)))}`).join(',');
  return `::${name} ${list}::${data(safeText(message))}`;
}

/** As @actions/core escapes the text of a command. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** The same for the value of a property. */
function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

const quoted: Quote = (text) => `'${text}'`;
