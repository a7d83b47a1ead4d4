import { BUNDLE_FILES, type BundleFileName, type BundleFileRule, type BundleMethod, filesOf } from './bundle-format.ts';
import { isSameBytes, joinBytes, toBytes, toText } from './bytes.ts';
import type { BundleSource } from './machine.ts';
import { Refusal } from './refusal.ts';

/**
 * The ZIP around the files (PKWARE APPNOTE 6.3, without its 64-bit extension), with one right form: every byte outside
 * of the files' content follows from their names, lengths and CRC-32. What a common ZIP may say in several ways, or
 * hide (times, comments, extra fields, gaps, bytes before or after), is not allowed here.
 */
export interface Member {
  readonly name: string;
  readonly method: BundleMethod;
  readonly crc32: number;
  readonly bytes: number;
  readonly storedBytes: number;
}

/** A member whose content stands at `[from, to)` of the ZIP. */
export interface PlacedMember extends Member {
  readonly from: number;
  readonly to: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** Version 2.0: DEFLATE. */
const VERSION = 20;
/** 1980-01-01 00:00, the first moment that ZIP can write: a bundle's times stand in its manifest. */
const DATE = 0x0021;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
/** So little is unpacked without asking what it was packed to. */
const RATIO_FREE_BYTES = 1024 * 1024;
/** Far more than the names of a bundle's files take. */
const DIRECTORY_BYTES_MAX = 4096;

/** What stands before a member's content. */
export function localHeader(member: Member): Uint8Array {
  const name = toBytes(member.name);
  const { view, bytes } = record(LOCAL_BYTES);
  view.setUint32(0, LOCAL, true);
  view.setUint16(4, VERSION, true);
  putShared(view, 8, member, name.length);
  return joinBytes(bytes, name);
}

/** What stands behind the last member's content. */
export function directory(members: readonly PlacedMember[]): Uint8Array {
  const rows = members.map((member) => {
    const name = toBytes(member.name);
    const { view, bytes } = record(CENTRAL_BYTES);
    view.setUint32(0, CENTRAL, true);
    view.setUint16(4, VERSION, true);
    view.setUint16(6, VERSION, true);
    putShared(view, 10, member, name.length);
    view.setUint32(42, member.from - LOCAL_BYTES - name.length, true);
    return joinBytes(bytes, name);
  });
  const rowBytes = rows.reduce((length, row) => length + row.length, 0);
  const { view, bytes } = record(END_BYTES);
  view.setUint32(0, END, true);
  view.setUint16(8, members.length, true);
  view.setUint16(10, members.length, true);
  view.setUint32(12, rowBytes, true);
  view.setUint32(16, members.at(-1)?.to ?? 0, true);
  return joinBytes(...rows, bytes);
}

/** Method, time, date, CRC, lengths and length of the name: the same in both headers, at another place. */
function putShared(view: DataView, at: number, member: Member, nameBytes: number): void {
  view.setUint16(at, member.method, true);
  view.setUint16(at + 4, DATE, true);
  view.setUint32(at + 6, member.crc32, true);
  view.setUint32(at + 10, member.storedBytes, true);
  view.setUint32(at + 14, member.bytes, true);
  view.setUint16(at + 18, nameBytes, true);
}

function record(length: number): { view: DataView; bytes: Uint8Array } {
  const bytes = new Uint8Array(length);
  return { view: new DataView(bytes.buffer), bytes };
}

/** Whether the file could be a ZIP at all, by its first or its last bytes: else it is something else, and no bad bundle. */
export async function looksLikeZip(source: BundleSource): Promise<boolean> {
  if (source.size < END_BYTES) return false;
  const [head, tail] = [await source.read(0, 4), await source.read(source.size - END_BYTES, source.size)];
  return viewOf(head).getUint32(0, true) === LOCAL || viewOf(tail).getUint32(0, true) === END;
}

/**
 * The members of a bundle's ZIP. Every byte outside of their content has been compared with the one right form; CRC-32
 * and content are the caller's to check.
 *
 * @throws Refusal `LED_BUNDLE_CONTAINER`
 */
export async function readContainer(source: BundleSource): Promise<ReadonlyMap<BundleFileName, PlacedMember>> {
  if (source.size < END_BYTES) throw broken(0, 'The file is too short to be a bundle.');
  const endAt = source.size - END_BYTES;
  const end = viewOf(await source.read(endAt, source.size));
  if (end.getUint32(0, true) !== END)
    throw broken(endAt, 'The file does not end as a bundle does: it is cut off or longer.');
  const count = end.getUint16(10, true);
  const rowsAt = end.getUint32(16, true);
  const rowBytes = end.getUint32(12, true);
  if (rowsAt + rowBytes !== endAt || rowBytes > DIRECTORY_BYTES_MAX || count > BUNDLE_FILES.length) {
    throw broken(endAt, 'The directory of the ZIP is not as long or not where its end says.');
  }
  const rows = await source.read(rowsAt, source.size);
  const members = place(parseRows(rows, count, rowsAt));
  refuseDifference(rows, directory(members), rowsAt);
  for (const member of members) {
    const header = localHeader(member);
    const at = member.from - header.length;
    if (member.to > rowsAt) throw broken(rowsAt, `${member.name} does not end before the directory of the ZIP.`);
    refuseDifference(await source.read(at, member.from), header, at);
  }
  return new Map(members.map((member) => [member.name as BundleFileName, member]));
}

function parseRows(rows: Uint8Array, count: number, rowsAt: number): Member[] {
  const members: Member[] = [];
  const view = viewOf(rows);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > rows.length) throw broken(rowsAt + at, 'The directory of the ZIP is cut off.');
    const nameBytes = view.getUint16(at + 28, true);
    const name = toText(rows.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes)) ?? '';
    members.push({
      name,
      method: view.getUint16(at + 10, true) as BundleMethod,
      crc32: view.getUint32(at + 16, true),
      storedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
    });
    at += CENTRAL_BYTES + nameBytes;
  }
  refuseOtherFiles(members, rowsAt);
  return members;
}

/** Exactly the files of one level, in their order and with their methods. */
function refuseOtherFiles(members: readonly Member[], rowsAt: number): void {
  const hasSamples = members.some(({ name }) => name === 'samples.ndjson');
  const expected = filesOf(hasSamples ? ['entries', 'samples'] : ['entries']);
  for (const [i, rule] of expected.entries()) {
    const member = members[i];
    if (member?.name !== rule.name) {
      throw broken(rowsAt, `The bundle's file ${i + 1} must be ${rule.name}, and is ${nameOf(member)}.`);
    }
    refuseMisfit(member, rule, rowsAt);
  }
  if (members.length > expected.length)
    throw broken(rowsAt, `The bundle holds one file more: ${nameOf(members.at(-1))}.`);
}

function refuseMisfit(member: Member, rule: BundleFileRule, rowsAt: number): void {
  if (member.method !== rule.method) throw broken(rowsAt, `${member.name} is packed in another way than bundles are.`);
  if (member.bytes > rule.bytesMax) throw broken(rowsAt, `${member.name} is longer than any such file may be.`);
  const packedMax = RATIO_FREE_BYTES + (rule.ratioMax ?? Number.POSITIVE_INFINITY) * member.storedBytes;
  if (member.bytes > packedMax) {
    throw broken(
      rowsAt,
      `${member.name} would unpack to ${member.bytes} bytes from ${member.storedBytes}: no bundle does.`,
    );
  }
  if (rule.method === 0 && member.bytes !== member.storedBytes) throw broken(rowsAt, `${member.name} has two lengths.`);
}

function nameOf(member: Member | undefined): string {
  return member === undefined ? 'absent' : JSON.stringify(member.name.slice(0, 40));
}

function place(members: readonly Member[]): PlacedMember[] {
  let at = 0;
  return members.map((member) => {
    const from = at + LOCAL_BYTES + toBytes(member.name).length;
    at = from + member.storedBytes;
    return { ...member, from, to: at };
  });
}

function refuseDifference(actual: Uint8Array, expected: Uint8Array, at: number): void {
  if (isSameBytes(actual, expected)) return;
  const first = expected.findIndex((byte, i) => byte !== actual[i]);
  throw broken(at + Math.max(0, first), 'A byte of the ZIP around the files is not what bundles have there.');
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function broken(at: number, sentence: string): Refusal {
  return new Refusal('LED_BUNDLE_CONTAINER', `byte ${at}`, sentence);
}
