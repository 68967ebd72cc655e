/** The rules of junit-10.xsd, by which Jenkins' xUnit plugin 2 and newer validates reports, for our elements. */

interface Element {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** In any order and number. */
  readonly children: readonly string[];
  readonly hasText?: true;
}

const COUNTS = ['tests', 'failures', 'errors', 'skipped'];
const ELEMENTS: Readonly<Record<string, Element>> = {
  testsuites: { required: [], optional: ['name', 'time', 'tests', 'failures', 'errors'], children: ['testsuite'] },
  testsuite: {
    required: ['name', 'tests', 'failures', 'errors'],
    optional: ['group', 'time', 'skipped', 'timestamp', 'hostname', 'id', 'package', 'file', 'log', 'url'],
    children: ['properties', 'testcase', 'system-out', 'system-err', 'testsuite'],
  },
  properties: { required: [], optional: [], children: ['property'] },
  property: { required: ['name', 'value'], optional: [], children: [] },
  // Other attributes, such as file and line, make the plugin skip the whole report.
  testcase: {
    required: ['name'],
    optional: ['time', 'classname', 'group'],
    children: ['skipped', 'error', 'failure', 'rerunFailure', 'rerunError', 'system-out', 'system-err'],
  },
  failure: { required: [], optional: ['type', 'message'], children: [], hasText: true },
  'system-err': { required: [], optional: [], children: [], hasText: true },
};

/** XML 1.0 §2.2 without `<` and `&`, which begin markup. */
const TEXT =
  /^(?:[\t\n\r\x20-\x25\x27-\x3b\x3d-\ud7ff\ue000-\ufffd]|[\ud800-\udbff][\udc00-\udfff]|&(?:amp|lt|gt|quot|apos);)*$/;
const TOKEN = /<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/g;

/** What breaks XML or the rules; empty for a good report. */
export function junitProblems(xml: string): string[] {
  const problems: string[] = [];
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  const open: string[] = [];
  let end = 0;
  for (const found of body.matchAll(TOKEN)) {
    if (found.index !== end) problems.push(`not well-formed at ${end}`);
    end = found.index + found[0].length;
    const [, close, name = '', attributes = '', empty, text] = found;
    if (text !== undefined) checkText(text, open.at(-1), problems);
    else if (close === '/') {
      if (open.pop() !== name) problems.push(`not well-formed: </${name}>`);
    } else {
      checkElement(name, attributes, open.at(-1), problems);
      if (empty !== '/') open.push(name);
    }
  }
  if (end !== body.length || open.length > 0) problems.push('not well-formed: the end');
  return problems;
}

function checkText(text: string, parent: string | undefined, problems: string[]): void {
  if (!TEXT.test(text)) problems.push(`not well-formed: ${JSON.stringify(text)}`);
  if (text.trim() !== '' && ELEMENTS[parent ?? '']?.hasText !== true) problems.push(`${parent} has text`);
}

function checkElement(name: string, attributes: string, parent: string | undefined, problems: string[]): void {
  const element = ELEMENTS[name];
  if (element === undefined) {
    problems.push(`${name} is unknown`);
    return;
  }
  if (parent !== undefined && ELEMENTS[parent]?.children.includes(name) !== true)
    problems.push(`${parent} has ${name}`);
  const given = new Map([...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!]));
  for (const key of element.required) if (!given.has(key)) problems.push(`${name} lacks ${key}`);
  for (const [key, value] of given) {
    if (!element.required.includes(key) && !element.optional.includes(key)) problems.push(`${name} has ${key}`);
    if (COUNTS.includes(key) && !/^\d+$/.test(value)) problems.push(`${key} of ${name} is ${value}`);
    if (!TEXT.test(value)) problems.push(`not well-formed: ${JSON.stringify(value)}`);
  }
}
