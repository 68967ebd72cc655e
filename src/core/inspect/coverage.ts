/** Which of the bytes shown have arrived. */
export interface Coverage {
  /** True when all bytes of `[start, end)` have; offsets as those of the bytes shown. */
  has(start: number, end: number): boolean;
}
