/** Bundles the page of reports (src/page) into one file without data, which `dpi analyze --html` fills in. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { build, type Plugin } from 'esbuild';
import { DATA_PLACE } from '../src/render/html/page-template.js';
import { licenseTexts } from './third-party-licenses.js';

/** Browsers of 2023 and later: they have DecompressionStream. */
const TARGET = ['chrome111', 'firefox115', 'safari16.4'];

interface Bundle {
  readonly script: string;
  readonly style: string;
  /** The licences of the packages in it. */
  readonly notices: string;
}

/** The bundled and minified script and style of the page. */
async function bundlePage(plugins: Plugin[] = []): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: ['src/page/main.tsx', 'src/page/page.css'],
    tsconfig: 'src/page/tsconfig.json',
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'iife',
    platform: 'browser',
    target: TARGET,
    charset: 'utf8',
    legalComments: 'none',
    outdir: 'dist',
    plugins,
  });
  const textOf = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))!.text.trim();
  // Two hyphens would end the comment that the notices are in.
  const notices = licenseTexts(metafile, 'scripts/licenses').replace(/-{2,}/g, '').trim();
  return { script: textOf('.js'), style: textOf('.css'), notices };
}

/** The page as text. Its policy allows the one script and the one style by their hashes, and no request at all. */
function pageText({ script, style, notices }: Bundle): string {
  // No text of the page may end its own element early.
  if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style)) throw new Error('the bundle would end its element');
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>dpi</title>
<style>${style}</style>
</head>
<body>
<div id="app"><noscript>This report needs JavaScript. It sends nothing anywhere.</noscript></div>
${DATA_PLACE}
<script>${script}</script>
<!--
${notices}
-->
</body>
</html>
`;
}

/** Builds the page and writes it to `file`. */
export async function buildPage(file: string, plugins: Plugin[] = []): Promise<void> {
  writeFileSync(file, pageText(await bundlePage(plugins)));
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
