import { describe, expect, it } from 'vitest';
import { decideDestination, mayCall, mayRequest } from './navigation.ts';

const CONSOLE = 'http://127.0.0.1:8740';
const FILES = new Set(['file:///opt/forebay/electron/status.html']);

describe('decideDestination', () => {
  it.each([
    [`${CONSOLE}/`, 'inside'],
    [`${CONSOLE}/docs?x=1#y`, 'inside'],
    ['https://hashscan.io/testnet/topic/0.0.5005', 'browser'],
    ['http://127.0.0.1:8741/', 'nowhere'],
    ['http://localhost:8740/', 'nowhere'],
    ['https://127.0.0.1:8740/', 'nowhere'],
    ['http://127.0.0.1:8740@evil.example/', 'nowhere'],
    ['http://hashscan.io/', 'nowhere'],
    ['https://hashscan.io.evil.example/', 'nowhere'],
    ['https://hashscan.io:8443/', 'nowhere'],
    ['https://user:word@hashscan.io/', 'nowhere'],
    ['file:///etc/passwd', 'nowhere'],
    ['javascript:alert(1)', 'nowhere'],
    ['data:text/html,x', 'nowhere'],
    ['about:blank', 'nowhere'],
    [`blob:${CONSOLE}/7`, 'nowhere'],
    ['not a url', 'nowhere'],
  ])('%s leads %s', (url, expected) => {
    expect(decideDestination(url, CONSOLE)).toBe(expected);
  });

  it('leads nowhere from the status page', () => {
    expect(decideDestination(`${CONSOLE}/`, undefined)).toBe('nowhere');
  });
});

describe('mayRequest and mayCall', () => {
  it.each([
    [`${CONSOLE}/assets/index.js`, true, true],
    ['file:///opt/forebay/electron/status.html#state', true, true],
    ['file:///opt/forebay/electron/main.ts', false, false],
    ['file:///etc/passwd', false, false],
    ['data:image/png;base64,AAAA', true, false],
    [`blob:${CONSOLE}/7`, true, false],
    ['blob:http://127.0.0.1:9999/7', false, false],
    ['http://127.0.0.1:9999/', false, false],
    ['https://hashscan.io/', false, false],
    ['ws://evil.example/', false, false],
    ['', false, false],
  ])('%s may be requested: %s, may call: %s', (url, request, call) => {
    expect(mayRequest(url, CONSOLE, FILES)).toBe(request);
    expect(mayCall(url, CONSOLE, FILES)).toBe(call);
  });
});
