import { createInterface } from 'node:readline/promises';
import type { CliContext } from './context.js';

/** Asks a question that "y" agrees to; null where no terminal can be asked. */
export async function confirmed(question: string, { stderr }: CliContext): Promise<boolean | null> {
  if (!process.stdin.isTTY || !stderr.isTTY) return null;
  const asker = createInterface({ input: process.stdin, output: stderr });
  const reply = await asker.question(`${question} [y/N] `);
  asker.close();
  return /^y(es)?$/i.test(reply.trim());
}
