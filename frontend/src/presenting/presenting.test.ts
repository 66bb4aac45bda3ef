import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { Position, Presenter } from '../api/types';
import { Lead } from './lead';
import { Presence } from './presence.svelte';

const at = (offset: number): Position => ({ offset, sheet_index: 0, revision: null, view: '' });
const shows = (position: Position | null): Presenter => ({
  presenting: position !== null,
  position,
  expires_at: new Date(Date.now() + 60_000).toISOString(),
});

let kept: Position | null;
let told: number[];
let reads: number;
let refuse: number;

beforeEach(() => {
  vi.useFakeTimers();
  kept = null;
  told = [];
  reads = 0;
  refuse = 0;
  vi.stubGlobal('fetch', async (request: Request) => {
    if (refuse > 0) return Response.json({ title: 'No', code: 'no' }, { status: refuse });
    if (request.method === 'PUT') {
      kept = (await request.json()) as Position;
      told.push(kept.offset);
    } else reads += 1;
    return Response.json(shows(kept));
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function leadWith(presence: Presence): { lead: Lead; refused: string[] } {
  const refused: string[] = [];
  const lead = new Lead('abc', {
    telling: (position) => {
      presence.leads(position);
    },
    told: (presenter) => {
      presence.take(presenter);
    },
    refused: (error) => refused.push(error.code),
  });
  presence.lead();
  return { lead, refused };
}

describe('who leads', () => {
  test('tells few of many moves, and always the last one', async () => {
    const { lead } = leadWith(new Presence('abc'));
    for (let row = 0; row < 50; row += 1) lead.move(at(row));
    await vi.advanceTimersByTimeAsync(200);
    lead.move(at(70));
    lead.move(at(80));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual([49, 80]);
    lead.stop();
  });

  test('renews the lease while nothing moves, and not once it has stopped', async () => {
    const { lead } = leadWith(new Presence('abc'));
    lead.move(at(5));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(told).toEqual([5, 5, 5, 5]);
    lead.stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(told).toHaveLength(4);
  });

  test('tries again when the server is away, and ends when it may not', async () => {
    const { lead, refused } = leadWith(new Presence('abc'));
    refuse = 503;
    lead.move(at(5));
    await vi.advanceTimersByTimeAsync(1_000);
    refuse = 0;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toEqual([5]);
    refuse = 403;
    lead.move(at(6));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(refused).toEqual(['no']);
  });

  test('steps back when somebody else leads, and not for what it showed itself', async () => {
    const presence = new Presence('abc');
    const { lead } = leadWith(presence);
    lead.move(at(5));
    await vi.advanceTimersByTimeAsync(200);
    lead.move(at(6));
    presence.take(shows(at(5)));
    expect(presence.part).toBe('leading');
    lead.stop();
    kept = at(900);
    await presence.refresh();
    expect(presence.part).toBe('none');
    expect(presence.replaced).toBe(true);
    expect(presence.position?.offset).toBe(900);
  });
});

describe('who follows', () => {
  test('leaves by his own hand and may follow again', () => {
    const presence = new Presence('abc');
    presence.leave();
    expect(presence.part).toBe('none');
    presence.take(shows(at(3)));
    presence.follow();
    presence.leave();
    expect(presence.part).toBe('left');
    presence.follow();
    expect(presence.part).toBe('following');
    presence.stopFollowing();
    expect(presence.part).toBe('none');
  });

  test('hears of the end of a lease without being told', async () => {
    const presence = new Presence('abc');
    kept = at(3);
    await presence.refresh();
    presence.follow();
    kept = null;
    await vi.advanceTimersByTimeAsync(70_000);
    expect(reads).toBe(2);
    expect(presence.position).toBeNull();
    expect(presence.part).toBe('over');
  });

  test('is told that it is over, until that is read or somebody leads again', () => {
    const presence = new Presence('abc');
    presence.take(shows(null));
    expect(presence.shown).toBe(false);
    presence.take(shows(at(3)));
    presence.follow();
    presence.take(shows(null));
    expect([presence.part, presence.shown]).toEqual(['over', true]);
    presence.take(shows(null));
    expect(presence.part).toBe('over');
    presence.stopFollowing();
    expect(presence.shown).toBe(false);
    presence.take(shows(at(3)));
    presence.follow();
    presence.take(shows(null));
    presence.take(shows(at(4)));
    expect(presence.part).toBe('none');
    presence.leave();
    presence.stop();
  });

  test('asks again when the server was away at that moment', async () => {
    const presence = new Presence('abc');
    kept = at(3);
    refuse = 503;
    await presence.refresh();
    expect(presence.position).toBeNull();
    refuse = 0;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(presence.position?.offset).toBe(3);
    presence.stop();
  });

  test('takes no notice of an answer that was overtaken', async () => {
    const presence = new Presence('abc');
    const answers: ((answer: Response) => void)[] = [];
    vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => answers.push(resolve)));
    const both = [presence.refresh(), presence.refresh()];
    answers[1]?.(Response.json(shows(at(2))));
    answers[0]?.(Response.json(shows(at(1))));
    await Promise.all(both);
    expect(presence.position?.offset).toBe(2);
    presence.stop();
  });
});
