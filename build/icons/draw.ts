/** `node build/icons/draw.ts`: draws forebay.svg into the PNG sizes that the installers take, with Chromium. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const SIZES = [256, 512] as const;
const executablePath = process.env.FOREBAY_CHROMIUM ?? '/usr/bin/chromium';
const drawing = readFileSync(join(import.meta.dirname, 'forebay.svg')).toString('base64');

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
for (const size of SIZES) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const image = `<img width="${size}" height="${size}" src="data:image/svg+xml;base64,${drawing}">`;
  await page.setContent(`<style>body { margin: 0 } img { display: block }</style>${image}`);
  await page.locator('img').evaluate('(image) => image.decode()');
  await page.screenshot({ path: join(import.meta.dirname, `${size}x${size}.png`), omitBackground: true });
  await page.close();
}
await browser.close();
