/** Collects the licences of the packages that are bundled. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile, Plugin } from 'esbuild';

const LICENSE_FILE = /^(licen[cs]e|copying|notice)/i;
const PACKAGE = /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//;
const HEAD = 'Code of these packages is part of the files beside this one.\n';
const RULE = `\n${'-'.repeat(80)}\n\n`;

/**
 * An esbuild plugin that writes to `file` the licence of each package in the bundle. Share one plugin between builds to
 * get one list. The folder `added` holds licence texts that a package does not ship, as `<package>.txt`. `copied` are the
 * folders of packages of which files are copied.
 */
export function withLicenses(file: string, added: string, copied: readonly string[]): Plugin {
  const folders = new Set(copied);
  return {
    name: 'with-licenses',
    setup(build) {
      build.onEnd(({ metafile }) => {
        for (const folder of packageFolders(metafile)) folders.add(folder);
        const sections = [...folders].map((folder) => describe(folder, added)).sort();
        writeFileSync(file, HEAD + sections.join(''));
      });
    },
  };
}

/** The licences of the packages in a bundle, as one text. */
export function licenseTexts(metafile: Metafile, added: string): string {
  return packageFolders(metafile)
    .map((folder) => describe(folder, added))
    .join('');
}

/** The folders of the packages in a bundle, in the order of their names. */
function packageFolders(metafile: Metafile | undefined): string[] {
  const folders = Object.keys(metafile?.inputs ?? {}).flatMap((input) => PACKAGE.exec(input)?.[1] ?? []);
  return [...new Set(folders)].sort();
}

function describe(folder: string, added: string): string {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const by = typeof author === 'object' ? author.name : author;
  const files = readdirSync(folder).filter((entry) => LICENSE_FILE.test(entry));
  const paths = [...files.map((entry) => join(folder, entry)), join(added, `${name.replace('/', '-')}.txt`)];
  const texts = paths.filter((path) => existsSync(path)).map((path) => readFileSync(path, 'utf8').trim());
  return `${RULE}${name} ${version}, ${license}${by === undefined ? '' : `, ${by}`}\n\n${texts.join('\n\n')}\n`;
}
