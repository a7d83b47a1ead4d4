import type { Fault } from '../../core/model/fault.ts';
import type { PlanBarriers, Span } from './plan-blocks.ts';
import type { Table } from './register-type.ts';

/** How long a refused value is left alone, unless its fault says otherwise. */
export const REFUSED_RETRY_MS = 5 * 60_000;

interface Refusal {
  readonly span: Span;
  readonly fault: Fault;
  retryAtMs: number;
}

/**
 * What a device has taught by refusing: values whose registers it does not have, and places where a request must not
 * run on because the unused registers between two values do not exist. Lives as long as the connection, so that a
 * restarted device is asked anew.
 */
export class Refusals implements PlanBarriers {
  readonly #refused = new Map<string, Refusal>();
  readonly #cuts = new Set<string>();
  #version = 0;

  /** Grows whenever a plan made before would come out differently. */
  get version(): number {
    return this.#version;
  }

  /** Returns whether this is news. */
  refuse(span: Span, fault: Fault, nowMs: number, retryMs: number = REFUSED_RETRY_MS): boolean {
    const retryAtMs = nowMs + retryMs;
    const known = this.#refused.get(keyOf(span));
    if (known?.fault.code === fault.code) {
      known.retryAtMs = retryAtMs;
      return false;
    }
    this.#refused.set(keyOf(span), { span, fault, retryAtMs });
    this.#version += 1;
    return true;
  }

  /** The value was read after all. */
  restore(span: Span): void {
    if (this.#refused.size > 0 && this.#refused.delete(keyOf(span))) this.#version += 1;
  }

  cut(table: Table, address: number): void {
    const key = `${table}:${address}`;
    if (this.#cuts.has(key)) return;
    this.#cuts.add(key);
    this.#version += 1;
  }

  /** The fault of a value that the device refused. */
  faultOf(span: Span): Fault | undefined {
    return this.#refused.get(keyOf(span))?.fault;
  }

  isDue(span: Span, nowMs: number): boolean {
    const refusal = this.#refused.get(keyOf(span));
    return refusal !== undefined && nowMs >= refusal.retryAtMs;
  }

  isCut(table: Table, address: number): boolean {
    return this.#cuts.has(`${table}:${address}`);
  }

  isRefused(table: Table, fromAddress: number, toAddress: number): boolean {
    for (const { span } of this.#refused.values()) {
      const overlaps = span.address < toAddress && fromAddress < span.address + span.cells;
      if (span.table === table && overlaps) return true;
    }
    return false;
  }
}

function keyOf(span: Span): string {
  return `${span.table}:${span.address}:${span.cells}`;
}
