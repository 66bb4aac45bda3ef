/**
 * What this browser keeps for us between visits. Within a frame of another site, or where a person
 * forbids it, it keeps nothing: then every visit is the first.
 */
function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

export function kept(key: string): string | null {
  return storage()?.getItem(key) ?? null;
}

/** Keeps a text; null: no longer. */
export function keep(key: string, text: string | null): void {
  if (text === null) {
    storage()?.removeItem(key);
    return;
  }
  try {
    storage()?.setItem(key, text);
  } catch {
    // It is full: what cannot be kept is asked for again.
  }
}

export function keptKeys(prefix: string): string[] {
  return Object.keys(storage() ?? {}).filter((key) => key.startsWith(prefix));
}
