import type { Fault } from '../../core/model/fault.ts';
import type { RunBarriers, Span } from './plan-runs.ts';

/** How long a refused value is left alone. Rare enough to cost nothing, soon enough after a repair. */
export const REFUSED_RETRY_MS = 5 * 60_000;

interface Refusal {
  readonly span: Span;
  readonly fault: Fault;
  readonly retryAtMs: number;
}

/**
 * What a PLC has taught by refusing: values that it does not have, and places where an item must not run on because
 * the unused bytes between two values do not exist. Lives as long as the connection, so that a PLC with a new program
 * is asked anew.
 */
export class Refusals implements RunBarriers {
  readonly #refused = new Map<string, Refusal>();
  readonly #cuts = new Set<string>();
  #version = 0;

  /** Grows whenever a plan made before would come out differently. */
  get version(): number {
    return this.#version;
  }

  refuse(span: Span, fault: Fault, nowMs: number): void {
    const isKnown = this.#refused.has(keyOf(span));
    this.#refused.set(keyOf(span), { span, fault, retryAtMs: nowMs + REFUSED_RETRY_MS });
    if (!isKnown) this.#version += 1;
  }

  /** The value was read after all. */
  restore(span: Span): void {
    if (this.#refused.delete(keyOf(span))) this.#version += 1;
  }

  cut(span: Span): void {
    if (this.isCut(span)) return;
    this.#cuts.add(placeOf(span));
    this.#version += 1;
  }

  faultOf(span: Span): Fault | undefined {
    return this.#refused.get(keyOf(span))?.fault;
  }

  isDue(span: Span, nowMs: number): boolean {
    const refusal = this.#refused.get(keyOf(span));
    return refusal !== undefined && nowMs >= refusal.retryAtMs;
  }

  isCut(span: Span): boolean {
    return this.#cuts.has(placeOf(span));
  }

  isRefused({ area, db }: Span, fromByte: number, toByte: number): boolean {
    for (const { span } of this.#refused.values()) {
      const overlaps = span.byte < toByte && fromByte < span.byte + span.bytes;
      if (span.area === area && span.db === db && overlaps) return true;
    }
    return false;
  }
}

function placeOf({ area, db, byte }: Span): string {
  return `${area}${db}:${byte}`;
}

function keyOf(span: Span): string {
  return `${placeOf(span)}:${span.bytes}`;
}
