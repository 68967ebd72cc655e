import { describe, expect, it } from 'vitest';
import { canonicalName } from '../../../src/core/classify/canonical-host.js';
import { asciiFormOf, asciiName } from '../../../src/core/common/ascii-name.js';
import { parseDomainPattern } from '../../../src/core/policy/domain-pattern.js';

const formOf = (text: string, encoding: BufferEncoding = 'utf8') => {
  const buf = Buffer.from(`<${text}>`, encoding);
  return asciiFormOf(buf, 1, buf.length - 1)?.toString('latin1') ?? null;
};

describe('names beyond ASCII', () => {
  it('are converted only up to the length of a domain name', () => {
    /** Lengths that were converted. */
    const given: number[] = [];
    const convert = (name: string) => {
      given.push(name.length);
      return name;
    };
    for (const mark of ['\u0301', '漢', '한', 'ü', '\u{1f600}']) {
      const name = mark.repeat(450_000);
      expect(asciiName(name, convert)).toBe('');
      expect(canonicalName(name)).toBe('');
      expect(() => parseDomainPattern(name)).toThrow(/is not a domain name/);
      expect(formOf(name)).toBeNull();
    }
    expect(given).toEqual([]);
    const longest = `${'ü'.repeat(253 - '.example'.length)}.example`;
    expect(asciiName(`ü${longest}`, convert)).toBe('');
    expect(given).toEqual([]);
    asciiName(longest, convert);
    asciiName('\u{1f600}'.repeat(253), convert);
    expect(given).toEqual([253, 506]);
  });

  it('keep messages about them short', () => {
    for (const name of ['ü'.repeat(100_000), `https://${'a'.repeat(100_000)}`, `${'a'.repeat(100_000)}/path`]) {
      let message = '';
      try {
        parseDomainPattern(name);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toMatch(/is not a domain name/);
      expect(message.length).toBeLessThan(600);
    }
  });

  it('have an ASCII form on the wire', () => {
    expect(formOf('bücher.example')).toBe('xn--bcher-kva.example');
    expect(formOf('www.BÜCHER.example')).toBe('www.xn--bcher-kva.example');
    expect(formOf('пример.испытание')).toBe('xn--e1afmkfd.xn--80akhbyknj4f');
    expect(formOf('plain.example')).toBeNull();
    expect(formOf('\xff\xfe.example', 'latin1')).toBeNull();
    expect(formOf('')).toBeNull();
  });
});
