import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const BOOTSTRAP = fileURLToPath(new URL('./', import.meta.url));

/** A copy of the set-up in a folder with a blank in its name, beside a lockfile and nothing else. */
let project = '';

beforeEach(() => {
  project = join(mkdtempSync(join(tmpdir(), 'forebay-setup-')), 'my project');
  cpSync(BOOTSTRAP, join(project, 'build', 'bootstrap'), { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "name": "forebay", "type": "module" }');
  writeFileSync(join(project, 'package-lock.json'), '{ "lockfileVersion": 3, "packages": { "": {} } }');
});

afterEach(() => {
  rmSync(join(project, '..'), { recursive: true, force: true });
});

function run(script: string, ...options: string[]): { status: number | null; stdout: string; stderr: string } {
  const file = join(project, 'build', 'bootstrap', script);
  return spawnSync(process.execPath, [file, ...options], { encoding: 'utf8' });
}

/** Makes the copy look installed, with `script` as the real work. */
function install(path: string, script: string): void {
  mkdirSync(join(project, 'node_modules'));
  writeFileSync(join(project, 'node_modules', '.package-lock.json'), '{ "packages": {} }');
  mkdirSync(join(project, path, '..'), { recursive: true });
  writeFileSync(join(project, path), script);
}

describe('npm start', () => {
  it('says the plan and does nothing with --dry-run', () => {
    const result = run('start.mjs', '--dry-run', '--port', '9000');
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toBe(
      '[1/1] Installing packages (about 1 minute, once)\nThen: node appliance/forebay.mjs demo --port 9000\n',
    );
  });

  it('explains itself with --help', () => {
    const { stdout } = run('start.mjs', '--help');
    for (const part of ['npm start -- --config plant.yaml --data DIR', '--port N', '.demo'])
      expect(stdout).toContain(part);
    expect(run('test.mjs', '--help').stdout).toContain('npm test');
    expect(run('desktop.mjs', '--help').stdout).toContain('npm run desktop');
  });

  it('hands over to the work with its arguments and answers its exit code', () => {
    install('appliance/forebay.mjs', 'process.stdout.write(process.argv.slice(2).join("|")); process.exitCode = 7;');
    expect(run('start.mjs', '--config', 'my plant.yaml', '--data', 'd')).toMatchObject({
      status: 7,
      stdout: 'start|--config|my plant.yaml|--data|d',
      stderr: '',
    });
  });

  it('passes SIGTERM on and waits for the work to end', () => {
    const script = `process.on('SIGTERM', () => { process.stdout.write('ended well'); process.exit(0); });
      setInterval(() => {}, 1000);
      process.kill(process.ppid, 'SIGTERM');`;
    install('appliance/forebay.mjs', script);
    expect(run('start.mjs')).toMatchObject({ status: 0, stdout: 'ended well' });
  });

  it('says that the work was ended by a signal', () => {
    install('appliance/forebay.mjs', `process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);`);
    const { status, stderr } = run('start.mjs');
    expect(status).toBe(128 + 9);
    expect(stderr).toMatch(/^APP_KILLED: The program was ended from outside by the signal SIGKILL \([^\n]+\)\n$/);
  });

  it('ends with one sentence when the packages cannot be installed', () => {
    writeFileSync(join(project, 'package-lock.json'), 'not json');
    const result = run('start.mjs');
    expect(result.status).toBe(2);
    expect(result.stderr).toMatch(/^APP_SETUP_PACKAGES: [^\n]+ \([^\n]+\)\n$/);
  });
});
