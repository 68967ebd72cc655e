#!/usr/bin/env node
import nodeModule from 'node:module';
import { setFlagsFromString } from 'node:v8';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`dpi: Node.js 20.19 or newer is needed, this is ${process.versions.node}`);
  process.exitCode = 2;
} else {
  // docs/decisions/0013. Measured with Node 20 only, and a flag that V8 does not know would be complained of.
  if (major === 20) setFlagsFromString('--semi-space-growth-factor=1');
  // From Node 22.1 on: what V8 compiled is kept between runs.
  nodeModule.enableCompileCache?.();
  const cli = await import('../dist/cli.js').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error("dpi: the program is not built yet; run 'npm install' or 'npm run build' in its folder");
    process.exitCode = 2;
  });
  await cli?.main(process.argv.slice(2));
}
