/** Text is joined to pieces of this length before it is written. */
const CHUNK_LEN = 1 << 16;

/** Joins small writes; `flush` gets pieces of CHUNK_LEN characters and more. */
export class TextJoiner {
  private pending = '';

  constructor(private readonly flushText: (text: string) => void) {}

  write(text: string): void {
    this.pending += text;
    if (this.pending.length >= CHUNK_LEN) this.flush();
  }

  flush(): void {
    const text = this.pending;
    this.pending = '';
    if (text !== '') this.flushText(text);
  }

  clear(): void {
    this.pending = '';
  }
}
