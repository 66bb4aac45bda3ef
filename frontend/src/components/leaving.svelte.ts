/** Something that cannot be taken back begins a little later: until then it can. */
const STEP_MS = 1_000;

export class Leaving {
  /** Seconds that are left; null: nothing is about to happen. */
  seconds = $state<number | null>(null);
  readonly #act: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(act: () => void) {
    this.#act = act;
  }

  begin(seconds: number): void {
    this.seconds = seconds;
    this.#timer = setInterval(() => {
      this.#step();
    }, STEP_MS);
  }

  undo(): void {
    clearInterval(this.#timer);
    this.seconds = null;
  }

  /** There is no time left: what was decided is done. */
  now(): void {
    if (this.seconds === null) return;
    this.undo();
    this.#act();
  }

  #step(): void {
    if (this.seconds === null) return;
    this.seconds -= 1;
    if (this.seconds <= 0) this.now();
  }
}
