/** A word that may stand at the end of the line, and what it is for; '' without a description. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}
