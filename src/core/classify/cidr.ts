/** An address range written as an address or a CIDR prefix (RFC 4632, RFC 4291 §2.2 and §2.3). */
export interface Cidr {
  readonly isV6: boolean;
  readonly first: bigint;
  /** Last address of the range, inclusive. */
  readonly last: bigint;
}

/** Reads `1.2.3.0/24`, `2001:db8::/32` or a single address; null for anything else, stray host bits included. */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const isV6 = address.includes(':');
  const first = isV6 ? parseIpv6(address) : parseIpv4(address);
  if (first === null) return null;
  const width = isV6 ? 128 : 32;
  const lengthText = slash < 0 ? String(width) : text.slice(slash + 1);
  const length = /^(0|[1-9]\d{0,2})$/.test(lengthText) ? Number(lengthText) : -1;
  if (length < 0 || length > width) return null;
  const hostMask = (1n << BigInt(width - length)) - 1n;
  if ((first & hostMask) !== 0n) return null;
  return { isV6, first, last: first | hostMask };
}

function parseIpv4(text: string): bigint | null {
  const octets = text.split('.');
  if (octets.length !== 4) return null;
  let value = 0;
  for (const octet of octets) {
    // A leading zero is octal to some readers and decimal to others: neither is guessed.
    if (!/^(0|[1-9]\d{0,2})$/.test(octet) || Number(octet) > 255) return null;
    value = value * 256 + Number(octet);
  }
  return BigInt(value);
}

function parseIpv6(text: string): bigint | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = groupsOf(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1]!, true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail].reduce(
    (value, group) => (value << 16n) | BigInt(group),
    0n,
  );
}

/** 16-bit groups between colons; the last two may be written as an IPv4 address where the text ends the address. */
function groupsOf(text: string, endsAddress: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const embedded = endsAddress && i === parts.length - 1 ? parseIpv4(part) : null;
    if (embedded === null) return null;
    groups.push(Number(embedded >> 16n), Number(embedded & 0xffffn));
  }
  return groups;
}
