import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/support/count-reporter.ts'],
    // `npm run coverage`: no file of the core below this; scripts/check-coverage.mjs looks at the whole.
    coverage: {
      include: ['src/core/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 85, perFile: true },
    },
  },
});
