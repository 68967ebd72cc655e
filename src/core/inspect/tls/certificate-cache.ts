import { certificateNames } from './certificate-names.js';

const SLOTS = 256;
/** Last bytes of a certificate: of its signature, so as good as random. */
const DIGEST_LEN = 4;

/**
 * Names of certificates by their bytes: servers send the same few again and again. Bounded; a slot holds the last one.
 */
export class CertificateCache {
  private readonly certificates: (Buffer | null)[] = new Array<Buffer | null>(SLOTS).fill(null);
  private readonly names: (readonly string[])[] = new Array<readonly string[]>(SLOTS).fill([]);

  /** The names of the certificate in `buf[start, end)`, as `certificateNames` gives them. */
  namesOf(buf: Buffer, start: number, end: number): readonly string[] {
    if (end - start < DIGEST_LEN) return [];
    const slot = (buf[end - 1]! ^ buf[end - 2]! ^ (end - start)) & (SLOTS - 1);
    const known = this.certificates[slot]!;
    if (known !== null && known.length === end - start && known.compare(buf, start, end) === 0) {
      return this.names[slot]!;
    }
    const names = certificateNames(buf, start, end);
    this.certificates[slot] = Buffer.from(buf.subarray(start, end));
    this.names[slot] = names;
    return names;
  }
}
