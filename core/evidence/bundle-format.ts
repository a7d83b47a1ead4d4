import type { PersonTotals } from './person-totals.ts';

/** The evidence bundle's outer form: docs/evidence-format.md describes it for other programs. */
export const BUNDLE_FORMAT = 'forebay-evidence';
export const BUNDLE_VERSION = 2;
/** All that were ever written: a verifier reads them for good. */
export const BUNDLE_VERSIONS = [1, 2] as const;
export type BundleVersion = (typeof BUNDLE_VERSIONS)[number];

/** 0: stored as it is, 8: DEFLATE (RFC 1951), as ZIP numbers them. */
export type BundleMethod = 0 | 8;

export interface BundleFileRule {
  readonly name: string;
  readonly method: BundleMethod;
  /** Only in bundles of this level. */
  readonly level?: 'samples';
  /** Greatest length of the content; of lines where `lineBytes` is given. */
  readonly bytesMax: number;
  readonly lineBytesMax?: number;
  /** How many times as long as what is stored the content may be, beyond the first mebibyte. */
  readonly ratioMax?: number;
}

const MIB = 1024 * 1024;
/** No field of a ZIP without its 64-bit extension holds more. */
export const ZIP_BYTES_MAX = 0xffff_fffe;

/**
 * Beyond what entries, proofs, texts and pages are ever packed to: signatures and hashes alone keep them at a fortieth.
 * Raw samples of a device that is down are the same few words again and again, and have the bound of DEFLATE itself.
 */
const RATIO_MAX = 200;
/** An hour of a device with 200 points that is polled each second. */
export const SAMPLE_LINE_BYTES_MAX = 32 * MIB;

/** Every file of a bundle, in the order in which it stands there. */
export const BUNDLE_FILES = [
  { name: 'entries.ndjson', method: 8, bytesMax: ZIP_BYTES_MAX, lineBytesMax: 4 * MIB, ratioMax: RATIO_MAX },
  { name: 'context.ndjson', method: 8, bytesMax: 64 * MIB, lineBytesMax: 4 * MIB, ratioMax: RATIO_MAX },
  { name: 'proofs.json', method: 8, bytesMax: MIB, ratioMax: RATIO_MAX },
  { name: 'checkpoints.ndjson', method: 8, bytesMax: MIB, lineBytesMax: 64 * 1024, ratioMax: RATIO_MAX },
  { name: 'receipts.ndjson', method: 8, bytesMax: 64 * MIB, lineBytesMax: MIB, ratioMax: RATIO_MAX },
  { name: 'models.ndjson', method: 8, bytesMax: 64 * MIB, lineBytesMax: 8 * MIB, ratioMax: RATIO_MAX },
  { name: 'settings.ndjson', method: 8, bytesMax: MIB, lineBytesMax: MIB, ratioMax: RATIO_MAX },
  { name: 'samples.ndjson', method: 8, level: 'samples', bytesMax: ZIP_BYTES_MAX, lineBytesMax: SAMPLE_LINE_BYTES_MAX },
  { name: 'report.html', method: 8, bytesMax: MIB, ratioMax: RATIO_MAX },
  { name: 'verify.html', method: 8, bytesMax: 4 * MIB, ratioMax: RATIO_MAX },
  { name: 'manifest.json', method: 0, bytesMax: MIB },
  { name: 'attestation.json', method: 0, bytesMax: MIB },
] as const satisfies readonly BundleFileRule[];

export type BundleFileName = (typeof BUNDLE_FILES)[number]['name'];

export type BundleLevel = 'entries' | 'samples';

/** The files of a bundle with these levels, in their order. */
export function filesOf(levels: readonly BundleLevel[]): readonly (BundleFileRule & { name: BundleFileName })[] {
  return BUNDLE_FILES.filter((file) => !('level' in file) || levels.includes(file.level));
}

export interface FileFacts {
  readonly name: string;
  /** Length and SHA-256 of the content. */
  readonly bytes: number;
  readonly sha256: string;
  /** Length and SHA-256 of what stands in the ZIP. */
  readonly storedBytes: number;
  readonly storedSha256: string;
}

export interface ManifestKey {
  readonly verifierKey: string;
  readonly did: string;
  /** `genesis`: the first. `rotated`: named by the one before. `lost`: the one before says nothing of it. */
  readonly how: 'genesis' | 'rotated' | 'lost';
  /** Index of the entry that put it in force. */
  readonly from: number;
}

export interface Period {
  readonly from: string;
  readonly to: string;
  /** `unfinished`: something of the period was still to come when the bundle was made. */
  readonly state: 'finished' | 'unfinished';
}

/** What one unit did in the period, from the readings that lie wholly in it. Everything is whole. */
export interface UnitTotals {
  readonly unitId: string;
  readonly readings: number;
  readonly approved: number;
  readonly flagged: number;
  readonly rejected: number;
  /** Exported energy by what it rests on. */
  readonly counterWh: number;
  readonly estimatedWh: number;
  readonly reportedWh: number;
  readonly importWh: number;
  /** Energy that stands in meter entries and in no reading. */
  readonly meterWh: number;
  readonly creditedWh: number;
  /** Readings whose energy waits for a person. */
  readonly waiting: number;
  /** Milliseconds of the period that readings cover. */
  readonly coveredMs: number;
  /** Gap entries that touch the period. */
  readonly gaps: number;
  /** From version 2 on. */
  readonly persons?: PersonTotals;
}

export interface Manifest {
  readonly v: BundleVersion;
  readonly format: typeof BUNDLE_FORMAT;
  readonly tool: string;
  readonly createdAt: string;
  readonly plantId: string;
  readonly origin: 'plant' | 'demo';
  readonly period: Period;
  /** The entries of entries.ndjson: `[from, to)`. */
  readonly range: { readonly from: number; readonly to: number };
  readonly treeSize: number;
  readonly levels: readonly BundleLevel[];
  readonly keys: readonly ManifestKey[];
  readonly totals: readonly UnitTotals[];
  /**
   * Only with the level `samples`: blocks that are included, and blocks that readings name and the plant no longer keeps.
   * From version 2 on, also how many of these no entry accounts for.
   */
  readonly samples?: { readonly blocks: number; readonly gone: number; readonly unexplained?: number };
  /** Every file before manifest.json, in its order. */
  readonly files: readonly FileFacts[];
}
