/** A request that the server refused, in its own words. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
    this.name = 'Refused';
  }
}

export interface Session {
  readonly needs_token: boolean;
  readonly is_open: boolean;
  readonly has_rules: boolean;
}

export function readSession(): Promise<Session> {
  return ask<Session>('GET', '/session');
}

/** Rejects with Refused for a wrong token. */
export async function signIn(token: string): Promise<void> {
  await ask('POST', '/session', { token });
}

export async function signOut(): Promise<void> {
  await ask('DELETE', '/session');
}

/** An answer of the server as JSON; undefined without a body. Rejects with Refused for a problem. */
export async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Refused(response.status, detailOf(text, response.status));
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

/** The sentence of a problem document. */
export function detailOf(text: string, status: number): string {
  try {
    return (JSON.parse(text) as { detail?: string }).detail ?? `the server answered ${status}`;
  } catch {
    return `the server answered ${status}`;
  }
}
