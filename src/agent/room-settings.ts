/** When a history is made shorter by itself. */
export interface RoomSettings {
  /** Share of the model's context window from which on it is. */
  readonly threshold: number;
  /** Share of the window that stays as it was, at the end of the history. */
  readonly keep: number;
}
