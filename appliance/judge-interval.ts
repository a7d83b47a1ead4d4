import type { ClosedInterval } from '../core/acquisition/collector.ts';
import type { Reading } from '../core/acquisition/reading.ts';
import type { PlantConfig, UnitConfig } from '../core/config/plant.ts';
import { canonicalize } from '../core/ledger/canonical.ts';
import type { DeviceKey } from '../core/ledger/device-key.ts';
import { present } from '../core/model/assert.ts';
import type { Json } from '../core/model/json.ts';
import { UnitHistory } from '../core/verification/history.ts';
import { judge } from '../core/verification/judge.ts';
import type { VerificationSettings } from '../core/verification/settings.ts';
import type { Verdict } from '../core/verification/verdict.ts';

export interface JudgedUnit {
  readonly reading: Reading;
  /** Ed25519 by the device key over the reading's canonical form, base64. */
  readonly signature: string;
  readonly verdict: Verdict;
}

/** Signs and judges the readings of closed intervals, with a memory of each unit's earlier ones. */
export class IntervalJudge {
  readonly #config: PlantConfig;
  readonly #settings: VerificationSettings;
  readonly #key: Pick<DeviceKey, 'sign'>;
  readonly #histories: ReadonlyMap<string, UnitHistory>;

  constructor(
    config: PlantConfig,
    settings: VerificationSettings,
    key: Pick<DeviceKey, 'sign'>,
    histories: ReadonlyMap<string, UnitHistory>,
  ) {
    this.#config = config;
    this.#settings = settings;
    this.#key = key;
    this.#histories = histories;
  }

  judge(interval: ClosedInterval, closedAtMs: number): readonly JudgedUnit[] {
    const read = interval.units.flatMap(({ unit, reading }) => (reading === undefined ? [] : [{ unit, reading }]));
    return read.map(({ unit, reading }) => {
      const siblings = read.filter((other) => other.unit !== unit);
      const history = this.#historyOf(unit);
      const { plant, intervalMs } = this.#config;
      const verdict = judge(reading, { plant, unit, intervalMs, closedAtMs, history, siblings }, this.#settings);
      const signature = this.#key.sign(Buffer.from(canonicalize(reading as unknown as Json), 'utf8'));
      return { reading, signature: Buffer.from(signature).toString('base64'), verdict };
    });
  }

  /** Takes recorded readings into the memory. What was not recorded must not shape later verdicts. */
  remember(judged: readonly JudgedUnit[]): void {
    for (const { reading, verdict } of judged) {
      this.#histories.get(reading.unitId)?.remember({ reading, status: verdict.status });
    }
  }

  #historyOf(unit: UnitConfig): UnitHistory {
    return present(this.#histories.get(unit.id), `history of ${unit.id}`);
  }
}

/** Each unit's memory, rebuilt from `recorded` (oldest first), so that a restart changes no verdict. */
export function rebuildHistories(
  config: PlantConfig,
  settings: VerificationSettings,
  recorded: (unitId: string) => Iterable<{ readonly reading: Reading; readonly status: Verdict['status'] }>,
): ReadonlyMap<string, UnitHistory> {
  return new Map(config.units.map((unit) => [unit.id, UnitHistory.rebuild(unit, recorded(unit.id), settings)]));
}
