import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Debian 12 has no OPC UA server. The release after it has this library, which also runs on Debian 12. */
const RELEASE = 'trixie';
const PACKAGES = ['libopen62541-1.4', 'libopen62541-1.4-dev', 'libmbedcrypto16', 'libmbedx509-7'];
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const STEP_MS_MAX = 240_000;

/**
 * Unpacks open62541 under `folder` and installs nothing. The packages come from the place from which this machine has its
 * own ones, and apt holds them against Debian's signature.
 *
 * @returns the folder that holds `include` and `lib`
 */
export function fetchOpen62541(folder: string): string {
  const [lists, cache, archives, unpacked] = ['lists', 'cache', 'archives', 'unpacked'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  for (const path of [join(lists, 'partial'), join(cache, 'archives', 'partial'), archives, unpacked])
    mkdirSync(path, { recursive: true });
  // apt reads and downloads as a user of its own.
  for (const path of [folder, lists, cache, archives]) chmodSync(path, 0o755);
  const sources = join(folder, 'sources.list');
  writeFileSync(sources, `deb [signed-by=${KEYRING}] ${archiveOfThisMachine()} ${RELEASE} main\n`);
  const apart = Object.entries({
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State::Lists': lists,
    'Dir::State::status': '/dev/null',
    'Dir::Cache': cache,
    'APT::Sandbox::User': 'root',
    'Acquire::Retries': '3',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  run('apt-get', [...apart, 'update'], archives);
  run('apt-get', [...apart, 'download', ...PACKAGES], archives);
  for (const archive of readdirSync(archives)) run('dpkg-deb', ['-x', join(archives, archive), unpacked], archives);
  for (const path of [lists, cache, archives]) rmSync(path, { recursive: true, force: true });
  return join(unpacked, 'usr');
}

function archiveOfThisMachine(): string {
  const targets = run('apt-get', ['indextargets', '--format', '$(ORIGIN) $(SITE) $(COMPONENT)'], '/');
  const sites = targets.split('\n').map((line) => line.split(' '));
  const debian = sites.find(([origin, site, component]) => {
    const isSecurity = site?.includes('security') === true;
    return origin === 'Debian' && component === 'main' && !isSecurity;
  });
  if (debian?.[1] === undefined)
    throw new Error('This machine has no source of Debian packages (apt-get update first)');
  return debian[1];
}

export function run(file: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(file, args, { cwd, stdio: 'pipe', timeout: STEP_MS_MAX, encoding: 'utf8' });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw new Error(
      `This test fetches and compiles open62541, and ${file} ${args.at(-1)} failed: ${said.slice(-2000)}`,
    );
  }
}
