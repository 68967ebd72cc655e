/** Builds DNS messages for tests. */
export interface Message {
  flags?: number;
  questions?: Buffer[];
  answers?: Buffer[];
}

/** Labels as a dotted string or one by one (latin1), without compression; no limit is checked. */
export function encodeName(name: string | readonly string[]): Buffer {
  const labels = typeof name === 'string' ? name.split('.').filter((label) => label !== '') : name;
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ]);
}

export function question(name: string | readonly string[], type: number): Buffer {
  return Buffer.concat([encodeName(name), Buffer.from([0, type, 0, 1])]);
}

export function record(owner: Buffer, type: number, ttl: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, fixed, data]);
}

export function encodeMessage({ flags = 0x0100, questions = [], answers = [] }: Message): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(0x1234, 0);
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(questions.length, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, ...questions, ...answers]);
}
