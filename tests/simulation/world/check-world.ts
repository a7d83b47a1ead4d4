import { fsck } from '../../../core/ledger/fsck.ts';
import type { LedgerReader } from '../../../core/ledger/ledger-storage.ts';
import { isEqual, verifyConsistency, verifyInclusion } from '../../../core/ledger/merkle.ts';
import { proveConsistency, proveInclusion } from '../../../core/ledger/proof.ts';
import { rebuildProjections } from '../../../core/ledger/rebuild-projections.ts';
import type { ReadableStore, WritableStore } from '../../../core/store/handle.ts';
import { ledgerReader, PROJECTIONS, projectionStore } from '../../../core/store/ledger-store.ts';
import { sampleBlock } from '../../../core/store/samples.ts';
import { checkEnergy } from './check-energy.ts';
import { checkGaps } from './check-gaps.ts';
import type { Observer, SeenPoll } from './observer.ts';
import { recordedUnit } from './recorded-unit.ts';
import type { TrueUnit } from './true-unit.ts';
import { WORLD_KEY } from './world-process.ts';

export interface WorldOutcome {
  readonly store: WritableStore;
  readonly observer: Observer;
  readonly units: readonly TrueUnit[];
  /** No clock of the world was ever wrong, so that no time was missing twice or came twice. */
  readonly isClockTrue: boolean;
}

/** What the appliance promised and did not keep; nothing, if all is well. */
export function checkWorld({ store, observer, units, isClockTrue }: WorldOutcome): string[] {
  const ledger = ledgerReader(store);
  const report = fsck(ledger, { verifierKey: WORLD_KEY.verifierKey });
  const findings = report.firstBad === undefined ? [] : [`fsck: ${report.firstBad.message}`];
  findings.push(...observer.findings, ...checkAcknowledged(ledger, observer), ...checkProofs(ledger, observer));
  findings.push(...checkPolls(store, observer), ...checkRebuild(store));
  for (const [n, unit] of units.entries()) {
    const recorded = recordedUnit(store, `unit${n + 1}`);
    findings.push(...checkEnergy(recorded, unit, isClockTrue), ...checkGaps(store, recorded, isClockTrue));
  }
  return findings;
}

/** No acknowledged entry is lost or changed, none has two places, and their order is that in which they were said. */
function checkAcknowledged(ledger: LedgerReader, observer: Observer): string[] {
  const findings: string[] = [];
  let before = -1;
  for (const { index, kind, leafHash } of observer.entries()) {
    const found = ledger.entry(index);
    const hash = found === undefined ? 'nothing' : Buffer.from(found.leafHash).toString('hex');
    if (hash !== leafHash) findings.push(`acknowledged entry ${index} (${kind}) is lost: ${hash} stands there`);
    if (index <= before) findings.push(`entry ${index} was acknowledged after entry ${before}`);
    before = index;
  }
  return findings;
}

/** Whoever kept the checkpoints can see that each is the beginning of the next, and that what was said is in the last. */
function checkProofs(ledger: LedgerReader, observer: Observer): string[] {
  const findings: string[] = [];
  const checkpoints = observer.checkpoints();
  const last = checkpoints.at(-1);
  if (last === undefined || checkpoints.some(({ size }) => size > ledger.size())) {
    return ['a checkpoint that was shown covers entries that are not there'];
  }
  for (const [n, { size, root }] of checkpoints.entries()) {
    const next = checkpoints[n + 1];
    if (next === undefined) break;
    if (next.size < size) {
      findings.push(`a checkpoint over ${next.size} entries was shown after one over ${size}`);
      continue;
    }
    const { hashes } = proveConsistency(ledger, size, next.size);
    const holds = verifyConsistency(size, next.size, root, next.root, hashes);
    if (!holds) findings.push(`the checkpoint over ${size} entries is no beginning of the one over ${next.size}`);
  }
  for (const { index, leafHash } of observer.entries()) {
    const { hashes, root } = proveInclusion(ledger, index, Math.max(last.size, index + 1));
    const leaf = Buffer.from(leafHash, 'hex');
    const holds = isEqual(root, last.root) && verifyInclusion(leaf, index, last.size, hashes, root);
    if (!holds) findings.push(`entry ${index} cannot be proved to be in the last checkpoint`);
  }
  return findings;
}

/** Each poll that was said to be kept is in a block of samples, or waits for the end of its interval. */
function checkPolls(store: ReadableStore, observer: Observer): string[] {
  const kept = new Set<string>();
  const open = store.rows<SeenPoll>('SELECT device_id AS deviceId, slot_ms AS slotMs FROM open_cycles');
  for (const { deviceId, slotMs } of open) kept.add(`${deviceId} ${slotMs}`);
  const blocks = store.all<{ deviceId: string; digest: string }>(
    'SELECT device_id AS deviceId, lower(hex(digest)) AS digest FROM sample_blocks',
  );
  for (const { deviceId, digest } of blocks) {
    for (const line of Buffer.from(sampleBlock(store, digest) ?? [])
      .toString('utf8')
      .split('\n')) {
      if (line.startsWith('[')) kept.add(`${deviceId} ${line.slice(1, line.indexOf(','))}`);
    }
  }
  return observer
    .polls()
    .filter(({ deviceId, slotMs }) => !kept.has(`${deviceId} ${slotMs}`))
    .map(({ deviceId, slotMs }) => `the poll of ${deviceId} at ${new Date(slotMs).toISOString()} is lost`);
}

/** The tables for queries are what they would be if they were made now, from the entries alone. */
function checkRebuild(store: WritableStore): string[] {
  const contentOf = (table: string): string => JSON.stringify(store.all(`SELECT * FROM ${table} ORDER BY idx`));
  const before = PROJECTIONS.map(contentOf);
  rebuildProjections(ledgerReader(store), projectionStore(store));
  return PROJECTIONS.filter((table, n) => contentOf(table) !== before[n]).map(
    (table) => `the table ${table} is not what the entries give`,
  );
}
