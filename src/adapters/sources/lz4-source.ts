import type { CaptureStream } from '../../core/capture/capture-stream.js';
import type { ByteSource } from './byte-source.js';
import { InputSource } from './input-source.js';
import { Lz4Decoder } from './lz4-decoder.js';

/** Bytes of input that there is room for at first; a longer block enlarges it. */
const INPUT_LEN = 256 * 1024;

/** lz4 data of any number of frames, decompressed a block at a time. Output before damage is delivered. */
export class Lz4Source extends InputSource implements ByteSource {
  readonly compression = 'lz4';
  damage: string | null = null;

  private readonly decoder = new Lz4Decoder();
  private input = Buffer.allocUnsafeSlow(INPUT_LEN);
  private inputAt = 0;
  private inputEnd = 0;
  /** Compressed offset of `input[0]`. */
  private baseOffset = 0;
  private ended = false;

  async fill(stream: CaptureStream): Promise<number> {
    const { decoder } = this;
    while (decoder.outputStart === decoder.outputEnd && !this.ended) {
      const taken = decoder.step(this.input, this.inputAt, this.inputEnd);
      this.inputAt += taken;
      if (decoder.problem !== '') this.stop(`damaged near byte ${this.baseOffset + this.inputAt} (${decoder.problem})`);
      else if (taken === 0 && (await this.read()) === 0) this.finish();
    }
    if (decoder.outputStart === decoder.outputEnd) return 0;
    const len = stream.push(decoder.output.subarray(0, decoder.outputEnd), decoder.outputStart);
    decoder.outputStart += len;
    return len;
  }

  close(): void {
    this.ended = true;
    this.raw.close();
  }

  private async read(): Promise<number> {
    const presentLen = this.inputEnd - this.inputAt;
    const { input } = this;
    if (this.decoder.neededLen > input.length) this.input = Buffer.allocUnsafeSlow(this.decoder.neededLen + INPUT_LEN);
    if (this.inputAt > 0 || input !== this.input) input.copy(this.input, 0, this.inputAt, this.inputEnd);
    this.baseOffset += this.inputAt;
    this.inputAt = 0;
    this.inputEnd = presentLen;
    const got = await this.raw.read(this.input, presentLen, this.input.length - presentLen);
    this.inputEnd += got;
    return got;
  }

  /** The input has ended: within a frame, what is there of its last block still counts. */
  private finish(): void {
    if (this.decoder.isComplete && this.inputAt === this.inputEnd) {
      this.ended = true;
      return;
    }
    this.decoder.cutBlock(this.input, this.inputAt, this.inputEnd);
    this.stop(`cut short at byte ${this.baseOffset + this.inputEnd}`);
  }

  private stop(problem: string): void {
    this.ended = true;
    this.damage = `the lz4 data is ${problem}`;
  }
}
