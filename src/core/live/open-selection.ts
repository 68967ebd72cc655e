import type { SelectedRows } from '../engine/selected-rows.js';

/** Which open connections are selected, remembered until they get another packet: there may be half a million. */
export class OpenSelection {
  private ids = new Uint32Array(0);
  private packets = new Float64Array(0);
  private answers = new Uint8Array(0);

  constructor(private readonly selected: SelectedRows) {}

  /** Whether the connection `id` in `row`, which has had so many packets, is selected at present. */
  has(row: number, id: number, packets: number): boolean {
    if (row >= this.ids.length) this.grow(row + 1);
    if (this.ids[row] !== id || this.packets[row] !== packets) {
      this.ids[row] = id;
      this.packets[row] = packets;
      this.answers[row] = this.selected.has(row) ? 1 : 0;
    }
    return this.answers[row] === 1;
  }

  private grow(len: number): void {
    const capacity = Math.max(len, this.ids.length * 2, 1024);
    const { ids, packets, answers } = this;
    this.ids = new Uint32Array(capacity);
    this.packets = new Float64Array(capacity);
    this.answers = new Uint8Array(capacity);
    this.ids.set(ids);
    this.packets.set(packets);
    this.answers.set(answers);
  }
}
