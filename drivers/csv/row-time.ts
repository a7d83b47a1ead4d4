import { present } from '../../core/model/assert.ts';
import { type Complaint, shown } from './finding.ts';
import { type TimeFormat, timeFormat } from './time-format.ts';
import { instantsOf, type Zone, zoneOf } from './zone.ts';

export const REPEATED_HOUR = ['refuse', 'earlier', 'later'] as const;

/** How a row tells its time; part of plant.yaml and of each recipe. */
export interface TimeSettings {
  readonly format: string;
  readonly zone?: string | undefined;
  readonly repeatedHour: (typeof REPEATED_HOUR)[number];
}

export type RowInstant =
  | { readonly kind: 'at'; readonly utcMs: number }
  | { readonly kind: 'complaint'; readonly complaint: Complaint };

/** Reads the times of rows, made once for each device. */
export class RowClock {
  readonly #format: TimeFormat;
  readonly #zone: Zone | undefined;
  readonly #settings: TimeSettings;

  /** The settings have passed the schema: their format is one, and so is their zone. */
  constructor(settings: TimeSettings) {
    const format = timeFormat(settings.format);
    this.#format = present(typeof format === 'string' ? undefined : format, 'a time format');
    this.#zone = settings.zone === undefined ? undefined : present(zoneOf(settings.zone), 'a zone');
    this.#settings = settings;
  }

  read(text: string): RowInstant {
    const time = this.#format.read(text.trim());
    if (time.kind === 'instant') return { kind: 'at', utcMs: time.utcMs };
    if (time.kind === 'mistake')
      return complain(time.what === 'order' ? wrongOrder(text) : noTime(text, this.#settings.format));
    if (this.#zone === undefined) return complain(noZone(text));
    const instants = instantsOf(time.wallMs, this.#zone);
    const { repeatedHour, zone = '' } = this.#settings;
    const [first, second] = instants;
    if (first === undefined) return complain(neverWas(text, zone));
    if (second === undefined || repeatedHour === 'earlier') return { kind: 'at', utcMs: first };
    return repeatedHour === 'later' ? { kind: 'at', utcMs: second } : complain(wasTwice(text, zone));
  }
}

function complain(complaint: Complaint): RowInstant {
  return { kind: 'complaint', complaint };
}

function wrongOrder(text: string): Complaint {
  return {
    code: 'DRV_CSV_DATE_ORDER',
    what: `has the date ${shown(text)}, whose month and day stand the other way round than timestamp.format says`,
    hint: 'Find out which order the historian writes, and give it in timestamp.format: dd/MM/yyyy or MM/dd/yyyy',
    policy: 'misconfigured',
    refusesFile: true,
  };
}

function noTime(text: string, format: string): Complaint {
  return {
    code: 'DRV_CSV_TIME',
    what: `has ${shown(text)} where a time in the form ${format} should be`,
    hint: 'Compare timestamp.format and timestamp.column with the file',
  };
}

function noZone(text: string): Complaint {
  return {
    code: 'DRV_CSV_NO_ZONE',
    what: `has the time ${shown(text)} without its offset, and no zone is given`,
    hint: 'Say in timestamp.zone which clock the historian shows, such as UTC, +05:30 or Europe/Vienna',
    policy: 'misconfigured',
  };
}

function neverWas(text: string, zone: string): Complaint {
  return {
    code: 'DRV_CSV_TIME_NEVER',
    what: `has the time ${shown(text)}, which the clocks of ${zone} left out when summer time began`,
    hint: 'The historian probably keeps standard time all year: give its fixed offset in timestamp.zone',
  };
}

function wasTwice(text: string, zone: string): Complaint {
  return {
    code: 'DRV_CSV_TIME_TWICE',
    what: `has the time ${shown(text)}, which the clocks of ${zone} showed twice when summer time ended`,
    hint: 'Let the historian write UTC or the offset; else say in timestamp.repeatedHour which of the two is meant',
  };
}
