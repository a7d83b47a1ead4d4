/** What the range says of certificates for closed months, all of it checked as far as the range shows it. */
export interface MintFacts {
  readonly mints: number;
  readonly energyWh: number;
  /** Mints that were not held against their approvals, and against what was closed: the bundle does not hold these. */
  readonly withoutApprovals: FewMints;
  readonly withoutMonths: FewMints;
  /** Whether some rest on entries from before the range: that none is left out there is the word of the device. */
  readonly restsOnEarlier: boolean;
  /** Mints that a ledger which was lost had made: no approval stands for them here. */
  readonly found: number;
  /** Energy that is minted beyond what is closed at the end of the range: a month was corrected after it was minted. */
  readonly beyondWh: number;
}

export interface FewMints {
  readonly mints: number;
  /** Entries of the first of them. */
  readonly first: readonly number[];
}

/** What holds of the mints, as sentences. */
export function mintCheckedWords({ mints, energyWh, withoutApprovals, withoutMonths }: MintFacts): readonly string[] {
  if (mints === 0) return [];
  const of = (without: FewMints): string => (without.mints === 0 ? 'each' : `${mints - without.mints} of them`);
  const approved =
    withoutApprovals.mints === mints ? '' : `, ${of(withoutApprovals)} approved by two different persons`;
  const closed = withoutMonths.mints === mints ? '' : `, ${of(withoutMonths)} for no more than was closed`;
  return [
    `${mints} mint${mints === 1 ? '' : 's'} of certificates for ${energyWh} Wh of closed months: no energy twice on a network, no certificate twice${approved}${closed}.`,
  ];
}

/** What of the mints the bundle does not show, as sentences. */
export function mintUncheckedWords(facts: MintFacts, isCompared = false): readonly string[] {
  const { mints, withoutApprovals, withoutMonths, restsOnEarlier, found, beyondWh } = facts;
  return [
    ...fewWords(
      withoutApprovals,
      'not held against approvals: what two persons had approved is from before the range, and not in the bundle',
    ),
    ...fewWords(
      withoutMonths,
      'not compared with closed months: the closes of all months up to theirs are not in the bundle, as they are in one from the beginning of the ledger on',
    ),
    ...(restsOnEarlier
      ? ['That no close, approval or mint from before the range is left out is what the device says.']
      : []),
    ...(found > 0
      ? [
          `${found} mint${found === 1 ? '' : 's'} had been made by a ledger that was lost, and no approval is in this one.`,
        ]
      : []),
    ...(beyondWh > 0
      ? [
          `${beyondWh} Wh more are minted than are closed at the end of the range: a month was corrected after it was minted, or its close was lost.`,
        ]
      : []),
    ...(mints > 0 && !isCompared ? ['That the network shows the mints is the word of the device.'] : []),
    ...(mints > 0
      ? [
          'That nothing else was minted, of these tokens or for this energy under another one, no ledger can show: compare the supply on the network.',
        ]
      : []),
  ];
}

function fewWords({ mints, first }: FewMints, what: string): readonly string[] {
  if (mints === 0) return [];
  const more = mints > first.length ? ` and ${mints - first.length} more` : '';
  const entries = `${first.length === 1 ? 'entry' : 'entries'} ${first.join(', ')}${more}`;
  return [`${mints} mint${mints === 1 ? '' : 's'} (${entries}) ${mints === 1 ? 'was' : 'were'} ${what}.`];
}
