/** Frames of `tablecast.changes.v1`, told apart. What cannot be understood is not a frame. */
export interface Standing {
  seq?: number;
  revision?: number | null;
  gone?: boolean;
  viewers?: number;
}

export type Frame =
  | { type: 'hello'; heartbeat_s: number; shares: Record<string, Standing> }
  | { type: 'change'; share: string; seq: number; what: string[]; spread_ms?: number }
  | { type: 'viewers'; share: string; viewers: number }
  | { type: 'heartbeat' }
  | { type: 'bye'; code: number; retry_ms: [number, number] };

const KNOWN = new Set(['hello', 'change', 'viewers', 'heartbeat', 'bye']);

/** The frame in a message, or null: a newer server may send kinds this client does not know. */
export function readFrame(message: unknown): Frame | null {
  if (typeof message !== 'string') return null;
  try {
    const value: unknown = JSON.parse(message);
    if (typeof value !== 'object' || value === null || !('type' in value)) return null;
    return KNOWN.has(String(value.type)) ? (value as Frame) : null;
  } catch {
    return null;
  }
}
