import type { SyncFault } from './target.ts';

/**
 * - `unknown`: nothing has been tried yet
 * - `none`: this computer has no address in any network
 * - `no-way-out`: it has one, and nothing gets out: names do not resolve, or a portal, a proxy or a firewall stands there
 * - `thin`: something gets through, slowly or with breaks
 * - `up`: what is beyond the plant answers
 */
export const LINK_STATES = ['unknown', 'none', 'no-way-out', 'thin', 'up'] as const;
export type LinkState = (typeof LINK_STATES)[number];

/** What is known of the way out without asking anybody but the targets. */
export interface LinkFacts {
  /** Whether any network interface but the loopback has an address. */
  readonly hasAddress: boolean;
  /** Whether the names of the targets, or of the proxy, resolve; null while nobody asked, or where there is no name. */
  readonly resolves: boolean | null;
  /** How the last attempt of each target that lies beyond the link ended. */
  readonly targets: readonly LinkWitness[];
}

export interface LinkWitness {
  readonly hasAnswered: boolean;
  readonly fault?: SyncFault | undefined;
}

export interface LinkJudgement {
  readonly state: LinkState;
  /** In words, the end of the sentence "The link: ...". */
  readonly reason: string;
  /** The code of the fault that it rests on. */
  readonly code: string | null;
}

type Meaning = 'answered' | 'no-way' | 'slow' | 'down';

const MEANINGS: readonly (readonly [RegExp, Meaning])[] = [
  [/^SYN_WEB_(PORTAL|PROXY_\w+|ISSUER|HOSTNAME|REDIRECTED|NO_TLS)$|^SYN_HEDERA_MIRROR_(TLS|FOREIGN)$/, 'no-way'],
  [/^SYN_WEB_(TIMEOUT|BROKEN)$|^SYN_NO_ANSWER$/, 'slow'],
  [/^SYN_WEB_(NAME|UNREACHABLE)$|^SYN_HEDERA_MIRROR_UNREACHABLE$|^SYN_HEDERA_\w*UNREACHABLE$/, 'down'],
  [/^SYN_WEB_(UNAUTHORIZED|FORBIDDEN|NOT_FOUND|TOO_LONG|TOO_MANY|SERVER_FAULT|STATUS|EXPIRED|REFUSED)$/, 'answered'],
  [/^SYN_HUB_(KEY|OTHER_LEDGER|FORK|AHEAD|REFUSED|RESTLESS|CATCHING_UP|ENTRY_TOO_LONG)$/, 'answered'],
  [/^SYN_HEDERA_MIRROR_(BUSY|FAILING|FALSE)$/, 'answered'],
];

function meaningOf(code: string): Meaning | undefined {
  return MEANINGS.find(([form]) => form.test(code))?.[1];
}

/** What the facts come to. Never better than they are: where nothing answered, nothing is called up. */
export function judgeLink({ hasAddress, resolves, targets }: LinkFacts): LinkJudgement {
  if (!hasAddress) return judged('none', 'this computer has no address in any network');
  const faults = targets.flatMap(({ fault }) => (fault === undefined ? [] : [fault]));
  const meaning = (wanted: Meaning): SyncFault | undefined => faults.find(({ code }) => meaningOf(code) === wanted);
  const isAnswered = targets.some(({ hasAnswered, fault }) => hasAnswered && fault === undefined);
  const slow = meaning('slow');
  const answered = meaning('answered');
  if (isAnswered || answered !== undefined) {
    if (slow !== undefined) return judged('thin', 'answers come, and some do not come in time', slow);
    return judged(
      'up',
      isAnswered ? 'the last delivery arrived' : 'what is beyond it answers, though not as it should',
      answered,
    );
  }
  const blocked = meaning('no-way');
  if (blocked !== undefined) return judged('no-way-out', lowerFirst(blocked.message), blocked);
  if (slow !== undefined) return judged('thin', 'no answer comes in time', slow);
  const down = meaning('down');
  if (resolves === false) return judged('no-way-out', 'there is a network, and no name of a target resolves', down);
  if (down !== undefined) return judged('no-way-out', 'there is a network, and no target can be reached', down);
  return judged('unknown', 'nothing has been tried yet');
}

function judged(state: LinkState, reason: string, fault?: SyncFault): LinkJudgement {
  return { state, reason, code: fault?.code ?? null };
}

function lowerFirst(sentence: string): string {
  return `${sentence.slice(0, 1).toLowerCase()}${sentence.slice(1)}`.replace(/\.$/, '');
}
