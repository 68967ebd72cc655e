import { Certificate, readCertificate } from './certificate.js';

const SLOTS = 256;
/** Last bytes of a certificate: of its signature, so as good as random. */
const DIGEST_LEN = 4;
const NO_CERTIFICATE = new Certificate();

/**
 * Certificates by their bytes: servers send the same few again and again. Bounded; a slot holds the last one.
 */
export class CertificateCache {
  private readonly bytes: (Buffer | null)[] = new Array<Buffer | null>(SLOTS).fill(null);
  private readonly certificates = new Array<Certificate>(SLOTS).fill(NO_CERTIFICATE);

  /** The certificate in `buf[start, end)`, as `readCertificate` gives it. */
  read(buf: Buffer, start: number, end: number): Certificate {
    if (end - start < DIGEST_LEN) return NO_CERTIFICATE;
    const slot = (buf[end - 1]! ^ buf[end - 2]! ^ (end - start)) & (SLOTS - 1);
    const known = this.bytes[slot]!;
    if (known !== null && known.length === end - start && known.compare(buf, start, end) === 0) {
      return this.certificates[slot]!;
    }
    const certificate = readCertificate(buf, start, end);
    this.bytes[slot] = Buffer.from(buf.subarray(start, end));
    this.certificates[slot] = certificate;
    return certificate;
  }
}
