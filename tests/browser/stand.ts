/** Two nodes on PostgreSQL behind nginx, as child processes of one that obeys. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Places {
  url: string;
  nodes: string[];
}

export class Stand {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tablecast-stand-'));
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #said: AsyncIterator<string>;
  readonly #lines: Interface;
  #errors = '';
  /** Where nginx is. */
  url = '';
  /** Where the nodes are that stand behind it. */
  nodes: string[] = [];

  constructor() {
    const python = process.env.TABLECAST_PYTHON ?? join(ROOT, '.venv', 'bin', 'python');
    this.#process = spawn(python, ['-m', 'tests.proxy.stand', this.#folder], { cwd: ROOT });
    this.#process.stderr.on('data', (said: Buffer) => (this.#errors += said.toString()));
    this.#lines = createInterface({ input: this.#process.stdout });
    this.#said = this.#lines[Symbol.asyncIterator]();
  }

  async start(): Promise<void> {
    const places = JSON.parse(await this.#next()) as Places;
    this.url = places.url;
    this.nodes = places.nodes;
  }

  /** `kill 0`: SIGKILL to the first node; `start 0` starts it again. */
  async order(what: 'kill' | 'start', node: number): Promise<void> {
    this.#process.stdin.write(`${what} ${String(node)}\n`);
    await this.#next();
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin.end();
    await ended;
    this.#lines.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #next(): Promise<string> {
    const said = await this.#said.next();
    if (said.done === true) throw new Error(`The nodes do not stand:\n${this.#errors}`);
    return said.value;
  }
}
