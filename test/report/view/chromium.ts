/**
 * Controls headless Chromium by its DevTools protocol over two pipes (messages end with a zero byte). It can open a file,
 * evaluate expressions, press keys, take pictures and print. It needs no library.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The path of Chromium. Null if there is none; tests then report that they were skipped. */
export const chromium = (): string | null => PLACES.find((path) => existsSync(path)) ?? null;

type Params = Readonly<Record<string, unknown>>;
type Result = Record<string, unknown>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Result;
  readonly error?: { readonly message: string };
}

interface Waiting {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

export interface Look {
  readonly width: number;
  readonly height: number;
  readonly scheme?: 'light' | 'dark';
  readonly media?: 'screen' | 'print';
}

/** A browser with one page. */
export class Page {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #waiting = new Map<number, Waiting>();
  /** The page's requests for other files, and the errors of its console and its script. */
  readonly requests: string[] = [];
  readonly complaints: string[] = [];
  #next = 1;
  #session: string | undefined;
  #loaded: () => void = () => {};

  private constructor(path: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'benben-chromium-'));
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run'];
    const own = [`--user-data-dir=${this.#folder}`, '--remote-debugging-pipe', 'about:blank'];
    this.#process = spawn(path, [...flags, ...own], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    let rest = Buffer.alloc(0);
    (this.#process.stdio[4] as Readable).on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        this.#take(JSON.parse(rest.subarray(0, end).toString()) as Message);
        rest = rest.subarray(end + 1);
      }
    });
  }

  static async start(path: string): Promise<Page> {
    const page = new Page(path);
    const { targetInfos } = await page.send('Target.getTargets');
    const target = (targetInfos as { targetId: string; type: string }[]).find(({ type }) => type === 'page')!;
    const { sessionId } = await page.send('Target.attachToTarget', {
      targetId: target.targetId,
      flatten: true,
    });
    page.#session = sessionId as string;
    await page.send('Emulation.setFocusEmulationEnabled', { enabled: true });
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await page.send(`${domain}.enable`);
    return page;
  }

  #take({ id, method, params, result, error }: Message): void {
    if (method === 'Network.requestWillBeSent') this.requests.push((params!.request as { url: string }).url);
    if (
      method === 'Runtime.exceptionThrown' ||
      method === 'Log.entryAdded' ||
      method === 'Runtime.consoleAPICalled'
    )
      this.complaints.push(JSON.stringify(params));
    if (method === 'Page.loadEventFired') this.#loaded();
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id!);
    if (error) waiting.reject(new Error(error.message));
    else waiting.resolve(result ?? {});
  }

  send(method: string, params: Params = {}): Promise<Result> {
    const id = this.#next++;
    const message = JSON.stringify({
      id,
      method,
      params,
      ...(this.#session && { sessionId: this.#session }),
    });
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      (this.#process.stdio[3] as Writable).write(`${message}\0`);
    });
  }

  async open(file: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => {
      this.#loaded = resolve;
    });
    await this.send('Page.navigate', { url: pathToFileURL(file).href });
    await loaded;
  }

  async look({ width, height, scheme = 'light', media = 'screen' }: Look): Promise<void> {
    const size = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.send('Emulation.setDeviceMetricsOverride', size);
    const features = [{ name: 'prefers-color-scheme', value: scheme }];
    await this.send('Emulation.setEmulatedMedia', { media, features });
  }

  /** The value of an expression, or of its promise. It must be JSON. */
  async value<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  async press(key: string): Promise<void> {
    const codes: Readonly<Record<string, number>> = { Tab: 9, Enter: 13, Escape: 27, End: 35, Home: 36 };
    const arrows: Readonly<Record<string, number>> = {
      ArrowLeft: 37,
      ArrowUp: 38,
      ArrowRight: 39,
      ArrowDown: 40,
    };
    const about = { key, code: key, windowsVirtualKeyCode: codes[key] ?? arrows[key] ?? 0 };
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', ...about });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...about });
  }

  /** A picture of the window as PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', {
      format: 'png',
      captureBeyondViewport: false,
    });
    return Buffer.from(data as string, 'base64');
  }

  async pdf(): Promise<Buffer> {
    const { data } = await this.send('Page.printToPDF', { printBackground: false, preferCSSPageSize: true });
    return Buffer.from(data as string, 'base64');
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.send('Browser.close').catch(() => {});
    const late = setTimeout(() => this.#process.kill('SIGKILL'), 5000);
    await gone;
    clearTimeout(late);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
