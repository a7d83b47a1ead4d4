import type { z } from 'zod';
import { withoutChecksum } from '../../core/config/hedera-id.ts';
import { type MainnetHint, mainnetHint } from '../../core/config/mainnet-hint.ts';
import type { HederaConfig, PlantConfig } from '../../core/config/plant.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import { Failure } from '../../core/model/failure.ts';
import { entriesOfKinds, readEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import { DEMO_ON_MAINNET, mainnetUnconfirmed } from '../../core/sync/targets/hedera/faults.ts';
import type { mainnetSchema } from '../api/schema/mainnet.ts';
import { madeTopic } from './kept-topic.ts';
import { plantCosts } from './plant-costs.ts';
import { shownMainnet } from './shown-mainnet.ts';

export type MainnetAnswer = z.infer<typeof mainnetSchema>;

export interface MainnetRequest {
  /** The account that pays, as the person typed it: it must be the one of plant.yaml. */
  readonly account: string;
  /** Who confirms, as told. */
  readonly by: string;
  /** Whose account or login told it. */
  readonly told: { readonly name: string; readonly role: string };
}

export interface MainnetParts {
  readonly config: PlantConfig;
  readonly store: ReadableStore;
  readonly record: (entry: NewEntry) => void;
}

/** What keeps anything from going to the mainnet of Hedera: no person has confirmed it for the account that pays. */
export function mainnetTrouble({ sync }: Pick<PlantConfig, 'sync'>, store: ReadableStore): SyncFault | undefined {
  const { hedera } = sync ?? {};
  const hint = hedera === undefined ? undefined : mainnetHintOf(hedera, store);
  if (hedera === undefined || hint === undefined) return undefined;
  const account = withoutChecksum(hedera.operatorId);
  return confirmationOf(store, account, hint) === undefined ? mainnetUnconfirmed(account, hint.why) : undefined;
}

/** That it is or may be the mainnet, by what plant.yaml names or by what its mirror showed; undefined where it is not. */
export function mainnetHintOf(hedera: HederaConfig, store: ReadableStore): MainnetHint | undefined {
  const hint = mainnetHint(hedera);
  return hint?.isCertain === true ? hint : (shownMainnet(hedera, store) ?? hint);
}

/** What a year costs there, and who confirmed it. */
export function mainnetAnswer(config: PlantConfig, store: ReadableStore): MainnetAnswer {
  const { hedera } = config.sync ?? {};
  const { fees, inForce } = plantCosts(config, store);
  const { messagesPerYear, usdPerYear } = inForce;
  const estimate = { messagesPerYear, usdPerYear, fees: { source: fees.source, asOf: fees.asOf } };
  const hint = hedera === undefined ? undefined : mainnetHintOf(hedera, store);
  if (hedera === undefined || hint === undefined) {
    return { isNamed: false, why: null, account: null, topic: null, ...estimate, confirmed: null };
  }
  const account = withoutChecksum(hedera.operatorId);
  const named = hedera.topicId === undefined ? undefined : withoutChecksum(hedera.topicId);
  const topic = named ?? madeTopic(store, hedera.network ?? 'private') ?? null;
  return {
    isNamed: true,
    why: hint.why,
    account,
    topic,
    ...estimate,
    confirmed: confirmationOf(store, account, hint) ?? null,
  };
}

/**
 * Records that a person confirmed messages to the mainnet, with the estimate as it stands now. Once it is confirmed for the
 * account, nothing more is recorded.
 *
 * @throws Failure `SYN_MAINNET_NOT_NAMED`, `SYN_MAINNET_ACCOUNT_OTHER`, `SYN_HEDERA_DEMO`
 */
export function confirmMainnet({ config, store, record }: MainnetParts, request: MainnetRequest): MainnetAnswer {
  const answer = mainnetAnswer(config, store);
  const { account, messagesPerYear, usdPerYear, fees } = answer;
  if (account === null) throw NOT_NAMED;
  if (readEntry(store, 0)?.body.origin !== 'plant') {
    const { code, message, hint } = DEMO_ON_MAINNET;
    throw new Failure(code, message, { ...(hint === undefined ? {} : { hint }), exitCode: 2 });
  }
  if (request.account !== account) throw otherAccount(request.account, account);
  if (answer.confirmed !== null) return answer;
  const { by, told } = request;
  const estimate = { messagesPerYear, usdPerYear, fees };
  const hint = config.sync?.hedera === undefined ? undefined : mainnetHintOf(config.sync.hedera, store);
  const why = hint === undefined || hint.isCertain ? {} : { why: hint.why };
  record({
    kind: 'confirmation',
    body: { v: 1, what: 'mainnet', account, by, told: { ...told }, ...estimate, ...why },
  });
  return mainnetAnswer(config, store);
}

/** What was confirmed for a network that may be the mainnet holds for that alone: accounts have the same ids in every network. */
function confirmationOf(
  store: ReadableStore,
  account: string,
  hint: MainnetHint,
): MainnetAnswer['confirmed'] | undefined {
  for (const { index, at, body } of entriesOfKinds(store, ['confirmation'], { order: 'desc' })) {
    const isOfThis = body.why === undefined || body.why === hint.why;
    if (body.what === 'mainnet' && body.account === account && isOfThis) return { index, at, by: String(body.by) };
  }
  return undefined;
}

const NOT_NAMED = new Failure('SYN_MAINNET_NOT_NAMED', 'plant.yaml does not lead to the mainnet of Hedera.', {
  hint: 'nothing is to be confirmed: set sync.hedera.network to mainnet first, if that is what is wanted',
  exitCode: 2,
});

function otherAccount(given: string, account: string): Failure {
  return new Failure(
    'SYN_MAINNET_ACCOUNT_OTHER',
    `The account that pays is ${account} in plant.yaml, and ${given} was confirmed.`,
    { hint: 'compare the two: the account that is confirmed must be the one that pays', exitCode: 2 },
  );
}
