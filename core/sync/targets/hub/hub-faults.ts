import type { SyncFault } from '../../target.ts';

/** Faults of the hub as a receiver of a ledger; those of the way there are the web client's. */

const ASK_HUB = 'ask those who run the hub; the evidence is kept here';

export function otherKey(keyName: string): SyncFault {
  return {
    code: 'SYN_HUB_KEY',
    message: `What answers as the hub does not sign with the key ${keyName} of plant.yaml.`,
    hint: 'compare sync.hub.publicKey with what those who run the hub say; then forebay sync retry',
  };
}

export function otherLedger(origin: string): SyncFault {
  const message = `The hub acknowledged entries of another ledger, ${origin}.`;
  return { code: 'SYN_HUB_OTHER_LEDGER', message, hint: ASK_HUB };
}

export function forked(size: number): SyncFault {
  return {
    code: 'SYN_HUB_FORK',
    message: `The first ${size} entries that the hub holds are others than those of this ledger.`,
    hint: 'keep both as they are and have them compared: this ledger was restored or changed, or another plant sends as this one',
  };
}

export function ahead(held: number, size: number): SyncFault {
  return {
    code: 'SYN_HUB_AHEAD',
    message: `The hub holds ${held} entries, and this ledger only ${size}: it is an older copy.`,
    hint: 'look whether a backup was restored, or whether the ledger runs on another computer too',
  };
}

export function malformed(what: string): SyncFault {
  const message = `The hub's answer is of no known form: ${what}.`;
  return { code: 'SYN_HUB_REPLY', message, hint: 'look whether sync.hub.url leads to the hub; it is asked again' };
}

export function refusedByHub(words: string): SyncFault {
  const said = words === '' ? '' : `: "${words}"`;
  return { code: 'SYN_HUB_REFUSED', message: `The hub checked the entries and refused them${said}.`, hint: ASK_HUB };
}

export function restless(): SyncFault {
  const message = 'The hub keeps changing what it says that it holds.';
  return {
    code: 'SYN_HUB_RESTLESS',
    message,
    hint: 'it is tried again; another computer may be sending as this plant',
  };
}

export function catchingUp(held: number, end: number): SyncFault {
  const message = `The hub holds ${held} of ${end} entries and is being given the rest.`;
  return { code: 'SYN_HUB_CATCHING_UP', message, hint: 'nothing to do: it goes on by itself' };
}
