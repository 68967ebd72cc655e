// Pins what `npm install dpi` installs below the direct dependencies: `write` makes npm-shrinkwrap.json of the lock file
// for the tarball, `remove` takes it away again, for it would take the lock file's place here.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

const SHRINKWRAP = new URL('../npm-shrinkwrap.json', import.meta.url);

if (process.argv[2] === 'remove') rmSync(SHRINKWRAP, { force: true });
else {
  const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
  const packages = Object.entries(lock.packages).filter(([, one]) => one.dev !== true);
  const { devDependencies: _, ...root } = lock.packages[''];
  writeFileSync(
    SHRINKWRAP,
    `${JSON.stringify({ ...lock, packages: { ...Object.fromEntries(packages), '': root } }, null, 2)}\n`,
  );
}
