import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';

/** A part of a plan of which attempts are kept. */
export interface BegunPart {
  readonly plan: string;
  readonly part: number;
  readonly network: string;
  readonly token: string;
  readonly monthHash: string;
  readonly fromWh: number;
  readonly toWh: number;
  readonly reference: string;
}

/** The parts that were begun and not settled. */
export function begunParts(store: ReadableStore): readonly BegunPart[] {
  return store.all<BegunPart>(`SELECT plan, part, network, token, month_hash AS monthHash, from_wh AS fromWh,
    to_wh AS toWh, reference FROM mint_attempts WHERE number = 0 ORDER BY plan, part`);
}

export function mintAttempts(
  store: ReadableStore,
  { plan, part }: Pick<BegunPart, 'plan' | 'part'>,
): readonly Uint8Array[] {
  const sql = 'SELECT intent FROM mint_attempts WHERE plan = ? AND part = ? ORDER BY number';
  return store.all<{ intent: Uint8Array }>(sql, plan, part).map(({ intent }) => intent);
}

/** Durable when it returns. */
export function keepMintAttempt(write: WritableStore, part: BegunPart, intent: Uint8Array): void {
  const { plan, part: number, network, token, monthHash, fromWh, toWh, reference } = part;
  const sql = `INSERT INTO mint_attempts (plan, part, number, network, token, month_hash, from_wh, to_wh, reference, intent)
    SELECT ?, ?, count(*), ?, ?, ?, ?, ?, ?, ? FROM mint_attempts WHERE plan = ? AND part = ?`;
  write.run(sql, plan, number, network, token, monthHash, fromWh, toWh, reference, intent, plan, number);
}

/** The part is settled: it is recorded, or none of its attempts happened nor can happen. */
export function forgetMintAttempts(write: WritableStore, { plan, part }: Pick<BegunPart, 'plan' | 'part'>): void {
  write.run('DELETE FROM mint_attempts WHERE plan = ? AND part = ?', plan, part);
}
