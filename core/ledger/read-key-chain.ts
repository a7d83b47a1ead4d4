import { Failure } from '../model/failure.ts';
import type { Entry } from './entry.ts';
import { keyInGenesis } from './genesis.ts';
import { KeyChain } from './key-chain.ts';
import type { LedgerReader, StoredEntry } from './ledger-storage.ts';
import { rootAt } from './merkle.ts';
import { nodesIn } from './proof.ts';

/**
 * The keys of a ledger from its entries, each change held against the tree before it; undefined while the ledger is
 * empty.
 *
 * @throws Failure `LED_FSCK_KEY_CHANGE` for a change that does not hold, `LED_FSCK_KEY` for a genesis without a key.
 */
export function readKeyChain(reader: LedgerReader): KeyChain | undefined {
  return reader.snapshot(() => {
    let chain: KeyChain | undefined;
    for (const stored of reader.keyEntries()) {
      const entry = parse(stored);
      if (chain === undefined) {
        const first = entry === undefined ? undefined : keyInGenesis(entry.body);
        if (first === undefined) throw refused('LED_FSCK_KEY', 'The genesis entry names no device key.');
        chain = new KeyChain(first);
        continue;
      }
      if (entry === undefined) throw refused('LED_FSCK_KEY_CHANGE', `Entry ${stored.index} is not readable.`);
      const problem = chain.take(entry, rootAt(entry.index, nodesIn(reader)));
      if (problem !== undefined) throw refused(problem.code, problem.message);
    }
    return chain;
  });
}

function parse({ bytes }: StoredEntry): Entry | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as Entry;
  } catch {
    return undefined;
  }
}

function refused(code: string, sentence: string): Failure {
  return new Failure(code, sentence, { hint: 'run `forebay ledger fsck`; keep the data folder as it is', exitCode: 4 });
}
