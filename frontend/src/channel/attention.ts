/**
 * What is heard while nobody looks is only remembered: a hidden tab costs the server nothing, and
 * asks once, for all of it, when it is shown.
 */
export class Attention {
  readonly #act: (what: ReadonlySet<string>) => void;
  readonly #watched: () => boolean;
  #missed = new Set<string>();

  constructor(act: (what: ReadonlySet<string>) => void, watched: () => boolean = isShown) {
    this.#act = act;
    this.#watched = watched;
  }

  /** Whether what is shown is older than what was heard. */
  get stale(): boolean {
    return this.#missed.size > 0;
  }

  hear(what: ReadonlySet<string>): void {
    for (const one of what) this.#missed.add(one);
    this.look();
  }

  /** Somebody may look now. */
  look(): void {
    if (!this.stale || !this.#watched()) return;
    const missed = this.#missed;
    this.#missed = new Set();
    this.#act(missed);
  }
}

function isShown(): boolean {
  return document.visibilityState === 'visible';
}
