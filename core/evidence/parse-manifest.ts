import type { JsonObject } from '../model/json.ts';
import {
  BUNDLE_FORMAT,
  BUNDLE_VERSIONS,
  type BundleLevel,
  type BundleVersion,
  type FileFacts,
  filesOf,
  type Manifest,
  type UnitTotals,
} from './bundle-format.ts';
import { asCount, asInstantMs, asList, asObject, asText, malformed, parseCanonical, takeMembers } from './form.ts';
import { Refusal } from './refusal.ts';

const PLACE = 'manifest.json';
const MEMBERS = [
  'createdAt',
  'files',
  'format',
  'keys',
  'levels',
  'origin',
  'period',
  'plantId',
  'range',
  'samples?',
  'tool',
  'totals',
  'treeSize',
  'v',
];
const COUNTS = [
  'readings',
  'approved',
  'flagged',
  'rejected',
  'waiting',
  'coveredMs',
  'gaps',
] as const satisfies readonly (keyof UnitTotals)[];
const ENERGIES = [
  'counterWh',
  'estimatedWh',
  'reportedWh',
  'importWh',
  'meterWh',
  'creditedWh',
] as const satisfies readonly (keyof UnitTotals)[];

/**
 * The manifest in `text`, which has its one right form. What it says of the bundle is not believed here.
 *
 * @throws Refusal `LED_BUNDLE_FORM`, `LED_BUNDLE_VERSION`
 */
export function parseManifest(text: string): Manifest {
  const object = parseCanonical(text, PLACE);
  if (object.format !== BUNDLE_FORMAT) throw malformed(PLACE, 'is that of no evidence bundle');
  const version = BUNDLE_VERSIONS.find((one) => one === object.v);
  if (version === undefined) {
    throw new Refusal(
      'LED_BUNDLE_VERSION',
      PLACE,
      `The bundle is of version ${String(object.v)}; this verifier knows ${BUNDLE_VERSIONS.join(' and ')}.`,
    );
  }
  takeMembers(object, MEMBERS, PLACE);
  if (object.origin !== 'plant' && object.origin !== 'demo') throw malformed(PLACE, 'names no origin');
  asInstantMs(object.createdAt, `${PLACE} createdAt`);
  asText(object.plantId, `${PLACE} plantId`);
  asText(object.tool, `${PLACE} tool`);
  const levels = parseLevels(object);
  parsePeriod(object);
  parseRange(object);
  parseKeys(object);
  parseTotals(object, version);
  parseFiles(object, levels);
  if (levels.includes('samples') !== (object.samples !== undefined))
    throw malformed(PLACE, 'has levels and samples at odds');
  if (object.samples !== undefined) {
    const samples = asObject(object.samples, `${PLACE} samples`);
    takeMembers(samples, ['blocks', 'gone', ...(version === 1 ? [] : ['unexplained'])], `${PLACE} samples`);
    for (const value of Object.values(samples)) asCount(value, `${PLACE} samples`);
  }
  return object as unknown as Manifest;
}

function parseLevels(object: JsonObject): readonly BundleLevel[] {
  const levels = JSON.stringify(asList(object.levels, `${PLACE} levels`));
  if (levels === '["entries"]') return ['entries'];
  if (levels === '["entries","samples"]') return ['entries', 'samples'];
  throw malformed(PLACE, 'names levels that are not known');
}

function parsePeriod(object: JsonObject): void {
  const place = `${PLACE} period`;
  const period = asObject(object.period, place);
  takeMembers(period, ['from', 'state', 'to'], place);
  if (asInstantMs(period.from, place) >= asInstantMs(period.to, place))
    throw malformed(place, 'does not end after its begin');
  if (period.state !== 'finished' && period.state !== 'unfinished') throw malformed(place, 'has no known state');
}

function parseRange(object: JsonObject): void {
  const place = `${PLACE} range`;
  const range = asObject(object.range, place);
  takeMembers(range, ['from', 'to'], place);
  const [from, to] = [asCount(range.from, place), asCount(range.to, place)];
  if (from >= to || to > asCount(object.treeSize, `${PLACE} treeSize`))
    throw malformed(place, 'does not lie within the ledger');
}

function parseKeys(object: JsonObject): void {
  const place = `${PLACE} keys`;
  for (const item of asList(object.keys, place)) {
    const key = asObject(item, place);
    takeMembers(key, ['did', 'from', 'how', 'verifierKey'], place);
    for (const name of ['did', 'how', 'verifierKey']) asText(key[name], place);
    asCount(key.from, place);
  }
}

function parseTotals(object: JsonObject, version: BundleVersion): void {
  const place = `${PLACE} totals`;
  for (const item of asList(object.totals, place)) {
    const unit = asObject(item, place);
    takeMembers(unit, ['unitId', ...COUNTS, ...ENERGIES, ...(version === 1 ? [] : ['persons'])], place);
    asText(unit.unitId, place);
    for (const name of COUNTS) asCount(unit[name], place);
    for (const name of ENERGIES) {
      if (!Number.isSafeInteger(unit[name])) throw malformed(place, `has a ${name} that is not whole`);
    }
    if (version > 1) parsePersons(asObject(unit.persons, place), place);
  }
}

function parsePersons(persons: JsonObject, place: string): void {
  const counts = ['approved', 'approvedWh', 'rejected', 'rejectedWh'];
  takeMembers(persons, [...counts, 'names'], place);
  for (const name of counts) asCount(persons[name], place);
  for (const name of asList(persons.names, place)) asText(name, place);
}

function parseFiles(object: JsonObject, levels: readonly BundleLevel[]): void {
  const place = `${PLACE} files`;
  const described = filesOf(levels).filter(({ name }) => name !== 'manifest.json' && name !== 'attestation.json');
  const files = asList(object.files, place).map((item) => {
    const file = asObject(item, place);
    takeMembers(file, ['bytes', 'name', 'sha256', 'storedBytes', 'storedSha256'], place);
    for (const name of ['bytes', 'storedBytes']) asCount(file[name], place);
    for (const name of ['sha256', 'storedSha256']) {
      if (!/^[0-9a-f]{64}$/.test(asText(file[name], place)))
        throw malformed(place, 'holds something that is no digest');
    }
    return file as unknown as FileFacts;
  });
  if (files.length !== described.length || files.some(({ name }, i) => name !== described[i]?.name)) {
    throw malformed(place, 'does not describe exactly the files of the bundle');
  }
}
