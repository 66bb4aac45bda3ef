/** How fast bytes go, smoothed over some seconds so that the time left does not flicker. */
const MEMORY_S = 3;
const SHORTEST_STEP_S = 0.1;

export class Speed {
  #bytes = 0;
  #time: number | null = null;
  #rate = 0;

  /** Notes that `bytes` are sent in all at `time` (milliseconds); answers bytes a second. */
  add(bytes: number, time: number): number {
    if (this.#time === null) {
      this.#time = time;
      this.#bytes = bytes;
      return 0;
    }
    const seconds = (time - this.#time) / 1000;
    if (seconds < SHORTEST_STEP_S) return this.#rate;
    const now = (bytes - this.#bytes) / seconds;
    const weight = this.#rate === 0 ? 1 : 1 - Math.exp(-seconds / MEMORY_S);
    this.#rate += (now - this.#rate) * weight;
    this.#time = time;
    this.#bytes = bytes;
    return this.#rate;
  }
}
