/** A clock that ticks for everything on the page that tells how long ago something was. */
import { createSubscriber } from 'svelte/reactivity';

const TICK_MS = 10_000;

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, TICK_MS);
  return () => {
    clearInterval(timer);
  };
});

/** The present time; whoever reads it in an effect is brought up to date every ten seconds. */
export function now(): Date {
  subscribe();
  return new Date();
}
