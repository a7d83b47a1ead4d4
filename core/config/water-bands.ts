/** What of the water a band may be stated for, each in the unit of its quantity: Cel, pH, NTU. */
export const WATER_QUANTITIES = ['waterTemperature', 'ph', 'turbidity'] as const;
export type WaterQuantity = (typeof WATER_QUANTITIES)[number];

/** What is usual at the site, for some months of the year or for all of them. */
export interface WaterBandConfig {
  readonly quantity: WaterQuantity;
  /** 1 for January, in the time zone of the plant; every month when absent. */
  readonly months?: readonly number[] | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}
