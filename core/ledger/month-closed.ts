/** Body of an entry `month-closed`, version 1 (docs/ledger.md). Whole watt-hours, whole milliseconds, whole readings. */
export interface MonthClosed extends MonthFigures {
  readonly v: 1;
  /** The index of the close of the month before this one in the chain of closed months; null for the first. */
  readonly previous: number | null;
  /** The index of the close of the same month that this one takes the place of, and why; null for the first close. */
  readonly corrects: number | null;
  readonly why: string | null;
  /** What stood in the way and was left uncredited by the person's word, as codes, ascending. */
  readonly left: readonly string[];
  readonly by: string;
  readonly account: string;
  readonly role: string;
}

/** What a month comes to, from the entries below `size` and from them alone. */
export interface MonthFigures extends MonthBounds {
  /** The figures are those of the entries below `size`, whose tree has the `root` (base64). */
  readonly size: number;
  readonly root: string;
  /** The readings of the month lie among the entries `first <= index < end`. */
  readonly first: number;
  readonly end: number;
  /** True where any reading is of a demonstration: nothing of it is credited. */
  readonly demo: boolean;
  /** The crediting methodology in force; null where none is named. */
  readonly methodology: string | null;
  /** What `creditedNetWh` is net of, and how it came to be. */
  readonly net: NetEnergy;
  /** What may be claimed of the month: credited, and net of what was imported; never below 0. */
  readonly creditedNetWh: number;
  /** Ascending by `unitId` (UTF-16 code units). */
  readonly units: readonly UnitMonth[];
  readonly total: MonthSums;
}

/** A calendar month of the plant's zone, as the instants `[from, to)`. */
export interface MonthBounds {
  /** `2026-10`. */
  readonly month: string;
  readonly timeZone: string;
  readonly from: string;
  readonly to: string;
}

export interface UnitMonth extends MonthSums {
  readonly unitId: string;
}

/**
 * Sums over readings that end in the month, `from < reading.to <= to`: each reading is of one month as a whole, the one in
 * which its register was read last, so that nothing is interpolated and the months add up to the readings.
 */
export interface MonthSums {
  readonly readings: number;
  /** By what the checks said, whatever persons decided. */
  readonly approved: number;
  readonly flagged: number;
  readonly rejected: number;
  readonly approvedWh: number;
  readonly flaggedWh: number;
  readonly rejectedWh: number;
  /** The same energy by where it comes from; only that of a counter can be credited. */
  readonly counterWh: number;
  readonly estimatedWh: number;
  readonly reportedWh: number;
  /** Readings that the checks had not approved and persons did, and what is credited for that. */
  readonly personsApproved: number;
  readonly personsApprovedWh: number;
  /** Readings that persons rejected, and their energy. */
  readonly personsRejected: number;
  readonly personsRejectedWh: number;
  /** Readings left for a person to decide, none of which is credited, and their energy. */
  readonly waiting: number;
  readonly waitingWh: number;
  /** What the rules of credit give, before anything imported is taken off. */
  readonly creditedWh: number;
  readonly importWh: number;
  /** Energy that entries of meters hold because no reading could: never credited. */
  readonly meterWh: number;
  /** Readings that began before the month, and their energy. */
  readonly straddling: number;
  readonly straddlingWh: number;
  /** Gap entries that touch the month, the time of them within it, and of that what no meter counted on through. */
  readonly gaps: number;
  readonly gapMs: number;
  readonly gapUncreditedMs: number;
  /** Length of the readings. */
  readonly coveredMs: number;
}

/**
 * Energy at the interface to the grid. An interval with a meter of the plant counts what that meter did, where a unit's
 * reading of it is not credited no more than the credited ones counted themselves; an interval without counts what is
 * credited at the generators' terminals. What is imported is taken off in full. What auxiliaries take behind the
 * terminals is not known without a meter of the plant, and not guessed.
 */
export interface NetEnergy {
  readonly basis: 'interface-meter' | 'generator-terminals' | 'mixed';
  /** The basis in words. */
  readonly words: string;
  readonly interfaceWh: number;
  readonly terminalsWh: number;
  readonly importWh: number;
  readonly intervals: number;
  /** Intervals for which plant.yaml named a meter of the plant, and those of them in which it gave nothing. */
  readonly interfaceIntervals: number;
  readonly silentIntervals: number;
  /** Intervals in which any import was measured, zero included. */
  readonly importIntervals: number;
}
