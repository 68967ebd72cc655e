import { createRequire } from 'node:module';

/**
 * The version in package.json. The package imports itself by name, so this works in `src/` and in bundles.
 */
export const VERSION: string = createRequire(import.meta.url)('dpi/package.json').version;

/** The program's name and version in reports. */
export const GENERATOR = `dpi ${VERSION}`;
