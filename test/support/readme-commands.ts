import { expect } from 'vitest';
import { blocksOf, DocWorkshop, readPage, stepsOf } from './doc-pages.js';

/** Runs the README's commands with `program` as `dpi`, in a folder of their own, without network where that is possible. */
export async function expectReadme(program: readonly string[]): Promise<void> {
  const workshop = new DocWorkshop({ program, isOffline: true });
  try {
    const blocks = blocksOf(readPage('README.md')).filter(({ mark }) => mark !== 'not run');
    for (const { language, text } of blocks) {
      if (language === 'sh') {
        const { status, output } = workshop.run(text);
        expect([status, output]).toEqual([0, output]);
      }
      if (language === 'console') {
        for (const { command, shown } of stepsOf(text)) expect(workshop.run(command).output).toBe(shown);
      }
    }
  } finally {
    await workshop.close();
  }
}
