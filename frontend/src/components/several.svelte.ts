/** Several files at once: each becomes a share of its own, a few at a time. */
import { Upload } from './upload.svelte';

/** More at once would only make each of them slower. */
const AT_ONCE = 3;

export class One {
  readonly file: File;
  readonly upload = new Upload();
  /** Whether its turn has come. */
  begun = $state(false);
  /** Whether all of it is there. */
  done = $state(false);
  /** Whether nobody wants it any more. */
  gone = $state(false);

  constructor(file: File) {
    this.file = file;
  }

  async start(): Promise<void> {
    this.begun = true;
    this.done = (await this.upload.start(this.file)) !== null;
  }

  async retry(): Promise<void> {
    this.done = (await this.upload.retry()) !== null;
  }

  cancel(): void {
    this.gone = true;
    this.upload.cancel();
  }
}

export class Several {
  readonly all: readonly One[];
  readonly left = $derived.by(() => this.all.filter(({ gone }) => !gone));
  /** Whether some of them still go, or wait for their turn. */
  readonly busy = $derived.by(() => this.left.some(({ begun, upload }) => !begun || upload.busy));

  constructor(files: readonly File[]) {
    this.all = files.map((file) => new One(file));
  }

  /** Sends all of them; what did not work does not keep the others. */
  async run(): Promise<void> {
    const queue = [...this.all];
    const lane = async (): Promise<void> => {
      for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
        if (!one.gone) await one.start();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  /** The page goes away: what has begun can be gone on with. */
  leave(): void {
    for (const { begun, upload } of this.all) if (begun) upload.leave();
  }
}
