import { toBytes, toHex } from './bytes.ts';
import { asText, parseCanonical, takeMembers } from './form.ts';
import type { EvidenceMachine } from './machine.ts';
import type { OpenBundle } from './open-bundle.ts';
import { Refusal } from './refusal.ts';

export interface SampleCounts {
  blocks: number;
  /** Blocks that readings name and the plant no longer keeps. */
  gone: number;
  samples: number;
}

/**
 * Checks the blocks of raw samples against the digests that the signed readings name. `expected` holds the outcomes of
 * each block by its digest, and is emptied.
 *
 * @throws Refusal `LED_BUNDLE_SAMPLES`
 */
export async function checkSamples(
  bundle: OpenBundle,
  machine: EvidenceMachine,
  expected: Map<string, number>,
): Promise<SampleCounts> {
  const counts: SampleCounts = { blocks: 0, gone: 0, samples: 0 };
  for await (const { text, place } of bundle.lines('samples.ndjson')) {
    const line = parseCanonical(text, place);
    takeMembers(line, ['digest', 'text'], place);
    const digest = asText(line.digest, place);
    const block = asText(line.text, place);
    const outcomes = expected.get(digest);
    if (outcomes === undefined)
      throw refused(place, 'No reading of the period names this block, or it stands here twice.');
    if (toHex(machine.sha256(toBytes(block))) !== digest)
      throw refused(place, 'The samples are not those that the reading names.');
    const counted = countOutcomes(block, place);
    if (counted !== outcomes)
      throw refused(place, `The block holds ${counted} outcomes, and the reading names ${outcomes}.`);
    expected.delete(digest);
    counts.blocks += 1;
    counts.samples += counted;
  }
  counts.gone = expected.size;
  const { samples } = bundle.manifest;
  if (samples?.blocks !== counts.blocks || samples.gone !== counts.gone) {
    throw refused('manifest.json samples', `The bundle holds ${counts.blocks} blocks and lacks ${counts.gone}.`);
  }
  return counts;
}

/** Samples and misses in the poll lines of a block (docs/ledger.md, raw samples). */
function countOutcomes(block: string, place: string): number {
  let count = 0;
  for (const line of block.split('\n')) {
    if (!line.startsWith('[')) continue;
    const outcomes = (JSON.parse(line) as unknown[])[3];
    if (!Array.isArray(outcomes)) throw refused(place, 'The block holds a line that is no poll.');
    count += outcomes.length;
  }
  return count;
}

function refused(place: string, sentence: string): Refusal {
  return new Refusal('LED_BUNDLE_SAMPLES', place, sentence);
}
