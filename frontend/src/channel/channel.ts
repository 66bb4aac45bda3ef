/** The one socket of a tab: partysocket carries it, ChannelMachine decides. */
import type Socket from 'partysocket/ws';

import { Attention } from './attention';
import { ChannelMachine } from './machine';

export const SUBPROTOCOL = 'tablecast.changes.v1';

export interface ChannelEvents {
  refetch(what: ReadonlySet<string>): void;
  gone(): void;
  /** So many look at the share now, this one among them. */
  viewers(count: number): void;
  /** Whether changes are being heard right now. */
  live(connected: boolean): void;
}

/** Listens to one share until the returned function is called. */
export function openChannel(shareId: string, events: ChannelEvents): () => void {
  const clock = {
    after: (milliseconds: number, run: () => void) => {
      const timer = setTimeout(run, milliseconds);
      return () => {
        clearTimeout(timer);
      };
    },
    random: Math.random,
  };
  let socket: Socket | undefined;
  let over = false;
  let wake: () => void = () => undefined;
  const attention = new Attention((what) => {
    events.refetch(what);
  });
  const machine = new ChannelMachine(
    {
      refetch: (_, what) => {
        attention.hear(what);
      },
      gone: () => {
        events.gone();
      },
      viewers: (_, count) => {
        events.viewers(count);
      },
      reconnect: () => {
        socket?.reconnect();
      },
    },
    clock,
  );

  // The wait before a connection lives in the URL provider, where waking up can end it at once.
  const url = async (): Promise<string> => {
    const delay = machine.nextDelay();
    if (delay > 0) {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(delay, resolve);
        wake = () => {
          cancel();
          resolve();
        };
      });
    }
    return channelUrl(shareId);
  };
  const connect = async (): Promise<void> => {
    socket = await connected(url);
    if (over) {
      socket.close();
      return;
    }
    socket.addEventListener('open', () => {
      events.live(true);
    });
    socket.addEventListener('message', (event) => {
      machine.message(event.data);
    });
    socket.addEventListener('close', () => {
      machine.closed();
      events.live(false);
    });
  };
  // Without that part of the script the page still asks now and then.
  connect().catch(() => undefined);

  const awake = (): void => {
    if (document.visibilityState !== 'visible') return;
    wake();
    attention.look();
  };
  document.addEventListener('visibilitychange', awake);
  window.addEventListener('online', awake);
  return () => {
    document.removeEventListener('visibilitychange', awake);
    window.removeEventListener('online', awake);
    over = true;
    machine.stop();
    socket?.close();
  };
}

/** A socket that comes back by itself; its script is not needed for the first rows. */
async function connected(url: () => Promise<string>): Promise<Socket> {
  const { default: ReconnectingWebSocket } = await import('partysocket/ws');
  return new ReconnectingWebSocket(url, SUBPROTOCOL, {
    minReconnectionDelay: 0,
    maxReconnectionDelay: 0,
    connectionTimeout: 10_000,
    maxEnqueuedMessages: 0,
  });
}

function channelUrl(shareId: string): string {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return `${scheme}//${location.host}/api/v1/changes?share=${encodeURIComponent(shareId)}`;
}
