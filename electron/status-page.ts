import type { ShellState } from './shell-state.ts';

/** What status.js shows. It travels in the fragment of the page's address, so the page needs no further access. */
export interface StatusContent {
  tone: 'calm' | 'attention';
  title: string;
  sentence: string;
  hint: string;
  code: string;
  offer: 'none' | 'retry';
}

/** The words for a state, as the status page shows them. */
export function describeState(state: Exclude<ShellState, { kind: 'ready' }>): StatusContent {
  if (state.kind === 'starting') {
    const sentence = 'The appliance opens its ledger and connects to the devices.';
    return { tone: 'calm', title: 'Starting', sentence, hint: '', code: '', offer: 'none' };
  }
  const { code, sentence, hint = '' } = state.failure;
  const said = { code, sentence: sentence.endsWith('.') ? sentence : `${sentence}.`, hint, offer: 'retry' } as const;
  if (state.kind === 'restarting') {
    const seconds = Math.ceil(state.delayMs / 1_000);
    return { ...said, tone: 'attention', title: `Starting again in ${seconds} s` };
  }
  return { ...said, tone: 'attention', title: state.kind === 'lost' ? 'Waiting for the appliance' : 'Cannot start' };
}

export function encodeStatus(content: StatusContent): string {
  return encodeURIComponent(JSON.stringify(content));
}
