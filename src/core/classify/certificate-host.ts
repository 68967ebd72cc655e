const WILDCARD = '*.';
const HOST = /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/;

/** The name that stands for a certificate: its first host name, a wildcard's without the star; '' when it has none. */
export function certificateHost(names: readonly string[]): string {
  for (const name of names) {
    const lower = name.toLowerCase();
    const host = lower.startsWith(WILDCARD) ? lower.slice(WILDCARD.length) : lower;
    if (HOST.test(host) && !/^[\d.]+$/.test(host)) return host;
  }
  return '';
}

/** True when the certificate is valid for `host` (lower case): a star stands for one label (RFC 6125 §6.4.3). */
export function certificateCovers(names: readonly string[], host: string): boolean {
  const parent = host.slice(host.indexOf('.') + 1);
  return names.some((name) => {
    const lower = name.toLowerCase();
    return lower === host || (lower.startsWith(WILDCARD) && lower.slice(WILDCARD.length) === parent);
  });
}
