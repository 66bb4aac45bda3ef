/** What keeps a share's page with the present: the channel, and where that is refused, a slow poll. */
import { openChannel } from '../channel/channel';
import type { Presence } from '../presenting/presence.svelte';
import type { ShareModel } from './share.svelte';

const POLL_MS = 15_000;

export class Keeper {
  /** Whether changes are being heard right now. */
  live = $state(false);
  /** How many look at the share, this page among them; 0: not known. */
  viewers = $state(0);
  readonly #model: ShareModel;
  readonly #presence: Presence;

  constructor(model: ShareModel, presence: Presence) {
    this.#model = model;
    this.#presence = presence;
  }

  /** Reads the share and stays with it until the returned function is called. */
  start(): () => void {
    const model = this.#model;
    void model.refresh();
    const close = openChannel(model.id, {
      refetch: (what) => {
        this.#hear(new Set(what));
      },
      gone: () => {
        // Asking makes sure: the channel may know a moment before the page is allowed to.
        void model.refresh();
      },
      viewers: (count) => (this.viewers = count),
      live: (connected) => (this.live = connected),
    });
    const stopListening = $effect.root(() => {
      $effect(() => {
        if (model.standing === 'deleted' || model.standing === 'unknown') close();
      });
    });
    // Where something on the way refuses sockets, the page still keeps up, only more slowly.
    const poll = setInterval(() => {
      if (!this.live && document.visibilityState === 'visible') void model.refresh();
    }, POLL_MS);
    return () => {
      stopListening();
      close();
      clearInterval(poll);
      model.stop();
      this.#presence.stop();
    };
  }

  /** What a change is about says what is read again. */
  #hear(what: Set<string>): void {
    if (what.delete('presenter')) void this.#presence.refresh();
    if (what.size === 1 && what.has('progress')) void this.#model.refreshProgress();
    else if (what.size > 0) void this.#model.refresh();
  }
}
