import type { Reporter, TestModule, TestSpecification } from 'vitest/node';

/**
 * Prints how many files of tests there are before the run, and `N passed, N failed` as its last line, for scripts that
 * read no more than that.
 */
// biome-ignore lint/style/noDefaultExport: Vitest loads a reporter by its default export.
export default class CountReporter implements Reporter {
  onTestRunStart(specifications: readonly TestSpecification[]): void {
    process.stdout.write(`${specifications.length} files of tests\n`);
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    let failed = errors.length;
    let skipped = 0;
    for (const module of modules) {
      const failedBefore = failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        else skipped++;
      }
      // A file that does not load, or a hook that throws, fails no test.
      if (module.state() === 'failed' && failed === failedBefore) failed++;
    }
    const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`;
    process.on('exit', () => process.stdout.write(line));
  }
}
