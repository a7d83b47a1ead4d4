import type { SyncFault } from '../../target.ts';

/** Codes of Node and OpenSSL for a certificate that is not to be trusted for the name. */
const TLS_CODES = /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH/;

/** An error of a way to the mirror that knows better what is wrong. */
export class MirrorWayError extends Error {
  readonly fault: SyncFault;

  constructor(fault: SyncFault) {
    super(fault.message);
    this.fault = fault;
  }
}

export function unreachableMirror(url: string, error: unknown): SyncFault {
  if (error instanceof MirrorWayError) return error.fault;
  const { code, message } = deepest(error);
  if (code !== undefined && TLS_CODES.test(code)) {
    return {
      code: 'SYN_HEDERA_MIRROR_TLS',
      message: `The certificate that ${url} shows is not to be trusted (${code}): something in between may read along, or the computer's clock is wrong.`,
      hint: 'have the network let this address through unopened, or install the certificate authority of your network for Node (NODE_EXTRA_CA_CERTS)',
    };
  }
  return {
    code: 'SYN_HEDERA_MIRROR_UNREACHABLE',
    message: `The mirror ${url} cannot be reached: ${code ?? message}.`,
    hint: 'look whether the link is up; what waits goes out by itself once it is',
  };
}

export function foreignAnswer(url: string, why: string): SyncFault {
  return {
    code: 'SYN_HEDERA_MIRROR_FOREIGN',
    message: `What answers at ${url} is not a mirror: ${why}.`,
    hint: 'a login page of the network or a proxy answers in its place: open the address in a browser on this computer',
  };
}

export function busyMirror(url: string): SyncFault {
  return {
    code: 'SYN_HEDERA_MIRROR_BUSY',
    message: `The mirror ${url} is asked too often from this address.`,
    hint: 'nothing to do: it is asked again later',
  };
}

export function failingMirror(url: string, status: number): SyncFault {
  return {
    code: 'SYN_HEDERA_MIRROR_FAILING',
    message: `The mirror ${url} fails at the moment (status ${status}).`,
    hint: 'nothing to do: it is asked again later',
  };
}

export function unreadableAnswer(url: string, why: string): SyncFault {
  return {
    code: 'SYN_HEDERA_MIRROR_UNREADABLE',
    message: `The mirror ${url} gave an answer that cannot be used: ${why}.`,
    hint: 'look whether "mirror" in plant.yaml names a mirror of Hedera; an update of Forebay may know a newer form',
  };
}

/** What lies at the bottom of an error: `fetch failed` says nothing, its cause does. */
function deepest(error: unknown): { readonly code?: string; readonly message: string } {
  let current = error;
  let code: string | undefined;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    const own = (current as NodeJS.ErrnoException).code;
    if (typeof own === 'string' && own !== 'ABORT_ERR') code = own;
    if (!(current.cause instanceof Error)) break;
    current = current.cause;
  }
  const message = current instanceof Error ? current.message : String(current);
  return code === undefined ? { message } : { code, message };
}

/** Words of a stranger in one line that moves nobody's cursor. */
export function lineOf(words: string): string {
  return words.replaceAll(/[\p{C}\s]+/gu, ' ').slice(0, WORDS_CHARS_MAX);
}

const WORDS_CHARS_MAX = 200;
