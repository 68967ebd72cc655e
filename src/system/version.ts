import { createRequire } from 'node:module';

/**
 * The version in package.json. The package refers to itself by name, so this holds for `src/` and for bundles alike.
 */
export const VERSION: string = createRequire(import.meta.url)('dpi/package.json').version;

/** How reports name the program that wrote them. */
export const GENERATOR = `dpi ${VERSION}`;
