/** One row of the evaluation plant as its logger wrote it, with what really happened beside it. */
export interface PlantRow {
  rowId: string;
  unitId: string;
  /** End of the five minutes that the row speaks for. */
  endMs: number;
  receivedAtMs: number;
  /** What the row says; undefined is an empty field, a text is what a broken logger writes. */
  flowM3s: number | string | undefined;
  headM: number | string | undefined;
  powerKw: number | string | undefined;
  generatedKwh: number | string | undefined;
  counterKwh: number | string | undefined;
  ph: number | undefined;
  turbidityNtu: number | undefined;
  temperatureCel: number | undefined;
  gatePercent: number | undefined;
  status: string | undefined;
  /** `honest`, or the kind of attack or fault. */
  label: string;
  /** What the unit really generated, kWh. */
  trueKwh: number;
  /** The water that it really took, m3/s. */
  trueFlowM3s: number;
}

export const STEP_MS = 300_000;
export const HONEST = 'honest';
