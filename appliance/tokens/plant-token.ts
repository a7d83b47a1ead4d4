import type { NewEntry } from '../../core/ledger/entry.ts';
import type { TokenTaken } from '../../core/ledger/mint-entries.ts';
import { readEntry } from '../../core/store/entries.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import { findToken } from '../../core/sync/targets/hedera/find-token.ts';
import type { HederaSession } from '../../core/sync/targets/hedera/hedera-session.ts';
import { type Nanos, nanosOf } from '../../core/sync/targets/hedera/instant.ts';
import { LOST_FOR } from '../../core/sync/targets/hedera/mint-delivery.ts';
import type { NewToken } from '../../core/sync/targets/hedera/port.ts';
import type { MirrorToken } from '../../core/sync/targets/hedera/token-answers.ts';
import { LOST_HISTORY_PENDING, TOKEN_PENDING } from '../../core/sync/targets/hedera/token-faults.ts';
import { lookAtToken, type WantedToken } from '../../core/sync/targets/hedera/token-look.ts';
import { type MadeToken, makeToken, type TokenKeeper } from '../../core/sync/targets/hedera/token-maker.ts';
import type { MintRecords } from './mint-book.ts';
import { tokenInForce } from './plan-states.ts';
import type { TokenSetup } from './token-setup.ts';

export interface PlantTokenParts {
  readonly session: HederaSession;
  readonly setup: TokenSetup;
  /** Which every token of this ledger bears. */
  readonly memo: string;
  readonly store: WritableStore;
  readonly record: (entries: readonly NewEntry[], alongside: (write: WritableStore) => void) => unknown;
}

export type PlantToken =
  | { readonly kind: 'token'; readonly wanted: WantedToken }
  | { readonly kind: 'later' | 'held'; readonly fault: SyncFault };

/** The token to mint, with its entry in the ledger: the one of plant.yaml, of the ledger, found again, or made now. */
export async function plantToken(
  parts: PlantTokenParts,
  records: MintRecords,
  signal: AbortSignal,
): Promise<PlantToken> {
  const { setup } = parts;
  const tokenId = tokenInForce(records, setup);
  const known = records.tokens.findLast(({ token, network }) => token === tokenId && network === setup.network);
  if (known !== undefined) return toWanted(setup, known.token, known.event !== 'taken');
  if (tokenId !== undefined) return takeToken(parts, tokenId, signal);
  if (records.lostAtMs !== undefined) {
    const lost = await lostToken(parts, records.lostAtMs, signal);
    if (lost !== undefined) return lost;
  }
  return newToken(parts, signal);
}

function toWanted({ form, decimals }: TokenSetup, tokenId: string, isOwn: boolean): PlantToken {
  return { kind: 'token', wanted: { tokenId, form, decimals, isOwn } };
}

/** What plant.yaml names is looked at before anything is minted on it. */
async function takeToken(parts: PlantTokenParts, tokenId: string, signal: AbortSignal): Promise<PlantToken> {
  const { session, setup, record } = parts;
  const { form, decimals } = setup;
  const look = await lookAtToken(session, { tokenId, form, decimals, isOwn: false }, 1, signal);
  if (look.kind === 'trouble') {
    return { kind: look.fault.code.startsWith('SYN_') ? 'later' : 'held', fault: look.fault };
  }
  if (signal.aborted) return { kind: 'later', fault: TOKEN_PENDING };
  record([tokenEntry(setup, 'taken', look.token, undefined)], () => undefined);
  return toWanted(setup, tokenId, false);
}

/** After a restore or a salvage the ledger may have made a token of which it no longer knows. */
async function lostToken(
  parts: PlantTokenParts,
  lostAtMs: number,
  signal: AbortSignal,
): Promise<PlantToken | undefined> {
  const { session, setup, store, record } = parts;
  const time = await session.mirror.time(undefined, signal);
  if (time.kind === 'failed') return { kind: 'later', fault: time.fault };
  const until = time.kind === 'found' ? time.value.importedUntil : nanosOf(session.clock.wallMs());
  if (until <= nanosOf(lostAtMs) + LOST_FOR) return { kind: 'later', fault: LOST_HISTORY_PENDING };
  const after = ledgerBegan(store);
  const facts = { accountId: setup.operatorId, memo: parts.memo, after, until };
  const found = await findToken(session.mirror, facts, signal);
  if (found.kind === 'failed') return { kind: 'later', fault: found.fault };
  if (found.kind === 'absent') return undefined;
  const { tokenId } = found.value;
  const { form, decimals } = setup;
  const look = await lookAtToken(session, { tokenId, form, decimals, isOwn: true }, 0, signal);
  if (look.kind === 'trouble') return { kind: 'held', fault: look.fault };
  if (signal.aborted) return { kind: 'later', fault: TOKEN_PENDING };
  record([tokenEntry(setup, 'found', look.token, found.value)], () => undefined);
  return toWanted(setup, tokenId, true);
}

/** When the ledger was begun: nothing of it is older. */
export function ledgerBegan(store: ReadableStore): Nanos {
  return nanosOf(Date.parse(readEntry(store, 0)?.at ?? ''));
}

async function newToken(parts: PlantTokenParts, signal: AbortSignal): Promise<PlantToken> {
  const { session, setup } = parts;
  const { form, name, symbol, decimals, maxUnits, createFeeMaxTinybars: feeMaxTinybars } = setup;
  if (maxUnits === undefined) return { kind: 'held', fault: TOKEN_PENDING };
  const token: NewToken = { form, name, symbol, memo: parts.memo, decimals, maxSupply: maxUnits };
  const keeper = tokenKeeper(parts, token);
  const outcome = await makeToken({ ...session, keeper, token, feeMaxTinybars }, signal);
  return outcome.kind === 'token' ? toWanted(setup, outcome.tokenId, true) : outcome;
}

function tokenKeeper({ store, setup, record }: PlantTokenParts, token: NewToken): TokenKeeper {
  const { network, form, unitWh, name, symbol, operatorId: treasury } = setup;
  const use = ['token', network, form, unitWh, symbol, name].join(' ');
  const forget = (write: WritableStore): unknown => write.run('DELETE FROM target_intents WHERE target = ?', use);
  return {
    intents: () => intentsOf(store, use),
    keepIntent: (intent) => {
      const sql = `INSERT INTO target_intents (target, number, intent)
        SELECT ?, count(*), ? FROM target_intents WHERE target = ?`;
      store.run(sql, use, intent, use);
    },
    forget: () => void forget(store),
    record: (made) => {
      const { decimals, maxSupply } = token;
      const seen = { tokenId: made.tokenId, name, symbol, decimals, maxSupply, treasuryId: treasury, otherKeys: [] };
      record([tokenEntry(setup, 'made', seen, made)], forget);
    },
  };
}

function intentsOf(store: ReadableStore, use: string): readonly Uint8Array[] {
  const sql = 'SELECT intent FROM target_intents WHERE target = ? ORDER BY number';
  return store.all<{ intent: Uint8Array }>(sql, use).map(({ intent }) => intent);
}

type SeenToken = Pick<
  MirrorToken,
  'tokenId' | 'name' | 'symbol' | 'decimals' | 'maxSupply' | 'treasuryId' | 'otherKeys'
>;

function tokenEntry(
  { network, form, unitWh }: TokenSetup,
  event: TokenTaken['event'],
  { tokenId, name, symbol, decimals, maxSupply, treasuryId, otherKeys }: SeenToken,
  made: MadeToken | undefined,
): NewEntry {
  const body = {
    v: 1,
    event,
    network,
    token: tokenId,
    form,
    name,
    symbol,
    decimals,
    unitWh,
    maxSupply: maxSupply ?? 0,
    treasury: treasuryId,
    keys: ['supply', ...otherKeys],
    transactionId: made?.transactionId ?? null,
    consensusTimestamp: made?.consensusTimestamp ?? null,
  } as const;
  return { kind: 'token', body: { ...body, keys: [...body.keys] } };
}

/** Names plant and ledger, by the name of its key, so that a restored ledger finds its token again and no other does. */
export function tokenMemo(plantId: string, keyName: string): string {
  return `Forebay ${plantId} ${keyName.split('/').at(-1) ?? ''}`;
}
