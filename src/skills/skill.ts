/** Instructions for one kind of work, read when they are needed. */
export interface Skill {
  readonly name: string;
  /** For the model that chooses. */
  readonly description: string;
  /** Where its other files are. */
  readonly directory: string;
  /** What the model reads. */
  readonly body: string;
  /**
   * While the skill is active no other tools may be used: names, or rules such as "Bash(git *)". Never a permission: what
   * the rest of the gate denies stays denied. `undefined` = no limit.
   */
  readonly allowedTools: readonly string[] | undefined;
  /** Names for `{name}` in the body. */
  readonly parameters: readonly string[];
}

/** Skills by name. */
export type Skills = ReadonlyMap<string, Skill>;
