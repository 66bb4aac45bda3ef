/** The real server as a child process. It keeps its data folder and its port over a restart. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The Python that has the server, and pandas. */
export const PYTHON = process.env.TABLECAST_PYTHON ?? join(ROOT, '.venv', 'bin', 'python');
/** On a machine that is far too busy the imports alone take a while. */
const START_MS = 90_000;
/** Others than those of tests/server.py, which runs beside. */
const FIRST_PORT = 11_000;
const PORTS = 7_000;

export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), 'tablecast-browser-'));
  readonly #env: Record<string, string>;
  #port = 0;
  #process: ChildProcess | null = null;

  constructor(env: Record<string, string> = {}) {
    this.#env = env;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const log = openSync(join(this.folder, 'server.log'), 'a');
    this.#process = spawn(PYTHON, ['-m', 'backend'], {
      cwd: ROOT,
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        ...this.#env,
        TABLECAST_PORT: String(this.#port),
        TABLECAST_DATA_DIR: join(this.folder, 'data'),
      },
    });
    await this.#untilHealthy();
  }

  /** SIGKILL: nothing gets a chance to say goodbye. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async close(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  async #untilHealthy(): Promise<void> {
    const deadline = Date.now() + START_MS;
    while (Date.now() < deadline) {
      if (this.#process?.exitCode !== null) break;
      try {
        if ((await fetch(`${this.url}/healthz`)).ok) return;
      } catch {
        // It does not listen yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await this.#end('SIGKILL');
    const log = readFileSync(join(this.folder, 'server.log'), 'utf8');
    throw new Error(`The server did not start:\n${log.slice(-3000)}`);
  }
}

/** A port below the kernel's ephemeral ones, so that no outgoing connection takes it meanwhile. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => {
        resolve(false);
      });
      probe.listen(port, '127.0.0.1', () => {
        probe.close(() => {
          resolve(true);
        });
      });
    });
    if (free) return port;
  }
}
