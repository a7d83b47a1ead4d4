/**
 * Writes appliance/bundle/verify.html: the verifier, its page and its style in one file that needs no network. Run it after
 * a change in core/evidence or renderer/verify: `npm exec -c 'node build/verify-page.ts'`.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

export const VERIFY_PAGE_PATH = fileURLToPath(new URL('../appliance/bundle/verify.html', import.meta.url));
const SOURCES = fileURLToPath(new URL('../renderer/verify/', import.meta.url));

/** The text of verify.html. The policy allows this script and this style, by their digests, and nothing else. */
export async function generateVerifyPage(): Promise<string> {
  const script = `${(await bundleScript()).trim()}\n`;
  const style = await readFile(`${SOURCES}page.css`, 'utf8');
  if (script.includes('</script')) throw new Error('The script would end its own element.');
  const policy = [
    "default-src 'none'",
    `script-src '${digestOf(script)}'`,
    `style-src '${digestOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const page = await readFile(`${SOURCES}page.html`, 'utf8');
  const parts: Readonly<Record<string, string>> = { POLICY: policy, STYLE: style, SCRIPT: script };
  return page.replace(/POLICY|\/\*(STYLE|SCRIPT)\*\//g, (all, name: string | undefined) => parts[name ?? all] ?? '');
}

/** Not made small: whoever doubts the page may read it. */
async function bundleScript(): Promise<string> {
  const built = await build({
    root: SOURCES,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      target: 'es2023',
      lib: { entry: `${SOURCES}main.ts`, formats: ['iife'], name: 'forebayVerify' },
    },
  });
  const [bundle] = Array.isArray(built) ? built : [built];
  const chunk = bundle !== undefined && 'output' in bundle ? bundle.output[0] : undefined;
  if (chunk === undefined || !('code' in chunk)) throw new Error('The script of verify.html was not built.');
  return chunk.code;
}

function digestOf(text: string): string {
  return `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;
}

if (import.meta.main) {
  await writeFile(VERIFY_PAGE_PATH, await generateVerifyPage());
  process.stdout.write(`${VERIFY_PAGE_PATH}\n`);
}
