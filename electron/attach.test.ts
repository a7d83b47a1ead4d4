import { describe, expect, it } from 'vitest';
import { type AttachHost, findAppliance, requestSignIn } from './attach.ts';

const URL_A = 'http://127.0.0.1:8741';
const ALIVE_PID = 4711;
const ANNOUNCED = JSON.stringify({ pid: ALIVE_PID, url: URL_A, localToken: 'secret-a' });

interface Call {
  url: string;
  init: RequestInit;
}

/** A host whose disk is `files` and whose network answers by address; whatever is absent fails as the real one does. */
function hostOf(
  files: Record<string, string | Error>,
  answers: Record<string, () => Response>,
  calls: Call[] = [],
): AttachHost {
  return {
    readText: async (path) => {
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error('absent'), { code: 'ENOENT' });
      if (content instanceof Error) throw content;
      return content;
    },
    fetch: async (url, init) => {
      calls.push({ url, init });
      const answer = answers[url];
      if (answer === undefined) throw new TypeError('fetch failed');
      return answer();
    },
    isAlive: (pid) => pid === ALIVE_PID,
  };
}

const HEALTHY = { [`${URL_A}/health`]: () => new Response('{"status":"ok"}') };

describe('findAppliance', () => {
  it('finds the announced appliance that answers, looking through the folders in order', async () => {
    const host = hostOf({ '/b/run/appliance.json': ANNOUNCED }, HEALTHY);
    expect(await findAppliance(['/a', '/b'], host)).toEqual({ url: URL_A, localToken: 'secret-a' });
  });

  it('finds none where nothing is announced, and asks nobody', async () => {
    const calls: Call[] = [];
    expect(await findAppliance(['/a'], hostOf({}, HEALTHY, calls))).toBeUndefined();
    expect(calls).toEqual([]);
  });

  it('takes no announcement of a dead process, a half-written one, or one that answers badly or not at all', async () => {
    const dead = JSON.stringify({ pid: 1234, url: URL_A, localToken: 'x' });
    for (const text of [dead, ANNOUNCED.slice(0, 20), '[]', 'null', JSON.stringify({ url: URL_A })]) {
      expect(await findAppliance(['/a'], hostOf({ '/a/run/appliance.json': text }, HEALTHY))).toBeUndefined();
    }
    const sick = { [`${URL_A}/health`]: () => new Response('', { status: 503 }) };
    expect(await findAppliance(['/a'], hostOf({ '/a/run/appliance.json': ANNOUNCED }, sick))).toBeUndefined();
    expect(await findAppliance(['/a'], hostOf({ '/a/run/appliance.json': ANNOUNCED }, {}))).toBeUndefined();
  });

  it('never talks to another machine, whatever the file says', async () => {
    for (const url of [
      'http://10.1.2.3:8740',
      'https://127.0.0.1:8740',
      'file:///etc',
      'http://127.0.0.1.example:80',
      '',
    ]) {
      const calls: Call[] = [];
      const text = JSON.stringify({ pid: ALIVE_PID, url, localToken: 'x' });
      expect(await findAppliance(['/a'], hostOf({ '/a/run/appliance.json': text }, HEALTHY, calls))).toBeUndefined();
      expect(calls).toEqual([]);
    }
  });

  it('finds the service of another user without its token', async () => {
    const forbidden = Object.assign(new Error('forbidden'), { code: 'EACCES' });
    const answers = { 'http://127.0.0.1:8740/health': () => new Response('{}') };
    const host = hostOf({ '/var/lib/forebay/run/appliance.json': forbidden }, answers);
    expect(await findAppliance(['/var/lib/forebay'], host)).toEqual({
      url: 'http://127.0.0.1:8740',
      localToken: undefined,
    });
  });
});

describe('requestSignIn', () => {
  const running = { url: URL_A, localToken: 'secret-a' };
  const links = `${URL_A}/api/v1/sign-in-links`;
  const ask = (answer: () => Response, calls: Call[] = []) =>
    requestSignIn(running, hostOf({}, { [links]: answer }, calls));

  it('asks with the local token and answers the link', async () => {
    const calls: Call[] = [];
    const url = `${URL_A}/sign-in?token=once`;
    expect(await ask(() => Response.json({ url }), calls)).toEqual({ kind: 'link', url });
    expect(calls).toHaveLength(1);
    expect(calls[0]?.init.method).toBe('POST');
    expect(calls[0]?.init.headers).toEqual({ authorization: 'Bearer secret-a' });
  });

  it('shows the console to sign in by hand when there is no token', async () => {
    const answer = await requestSignIn({ url: URL_A, localToken: undefined }, hostOf({}, {}));
    expect(answer).toEqual({ kind: 'link', url: `${URL_A}/` });
  });

  it('takes no link that leads elsewhere, and says why there is none', async () => {
    const cases: [() => Response, string][] = [
      [() => Response.json({ url: 'http://127.0.0.1:9999/sign-in?token=x' }), 'no link to itself'],
      [() => Response.json({ link: 'x' }), 'no link to itself'],
      [() => new Response('', { status: 401 }), '401'],
      [() => new Response('not json'), 'did not answer'],
    ];
    for (const [answer, reason] of cases) {
      const signIn = await ask(answer);
      expect(signIn).toMatchObject({ kind: 'failure', failure: { code: 'APP_DESKTOP_NO_LINK' } });
      expect(JSON.stringify(signIn)).toContain(reason);
    }
  });
});
