import { expect, it } from 'vitest';
import { describeState, encodeStatus } from './status-page.ts';

const failure = { code: 'APP_PORT_TAKEN', sentence: 'Port 8740 is in use', hint: undefined };

it('stays calm while starting and offers nothing to press', () => {
  expect(describeState({ kind: 'starting' })).toMatchObject({ tone: 'calm', title: 'Starting', offer: 'none' });
});

it('says what is wrong, under which code, and offers Retry', () => {
  expect(describeState({ kind: 'failed', failure })).toEqual({
    tone: 'attention',
    title: 'Cannot start',
    sentence: 'Port 8740 is in use.',
    hint: '',
    code: 'APP_PORT_TAKEN',
    offer: 'retry',
  });
  const ended = { ...failure, sentence: 'Port 8740 is in use.' };
  expect(describeState({ kind: 'failed', failure: ended }).sentence).toBe('Port 8740 is in use.');
  expect(describeState({ kind: 'restarting', failure, delayMs: 3_500 }).title).toBe('Starting again in 4 s');
  expect(describeState({ kind: 'lost', failure }).title).toBe('Waiting for the appliance');
});

it('survives the way through an address', () => {
  const content = describeState({ kind: 'failed', failure: { ...failure, sentence: 'Kanal „Süd“ #3 & 100 %' } });
  expect(JSON.parse(decodeURIComponent(encodeStatus(content)))).toEqual(content);
});
