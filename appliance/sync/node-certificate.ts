import { createHash } from 'node:crypto';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

const TIMEOUT_MS = 5000;
const HTTP_OK = 200;

/**
 * The certificate that a node shows, in DER form, fetched over the way that gRPC takes: by HTTP CONNECT where a proxy is named,
 * in the variables that `@grpc/grpc-js` reads and in its order. Nothing is trusted by this: who asks holds it against a hash.
 */
export async function nodeCertificate(host: string, port: number, environment: NodeJS.ProcessEnv): Promise<Buffer> {
  const proxy = proxyOf(host, environment);
  const socket = proxy === undefined ? undefined : await tunnel(proxy, host, port);
  return new Promise((resolve, reject) => {
    const way = socket === undefined ? { host, port } : { socket };
    // The certificate is its own authority; its hash is what is checked.
    const tls = connectTls({ ...way, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    const fail = (why: string): void => {
      tls.destroy();
      reject(new Error(`${host}:${port}: ${why}`));
    };
    tls.setTimeout(TIMEOUT_MS, () => fail(`no certificate within ${TIMEOUT_MS / 1000} s`));
    tls.once('error', (error) => fail(error.message));
    tls.once('end', () => fail('the connection ended before a certificate came'));
    tls.once('secureConnect', () => {
      const { raw } = tls.getPeerCertificate();
      tls.destroy();
      if (raw === undefined) fail('no certificate is shown');
      else resolve(raw);
    });
  });
}

/**
 * Whether the certificate has the hash of an address book: SHA-384 over its PEM text (HAPI `NodeAddress.nodeCertHash`). With
 * and without the line's end behind the last line, since writers differ in that.
 */
export function hasCertificateHash(certificate: Buffer, hash: string): boolean {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  const pem = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----`;
  return [`${pem}\n`, pem].some((text) => createHash('sha384').update(text).digest('hex') === hash);
}

function proxyOf(host: string, environment: NodeJS.ProcessEnv): URL | undefined {
  const text = environment.grpc_proxy || environment.https_proxy || environment.http_proxy || '';
  const except = (environment.no_grpc_proxy || environment.no_proxy || '').split(',');
  if (!URL.canParse(text) || except.includes(host)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' ? url : undefined;
}

function tunnel(proxy: URL, host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { hostname, username, password } = proxy;
    const who = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
    const path = `${host}:${port}`;
    const headers = { host: path, ...(username === '' ? {} : { 'proxy-authorization': `Basic ${who}` }) };
    const asked = request({ method: 'CONNECT', host: hostname, port: proxy.port || 80, path, headers, agent: false });
    asked.setTimeout(TIMEOUT_MS, () => asked.destroy(new Error('the proxy does not answer')));
    asked.once('error', (error) => reject(new Error(`${path} by the proxy ${proxy.host}: ${error.message}`)));
    asked.once('connect', ({ statusCode }, socket) => {
      if (statusCode === HTTP_OK) return resolve(socket);
      socket.destroy();
      reject(new Error(`${path} by the proxy ${proxy.host}: it answers ${statusCode}`));
    });
    asked.end();
  });
}
