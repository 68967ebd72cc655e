import type { CiFormat } from './ci-report.js';

/** The formats of `--format` for continuous integration. Each is loaded when it is used. */
export const CI_FORMATS: Readonly<Record<string, () => Promise<CiFormat>>> = {
  sarif: async () => (await import('./sarif.js')).sarifText,
  junit: async () => (await import('./junit.js')).junitText,
  github: async () => (await import('./github.js')).githubText,
  markdown: async () => (await import('./markdown.js')).markdownText,
};
