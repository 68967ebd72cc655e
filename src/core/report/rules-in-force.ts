/** The rules that this run applied. */
export interface RulesInForce {
  /** Where the stored ones came from, for people: a path, a Redis URL without its password, "this call only". */
  store: string;
  /** How many rules, those of the call included. */
  count: number;
}
