import type { Sample } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { Quality } from '../../core/model/quality.ts';
import type { CsvConnectionSettings } from './connection-schema.ts';
import { type Decoder, decoderOf } from './decode.ts';
import { delimiterBytes } from './dialect.ts';
import { type Complaint, faultAt, shown } from './finding.ts';
import { type CsvRecipe, recipeOf, sampleColumns } from './recipe.ts';
import type { Row } from './row-reader.ts';

/** Takes one point's sample out of a row. */
export class PointReader {
  readonly #point: PointConfig;
  readonly #settings: CsvConnectionSettings;
  readonly #recipe: CsvRecipe;
  readonly #decode: Decoder;
  readonly #columns: readonly string[];
  readonly #value: number;
  readonly #delimiter: Uint8Array;

  constructor(point: PointConfig, settings: CsvConnectionSettings) {
    this.#point = point;
    this.#settings = settings;
    this.#recipe = recipeOf(point, settings);
    this.#decode = decoderOf(this.#recipe);
    const { names, value } = sampleColumns(point, settings);
    this.#columns = names;
    this.#value = value;
    this.#delimiter = delimiterBytes(settings);
  }

  read(row: Row, readAtMs: number): Sample | Fault {
    const places: number[] = [];
    for (const name of this.#columns) {
      const place = row.header.placeOf(name);
      if (typeof place !== 'number') return faultAt({ file: row.position.name, line: this.#settings.header }, place);
      places.push(place);
    }
    const spot = { file: row.position.name, line: row.line };
    const quality = this.#qualityOf(row);
    if (typeof quality === 'object') return faultAt(spot, quality);
    const decoded = this.#decode(row.fields[places[this.#value] ?? -1] ?? '');
    if (decoded.kind === 'complaint') {
      const { complaint } = decoded;
      return faultAt(spot, {
        ...complaint,
        what: `${complaint.what} (column ${shown(this.#columns[this.#value] ?? '')})`,
      });
    }
    const { ref, unit } = this.#point;
    const { value, register } = decoded;
    const raw = this.#rawOf(row, places);
    const common = { kind: 'sample', point: ref, value, unit, quality, readAtMs, deviceAtMs: row.atMs, raw } as const;
    const recipe = this.#recipe;
    return register === undefined ? { ...common, recipe } : { ...common, register, recipe };
  }

  #qualityOf(row: Row): Quality | Complaint {
    const { quality } = this.#settings;
    if (quality === undefined) return 'good';
    const place = row.header.placeOf(quality.column);
    const word = (typeof place === 'number' ? row.fields[place] : undefined)?.trim() ?? '';
    if (quality.good.includes(word)) return 'good';
    if (quality.uncertain.includes(word)) return 'uncertain';
    return {
      code: 'DRV_CSV_BAD_QUALITY',
      what: `has the quality ${shown(word)}, which is neither good nor uncertain`,
      hint: 'Check the sensor in the historian; if the word means a good value, add it to quality.good',
    };
  }

  /** The fields that the recipe names, as they stand in the file, with the delimiter between them. */
  #rawOf(row: Row, places: readonly number[]): Uint8Array {
    const parts = places.map((place) => {
      const [start = 0, end = 0] = row.places[place] ?? [];
      return row.bytes.subarray(start, end);
    });
    const gaps = (parts.length - 1) * this.#delimiter.length;
    const raw = new Uint8Array(parts.reduce((sum, part) => sum + part.length, gaps));
    let at = 0;
    for (const [index, part] of parts.entries()) {
      if (index > 0) {
        raw.set(this.#delimiter, at);
        at += this.#delimiter.length;
      }
      raw.set(part, at);
      at += part.length;
    }
    return raw;
  }
}
