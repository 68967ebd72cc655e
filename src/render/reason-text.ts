import { safeText } from './safe-text.js';

const REASONS: Readonly<Record<string, string>> = {
  'no-payload': 'no payload',
  'mid-stream': 'begun before the capture',
  'encrypted-name': 'name is encrypted',
  'no-name': 'protocol names no site',
  'unlisted-name': 'name of no known app',
  'unsupported-protocol': 'unknown protocol',
  truncated: 'cut by the snapshot length',
};

/** Why a connection has no app, in words. */
export function reasonText(reason: string): string {
  return REASONS[reason] ?? safeText(reason);
}
