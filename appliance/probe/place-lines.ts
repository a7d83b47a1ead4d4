import type { ProbeRole } from '../../core/acquisition/probe-role.ts';
import { type RankedDecoding, type RankedPlace, type Ranking, spanOf } from '../../core/acquisition/rank-decodings.ts';
import { wrapText } from '../commands/wrap-text.ts';

const OTHERS_SHOWN = 2;
export const SURE_BITS = 6;
const GUESS_BITS = 3;
/** Bytes of a place whose value has no width of its own. */
const RAW_DIGITS_MAX = 16;
/** Narrower than this no sentence is read with pleasure: it goes to a line of its own. */
const WORDS_WIDTH_MIN = 24;
const PROBABLY_WIDTH_MAX = 40;
const GAP = '  ';
const INDENT = '    ';

interface Line {
  readonly place: string;
  readonly raw: string;
  readonly probably: string;
  /** What it is, or why nothing could be read. */
  readonly words: string;
  /** What else it could be; empty where that is no open question. */
  readonly others: string;
}

/**
 * One line for each value, no wider than `width`: where it is, its bytes, what they probably are, and what else they
 * could be where that is open. Registers that belong to the value before them have no line, and neighbours that hold 0
 * share one.
 */
export function placeLines({ places }: Ranking, roles: readonly ProbeRole[], width: number): string[] {
  const lines: Line[] = [];
  let zeros: RankedPlace[] = [];
  const fold = (): void => {
    if (zeros.length > 0) lines.push(zeroLine(zeros));
    zeros = [];
  };
  for (const ranked of places) {
    const role = roles.find((each) => each.place === ranked);
    if (role === undefined && ranked.partOf !== undefined) continue;
    if (role === undefined && isZero(ranked)) {
      if (zeros.length > 0 && !follows(zeros.at(-1), ranked)) fold();
      zeros.push(ranked);
      continue;
    }
    fold();
    lines.push(lineOf(ranked, role));
  }
  fold();
  return layOut(lines, width);
}

function lineOf(ranked: RankedPlace, role: ProbeRole | undefined): Line {
  const { place, decodings, leadBits } = ranked;
  const best = role?.decoding ?? decodings[0];
  const raw = rawOf(ranked, best);
  if (place.fault !== undefined) {
    const words = `${place.fault.code}: ${place.fault.message}`;
    return { place: place.place, raw, probably: 'not read', words, others: '' };
  }
  const others = decodings.filter((each) => each !== best).slice(0, OTHERS_SHOWN);
  const isOpen = role === undefined && leadBits < SURE_BITS && place.name === undefined && others.length > 0;
  return {
    place: rangeOf(ranked, best),
    raw,
    probably: best === undefined ? 'nothing plausible' : describe(best),
    words: role === undefined ? sureness(ranked) : roleWords(role),
    others: isOpen ? `or ${others.map(describe).join(', ')}` : '',
  };
}

function zeroLine(zeros: readonly RankedPlace[]): Line {
  const [first] = zeros;
  const place = first?.place.place ?? '';
  const from = addressOf(place)?.address ?? 0;
  const count = endOf(zeros.at(-1)) - from;
  return {
    place: count > 1 ? `${place}-${from + count - 1}` : place,
    raw: '0000',
    probably: '0',
    words: count > 1 ? `${count} registers that hold 0` : 'holds 0',
    others: '',
  };
}

/** Only registers: a node or a topic that says 0 has a name, and says it on a line of its own. */
function isZero({ place, decodings }: RankedPlace): boolean {
  const [best] = decodings;
  if (place.fault !== undefined || best === undefined || addressOf(place.place) === undefined) return false;
  return spanLength(best) > 0 && best.values.length > 0 && best.values.every((value) => value === 0);
}

function follows(earlier: RankedPlace | undefined, next: RankedPlace): boolean {
  const [a, b] = [addressOf(earlier?.place.place ?? ''), addressOf(next.place.place)];
  return a !== undefined && b !== undefined && a.table === b.table && endOf(earlier) === b.address;
}

/** The register after the value. */
function endOf(ranked: RankedPlace | undefined): number {
  const [best] = ranked?.decodings ?? [];
  return (addressOf(ranked?.place.place ?? '')?.address ?? 0) + (best === undefined ? 0 : spanLength(best));
}

function addressOf(place: string): { readonly table: string; readonly address: number } | undefined {
  const [, table, address] = /^(holding|input) (\d+)$/.exec(place) ?? [];
  return table === undefined || address === undefined ? undefined : { table, address: Number(address) };
}

function spanLength(decoding: RankedDecoding): number {
  const span = spanOf(decoding);
  return span === undefined ? 0 : span.to - span.from;
}

function rangeOf({ place }: RankedPlace, best: RankedDecoding | undefined): string {
  const found = addressOf(place.place);
  const cells = best === undefined ? 0 : spanLength(best);
  return found === undefined || cells < 2 ? place.place : `${place.place}-${found.address + cells - 1}`;
}

/** The bytes of the value, and not of what follows it. */
function rawOf({ place }: RankedPlace, best: RankedDecoding | undefined): string {
  const hex = place.rawHex.at(-1) ?? '';
  const cells = best === undefined || addressOf(place.place) === undefined ? 0 : spanLength(best);
  return hex.slice(0, cells > 0 ? 4 * cells : RAW_DIGITS_MAX);
}

function describe({ decoding, values }: RankedDecoding): string {
  const shown = values.length > 0 ? values : decoding.values;
  const [first] = shown;
  const last = shown.at(-1);
  const moved = first === last ? format(last) : `${format(first)} .. ${format(last)}`;
  return `${decoding.label} ${moved}`;
}

function sureness({ leadBits, place }: RankedPlace): string {
  if (place.name !== undefined) return `${place.name}${place.unit === undefined ? '' : ` [${place.unit}]`}`;
  return leadBits >= SURE_BITS ? 'clear' : leadBits >= GUESS_BITS ? 'likely' : 'unsure';
}

function roleWords({ id, unit, scale, sureness: how, reason }: ProbeRole): string {
  const scaled = scale === 1 ? '' : ` x ${scale}`;
  const words = { physics: '', named: '', 'looks-like': ' ?' }[how];
  return `${id}${words} [${unit}${scaled}]: ${reason}`;
}

function format(value: number | string | null | undefined): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(7)));
  return value === null || value === undefined ? '-' : value;
}

function layOut(lines: readonly Line[], width: number): string[] {
  const widest = (pick: (line: Line) => string, atMost: number): number =>
    Math.min(atMost, Math.max(0, ...lines.map((line) => pick(line).length)));
  const widths = [
    widest(({ place }) => place, width),
    widest(({ raw }) => raw, RAW_DIGITS_MAX),
    widest(({ probably }) => probably, PROBABLY_WIDTH_MAX),
  ] as const;
  const before = widths.reduce((sum, column) => sum + column + GAP.length, 0);
  const rest = width - before;
  const head = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(GAP);
  const shown = lines.flatMap(({ place, raw, probably, words, others }) => {
    const isBeside = rest >= WORDS_WIDTH_MIN && probably.length <= widths[2];
    const begin = head([place, raw, probably]);
    const beside = isBeside ? wrapText(words, rest) : [];
    const first = [begin, ...beside.slice(0, 1)].join(GAP).trimEnd();
    const more = isBeside
      ? beside.slice(1).map((text) => `${' '.repeat(before)}${text}`)
      : wrapText(words, width - INDENT.length).map((text) => `${INDENT}${text}`);
    const open = wrapText(others, width - INDENT.length).map((text) => `${INDENT}${text}`);
    return [first, ...more, ...open];
  });
  return [
    head(['PLACE', 'RAW', 'PROBABLY'])
      .concat(rest >= WORDS_WIDTH_MIN ? `${GAP}WHAT` : '')
      .trimEnd(),
    ...shown,
  ];
}
