import type { Reading } from '../../core/acquisition/reading.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import type {
  ComputedAgain,
  EntriesAgain,
  JudgedAgain,
  JudgedEntry,
  VerdictJudge,
} from '../../core/evidence/judge-pass.ts';
import { canonicalize } from '../../core/ledger/canonical.ts';
import type { Json } from '../../core/model/json.ts';
import { ENGINE_VERSION } from '../../core/verification/judge.ts';
import {
  settingsDigest,
  type VerificationSettings,
  verificationSettingsSchema,
} from '../../core/verification/settings.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import { drivers } from '../drivers.ts';
import { loadConfig } from '../load-config.ts';
import { pushedUnits } from '../pushed-units.ts';
import { JudgingMemory } from './judging-memory.ts';
import { SeenReadings } from './seen-readings.ts';
import { valuesAgain } from './values-again.ts';
import { describeDifference } from './verdict-difference.ts';

/** A change of the basis means reading all entries before it once more; nobody changes a plant so often. */
const BEGINNINGS_MAX = 200;

interface RecordedReading {
  readonly index: number;
  readonly at: string;
  readonly reading: Reading;
  readonly verdict: Verdict;
}

type ReadConfig = (text: string, file: string) => PlantConfig;

interface Basis {
  readonly config: PlantConfig;
  /** Units whose readings come one at a time. */
  readonly pushed: ReadonlySet<string>;
}

/**
 * Judges the readings of a bundle with the code and in the order in which the appliance did: the readings of one closed
 * interval together, each beside what the recorded readings before it leave behind. Where configuration or settings
 * change, it begins anew from the entries before, as an appliance does at its start.
 */
export class BundleJudge implements VerdictJudge {
  readonly #settings = new Map<string, VerificationSettings>();
  readonly #models = new Map<string, string>();
  readonly #seen: SeenReadings;
  readonly #readConfig: ReadConfig;
  #basis: Basis | undefined;
  #memory: JudgingMemory | undefined;
  #beginnings = 0;
  /** Readings that may be of one closed interval: they were judged before any of them was recorded. */
  #group: RecordedReading[] = [];

  /** `rangeFrom`: index of the first entry of the bundle's range. `readConfig` throws for what it cannot read. */
  constructor(rangeFrom: number, readConfig: ReadConfig = loadConfig) {
    this.#seen = new SeenReadings(rangeFrom);
    this.#readConfig = readConfig;
  }

  takeSettings(digest: string, text: string): void {
    const parsed = verificationSettingsSchema.safeParse(JSON.parse(text));
    // Settings of other rules may have members that these rules know nothing of, or lack some.
    if (parsed.success && settingsDigest(parsed.data) === digest) this.#settings.set(digest, parsed.data);
  }

  takeModel(digest: string, text: string): void {
    this.#models.set(digest, text);
  }

  async take(entry: JudgedEntry, again: EntriesAgain): Promise<readonly JudgedAgain[]> {
    const next = entry.kind === 'reading' ? recordedOf(entry) : undefined;
    const judged = next !== undefined && this.#belongs(next) ? [] : await this.#judgeGroup(again);
    if (next !== undefined) this.#group.push(next);
    if (entry.kind === 'configuration') {
      this.#basis = basisOf(entry, this.#readConfig);
      this.#memory = undefined;
    }
    if (entry.kind === 'model') {
      this.#seen.takeModel(entry);
      this.#memory?.learn(entry);
    }
    return judged;
  }

  compute({ body }: JudgedEntry, blocks: readonly string[]): ComputedAgain {
    const config = this.#basis?.config;
    if (config === undefined) return { outcome: 'not-computable' };
    return valuesAgain(body.reading as unknown as Reading, blocks, config);
  }

  finish(again: EntriesAgain): Promise<readonly JudgedAgain[]> {
    return this.#judgeGroup(again);
  }

  /** Whether the reading was closed together with those that wait. */
  #belongs({ reading, at }: RecordedReading): boolean {
    const [first] = this.#group;
    if (first === undefined) return true;
    const isAlone = this.#basis?.pushed.has(reading.unitId) ?? false;
    const isOther = this.#group.every((each) => each.reading.unitId !== reading.unitId);
    const { from, to } = first.reading;
    return !isAlone && isOther && at === first.at && from === reading.from && to === reading.to;
  }

  async #judgeGroup(again: EntriesAgain): Promise<readonly JudgedAgain[]> {
    const group = this.#group;
    const [first] = group;
    if (first === undefined) return [];
    this.#group = [];
    const memory = await this.#memoryFor(first, again);
    const judged = this.#compare(group, memory);
    for (const { reading, verdict } of group) {
      memory?.remember(reading, verdict);
      this.#seen.takeReading(reading);
    }
    return judged;
  }

  #compare(group: readonly RecordedReading[], memory: JudgingMemory | undefined): readonly JudgedAgain[] {
    const isMine = (verdict: Verdict): boolean => verdict.engine.version === ENGINE_VERSION;
    if (memory === undefined) {
      return group.map(({ index, verdict }) => ({
        index,
        outcome: isMine(verdict) ? 'without-basis' : 'other-rules',
      }));
    }
    this.#seen.nameOriginals(originalsNamed(group));
    const readings = group.map(({ reading }) => reading);
    const closedAtMs = closedAtOf(group);
    const endMs = Date.parse(group[0]?.reading.to ?? '');
    const verdicts = memory.judge(readings, closedAtMs);
    // An entry that waited while the clock was put back is dated before its interval's end.
    const later = closedAtMs < endMs ? memory.judge(readings, endMs) : [];
    return group.map(({ index, reading, verdict }, place) => {
      const again = verdicts[place];
      if (!isMine(verdict)) return { index, outcome: 'other-rules' };
      if (again === undefined) return { index, outcome: 'without-basis' };
      if (isSame(again, verdict)) return { index, outcome: 'same' };
      if (isSame(later[place], verdict)) return { index, outcome: 'same-if-closed-later' };
      const isWhole = this.#seen.isWhole(memory.unitsBehind(reading), memory.settings);
      const difference = describeDifference(verdict, again);
      return { index, outcome: isWhole ? 'differs' : 'differs-without-history', difference };
    });
  }

  /** The memory under the basis in force, from the entries before; undefined where a part of the basis is not there. */
  async #memoryFor({ index, verdict }: RecordedReading, again: EntriesAgain): Promise<JudgingMemory | undefined> {
    const digest = verdict.engine.config;
    if (this.#memory?.settingsDigest === digest) return this.#memory;
    this.#memory = undefined;
    const settings = this.#settings.get(digest);
    const isMine = verdict.engine.version === ENGINE_VERSION;
    if (!isMine || settings === undefined || this.#basis === undefined || this.#beginnings >= BEGINNINGS_MAX) {
      return undefined;
    }
    this.#beginnings += 1;
    const memory = new JudgingMemory(this.#basis.config, settings, this.#models, this.#seen);
    for await (const entry of again(index)) {
      if (entry.kind === 'model') memory.learn(entry);
      if (entry.kind !== 'reading') continue;
      const before = recordedOf(entry);
      memory.remember(before.reading, before.verdict);
    }
    this.#memory = memory;
    return memory;
  }
}

function recordedOf({ index, at, body }: JudgedEntry): RecordedReading {
  const { reading, verdict } = body as unknown as { reading: Reading; verdict: Verdict };
  return { index, at, reading, verdict };
}

function basisOf({ index, body }: JudgedEntry, readConfig: ReadConfig): Basis | undefined {
  try {
    const config = readConfig(String(body.text), `the configuration of entry ${index}`);
    return { config, pushed: pushedIn(config) };
  } catch {
    // Written for another version, or with a template that this program does not have: said as a count.
    return undefined;
  }
}

/** Units whose device's driver takes pushes. */
function pushedIn(config: PlantConfig): ReadonlySet<string> {
  const isKnown = config.devices.every(({ driver }) => drivers.has(driver));
  return new Set(isKnown ? pushedUnits(config, drivers).map(({ unit }) => unit.id) : []);
}

/** Only a verdict on an interval in the future says when that was closed; of all others it is enough that it had ended. */
function closedAtOf(group: readonly RecordedReading[]): number {
  const findings = group.flatMap(({ verdict }) => verdict.findings);
  const closedAtMs = findings.find(({ code }) => code === 'VER_FUTURE')?.evidence.closedAtMs;
  return typeof closedAtMs === 'number' ? closedAtMs : Date.parse(group[0]?.at ?? '');
}

/** Begins of the intervals that readings were found to repeat, by unit. */
function originalsNamed(group: readonly RecordedReading[]): Map<string, number> {
  const named = new Map<string, number>();
  for (const { reading, verdict } of group) {
    const twinFrom = verdict.findings.find(({ code }) => code === 'VER_REPLAY')?.evidence.twinFrom;
    if (typeof twinFrom === 'string') named.set(reading.unitId, Date.parse(twinFrom));
  }
  return named;
}

function isSame(again: Verdict | undefined, verdict: Verdict): boolean {
  if (again === undefined) return false;
  return canonicalize(again as unknown as Json) === canonicalize(verdict as unknown as Json);
}
