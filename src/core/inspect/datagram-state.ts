/** What is kept of a UDP conversation beside its row: an inspector's state. */
export class DatagramState {
  inspectorState: unknown = undefined;
  /** The inspector whose state it is. */
  owner = -1;
  /** Packet that the inspector was shown last. */
  packetNumber = 0;

  reset(): void {
    this.inspectorState = undefined;
  }
}
