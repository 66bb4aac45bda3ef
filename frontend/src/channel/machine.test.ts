import { beforeEach, describe, expect, test } from 'vitest';

import { ChannelMachine } from './machine';

class Rig {
  log: string[] = [];
  timers: { at: number; run: () => void }[] = [];
  random = 0.5;
  machine = new ChannelMachine(
    {
      refetch: (id, what) => this.log.push(`refetch ${id} ${[...what].sort().join('+')}`),
      gone: (id) => this.log.push(`gone ${id}`),
      viewers: (id, count) => this.log.push(`${String(count)} look at ${id}`),
      reconnect: () => this.log.push('reconnect'),
    },
    {
      after: (at, run) => {
        const timer = { at, run };
        this.timers.push(timer);
        return () => {
          this.timers = this.timers.filter((one) => one !== timer);
        };
      },
      random: () => this.random,
    },
  );

  send(frame: object): void {
    this.machine.message(JSON.stringify(frame));
  }

  fire(): void {
    const due = this.timers;
    this.timers = [];
    for (const timer of due) timer.run();
  }

  hello(seq: number): void {
    this.send({ type: 'hello', heartbeat_s: 25, shares: { abc: { seq, revision: 1 } } });
  }
}

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});

describe('a subscriber', () => {
  test('refetches on the first hello and on every hello with another seq', () => {
    rig.hello(41);
    rig.hello(41);
    rig.hello(43);
    expect(rig.log).toEqual([
      'refetch abc presenter+revision+share',
      'refetch abc presenter+revision+share',
    ]);
  });

  test('compares by inequality, so a restored backup is noticed too', () => {
    rig.hello(41);
    rig.hello(12);
    expect(rig.log).toHaveLength(2);
  });

  test('refetches at once when nobody asks it to spread', () => {
    rig.send({ type: 'change', share: 'abc', seq: 2, what: ['revision'] });
    expect(rig.log).toEqual(['refetch abc revision']);
  });

  test('ignores a change it has already acted upon', () => {
    rig.hello(2);
    rig.send({ type: 'change', share: 'abc', seq: 2, what: ['revision'] });
    expect(rig.log).toEqual(['refetch abc presenter+revision+share']);
  });

  test('waits a random part of the spread and merges what comes meanwhile', () => {
    rig.random = 0.25;
    rig.send({ type: 'change', share: 'abc', seq: 2, what: ['progress'], spread_ms: 2000 });
    rig.send({ type: 'change', share: 'abc', seq: 3, what: ['revision'], spread_ms: 2000 });
    expect(rig.timers.map((timer) => timer.at)).toEqual([500]);
    rig.fire();
    expect(rig.log).toEqual(['refetch abc progress+revision']);
  });

  test('hears how many look, in a hello and later', () => {
    const shares = { abc: { seq: 41, revision: 1, viewers: 3 } };
    rig.send({ type: 'hello', heartbeat_s: 25, shares });
    rig.send({ type: 'viewers', share: 'abc', viewers: 4 });
    expect(rig.log).toEqual([
      '3 look at abc',
      'refetch abc presenter+revision+share',
      '4 look at abc',
    ]);
  });

  test('hears that a share is gone, in a hello and in a change', () => {
    rig.send({ type: 'hello', heartbeat_s: 25, shares: { abc: { gone: true } } });
    rig.send({ type: 'change', share: 'abc', seq: 9, what: ['deleted'] });
    expect(rig.log).toEqual(['gone abc', 'gone abc']);
  });

  test('reconnects when heartbeats stop, and not while they come', () => {
    rig.hello(1);
    rig.send({ type: 'heartbeat' });
    expect(rig.timers).toHaveLength(1);
    expect(rig.timers[0]?.at).toBe(40_000);
    rig.fire();
    expect(rig.log.at(-1)).toBe('reconnect');
  });

  test('stops watching heartbeats once the connection has closed', () => {
    rig.hello(1);
    rig.machine.closed();
    expect(rig.timers).toHaveLength(0);
  });

  test('waits where the server said so in its bye', () => {
    rig.send({ type: 'bye', code: 1012, retry_ms: [1000, 21_000] });
    expect(rig.log).toEqual(['reconnect']);
    expect(rig.machine.nextDelay()).toBe(11_000);
  });

  test('backs off while the server is away and starts afresh after a hello', () => {
    const delays = Array.from({ length: 10 }, () => rig.machine.nextDelay());
    expect(delays[0]).toBe(0);
    expect(delays[1]).toBe(225);
    expect(Math.max(...delays)).toBe(3_750);
    rig.hello(1);
    expect(rig.machine.nextDelay()).toBe(225);
  });

  test('takes no harm from what it does not understand', () => {
    rig.machine.message('not json');
    rig.machine.message(new ArrayBuffer(3));
    rig.send({ type: 'applause' });
    expect(rig.log).toEqual([]);
  });
});
