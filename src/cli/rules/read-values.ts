import { DpiError } from '../../core/common/error.js';

/** The values of a command line, with those of standard input, one a line, in the place of each "-". */
export async function readValues(
  args: readonly string[],
  stdin: NodeJS.ReadableStream = process.stdin,
): Promise<string[]> {
  const values: string[] = [];
  for (const arg of args) {
    if (arg === '-') for (const value of valuesOfLines(await readText(stdin))) values.push(value);
    else values.push(arg);
  }
  if (values.length === 0) throw new DpiError('usage', 'standard input contains no rules');
  return values;
}

/** All of a stream as UTF-8. */
async function readText(stream: NodeJS.ReadableStream): Promise<string> {
  return (await readBytes(stream)).toString('utf8');
}

/** All of a stream. */
export async function readBytes(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks);
}

/** The trimmed lines; empty lines and comments after "#" are left out. */
function valuesOfLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*/, '').trim())
    .filter((line) => line !== '');
}
