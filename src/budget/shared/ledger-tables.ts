import type { DatabaseSync } from "node:sqlite";

import { NOTHING, type Amount } from "../amount.ts";

/** Amounts are whole units: tokens, nano-dollars, turns, calls, milliseconds. Keys are JSON. */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS accounts (
  key TEXT PRIMARY KEY,
  tokens INTEGER NOT NULL, cost INTEGER NOT NULL, turns INTEGER NOT NULL, toolCalls INTEGER NOT NULL,
  wallMs INTEGER NOT NULL,
  heldTokens INTEGER NOT NULL, heldCost INTEGER NOT NULL, heldTurns INTEGER NOT NULL, heldToolCalls INTEGER NOT NULL,
  input INTEGER NOT NULL, output INTEGER NOT NULL, isCostUnknown INTEGER NOT NULL, windows TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reservations (
  key TEXT PRIMARY KEY,
  accounts TEXT NOT NULL,
  tokens INTEGER NOT NULL, cost INTEGER NOT NULL, turns INTEGER NOT NULL, toolCalls INTEGER NOT NULL,
  isCostUnknown INTEGER NOT NULL,
  at INTEGER NOT NULL,
  isOpen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** What the ledger knows of one account. */
export interface AccountState {
  readonly used: Amount;
  readonly held: Amount;
  readonly input: number;
  readonly output: number;
  readonly hasUnknownCost: boolean;
  /** Windows granted after the first, by dimension. */
  readonly windows: Readonly<Record<string, number>>;
}

/** One reservation as it is kept. */
export interface ReservationRow {
  readonly key: string;
  readonly accounts: readonly string[];
  readonly amount: Amount;
  readonly isCostUnknown: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly isOpen: boolean;
}

/** The statements of a ledger. They are to be used inside a transaction, but for reading. */
export interface LedgerTables {
  readAccount(key: string): AccountState;
  writeAccount(key: string, state: AccountState): void;
  readReservation(key: string): ReservationRow | undefined;
  addReservation(row: ReservationRow): void;
  closeReservation(key: string): void;
  openReservations(): readonly ReservationRow[];
  /** Forgets settled reservations of before a time. */
  forget(before: number): void;
}

/** An account of which nobody has heard yet. */
export const EMPTY: AccountState = {
  used: NOTHING,
  held: NOTHING,
  input: 0,
  output: 0,
  hasUnknownCost: false,
  windows: {},
};

type Row = Readonly<Record<string, unknown>>;

/** Prepares the statements. */
export function prepareTables(database: DatabaseSync): LedgerTables {
  const readAccount = database.prepare("SELECT * FROM accounts WHERE key = ?");
  const writeAccount = database.prepare(
    "INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const readReservation = database.prepare("SELECT * FROM reservations WHERE key = ?");
  const addReservation = database.prepare("INSERT INTO reservations VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)");
  const closeReservation = database.prepare("UPDATE reservations SET isOpen = 0 WHERE key = ?");
  const openReservations = database.prepare("SELECT * FROM reservations WHERE isOpen = 1 ORDER BY at");
  const forget = database.prepare("DELETE FROM reservations WHERE isOpen = 0 AND at < ?");
  return {
    readAccount: (key) => toAccount(readAccount.get(key)),
    writeAccount(key, { used, held, input, output, hasUnknownCost, windows }) {
      writeAccount.run(
        key,
        used.tokens,
        used.cost,
        used.turns,
        used.toolCalls,
        used.wallMs,
        held.tokens,
        held.cost,
        held.turns,
        held.toolCalls,
        input,
        output,
        hasUnknownCost ? 1 : 0,
        JSON.stringify(windows),
      );
    },
    readReservation: (key) => toReservation(readReservation.get(key)),
    addReservation({ key, accounts, amount, isCostUnknown, at }) {
      const { tokens, cost, turns, toolCalls } = amount;
      addReservation.run(
        key,
        JSON.stringify(accounts),
        tokens,
        cost,
        turns,
        toolCalls,
        isCostUnknown ? 1 : 0,
        Math.round(at),
      );
    },
    closeReservation: (key) => void closeReservation.run(key),
    openReservations: () => openReservations.all().flatMap((row) => toReservation(row) ?? []),
    forget: (before) => void forget.run(Math.round(before)),
  };
}

function toAccount(row: Row | undefined): AccountState {
  if (row === undefined) return EMPTY;
  const at = (name: string): number => Number(row[name]);
  const [tokens, cost, turns, toolCalls] = [at("heldTokens"), at("heldCost"), at("heldTurns"), at("heldToolCalls")];
  return {
    used: {
      tokens: at("tokens"),
      cost: at("cost"),
      turns: at("turns"),
      toolCalls: at("toolCalls"),
      wallMs: at("wallMs"),
    },
    held: { tokens, cost, turns, toolCalls, wallMs: 0 },
    input: at("input"),
    output: at("output"),
    hasUnknownCost: at("isCostUnknown") === 1,
    // Written by `writeAccount` above.
    windows: JSON.parse(String(row["windows"])) as AccountState["windows"],
  };
}

function toReservation(row: Row | undefined): ReservationRow | undefined {
  if (row === undefined) return undefined;
  const at = (name: string): number => Number(row[name]);
  return {
    key: String(row["key"]),
    // Written by `addReservation` above.
    accounts: JSON.parse(String(row["accounts"])) as readonly string[],
    amount: { tokens: at("tokens"), cost: at("cost"), turns: at("turns"), toolCalls: at("toolCalls"), wallMs: 0 },
    isCostUnknown: at("isCostUnknown") === 1,
    at: at("at"),
    isOpen: at("isOpen") === 1,
  };
}
