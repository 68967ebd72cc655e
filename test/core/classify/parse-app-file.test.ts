import { describe, expect, it } from 'vitest';
import { parseAppFile } from '../../../src/core/classify/parse-app-file.js';
import { DpiError } from '../../../src/core/common/error.js';

function problemOf(text: string, fileName = 'own.json'): string {
  try {
    parseAppFile(text, fileName);
  } catch (error) {
    expect(error).toBeInstanceOf(DpiError);
    expect((error as DpiError).code).toBe('app-file-invalid');
    return (error as DpiError).message;
  }
  return 'no error';
}

describe('parseAppFile', () => {
  it('reads JSON and normalises names, case and IDN', () => {
    const app = {
      name: 'MyApp',
      domains: ['Example.COM', '=API.example', '*.Sub.example', 'cdn-*.Bücher.example', '*-Img.CDN.example'],
    };
    const { apps, warnings } = parseAppFile(JSON.stringify({ apps: [app] }), 'own.json');
    expect(warnings).toEqual([]);
    expect(apps).toMatchObject([{ name: 'MYAPP', title: 'MYAPP', category: 'other', aliases: [], ranges: [] }]);
    expect(apps[0]!.domains).toEqual([
      'example.com',
      '=api.example',
      '*.sub.example',
      'cdn-*.xn--bcher-kva.example',
      '*-img.cdn.example',
    ]);
  });

  it('takes an array of apps, and a single app', () => {
    expect(parseAppFile('[{"name":"A","domains":["a.example"]}]', 'f').apps).toHaveLength(1);
    const single = parseAppFile('\ufeff {"name":"A","ranges":["192.0.2.0/24"],"per_country":{"a":["de"]}}', 'f');
    expect(single.apps[0]).toMatchObject({ ranges: ['192.0.2.0/24'], per_country: { a: ['de'] } });
  });

  it('names the file, the field and the fault', () => {
    const app = (fields: string): string => `{"apps":[{"name":"A","domains":["a.example"]},{${fields}}]}`;
    expect(problemOf(app('"domains":["b.example"]'))).toBe('App file own.json: apps[1].name is missing.');
    expect(problemOf(app('"name":"my app","domains":[]'))).toMatch(
      /apps\[1\]\.name must be letters, digits and "_" only/,
    );
    expect(problemOf(app('"name":"unknown","domains":["b.example"]'))).toMatch(/apps\[1\]\.name can't be UNKNOWN/);
    expect(problemOf(app('"name":"B"'))).toMatch(/apps\[1\] has neither domains nor ranges/);
    expect(problemOf(app('"name":"B","domains":["ok.example","bad host"]'))).toMatch(
      /apps\[1\]\.domains\[1\] is "bad host", not a domain/,
    );
    expect(problemOf(app('"name":"B","domains":"b.example"'))).toMatch(/apps\[1\]\.domains must be a list/);
    expect(problemOf(app('"name":"B","domains":[7]'))).toMatch(/apps\[1\]\.domains\[0\] must be text, not 7/);
    expect(problemOf(app('"name":"B","ranges":["10.0.0.1/8"]'))).toMatch(/apps\[1\]\.ranges\[0\] is "10\.0\.0\.1\/8"/);
    expect(problemOf(app('"name":"B","domain":["b.example"]'))).toMatch(
      /\.domain is not a known field .*mean domains\?/,
    );
    expect(problemOf(app('"name":"B","category":"vidoe","domains":["b.example"]'))).toMatch(/did you mean video\?/);
    expect(problemOf(app('"name":[[1]],"domains":["b.example"]'))).toMatch(/apps\[1\]\.name must be text, not a list/);
    expect(problemOf('{"apps":{}}')).toMatch(/apps must be a list/);
    expect(problemOf('{"apps":[],"x":1}')).toMatch(/x is not a known field of the file/);
    expect(problemOf('[7]')).toMatch(/\[0\] must be an object of fields/);
  });

  it('says where JSON breaks', () => {
    expect(problemOf('{\n  "apps": [\n    {"name": "A",}\n  ]\n}')).toMatch(
      /own\.json, line 3, column 18: unexpected "}"\.$/,
    );
    expect(problemOf('{"apps": [')).toMatch(/line 1, column 11: the text ends too early\.$/);
  });

  it('warns of a whole top-level domain', () => {
    const { warnings } = parseAppFile('{"name":"A","domains":["google"]}', 'own.json');
    expect(warnings).toEqual(['own.json: domains[0] is "google", which takes in a whole top-level domain.']);
  });

  it('reads a plain list and the v2fly form as one app named after the file', () => {
    const text =
      '# comment\nexample.com\n\ndomain:b.example @cn\r\nfull:c.example # x\nregexp:^a$\ninclude:other\n192.0.2.0/24\n2001:db8::/32\n';
    const { apps, warnings } = parseAppFile(text, '/lists/my-app.txt');
    expect(apps).toMatchObject([
      { name: 'MYAPP', domains: ['example.com', 'b.example', '=c.example'], ranges: ['192.0.2.0/24', '2001:db8::/32'] },
    ]);
    expect(warnings).toEqual([
      '/lists/my-app.txt, line 6: "regexp:^a$" is left out, since regexp can\'t be matched.',
      '/lists/my-app.txt, line 7: "include:other" is left out, since include can\'t be matched.',
    ]);
    expect(problemOf('a.example\nwhat is this?', 'list.txt')).toMatch(/line 2: "what is this\?" is neither/);
    expect(problemOf('a.example\n10.0.0.1/8', 'list.txt')).toMatch(/list\.txt, line 2: "10\.0\.0\.1\/8" is neither/);
    expect(problemOf('', 'list.txt')).toMatch(/holds no domain and no IP prefix/);
    expect(problemOf('a.example', '---.txt')).toMatch(/no app name can be made/);
  });

  it('refuses values that nest deep, with the field', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const field of ['name', 'category', 'title']) {
      const file = `{"apps":[{"name":"A","domains":["a.example"],"${field}":${deep}}]}`;
      expect(problemOf(file)).toMatch(new RegExp(`apps\\[0\\]\\.${field} (must be text, not|is) a list`));
    }
    expect(problemOf(`{"apps":${deep}}`)).toMatch(/apps\[0\] must be an object/);
    expect(problemOf(`{"apps":${'{"a":'.repeat(100_000)}`)).toMatch(/the text ends too early/);
  });
});
