/** Times that are covered, none of them twice. As small as there are holes: what adjoins is joined. */
export class SpanSet {
  /** Ascending, apart from each other. */
  readonly #spans: { fromMs: number; toMs: number }[] = [];
  #lengthMs = 0;

  get lengthMs(): number {
    return this.#lengthMs;
  }

  /** False, and nothing is added, when part of `[fromMs, toMs)` is covered already or it is empty. */
  add(fromMs: number, toMs: number): boolean {
    if (!(fromMs < toMs)) return false;
    const at = this.#firstEndingAfter(fromMs);
    const next = this.#spans[at];
    if (next !== undefined && next.fromMs < toMs) return false;
    const before = this.#spans[at - 1];
    const joinsBefore = before?.toMs === fromMs;
    const joinsNext = next?.fromMs === toMs;
    if (before !== undefined && joinsBefore) before.toMs = joinsNext && next !== undefined ? next.toMs : toMs;
    else if (next !== undefined && joinsNext) next.fromMs = fromMs;
    else this.#spans.splice(at, 0, { fromMs, toMs });
    if (joinsBefore && joinsNext) this.#spans.splice(at, 1);
    this.#lengthMs += toMs - fromMs;
    return true;
  }

  #firstEndingAfter(utcMs: number): number {
    let [low, high] = [0, this.#spans.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#spans[middle]?.toMs ?? 0) > utcMs) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
