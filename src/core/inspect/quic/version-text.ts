import { QUIC_V1, QUIC_V2 } from './versions.js';

/**
 * What reports call a QUIC version: "1", "2", "draft-29", Google's letters ("Q046", "T051"), else hex ("0xfaceb002");
 * null for 0, which is none.
 */
export function quicVersionText(version: number): string | null {
  if (version === 0) return null;
  if (version === QUIC_V1) return '1';
  if (version === QUIC_V2) return '2';
  if (version >>> 8 === 0xff0000) return `draft-${version & 0xff}`;
  const isGoogle = version >>> 24 === 0x51 || version >>> 24 === 0x54;
  const text = String.fromCharCode(version >>> 24, (version >>> 16) & 255, (version >>> 8) & 255, version & 255);
  if (isGoogle && /^[QT]\d{3}$/.test(text)) return text;
  return `0x${(version >>> 0).toString(16).padStart(8, '0')}`;
}
