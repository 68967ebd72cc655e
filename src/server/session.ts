import { createHash, timingSafeEqual } from 'node:crypto';

const COOKIE = 'dpi-session';

/**
 * The session of a browser that has shown the token. The cookie holds a hash of the token, so another token ends all
 * sessions and the server keeps nothing. Scripts can't read it, and no other site's requests carry it.
 */
export class Session {
  private readonly value: string;

  constructor(token: string) {
    this.value = createHash('sha256').update(`dpi session ${token}`).digest('hex');
  }

  /** Whether the Cookie header (RFC 6265 §4.2) holds the session; takes the same time for right and wrong ones. */
  isIn(cookies: string | undefined): boolean {
    const given = (cookies ?? '').split(';').map((pair) => pair.trim().split('=', 2));
    return given.some(([name, value = '']) => name === COOKIE && isEqual(value, this.value));
  }

  /** The Set-Cookie header that begins the session. */
  get begin(): string {
    return `${COOKIE}=${this.value}; ${ATTRIBUTES}`;
  }

  /** The one that ends it. */
  get end(): string {
    return `${COOKIE}=; Max-Age=0; ${ATTRIBUTES}`;
  }
}

/** Without Secure: this server speaks plain HTTP, mostly on loopback or behind a proxy. */
const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Strict';

function isEqual(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}
