/** One figure of a benchmark, beside what bare parts do on the same machine in the same run. */
export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same by the bare parts, in the same unit. Absent where nothing barer does the job. */
  readonly baseline?: number;
  readonly ratio?: number;
  /** How it was measured, in a line. */
  readonly note?: string;
}
