// Writes dist/index.js: an ES module that exports by name what the library in the bundle of the command line exports.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const names = Object.keys(createRequire(import.meta.url)('../bin/load-program.js').loadLibrary()).sort();
writeFileSync(
  process.argv[2],
  `import loader from '../bin/load-program.js';\n\nexport const { ${names.join(', ')} } = loader.loadLibrary();\n`,
);
