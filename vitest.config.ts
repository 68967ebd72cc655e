import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests that start programs and servers, stub the environment or ask for the memory of their process. */
const WITH_PROCESSES = ['test/*.test.ts', 'test/{adapters,cli,server,usecases,page/browser}/**/*.test.ts'];

export default defineConfig({
  test: {
    // Vitest leaves a core free by default: of two, half of the machine.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What a test polls for comes in milliseconds, or never; a busy machine takes longer.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: WITH_PROCESSES,
          // Functions over bytes: files can share a process and the modules loaded there, which halves their time.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'processes', include: WITH_PROCESSES } },
    ],
    reporters: ['default', './test/support/count-reporter.ts'],
    // `npm run coverage`: no file of the core below this; scripts/check-coverage.mjs looks at the whole.
    coverage: {
      include: ['src/core/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 85, perFile: true },
    },
  },
});
