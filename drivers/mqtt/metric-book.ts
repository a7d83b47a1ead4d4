import type { Fault } from '../../core/model/fault.ts';
import type { Moment } from './redate.ts';
import { ambiguousFault, historicalFault, lateFault, metricAbsentFault, typeMismatchFault } from './sparkplug-fault.ts';
import type { SparkplugMetric, SparkplugPayload } from './sparkplug-payload.ts';
import { typeName } from './sparkplug-type.ts';

/** The latest value of a metric; a new object for each message. */
export interface MetricValueHeard {
  readonly metric: SparkplugMetric;
  /** By name, of the birth. */
  readonly type: string;
  /** When the message came. */
  readonly came: Moment;
  /** The node's own time of the value. */
  readonly deviceAtMs?: number;
  /** The last that the node said of it, in this message or before. */
  readonly quality?: bigint;
}

interface BookedMetric {
  readonly name: string;
  readonly datatype: number;
  /** The alias leads to two metrics, or the name stands twice: nobody knows which value is meant. */
  doubt: Fault | undefined;
  quality: bigint | undefined;
  latest: MetricValueHeard | Fault;
}

/** What became of a data message. `doubt`: it does not fit to the birth, which must then be asked for anew. */
export type BookOutcome =
  | { readonly kind: 'taken'; readonly historical: number }
  | { readonly kind: 'doubt'; readonly what: string };

/** A value that was this old when the node sent it is not its present one. Both times are the node's own. */
const LATE_MS = 60_000;
const NAMES_SHOWN = 8;

/**
 * The metrics of one birth, of an edge node or a device, and what followed it. An alias means what this birth says and
 * nothing else; a book ends with the next birth, so that no alias outlives the name it stands for.
 */
export class MetricBook {
  readonly #byName = new Map<string, BookedMetric>();
  readonly #byAlias = new Map<bigint, BookedMetric>();

  constructor(birth: SparkplugPayload, came: Moment) {
    for (const metric of birth.metrics) this.#enter(metric, birth, came);
  }

  /** Takes NDATA or DDATA. */
  take(data: SparkplugPayload, came: Moment): BookOutcome {
    let historical = 0;
    for (const metric of data.metrics) {
      const booked = this.#find(metric);
      if (typeof booked === 'string') return { kind: 'doubt', what: booked };
      if (metric.isHistorical) historical += 1;
      else if (booked !== undefined) this.#update(booked, metric, data, came);
    }
    return { kind: 'taken', historical };
  }

  valueOf(name: string): MetricValueHeard | Fault {
    const booked = this.#byName.get(name);
    if (booked === undefined) return metricAbsentFault(name, [...this.#byName.keys()].slice(0, NAMES_SHOWN));
    return booked.doubt ?? booked.latest;
  }

  names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  #enter(metric: SparkplugMetric, birth: SparkplugPayload, came: Moment): void {
    const { name, alias, datatype = 0 } = metric;
    if (name === undefined || name === '') return;
    const known = this.#byName.get(name);
    if (known !== undefined) {
      known.doubt = ambiguousFault(name, 'the name stands twice');
      return;
    }
    const booked: BookedMetric = {
      name,
      datatype,
      doubt: undefined,
      quality: metric.quality,
      latest: metric.isHistorical ? historicalFault(name) : heard(metric, datatype, birth, came, metric.quality),
    };
    this.#byName.set(name, booked);
    if (alias === undefined) return;
    const other = this.#byAlias.get(alias);
    if (other === undefined) {
      this.#byAlias.set(alias, booked);
      return;
    }
    for (const each of [other, booked]) each.doubt = ambiguousFault(each.name, `the alias ${alias} is given twice`);
  }

  /** The metric that is meant; undefined for one that the birth does not have; a text where the message does not fit. */
  #find({ name, alias }: SparkplugMetric): BookedMetric | undefined | string {
    const byAlias = alias === undefined ? undefined : this.#byAlias.get(alias);
    if (name === undefined || name === '') {
      return byAlias ?? (alias === undefined ? 'a metric without name and alias' : `the alias ${alias} is unknown`);
    }
    const byName = this.#byName.get(name);
    if (byAlias !== undefined && byAlias !== byName && byAlias.doubt === undefined) {
      return `the alias ${alias} belongs to another metric`;
    }
    return byName;
  }

  #update(booked: BookedMetric, metric: SparkplugMetric, data: SparkplugPayload, came: Moment): void {
    const { name, datatype } = booked;
    booked.quality = metric.quality ?? booked.quality;
    const lateMs = (data.timestampMs ?? Number.NaN) - (metric.timestampMs ?? Number.NaN);
    if (metric.datatype !== undefined && metric.datatype !== 0 && metric.datatype !== datatype) {
      booked.latest = typeMismatchFault(name, typeName(datatype));
    } else if (lateMs > LATE_MS) booked.latest = lateFault(name, lateMs);
    else booked.latest = heard(metric, datatype, data, came, booked.quality);
  }
}

function heard(
  metric: SparkplugMetric,
  datatype: number,
  payload: SparkplugPayload,
  came: Moment,
  quality: bigint | undefined,
): MetricValueHeard {
  const deviceAtMs = metric.timestampMs ?? payload.timestampMs;
  return {
    metric,
    type: typeName(datatype),
    came: { atMs: came.atMs, atMonotonicMs: came.atMonotonicMs },
    ...(deviceAtMs === undefined ? {} : { deviceAtMs }),
    ...(quality === undefined ? {} : { quality }),
  };
}
