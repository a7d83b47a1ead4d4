import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An authority of its own for one test, and certificates that it signs, made with openssl. */
export class TestAuthority {
  readonly folder = mkdtempSync(join(tmpdir(), 'forebay-certificates-'));
  readonly ca: string;
  readonly #key: string;

  constructor(name = 'Plant authority') {
    this.ca = join(this.folder, 'ca.crt');
    this.#key = join(this.folder, 'ca.key');
    this.#openssl([
      'req',
      '-x509',
      '-days',
      '30',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      this.#key,
      '-out',
      this.ca,
      ...NEW_KEY,
    ]);
  }

  /**
   * A certificate for `alternatives`, such as `IP:127.0.0.1`. With a negative number of `days` it has expired.
   */
  sign(name: string, alternatives: string, days = 10): { readonly cert: string; readonly key: string } {
    const [cert, key, request, extension] = ['crt', 'key', 'csr', 'ext'].map((end) =>
      join(this.folder, `${name}.${end}`),
    ) as [string, string, string, string];
    this.#openssl(['req', '-subj', `/CN=${name}`, '-keyout', key, '-out', request, ...NEW_KEY]);
    writeFileSync(extension, `subjectAltName=${alternatives}\n`);
    const by = ['-CA', this.ca, '-CAkey', this.#key, '-CAcreateserial', '-extfile', extension];
    this.#openssl(['x509', '-req', '-in', request, '-out', cert, '-days', String(days), ...by]);
    chmodSync(key, 0o600);
    return { cert, key };
  }

  /** A certificate for `alternatives` that begins in the year 2099. */
  signLater(name: string, alternatives: string): { readonly cert: string; readonly key: string } {
    const [cert, key, request, config] = ['crt', 'key', 'csr', 'cnf'].map((end) =>
      join(this.folder, `${name}.${end}`),
    ) as [string, string, string, string];
    this.#openssl(['req', '-subj', `/CN=${name}`, '-keyout', key, '-out', request, ...NEW_KEY]);
    writeFileSync(join(this.folder, 'index.txt'), '');
    const about = ['[ca]', 'default_ca=d', '[d]', `database=${this.folder}/index.txt`, `new_certs_dir=${this.folder}`];
    const how = ['default_md=sha256', 'policy=p', 'rand_serial=yes', 'x509_extensions=x'];
    writeFileSync(
      config,
      [...about, ...how, '[p]', 'CN=supplied', '[x]', `subjectAltName=${alternatives}`, ''].join('\n'),
    );
    const when = ['-startdate', '20990101000000Z', '-enddate', '20990201000000Z'];
    const by = ['-cert', this.ca, '-keyfile', this.#key];
    this.#openssl(['ca', '-batch', '-notext', '-config', config, '-in', request, '-out', cert, ...by, ...when]);
    chmodSync(key, 0o600);
    return { cert, key };
  }

  /** A certificate that is its own authority, as nodes of Hedera have them. */
  selfSigned(name: string, alternatives: string): { readonly cert: string; readonly key: string } {
    const [cert, key] = [join(this.folder, `${name}.crt`), join(this.folder, `${name}.key`)];
    const about = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${alternatives}`, '-days', '30'];
    this.#openssl(['req', '-x509', '-keyout', key, '-out', cert, ...about, ...NEW_KEY]);
    return { cert, key };
  }

  text(file: string): string {
    return readFileSync(file, 'utf8');
  }

  #openssl(words: readonly string[]): void {
    execFileSync('openssl', words, { stdio: 'pipe' });
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
