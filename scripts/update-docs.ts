/**
 * Runs the commands of README.md and docs/ and writes their outputs into the pages: `npx tsx scripts/update-docs.ts`,
 * after a build. Name pages to update only these.
 */
import { blocksOf, DocWorkshop, docPages, readPage, stepsOf, writePage } from '../test/support/doc-pages.js';

const named = process.argv.slice(2);
for (const page of named.length > 0 ? named : docPages()) {
  const text = readPage(page);
  const workshop = new DocWorkshop();
  try {
    await workshop.prepare(text);
    let updated = text;
    for (const { language, text: body, mark } of blocksOf(text)) {
      if (mark === 'not run') continue;
      if (language === 'sh') {
        const { status, output } = workshop.run(body);
        if (status !== 0) console.error(`${page}: exit code ${status} of\n${body}${output}`);
      }
      if (language === 'console') {
        const session = stepsOf(body).map(({ command }) => `$ ${command}\n${workshop.run(command).output}`);
        updated = updated.replace(body, () => session.join(''));
      }
    }
    if (updated !== text) console.log(`${page}: updated`);
    writePage(page, updated);
  } finally {
    await workshop.close();
  }
}
