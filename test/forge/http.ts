/** An HTTP/1.1 request; `host` is left out when null. Header values are written as given, escape sequences included. */
export function httpRequest(options: {
  method?: string;
  target?: string;
  host?: string | Buffer | null;
  headers?: readonly (readonly [string, string])[];
  body?: Buffer;
}): Buffer {
  const line = `${options.method ?? 'GET'} ${options.target ?? '/'} HTTP/1.1\r\n`;
  const parts: Buffer[] = [Buffer.from(line, 'latin1')];
  if (options.host !== null && options.host !== undefined) {
    parts.push(Buffer.from('Host: '), Buffer.from(options.host as string), Buffer.from('\r\n'));
  }
  const headers = options.headers ?? [
    ['User-Agent', 'forge/1.0'],
    ['Accept', '*/*'],
  ];
  for (const [name, value] of headers) parts.push(Buffer.from(`${name}: ${value}\r\n`, 'latin1'));
  if (options.body) parts.push(Buffer.from(`Content-Length: ${options.body.length}\r\n`));
  parts.push(Buffer.from('\r\n'));
  if (options.body) parts.push(options.body);
  return Buffer.concat(parts);
}

/** An HTTP/1.1 response with a body of known length. */
export function httpResponse(body: Buffer, status = '200 OK', contentType = 'text/html; charset=utf-8'): Buffer {
  const head = `HTTP/1.1 ${status}\r\nContent-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}
