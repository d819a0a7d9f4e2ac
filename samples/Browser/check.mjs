// Opens the page in a headless browser, waits until it has scored model/sample.png, and compares its label map with model/expected.bin (one byte a pixel).
// Prints one line of JSON. node check.mjs [screenshot.png]; the browser is CHROME_PATH, or one of the usual places.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import puppeteer from 'puppeteer-core';
import { serve } from './serve.mjs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'];
const MINUTES = 3;

async function scoreIn(browser, address) {
  const page = await browser.newPage();
  await page.setViewport({ width: 1100, height: 700 });
  const faults = [], foreign = [];
  page.on('console', message => ['error', 'warn'].includes(message.type()) && faults.push(message.text()));
  page.on('pageerror', error => faults.push(error.message));
  page.on('request', request => request.url().startsWith(address) || /^(data|blob):/.test(request.url()) || foreign.push(request.url()));
  await page.goto(address);
  await page.waitForFunction(() => ['done', 'failed', 'ready'].includes(document.getElementById('status').dataset.state), { timeout: MINUTES * 60_000 });
  const said = await page.$eval('#status', status => `${status.dataset.state}: ${status.textContent}`);
  if (!said.startsWith('done')) throw new Error([said, ...faults].join('\n'));
  if (foreign.length > 0) throw new Error(`The page asked other servers: ${foreign.join(', ')}`);
  const found = await page.evaluate(() => ({ ...window.result, labels: Array.from(window.result.labels) }));
  if (process.argv[2]) await page.screenshot({ path: process.argv[2], fullPage: true });
  return { ...found, faults };
}

const executablePath = process.env.CHROME_PATH ?? PLACES.find(existsSync);
if (!executablePath) throw new Error('No Chromium was found: install it (apt-get install chromium) or name it in CHROME_PATH.');
const server = await serve(0);
const browser = await puppeteer.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
try {
  const found = await scoreIn(browser, `http://127.0.0.1:${server.address().port}/`);
  const expected = await readFile(new URL('model/expected.bin', import.meta.url));
  if (expected.length !== found.labels.length) throw new Error(`The page's label map has ${found.labels.length} pixels, expected.bin ${expected.length}.`);
  const different = found.labels.filter((id, pixel) => id !== expected[pixel]).length;
  const { version } = JSON.parse(await readFile(new URL('node_modules/onnxruntime-web/package.json', import.meta.url)));
  console.log(JSON.stringify({
    browser: await browser.version(), onnxruntimeWeb: version, width: found.width, height: found.height, threads: found.threads,
    milliseconds: Math.round(found.milliseconds), pixels: expected.length, different, faults: found.faults,
  }));
} finally {
  await browser.close();
  server.close();
}
