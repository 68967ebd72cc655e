import { readPart } from './parts.js';

/** The version in package.json. */
export const VERSION: string = JSON.parse(readPart('package.json').toString()).version;

/** The program's name and version in reports. */
export const GENERATOR = `dpi ${VERSION}`;
