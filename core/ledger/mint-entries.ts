/** What a person approves: a stretch of the approved net energy of closed months, to be minted on one network. */
export interface MintPlanFacts {
  /** `2026-10`, and its close in force, by index and leaf hash (64 hexadecimal digits). */
  readonly month: string;
  readonly monthEntry: number;
  readonly monthHash: string;
  /**
   * The energy, as positions in the net energy that was credited in all closed months, one month after another. A whole
   * number of `unitWh`, the energy of the smallest amount that the token has.
   */
  readonly fromWh: number;
  readonly toWh: number;
  readonly unitWh: number;
  readonly form: 'nft' | 'fungible';
  readonly network: string;
  /** Null where the token is made with the first mint. */
  readonly token: string | null;
}

/** Body of an entry `mint-approved`, version 1 (docs/ledger.md): a person's word on a mint. */
export interface MintApproval extends MintPlanFacts {
  readonly v: 1;
  /** `withdraw` takes back every word on the plan so far. */
  readonly decision: 'approve' | 'withdraw';
  /** SHA-256 over the canonical form of the facts above. */
  readonly plan: string;
  readonly by: string;
  readonly account: string;
  readonly role: string;
}

/** Body of an entry `token`, version 1: the token that this plant mints on a network from here on. */
export interface TokenTaken {
  readonly v: 1;
  /** Made by Forebay, named in plant.yaml, or made by this ledger before it was restored and found again at the mirror. */
  readonly event: 'made' | 'taken' | 'found';
  readonly network: string;
  readonly token: string;
  readonly form: 'nft' | 'fungible';
  readonly name: string;
  readonly symbol: string;
  readonly decimals: number;
  /** Energy of the smallest amount. */
  readonly unitWh: number;
  /** In smallest amounts. */
  readonly maxSupply: number;
  readonly treasury: string;
  /** Which keys are set, `supply` among them, which is that of the treasury account. */
  readonly keys: string[];
  readonly transactionId: string | null;
  readonly consensusTimestamp: string | null;
}

/** Body of an entry `token-minted`, version 1: what one transaction minted, as the mirror shows it. */
export interface MintedTokens extends Omit<MintPlanFacts, 'month' | 'token'> {
  readonly v: 1;
  /** Null, as is the month, for a mint that a ledger which was lost had made and the mirror shows. */
  readonly plan: string | null;
  readonly month: string | null;
  readonly token: string;
  /** Smallest amounts that were minted. */
  readonly units: number;
  /** Of certificates: their serial numbers, ascending; empty for an amount. */
  readonly serials: number[];
  /** Memo of the transaction, which names attestation, month and energy (docs/tokens.md). */
  readonly reference: string;
  /** The attestation that the month's entry went out with. */
  readonly topic: string;
  readonly sequence: number;
  readonly transactionId: string;
  readonly consensusTimestamp: string;
  readonly consensusAt: string;
  readonly hashscan: string | null;
}
